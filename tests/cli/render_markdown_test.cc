#include "cli/render_markdown.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/markdown_parts.h"
#include "gtest/gtest.h"
#include "tests/cli/golden.h"
#include "tests/cli/sample_results.h"

namespace leaktrail::testing {
namespace {

using cli::CodeBlock;
using cli::CodeSpan;
using cli::MarkdownText;
using cli::TableCell;

constexpr std::ptrdiff_t kMostLines = 60;

std::ptrdiff_t Lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

TEST(MarkdownText, LeavesProseAlone) {
  for (const char* prose :
       {"140 Kafka clients were never closed: 4.4 MiB, 70.7% of the live heap",
        "Close it (try-with-resources), or share one per thread.",
        "KAFKA-9306; 'static', \"local\"!", "1,234 objects = 12 + 3/4?", "no maximum..."}) {
    EXPECT_EQ(MarkdownText(prose), prose);
  }
}

TEST(MarkdownText, PutsNamesIntoCode) {
  constexpr std::pair<const char*, const char*> kCases[] = {
      {"held by Outer$Inner.x[value], twice", "held by `Outer$Inner.x[value]`, twice"},
      {"of com.acme.Cache.", "of `com.acme.Cache`."},
      {"clients (consumer-#) leak", "clients (`consumer-#`) leak"},
      {"call close() or m(String[])", "call close() or `m(String[])`"},
      {"_a_ *b* ~c~ #1 @you", "`_a_` `*b*` `~c~` `#1` `@you`"},
      {"<script>alert(1)</script>", "`<script>alert(1)</script>`"},
      {"![x](y) &amp; a|b", "`![x](y)` `&amp`; `a|b`"},
      {"see https://evil.example/x", "see `https://evil.example/x`"},
      {"a`b", "`` a`b ``"},
      {"``", "``` `` ```"},
      {"a\nb\x1b[31m", "`a\\x0ab\\x1b[31m`"},
      {"\xe2\x80\xaez", "`\\u202ez`"},
      {"", ""}};
  for (const auto& [in, out] : kCases) EXPECT_EQ(MarkdownText(in), out);
  EXPECT_LE(MarkdownText(std::string(5000, 'x')).size(), 210u);
  EXPECT_LE(MarkdownText(std::string(5000, '#')).size(), 210u);
}

TEST(MarkdownParts, AFenceIsLongerThanThoseWithin) {
  EXPECT_EQ(CodeBlock("a\n"), "```text\na\n```\n");
  EXPECT_EQ(CodeBlock("```\n````\n"), "`````text\n```\n````\n`````\n");
  EXPECT_EQ(CodeSpan("a"), "`a`");
  EXPECT_EQ(CodeSpan(""), "`  `");
  EXPECT_EQ(TableCell("`a|b`"), "`a\\|b`");
}

TEST(ReportMarkdown, Leak) { ExpectGolden("report-leak.md", cli::ReportMarkdown(LeakReport())); }

TEST(ReportMarkdown, Healthy) {
  ExpectGolden("report-healthy.md", cli::ReportMarkdown(HealthyReport()));
}

TEST(ReportMarkdown, HasSixtyLinesAtMost) {
  analyses::Report report = LeakReport();
  analyses::Finding& finding = report.findings[0];
  finding.path->steps.insert(finding.path->steps.end(), 40, finding.path->steps[1]);
  finding.parts.assign(30, finding.parts[0]);
  finding.evidence.assign(30, finding.evidence[0]);
  finding.fix.assign(30, finding.fix[0]);
  finding.next.assign(30, finding.next[0]);
  report.findings.insert(report.findings.end(), 30, finding);
  report.holders.assign(50, report.holders[0]);
  report.advice.assign(30, "Look elsewhere.");
  report.health.assign(30, {"cut-off", "The file ends in a record.", "partial", 1, 0});
  const std::string text = cli::ReportMarkdown(report);
  EXPECT_LE(Lines(text), kMostLines) << text;
  EXPECT_GE(Lines(text), kMostLines - 5);  // what there is room for is there
}

// Every name of the dump is a line break, a fence, a table, a mention and HTML at once.
TEST(ReportMarkdown, NamesOfTheDumpMeanNothing) {
  const std::string hostile = "x\n```\n# big | <img src=x> @team `y` [z](http://evil.example)";
  analyses::Report report = LeakReport();
  report.headline = "likely: " + hostile;
  for (analyses::Finding& finding : report.findings) {
    finding.title = finding.confidence_reason = finding.known_issue = hostile;
    finding.evidence = finding.fix = finding.next = {hostile};
    for (analyses::PathStep& step : finding.path->steps) {
      step.edge = step.class_name = step.detail = hostile;
    }
    for (analyses::Accumulated& part : finding.parts) part.class_name = hostile;
  }
  report.dump.file = hostile;
  for (analyses::HolderRow& holder : report.holders) {
    holder.accumulated[0].class_name = hostile;
    for (analyses::PathStep& step : holder.path.steps) step.class_name = step.edge = hostile;
  }
  const std::string text = cli::ReportMarkdown(report);
  EXPECT_LE(Lines(text), kMostLines);
  std::string fence;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    // Outside of blocks, what is left when code spans are taken away is harmless.
    if (!fence.empty()) {
      if (line == fence) fence.clear();
      continue;
    }
    if (absl::StartsWith(line, "```")) {
      fence = std::string(line.substr(0, line.find('t')));
      continue;
    }
    std::string outside;
    for (std::size_t at = 0; at < line.size();) {
      const std::size_t run = line.substr(at).find_first_not_of('`');
      if (run == 0) {
        outside += line[at++];
        continue;
      }
      const std::string ticks(line.substr(at, run));
      std::size_t end = at + ticks.size();  // a span ends with a run of the same length
      while (end < line.size()) {
        const std::size_t next = std::min(line.find('`', end), line.size());
        const std::size_t length =
            std::min(line.substr(next).find_first_not_of('`'), line.size() - next);
        end = next + length;
        if (length == ticks.size()) break;
      }
      at = end;
    }
    for (const char* harm : {"<", "@", "](", "evil"}) {
      EXPECT_FALSE(absl::StrContains(outside, harm)) << line;
    }
  }
  EXPECT_EQ(fence, "");
}

}  // namespace
}  // namespace leaktrail::testing
