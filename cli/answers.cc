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
#include "analyses/profile.h"
#include "analyses/show/object_page.h"
#include "analyses/target.h"
#include "analyses/threads/thread_table.h"
#include "cli/diagram.h"
#include "cli/export_tables.h"
#include "cli/junit.h"
#include "cli/offer_html.h"
#include "cli/open_metrics.h"
#include "cli/profile_formats.h"
#include "cli/render_json.h"
#include "cli/render_markdown.h"
#include "cli/render_native.h"
#include "cli/render_text.h"
#include "cli/report_items.h"
#include "cli/tables.h"

namespace leaktrail::cli {
namespace {

using analyses::sidefiles::SideFiles;
using analyses::sidefiles::SideReport;
using graph::Snapshot;

SideReport DescribeBeside(const Snapshot& snapshot, const analyses::NativeMemory& memory,
                          const SideFiles& files) {
  return DescribeSideFiles(memory, analyses::DescribeLoaders(snapshot, {}), files,
                           /*whole=*/!snapshot.health().partial());
}

void AnswerAnalyze(const Snapshot& snapshot, const SideFiles* files, Session& session) {
  const Arguments& arguments = session.arguments();
  // One screen shows none of the tables.
  const bool tables = arguments.full || session.Wants({Format::kJson, Format::kHtml});
  analyses::Report report = session.MakeReport(snapshot, tables);
  OfferProfiles(snapshot, session);
  if (files == nullptr) {
    OfferHtml(report, snapshot, nullptr, session);
    return RenderReport(std::move(report), nullptr, session);
  }
  const SideReport beside = DescribeBeside(snapshot, analyses::DescribeNative(snapshot), *files);
  AdviseBeside(beside, arguments.side, report);
  session.FinishPart("analyze: files beside the dump");
  OfferHtml(report, snapshot, &beside, session);
  return RenderReport(std::move(report), &beside, session);
}

void AnswerNative(const Snapshot& snapshot, const SideFiles* files, Session& session) {
  const auto memory = analyses::DescribeNative(snapshot, session.arguments().native);
  if (files == nullptr) return RenderNative(snapshot, memory, nullptr, session);
  const SideReport beside = DescribeBeside(snapshot, memory, *files);
  RenderNative(snapshot, memory, &beside, session);
}

absl::Status AnswerHistogram(const Snapshot& snapshot, Session& session) {
  const Arguments& arguments = session.arguments();
  DumpContext context = session.Describe(snapshot);
  if (arguments.histogram.all) {
    graph::Amount all = snapshot.live();
    all.objects += snapshot.amount(graph::Reachability::kUnreachable).objects;
    all.bytes += snapshot.amount(graph::Reachability::kUnreachable).bytes;
    context.all = all;
  }
  const std::string& saved = arguments.verify_histogram;
  if (saved.empty()) {
    const auto histogram = analyses::MakeHistogram(snapshot, arguments.histogram);
    session.FinishPart("analyze");
    session.Render(context, histogram, HistogramText, HistogramJson);
    return absl::OkStatus();
  }
  const auto expected = analyses::ReadJvmHistogram(saved);
  if (!expected.ok()) return expected.status();
  const auto check = analyses::CheckHistogram(snapshot, *expected, saved, arguments.histogram.all);
  if (!check.same()) session.SetCode(kDifferent);
  session.FinishPart("analyze");
  session.Render(context, check, HistogramCheckText, HistogramCheckJson);
  return absl::OkStatus();
}

// None: the command is about the whole heap.
absl::StatusOr<std::optional<analyses::Target>> FindTarget(const Snapshot& snapshot,
                                                           const Arguments& arguments) {
  if (arguments.target.empty()) return std::nullopt;
  return analyses::ResolveTarget(snapshot, arguments.target);
}

absl::Status AnswerDominators(const Snapshot& snapshot, Session& session) {
  const Arguments& arguments = session.arguments();
  const auto target = FindTarget(snapshot, arguments);
  if (!target.ok()) return target.status();
  const auto tree =
      analyses::MakeDominatorTree(snapshot, *target ? &**target : nullptr, arguments.dominators);
  session.Render(snapshot, tree, DominatorsText, DominatorsJson);
  return absl::OkStatus();
}

absl::Status AnswerThreads(const Snapshot& snapshot, Session& session) {
  const Arguments& arguments = session.arguments();
  const auto target = FindTarget(snapshot, arguments);
  if (!target.ok()) return target.status();
  const auto table =
      analyses::DescribeThreads(snapshot, *target ? &**target : nullptr, arguments.thread_table);
  if (!table.ok()) return table.status();
  session.Render(
      snapshot, *table,
      [&](const DumpContext& context, const analyses::ThreadTable& result, const TextStyle& style) {
        return ThreadsText(context, result, arguments.full, style);
      },
      ThreadsJson);
  return absl::OkStatus();
}

absl::Status AnswerShow(const Snapshot& snapshot, Session& session) {
  const Arguments& arguments = session.arguments();
  const auto target = analyses::ResolveTarget(snapshot, arguments.target);
  if (!target.ok()) return target.status();
  const auto page = analyses::DescribeTarget(snapshot, *target, arguments.show);
  session.Render(snapshot, page, ShowText, ShowJson);
  return absl::OkStatus();
}

absl::Status AnswerExport(const Snapshot& snapshot, Session& session) {
  const auto show = [&](double share) { session.ShowProgress("writing tables", share); };
  const auto tables = ExportTables(snapshot, session.arguments().tables, show);
  if (!tables.ok()) return absl::UnavailableError(tables.status().message());
  session.Render(snapshot, *tables, ExportText, ExportJson);
  return absl::OkStatus();
}

absl::Status AnswerPath(const Snapshot& snapshot, Session& session) {
  const Arguments& arguments = session.arguments();
  const auto target = analyses::ResolveTarget(snapshot, arguments.target);
  if (!target.ok()) return target.status();
  if (target->object.valid()) {
    analyses::PathOptions options = arguments.path;
    options.show_strings = arguments.show_strings;
    const auto path = analyses::FindObjectPath(snapshot, target->object, options);
    session.Render(snapshot, path, ObjectPathText, ObjectPathJson);
    return absl::OkStatus();
  }
  const auto paths = analyses::MergePaths(snapshot, *target, arguments.path);
  session.Render(snapshot, paths, MergedPathsText, MergedPathsJson);
  return absl::OkStatus();
}

}  // namespace

absl::Status Answer(const Snapshot& snapshot, const SideFiles* beside, Session& session) {
  switch (session.arguments().command) {
    case Command::kHistogram:
      return AnswerHistogram(snapshot, session);
    case Command::kDominators:
      return AnswerDominators(snapshot, session);
    case Command::kPath:
      return AnswerPath(snapshot, session);
    case Command::kLoaders: {
      const auto loaders = analyses::DescribeLoaders(snapshot, session.arguments().loaders);
      session.Render(snapshot, loaders, LoadersText, LoadersJson);
      return absl::OkStatus();
    }
    case Command::kThreads:
      return AnswerThreads(snapshot, session);
    case Command::kShow:
      return AnswerShow(snapshot, session);
    case Command::kExport:
      return AnswerExport(snapshot, session);
    case Command::kNative:
      AnswerNative(snapshot, beside, session);
      return absl::OkStatus();
    default:
      AnswerAnalyze(snapshot, beside, session);
      return absl::OkStatus();
  }
}

constexpr std::initializer_list<Format> kDominatorProfiles = {
    Format::kCollapsed, Format::kCollapsedObjects, Format::kPprof, Format::kSpeedscope};
constexpr std::initializer_list<Format> kPathProfiles = {Format::kPathsCollapsed,
                                                         Format::kPathsCollapsedObjects,
                                                         Format::kPathsPprof, Format::kSpeedscope};

bool WantsProfiles(const Session& session) {
  return session.Wants(kDominatorProfiles) || session.Wants(kPathProfiles);
}

void OfferProfiles(const Snapshot& snapshot, Session& session) {
  if (!WantsProfiles(session)) return;
  analyses::Profile dominators, paths;
  if (session.Wants(kDominatorProfiles)) dominators = analyses::DominatorProfile(snapshot);
  if (session.Wants(kPathProfiles)) paths = analyses::PathProfile(snapshot);
  const analyses::DumpFacts dump = analyses::DescribeDump(snapshot);
  using enum Format;
  session.Offer(kCollapsed, [&] { return CollapsedStacks(dominators, Weight::kBytes); });
  session.Offer(kCollapsedObjects, [&] { return CollapsedStacks(dominators, Weight::kObjects); });
  session.Offer(kPathsCollapsed, [&] { return CollapsedStacks(paths, Weight::kBytes); });
  session.Offer(kPathsCollapsedObjects, [&] { return CollapsedStacks(paths, Weight::kObjects); });
  session.Offer(kSpeedscope, [&] { return Speedscope(dominators, paths, dump); });
  session.Offer(kPprof, [&] { return Pprof(dominators, "dominators", dump); });
  session.Offer(kPathsPprof, [&] { return Pprof(paths, "shortest paths", dump); });
  session.FinishPart("profiles");
}

void RenderReport(analyses::Report report, const SideReport* beside, Session& session) {
  const Arguments& arguments = session.arguments();
  SetAside(session.accepted(), report);
  if (!report.left_out.empty()) session.SetPartial();
  session.SetJudgement(Judge(arguments.fail_on, report));
  session.SetHeadline(VerdictSentence(report));
  session.OfferText(
      [&](const TextStyle& style) { return ReportText(report, arguments.full, style); });
  session.Offer(Format::kMarkdown, [&] { return ReportMarkdown(report); });
  session.Offer(Format::kJson, [&] { return ReportJson(report, session.output(), beside); });
  session.OfferTable([&] { return TableOf(report); });
  session.OfferDiagram([&] { return DiagramOf(report); });
  session.Offer(Format::kPrometheus,
                [&] { return ReportMetrics(report, MetricsDialect::kPrometheus); });
  session.Offer(Format::kOpenMetrics,
                [&] { return ReportMetrics(report, MetricsDialect::kOpenMetrics); });
  session.Offer(Format::kJUnit, [&] {
    return JUnitXml(report.dump.file, VerdictSentence(report), arguments.fail_on,
                    session.judgement());
  });
}

}  // namespace leaktrail::cli
