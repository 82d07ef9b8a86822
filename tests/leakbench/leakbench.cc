// The score of leaktrail on real dumps: every leak named first, with count, holder, reference to
// cut and advice; no alarm on the programs that do not leak. Prints the table; fails if a row is
// wrong.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "analyses/analyze.h"
#include "analyses/text.h"
#include "cli/render_text.h"
#include "graph/snapshot.h"
#include "hprof/dump_file.h"
#include "tests/leakbench/table.h"

namespace leaktrail::testing {
namespace {

using analyses::Finding;
using analyses::Report;

constexpr std::ptrdiff_t kScreenLines = 25;

absl::StatusOr<Report> AnalyzeDump(absl::string_view name) {
  hprof::ImportHealth health;
  auto file = hprof::DumpFile::Open(absl::StrCat(LEAKTRAIL_FIXTURES, "/dumps/", name, ".hprof.zst"),
                                    {}, health);
  if (!file.ok()) return file.status();
  auto snapshot = graph::Snapshot::Build(*std::move(file), health, {});
  if (!snapshot.ok()) return snapshot.status();
  return analyses::Analyze(**snapshot, {});
}

absl::string_view VerdictName(analyses::Verdict verdict) {
  switch (verdict) {
    case analyses::Verdict::kLeak:
      return "leak";
    case analyses::Verdict::kFullButNoLeak:
      return "full";
    case analyses::Verdict::kHeapOk:
      return "ok";
    case analyses::Verdict::kUnknown:
      break;
  }
  return "unknown";
}

std::string StepText(const analyses::PathStep& step) {
  return step.edge.empty() ? step.class_name : absl::StrCat(step.edge, " -> ", step.class_name);
}

// Collects what is wrong with one row.
class Check {
 public:
  void That(bool holds, absl::string_view problem) {
    if (!holds) problems_.emplace_back(problem);
  }
  void Contains(absl::string_view text, absl::string_view part, absl::string_view what) {
    if (part.empty()) return;
    That(absl::StrContains(text, part), absl::StrCat(what, " '", text, "' lacks '", part, "'"));
  }
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::vector<std::string> problems_;
};

void CheckFinding(const Expected& expected, const Finding& finding, Check& check) {
  check.That(finding.rule == expected.rule,
             absl::StrCat("first finding is ", finding.rule, ": ", finding.title));
  check.That(expected.count == 0 || finding.instances == expected.count,
             absl::StrCat("counts ", finding.instances, ", not ", expected.count));
  std::vector<std::string> steps;
  std::string cut;
  if (finding.path) {
    for (const analyses::PathStep& step : finding.path->steps) {
      steps.push_back(StepText(step));
      if (step.cut_here) cut = steps.back();
    }
  }
  check.Contains(absl::StrJoin(steps, " | "), expected.holder, "path");
  check.Contains(cut, expected.cut, "cut");
  check.Contains(absl::StrCat(absl::StrJoin(finding.fix, " "), " ", finding.known_issue),
                 expected.advice, "advice");
}

// What a person who was woken up reads.
void CheckScreen(const Expected& expected, const Report& report, Check& check) {
  const std::string text = cli::ReportText(report, false, {.width = 100});
  const auto lines = std::count(text.begin(), text.end(), '\n');
  check.That(lines <= kScreenLines, absl::StrCat("the report has ", lines, " lines"));
  if (report.findings.empty()) return;
  const Finding& finding = report.findings.front();
  check.Contains(text, analyses::CountText(finding.instances), "report");
  check.Contains(text, analyses::BytesText(finding.retained), "report");
  const bool leaks = finding.claim == analyses::Claim::kLeak;
  if (!expected.cut.empty()) {
    check.Contains(text, leaks ? "<== cut here" : "<== held here", "report");
  }
  check.Contains(text, "\n   fix ", "report");
}

std::vector<std::string> Problems(const Expected& expected) {
  Check check;
  const absl::StatusOr<Report> report = AnalyzeDump(expected.dump);
  if (!report.ok()) return {std::string(report.status().message())};
  check.That(VerdictName(report->verdict) == expected.verdict,
             absl::StrCat("verdict is ", VerdictName(report->verdict), ": ", report->headline));
  if (expected.incident) CheckScreen(expected, *report, check);
  if (!expected.rule.empty()) {
    if (report->findings.empty()) return {"no finding"};
    CheckFinding(expected, report->findings.front(), check);
  } else {
    for (const Finding& finding : report->findings) {
      check.That(finding.severity < analyses::Severity::kMedium,
                 absl::StrCat("false alarm, ", finding.rule, ": ", finding.title));
    }
  }
  return check.problems();
}

int Run() {
  std::size_t right = 0;
  for (const Expected& expected : LeakbenchTable()) {
    const std::vector<std::string> problems = Problems(expected);
    right += problems.empty();
    std::printf("%-5s %-34s %s\n", problems.empty() ? "ok" : "WRONG",
                std::string(expected.dump).c_str(),
                expected.rule.empty() ? "(benign)" : std::string(expected.rule).c_str());
    for (const std::string& problem : problems) std::printf("      %s\n", problem.c_str());
  }
  const std::size_t all = LeakbenchTable().size();
  std::printf("leakbench: %zu of %zu fixtures judged right\n", right, all);
  return right == all && all > 0 ? 0 : 1;
}

}  // namespace
}  // namespace leaktrail::testing

int main() { return leaktrail::testing::Run(); }
