#include "cli/render_growth.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/growth_phrases.h"
#include "gtest/gtest.h"
#include "tests/cli/golden.h"
#include "tests/cli/sample_growth.h"

namespace leaktrail::testing {
namespace {

using cli::TextStyle;
using cli::Unit;

constexpr TextStyle kPlain = {.width = 100};
constexpr TextStyle kUnicode = {.width = 100, .unicode = true};

std::ptrdiff_t Lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

// As much of everything as an engine may ever find.
analyses::GrowthReport Crowded() {
  analyses::GrowthReport report = SampleGrowth();
  analyses::GrowthFinding finding = SessionsFinding();
  finding.row.path.insert(finding.row.path.end(), 30, finding.row.path[1]);
  finding.row.parts.insert(finding.row.parts.end(), 30, finding.row.parts[0]);
  finding.with.assign(30, SessionsRow());
  finding.evidence.assign(30,
                          "So many of them are in it, and so many more than there were before.");
  finding.fix.assign(30, "Remove what is not needed any more, and give it a limit.");
  finding.next.assign(30, finding.next[0]);
  report.findings.assign(30, finding);
  report.total_findings = 40;
  report.warnings.assign(30, "The dumps are of different programs.");
  report.advice.assign(30, "Look elsewhere.");
  report.dumps.insert(report.dumps.end(), 30, report.dumps.back());
  for (auto* rows :
       {&report.filled_once, &report.breathing, &report.shrunk, &report.appeared, &report.gone}) {
    rows->assign(30, rows->front());
  }
  return report;
}

TEST(GrowthText, Grows) {
  ExpectGolden("growth.txt", cli::GrowthText(SampleGrowth(), false, kUnicode));
}

TEST(GrowthText, InFull) {
  ExpectGolden("growth-full.txt", cli::GrowthText(SampleGrowth(), true, kUnicode));
}

TEST(GrowthText, ByClass) {
  ExpectGolden("growth-by-class.txt", cli::GrowthText(SampleGrowthTable(), false, kUnicode));
}

TEST(GrowthText, Nothing) {
  analyses::GrowthReport report = SampleGrowth();
  report.grows = false;
  report.headline = "nothing grows in every step";
  report.findings.clear();
  report.total_findings = 0;
  report.also_growing.clear();
  ExpectGolden("growth-none.txt", cli::GrowthText(report, false, kPlain));
}

TEST(GrowthText, IsAsciiWithoutUnicode) {
  for (const unsigned char c : cli::GrowthText(SampleGrowth(), true, kPlain)) ASSERT_LT(c, 0x80);
}

TEST(GrowthText, FitsAScreenHoweverMuchThereIs) {
  for (const int width : {80, 100}) {
    const std::string text = cli::GrowthText(Crowded(), false, {.width = width});
    EXPECT_LE(Lines(text), 25) << text;
  }
}

TEST(GrowthText, NoLineIsWiderThanTheTerminal) {
  analyses::GrowthReport report = SampleGrowthTable();
  report.all_classes[0].name = report.tables[0].rows[0].name = std::string(300, 'c');
  for (const bool table : {true, false}) {
    if (!table) report.tables.clear();
    report.headline = std::string(300, 'h');
    for (analyses::GrowthFinding& finding : report.findings) {
      finding.title = finding.row.name = std::string(300, 't');
      finding.row.path[1].class_name = finding.row.parts[0].class_name = std::string(300, 'p');
      finding.next.clear();
    }
    for (const int width : {60, 100}) {
      for (absl::string_view line :
           absl::StrSplit(cli::GrowthText(report, false, {.width = width}), '\n')) {
        EXPECT_LE(cli::DisplayWidth(line), width) << line;
      }
    }
  }
}

TEST(GrowthText, SaysWarningsAtTheTop) {
  analyses::GrowthReport report = SampleGrowth();
  report.warnings = {"The second dump is older than the first."};
  const std::string text = cli::GrowthText(report, false, kPlain);
  const std::size_t warning = text.find("WARNING: The second dump is older than the first.");
  ASSERT_NE(warning, std::string::npos);
  EXPECT_LT(warning, text.find("1."));
}

TEST(GrowthText, TwoDumpsAreAFirstSight) {
  analyses::GrowthReport report = SampleGrowth();
  report.dumps.pop_back();
  EXPECT_TRUE(absl::StartsWith(cli::GrowthText(report, false, kPlain), "FIRST SIGHT: "));
  report.grows = false;
  report.identical = true;
  EXPECT_TRUE(absl::StartsWith(cli::GrowthText(report, false, kPlain), "EQUAL: "));
}

TEST(GrowthMarkdown, Grows) { ExpectGolden("growth.md", cli::GrowthMarkdown(SampleGrowth())); }

TEST(GrowthMarkdown, ByClass) {
  ExpectGolden("growth-by-class.md", cli::GrowthMarkdown(SampleGrowthTable()));
}

TEST(GrowthMarkdown, HasSixtyLinesAtMost) {
  EXPECT_LE(Lines(cli::GrowthMarkdown(Crowded())), 60) << cli::GrowthMarkdown(Crowded());
  EXPECT_GE(Lines(cli::GrowthMarkdown(Crowded())), 50);
  analyses::GrowthReport report = Crowded();
  report.tables.assign(9, {.by = analyses::GrowthKey::kClass,
                           .rows = std::vector(100, report.all_classes[0]),
                           .total_rows = 300});
  EXPECT_LE(Lines(cli::GrowthMarkdown(report)), 60);
  report.tables.resize(1);
  EXPECT_LE(Lines(cli::GrowthMarkdown(report)), 60);
}

TEST(GrowthMarkdown, NamesOfTheDumpMeanNothing) {
  const std::string hostile = "x\n| <img> @team";
  analyses::GrowthReport report = SampleGrowthTable();
  report.headline = hostile;
  for (analyses::GrowthCount& row : report.tables[0].rows) row.name = hostile;
  for (const bool table : {true, false}) {
    if (!table) report.tables.clear();
    for (analyses::GrowthFinding& finding : report.findings) {
      finding.title = finding.row.name = finding.evidence[0] = hostile;
    }
    for (analyses::GrowthRow& row : report.filled_once) row.name = hostile;
    for (absl::string_view line : absl::StrSplit(cli::GrowthMarkdown(report), '\n')) {
      // Code spans are all of one backtick here: what is outside of them is harmless.
      if (absl::StartsWith(line, "```")) continue;
      const std::vector<std::string> pieces = absl::StrSplit(line, '`');
      EXPECT_EQ(pieces.size() % 2, 1u) << line;
      for (std::size_t i = 0; i < pieces.size(); i += 2) {
        EXPECT_FALSE(absl::StrContains(pieces[i], "<img>")) << line;
        EXPECT_FALSE(absl::StrContains(pieces[i], "@team")) << line;
      }
    }
  }
}

TEST(GrowthJson, IsTheReport) { ExpectGolden("growth.json", cli::GrowthJson(SampleGrowth(), {})); }

TEST(GrowthJson, SaysUnknownAsNull) {
  analyses::GrowthReport report = SampleGrowthTable();
  report.live.per_hour.reset();
  report.seconds_to_limit.reset();
  const auto json = nlohmann::json::parse(cli::GrowthJson(report, {}));
  EXPECT_TRUE(json["live"]["per_hour"].is_null());
  EXPECT_TRUE(json["seconds_to_limit"].is_null());
  EXPECT_EQ(json["tables"]["class"]["rows"].size(), 3u);
  EXPECT_EQ(json["tables"]["class"]["total_rows"], 3);
  EXPECT_EQ(json["command"], "diff");
  EXPECT_EQ(json["status"], "complete");
  report.dumps[1].facts.complete = false;
  EXPECT_EQ(nlohmann::json::parse(cli::GrowthJson(report, {}))["status"], "partial");
}

TEST(GrowthPhrases, Figures) {
  EXPECT_EQ(cli::CourseText(SampleSeries({1, 2, 3, 4, 5, 6}), Unit::kObjects),
            "1 -> 2 -> ... -> 5 -> 6");
  EXPECT_EQ(cli::CourseText(SampleSeries({1'000, 2'048}), Unit::kBytes), "1000 B -> 2.0 KiB");
  EXPECT_EQ(cli::GainText(SampleSeries({1'000, 3'500}), Unit::kObjects), "+2,500 (+250.0%)");
  EXPECT_EQ(cli::GainText(SampleSeries({1'000, 900}), Unit::kObjects), "-100 (-10.0%)");
  EXPECT_EQ(cli::GainText(SampleSeries({0, 900}), Unit::kObjects), "+900");
  EXPECT_EQ(cli::Sparkline(SampleSeries({0, 1, 2, 7}), true), "▁▂▃█");
  EXPECT_EQ(cli::Sparkline(SampleSeries({0, 1, 2, 7}), false), "_.:#");
  EXPECT_EQ(cli::Sparkline(SampleSeries({0, 7}), true), "") << "two points are no course";
  EXPECT_EQ(cli::DurationText(119), "119 s");
  EXPECT_EQ(cli::DurationText(3'600), "60 min");
  EXPECT_EQ(cli::DurationText(18 * 3'600), "18 h");
  EXPECT_EQ(cli::DurationText(12 * 86'400), "12 days");
  EXPECT_EQ(cli::DurationText(std::int64_t{1} << 60), "more than a year");
}

}  // namespace
}  // namespace leaktrail::testing
