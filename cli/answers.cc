#include "cli/answers.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyses/dominator_tree.h"
#include "analyses/histogram.h"
#include "analyses/histogram_check.h"
#include "analyses/jvm_histogram.h"
#include "analyses/loaders.h"
#include "analyses/merged_paths.h"
#include "analyses/native/native_memory.h"
#include "analyses/side_figures.h"
#include "analyses/target.h"
#include "cli/render_json.h"
#include "cli/render_markdown.h"
#include "cli/render_text.h"

namespace leaktrail::cli {
namespace {

using analyses::sidefiles::SideFiles;
using analyses::sidefiles::SideReport;
using graph::Snapshot;

// The files beside the dump with what the dump knows; none without any.
std::optional<SideReport> DescribeSideFiles(const Snapshot& snapshot,
                                            const analyses::NativeMemory& memory,
                                            const SideFiles* beside) {
  if (beside == nullptr) return std::nullopt;
  const auto figures = analyses::FiguresForSideFiles(snapshot, memory);
  return analyses::sidefiles::MakeSideReport(*beside, &figures);
}

// On one screen there is room for the answer and where to see the rest.
void AdviseBeside(const SideReport& beside, const SideArguments& side, analyses::Report& report) {
  std::vector<std::string> advice = {absl::StrCat("Beside the dump: ", beside.headline, ".")};
  for (const auto& conclusion : beside.conclusions) {
    if (conclusion.severity < analyses::Severity::kMedium) break;
    if (absl::StrContains(beside.headline, conclusion.text)) {
      if (!conclusion.advice.empty()) advice.push_back(conclusion.advice.front());
      continue;
    }
    if (advice.size() < 3) advice.push_back(absl::StrCat("Also: ", conclusion.text, "."));
  }
  if (advice.size() > 2) advice.resize(2);
  advice.push_back(side.bundle.empty()
                       ? "The table of all memory: leaktrail native with the same options."
                       : "The table of all memory: leaktrail native FILE --bundle DIR.");
  report.advice.insert(report.advice.begin(), advice.begin(), advice.end());
}

std::string AnswerAnalyze(const Snapshot& snapshot, const SideFiles* files, Session& session) {
  const Arguments& arguments = session.arguments();
  // One screen shows none of the tables.
  analyses::Report report = session.MakeReport(snapshot, arguments.full || arguments.json);
  if (files == nullptr) return RenderReport(report, nullptr, session);
  const auto beside = DescribeSideFiles(snapshot, analyses::DescribeNative(snapshot), files);
  AdviseBeside(*beside, arguments.side, report);
  session.FinishPart("analyze: files beside the dump");
  return RenderReport(report, &*beside, session);
}

std::string AnswerNative(const Snapshot& snapshot, const SideFiles* files, Session& session) {
  const auto memory = analyses::DescribeNative(snapshot, session.arguments().native);
  const auto beside = DescribeSideFiles(snapshot, memory, files);
  const SideReport* report = beside ? &*beside : nullptr;
  return session.Render(
      snapshot, memory,
      [&](const DumpContext& context, const analyses::NativeMemory& result,
          const TextStyle& style) {
        const bool full = session.arguments().full;
        return report == nullptr ? NativeText(context, result, full, style)
                                 : NativeBesideText(context, result, *report, full, style);
      },
      [&](const DumpContext& context, const analyses::NativeMemory& result,
          const OutputOptions& options) { return NativeJson(context, result, options, report); });
}

absl::StatusOr<std::string> AnswerHistogram(const Snapshot& snapshot, Session& session) {
  const Arguments& arguments = session.arguments();
  const std::string& saved = arguments.verify_histogram;
  if (saved.empty()) {
    const auto histogram = analyses::MakeHistogram(snapshot, arguments.histogram);
    return session.Render(snapshot, histogram, HistogramText, HistogramJson);
  }
  const auto expected = analyses::ReadJvmHistogram(saved);
  if (!expected.ok()) return expected.status();
  const auto check = analyses::CheckHistogram(snapshot, *expected, saved);
  if (!check.same()) session.SetCode(kDifferent);
  return session.Render(snapshot, check, HistogramCheckText, HistogramCheckJson);
}

absl::StatusOr<std::string> AnswerDominators(const Snapshot& snapshot, Session& session) {
  const Arguments& arguments = session.arguments();
  std::optional<analyses::Target> target;
  if (!arguments.target.empty()) {
    auto found = analyses::ResolveTarget(snapshot, arguments.target);
    if (!found.ok()) return found.status();
    target = *std::move(found);
  }
  const auto tree =
      analyses::MakeDominatorTree(snapshot, target ? &*target : nullptr, arguments.dominators);
  return session.Render(snapshot, tree, DominatorsText, DominatorsJson);
}

absl::StatusOr<std::string> AnswerPath(const Snapshot& snapshot, Session& session) {
  const Arguments& arguments = session.arguments();
  const auto target = analyses::ResolveTarget(snapshot, arguments.target);
  if (!target.ok()) return target.status();
  if (target->object.valid()) {
    analyses::PathOptions options = arguments.path;
    options.show_strings = arguments.show_strings;
    const auto path = analyses::FindObjectPath(snapshot, target->object, options);
    return session.Render(snapshot, path, ObjectPathText, ObjectPathJson);
  }
  const auto paths = analyses::MergePaths(snapshot, *target, arguments.path);
  return session.Render(snapshot, paths, MergedPathsText, MergedPathsJson);
}

}  // namespace

absl::StatusOr<std::string> Answer(const Snapshot& snapshot, const SideFiles* beside,
                                   Session& session) {
  switch (session.arguments().command) {
    case Command::kHistogram:
      return AnswerHistogram(snapshot, session);
    case Command::kDominators:
      return AnswerDominators(snapshot, session);
    case Command::kPath:
      return AnswerPath(snapshot, session);
    case Command::kLoaders: {
      const auto loaders = analyses::DescribeLoaders(snapshot, session.arguments().loaders);
      return session.Render(snapshot, loaders, LoadersText, LoadersJson);
    }
    case Command::kNative:
      return AnswerNative(snapshot, beside, session);
    default:
      return AnswerAnalyze(snapshot, beside, session);
  }
}

std::string RenderReport(const analyses::Report& report, const SideReport* beside,
                         Session& session) {
  const Arguments& arguments = session.arguments();
  session.SetJudgement(Judge(arguments.fail_on, report));
  if (arguments.markdown) return ReportMarkdown(report);
  return arguments.json ? ReportJson(report, session.output(), beside)
                        : ReportText(report, arguments.full, session.style());
}

}  // namespace leaktrail::cli
