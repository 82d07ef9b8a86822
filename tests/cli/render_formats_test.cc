// The formats for other programs: what stands in them, and that no name of a dump gets out of its
// place. tests/formats/check.py reads real answers with the parsers of others.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analyses/profile.h"
#include "cli/diagram.h"
#include "cli/junit.h"
#include "cli/open_metrics.h"
#include "cli/profile_formats.h"
#include "cli/table.h"
#include "cli/tables.h"
#include "tests/cli/golden.h"
#include "tests/cli/sample_growth.h"
#include "tests/cli/sample_results.h"

namespace leaktrail::testing {
namespace {

// All that any of the formats might take for its own.
constexpr absl::string_view kHostile =
    "=cmd|' /C calc'!A0\n\"];x -> y;\\N<script>alert(1)</script>`%%{init: {}}%%|#quot;\x1b[2J"
    "\xe2\x80\xae\xff\xef\xbf\xbf]]>&amp;{a=\"b\"} 7\r\n# EOF;frame 99";

std::vector<std::string> Lines(const std::string& text) {
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

// Nothing in it moves a cursor, ends a line or is no UTF-8.
void ExpectClean(const std::string& text) {
  for (const char c : text) {
    EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << text;
    EXPECT_NE(c, '\x7f') << text;
  }
  EXPECT_FALSE(absl::StrContains(text, "\xe2\x80\xae")) << text;
  EXPECT_NO_THROW(static_cast<void>(nlohmann::json(text).dump())) << text;
}

analyses::Report HostileReport() {
  analyses::Report report = LeakReport();
  const std::string hostile(kHostile);
  report.headline = report.dump.file = report.dump.jvm = hostile;
  for (analyses::Finding& finding : report.findings) {
    finding.title = finding.rule = finding.known_issue = hostile;
    if (!finding.path) continue;
    finding.path->root = hostile;
    for (analyses::PathStep& step : finding.path->steps) {
      step.edge = step.class_name = step.detail = hostile;
    }
    for (analyses::Accumulated& part : finding.parts) part.class_name = hostile;
  }
  return report;
}

TEST(Tables, Golden) {
  ExpectGolden("report-leak.csv", cli::Csv(cli::TableOf(LeakReport())));
  ExpectGolden("histogram.csv", cli::Csv(cli::TableOf(SampleHistogram())));
  ExpectGolden("dominators.csv", cli::Csv(cli::TableOf(SampleTree())));
  ExpectGolden("loaders.csv", cli::Csv(cli::TableOf(SampleLoaders())));
  ExpectGolden("path-object.csv", cli::Csv(cli::TableOf(SampleObjectPath())));
  ExpectGolden("path-class.csv", cli::Csv(cli::TableOf(SamplePaths())));
  ExpectGolden("threads.csv", cli::Csv(cli::TableOf(SampleThreads())));
  ExpectGolden("growth.csv", cli::Csv(cli::TableOf(SampleGrowth())));
  ExpectGolden("histogram.ndjson", cli::Ndjson(cli::TableOf(SampleHistogram())));
}

TEST(Tables, EveryRowHasEveryColumn) {
  for (const cli::Table& table : {cli::TableOf(HostileReport()), cli::TableOf(SampleHistogram()),
                                  cli::TableOf(SampleTree()), cli::TableOf(SampleLoaders()),
                                  cli::TableOf(SampleThreads()), cli::TableOf(SampleObjectPath()),
                                  cli::TableOf(SamplePaths()), cli::TableOf(SampleGrowth())}) {
    EXPECT_FALSE(table.rows.empty());
    for (const cli::Row& row : table.rows) EXPECT_EQ(row.size(), table.columns.size());
  }
}

TEST(Tables, CellsAsCsv) {
  const cli::Table table = {{"a", "b"},
                            {{"=1+1", "@x"},
                             {"-", "+1"},
                             {"say \"hi\", you", ""},
                             {std::int64_t{-5}, std::uint64_t{18446744073709551615u}},
                             {true, cli::Cell()},
                             {"tab\there\nline", "\xff"}}};
  EXPECT_EQ(cli::Csv(table),
            "a,b\n'=1+1,'@x\n'-,'+1\n\"say \"\"hi\"\", you\",\n-5,18446744073709551615\ntrue,\n"
            "tab\\x09here\\x0aline,\\xff\n");
  EXPECT_EQ(cli::Ndjson({table.columns, {{"=1+1", cli::Cell()}, {false, "tab\there"}}}),
            "{\"a\":\"=1+1\",\"b\":null}\n{\"a\":false,\"b\":\"tab\\there\"}\n");
}

TEST(Tables, HostileNamesStayInTheirCells) {
  const cli::Table table = cli::TableOf(HostileReport());
  const std::string csv = cli::Csv(table);
  ExpectClean(csv);
  EXPECT_EQ(Lines(csv).size(), table.rows.size() + 1);
  EXPECT_FALSE(absl::StrContains(csv, ",\"=")) << csv;
  for (const std::string& line : Lines(cli::Ndjson(table))) {
    ASSERT_TRUE(nlohmann::json::accept(line)) << line;
  }
}

TEST(Diagrams, Golden) {
  ExpectGolden("report-leak.dot", cli::Dot(cli::DiagramOf(LeakReport())));
  ExpectGolden("report-leak.mmd", cli::Mermaid(cli::DiagramOf(LeakReport())));
  ExpectGolden("path-class.dot", cli::Dot(cli::DiagramOf(SamplePaths())));
  ExpectGolden("dominators.mmd", cli::Mermaid(cli::DiagramOf(SampleTree())));
}

// The only quotes that are not escaped are those of the format itself.
TEST(Diagrams, HostileNamesStayInTheirQuotes) {
  const cli::Diagram diagram = cli::DiagramOf(HostileReport());
  const cli::Diagram harmless = cli::DiagramOf(LeakReport());
  ASSERT_GT(diagram.nodes.size(), 5u);
  for (const auto& render : {cli::Dot, cli::Mermaid}) {
    const std::string text = render(diagram);
    ExpectClean(text);
    EXPECT_EQ(Lines(text).size(), Lines(render(harmless)).size()) << text;
  }
  for (const std::string& line : Lines(cli::Dot(diagram))) {
    int quotes = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '\\') {
        ++i;
      } else if (line[i] == '"') {
        ++quotes;
      } else if (quotes % 2 == 0) {
        EXPECT_NE(line[i], '<') << line;
      }
    }
    EXPECT_EQ(quotes % 2, 0) << line;
  }
  const std::string mermaid = cli::Mermaid(diagram);
  EXPECT_FALSE(absl::StrContains(mermaid, "<script")) << mermaid;
  EXPECT_FALSE(absl::StrContains(mermaid, "%%{")) << mermaid;
}

TEST(Diagrams, AReportWithoutAPathIsItsVerdict) {
  EXPECT_EQ(cli::DiagramOf(HealthyReport()).nodes.size(), 1u);
}

TEST(Metrics, Golden) {
  ExpectGolden("report-leak.prom",
               cli::ReportMetrics(LeakReport(), cli::MetricsDialect::kPrometheus));
  ExpectGolden("growth.om", cli::GrowthMetrics(SampleGrowth(), cli::MetricsDialect::kOpenMetrics));
}

TEST(Metrics, HostileNamesStayInTheirLabels) {
  using cli::MetricsDialect;
  for (const MetricsDialect dialect : {MetricsDialect::kPrometheus, MetricsDialect::kOpenMetrics}) {
    const std::string text = cli::ReportMetrics(HostileReport(), dialect);
    ExpectClean(text);
    // Findings of one rule and fingerprint are one series.
    EXPECT_LE(Lines(text).size(), Lines(cli::ReportMetrics(LeakReport(), dialect)).size());
    EXPECT_FALSE(absl::StrContains(text.substr(0, text.size() - 7), "\n# EOF")) << text;
  }
}

std::vector<cli::FailCondition> Conditions(const std::vector<std::string>& texts) {
  std::vector<cli::FailCondition> conditions;
  for (const std::string& text : texts) conditions.push_back(*cli::ParseFailCondition(text));
  return conditions;
}

TEST(JUnit, Golden) {
  const auto conditions = Conditions({"high", "live>99%", "class:com.acme.Gone count>1"});
  cli::Judgement judgement;
  judgement.failures = {"--fail-on 'high': high: a leak [a.rule]"};
  judgement.unjudged = {"--fail-on 'class:com.acme.Gone count>1': not judged: no such class"};
  ExpectGolden("judgement.junit.xml",
               cli::JUnitXml("heap.hprof", "LEAK likely: a leak", conditions, judgement));
}

TEST(JUnit, HostileNamesStayText) {
  const auto conditions = Conditions({"high"});
  cli::Judgement judgement;
  judgement.failures = {absl::StrCat("--fail-on 'high': ", kHostile)};
  const std::string xml = cli::JUnitXml(kHostile, kHostile, conditions, judgement);
  ExpectClean(xml);
  EXPECT_EQ(Lines(xml).size(), 9u) << xml;
  EXPECT_FALSE(absl::StrContains(xml, "<script")) << xml;
  EXPECT_FALSE(absl::StrContains(xml, "\xef\xbf\xbf")) << xml;
  EXPECT_TRUE(absl::StrContains(xml, "failures=\"1\"")) << xml;
}

analyses::Profile SampleProfile(const std::string& name) {
  return {{{0, "", 0, 0},
           {0, name, 1, 100},
           {1, "java.util.HashMap", 2, 96},
           {2, "com.acme.Order", 1000, 32'000},
           {1, "(smaller)", 3, 72}},
          1006,
          32'268};
}

TEST(Profiles, Golden) {
  const analyses::Profile profile = SampleProfile("class com.acme.Cache");
  EXPECT_EQ(cli::CollapsedStacks(profile, cli::Weight::kBytes),
            "class com.acme.Cache 100\n"
            "class com.acme.Cache;java.util.HashMap 96\n"
            "class com.acme.Cache;java.util.HashMap;com.acme.Order 32000\n"
            "class com.acme.Cache;(smaller) 72\n");
  EXPECT_EQ(Lines(cli::CollapsedStacks(profile, cli::Weight::kObjects))[2],
            "class com.acme.Cache;java.util.HashMap;com.acme.Order 1000");
  ExpectGolden("sample.speedscope.json", cli::Speedscope(profile, profile, SampleDump()));
  // gzip, without a time.
  const std::string pprof = cli::Pprof(profile, "dominators", SampleDump());
  EXPECT_EQ(pprof.substr(0, 8), std::string("\x1f\x8b\x08\0\0\0\0\0", 8));
}

TEST(Profiles, HostileNamesStayFrames) {
  const analyses::Profile profile = SampleProfile(std::string(kHostile));
  const std::string collapsed = cli::CollapsedStacks(profile, cli::Weight::kBytes);
  ExpectClean(collapsed);
  ASSERT_EQ(Lines(collapsed).size(), 4u);
  for (const std::string& line : Lines(collapsed)) {
    EXPECT_LE(std::count(line.begin(), line.end(), ';'), 2) << line;
  }
  analyses::DumpFacts dump = SampleDump();
  dump.file = std::string(kHostile);
  dump.timestamp_ms = INT64_MAX;
  const std::string speedscope = cli::Speedscope(profile, profile, dump);
  EXPECT_TRUE(nlohmann::json::accept(speedscope));
  EXPECT_FALSE(cli::Pprof(profile, "dominators", dump).empty());
}

}  // namespace
}  // namespace leaktrail::testing
