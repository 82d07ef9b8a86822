#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analyses/census.h"
#include "analyses/count_dump.h"
#include "analyses/doctor.h"
#include "analyses/histogram.h"
#include "analyses/histogram_check.h"
#include "analyses/jvm_histogram.h"
#include "analyses/store/stored_native.h"
#include "analyses/store/stored_results.h"
#include "cli/answers.h"
#include "cli/bus_error.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/escape.h"
#include "cli/help.h"
#include "cli/machine.h"
#include "cli/offer_html.h"
#include "cli/render_census.h"
#include "cli/render_json.h"
#include "cli/render_native.h"
#include "cli/render_text.h"
#include "cli/snapshot_info.h"
#include "graph/store/snapshot_file.h"

namespace leaktrail::cli {
namespace {

using analyses::sidefiles::SideFiles;
using analyses::sidefiles::SideReport;

// Nothing but what lies beside a dump.
int RunWithoutDump(const SideFiles& files, Session& session) {
  const Arguments& arguments = session.arguments();
  const std::string& bundle = arguments.side.bundle;
  if (arguments.command != Command::kNative) {
    return Fail(kUnreadable,
                absl::StrCat("no heap dump in ", bundle,
                             "; what the other files say: leaktrail native --bundle ", bundle));
  }
  if (!files.any()) {
    std::string why;
    constexpr std::size_t kShown = 3;
    for (std::size_t i = 0; i < std::min(kShown, files.unread.size()); ++i) {
      const auto& each = files.unread[i];
      absl::StrAppend(&why, "\n", Escape(each.file),
                      each.line > 0 ? absl::StrCat(":", each.line) : "", ": ", each.what);
    }
    return Fail(kUnreadable,
                absl::StrCat("nothing known in ", bundle.empty() ? "these files" : bundle, why,
                             "\nwhat can be used, and how to get it: leaktrail collect --help"));
  }
  const auto report = analyses::sidefiles::MakeSideReport(files, nullptr);
  session.OfferText(
      [&](const TextStyle& style) { return SideFilesText(report, arguments.full, style); });
  session.Offer(Format::kJson, [&] { return SideFilesJson(report, session.output()); });
  return session.Finish(/*complete=*/true);
}

int RunDoctor(const hprof::DumpFile& file, Session& session) {
  graph::Timings timings;
  session.ShowProgress("reading records", 0.5);
  auto diagnosis =
      analyses::Diagnose(file, session.open_health(), session.arguments().heap, session.threads());
  session.ClearProgress();
  if (!diagnosis.ok()) return FailReading(diagnosis.status());
  if (absl::Status changed = file.CheckUnchanged(); !changed.ok()) return FailReading(changed);
  timings.Finish("diagnose");
  session.AddPhases(timings);
  const std::uint64_t memory = session.output().deterministic ? 0 : AvailableMemory();
  if (session.output().deterministic) diagnosis->cost.threads = 0;
  diagnosis->dump = session.Present(std::move(diagnosis->dump));
  session.OfferText([&](const TextStyle& style) { return DoctorText(*diagnosis, memory, style); });
  session.Offer(Format::kJson, [&] { return DoctorJson(*diagnosis, memory, session.output()); });
  return session.Finish(diagnosis->dump.complete);
}

int AnswerAndFinish(const graph::Snapshot& snapshot, const SideFiles* beside, Session& session) {
  const absl::Status answer = Answer(snapshot, beside, session);
  session.ClearProgress();
  if (absl::Status changed = snapshot.file().CheckUnchanged(); !changed.ok()) {
    return FailReading(changed);
  }
  if (!answer.ok()) {
    return Fail(absl::IsUnavailable(answer) ? kNotWritten : kUsage, answer.message());
  }
  return session.Finish(!snapshot.health().partial());
}

// A finished answer that a snapshot file holds.
template <typename Result, typename Text, typename Json>
int AnswerStored(const graph::SnapshotFile& file, const Result& result, Text&& text, Json&& json,
                 Session& session) {
  auto info = DescribeSnapshotFile(file);
  if (!info.ok()) return FailReading(info.status());
  info->context.dump = session.Present(std::move(info->context.dump));
  session.ClearProgress();
  session.Render(info->context, result, text, json);
  return session.Finish(info->context.dump.complete);
}

int AnswerLoaders(const graph::SnapshotFile& file, Session& session) {
  const Arguments& arguments = session.arguments();
  const auto loaders = analyses::LoadLoaders(file, arguments.loaders);
  if (!loaders.ok()) return FailReading(loaders.status());
  const std::uint64_t wanted = arguments.loaders.limit;
  const std::uint64_t rows = loaders->rows.size();
  session.ClearProgress();
  if (rows < loaders->total_rows && (wanted == 0 || wanted > rows)) {
    Say(absl::StrCat("a snapshot holds the first ", rows,
                     " rows of class loaders; more needs the dump"));
  }
  return AnswerStored(file, *loaders, LoadersText, LoadersJson, session);
}

// The answer of `native` that the file holds; NotFound if it holds none.
absl::StatusOr<analyses::NativeMemory> LoadNative(const graph::SnapshotFile& file) {
  auto memory = analyses::LoadNative(file);
  if (!memory.ok()) return memory.status();
  if (*memory) return **std::move(memory);
  return absl::NotFoundError(
      absl::StrCat(file.path(),
                   " was written by an earlier leaktrail and holds nothing of memory outside of "
                   "the heap: make the snapshot again from the dump"));
}

// What the files beside the dump say together with what the file holds; none without any.
absl::StatusOr<std::optional<SideReport>> DescribeBeside(const graph::SnapshotFile& file,
                                                         const SideFiles* beside, bool whole) {
  if (beside == nullptr) return std::nullopt;
  const auto memory = LoadNative(file);
  if (!memory.ok()) return memory.status();
  const auto loaders = analyses::LoadLoaders(file, {.limit = 0});
  if (!loaders.ok()) return loaders.status();
  return DescribeSideFiles(*memory, *loaders, *beside, whole);
}

int AnswerNative(const graph::SnapshotFile& file, const SideFiles* files, Session& session) {
  const auto memory = LoadNative(file);
  if (!memory.ok()) return FailReading(memory.status());
  auto info = DescribeSnapshotFile(file);
  if (!info.ok()) return FailReading(info.status());
  const auto beside = DescribeBeside(file, files, info->context.dump.complete);
  if (!beside.ok()) return FailReading(beside.status());
  info->context.dump = session.Present(std::move(info->context.dump));
  session.ClearProgress();
  const analyses::NativeOptions usual, &asked = session.arguments().native;
  if (asked.owners != usual.owners || asked.rows != usual.rows) {
    Say("a snapshot holds the rows that native has without -n; others need the dump");
  }
  RenderNative(info->context, *memory, *beside ? &**beside : nullptr, session);
  return session.Finish(info->context.dump.complete);
}

int AnswerReport(const std::shared_ptr<const graph::SnapshotFile>& file, const SideFiles* files,
                 Session& session) {
  auto report = analyses::LoadReport(*file);
  session.ClearProgress();
  if (!report.ok()) return FailReading(report.status());
  const auto beside = DescribeBeside(*file, files, report->dump.complete);
  if (!beside.ok()) return FailReading(beside.status());
  const SideReport* side = *beside ? &**beside : nullptr;
  if (side != nullptr) AdviseBeside(*side, session.arguments().side, *report);
  report->dump = session.Present(std::move(report->dump));
  if (const absl::Status status = OfferHtml(file, side, session); !status.ok()) {
    return FailReading(status);
  }
  const bool complete = report->dump.complete;
  RenderReport(*std::move(report), side, session);
  if (WantsProfiles(session)) {
    const auto snapshot = session.Open(file);
    if (!snapshot.ok()) return FailReading(snapshot.status());
    OfferProfiles(**snapshot, session);
  }
  return session.Finish(complete);
}

int AnswerDoctor(const graph::SnapshotFile& file, Session& session) {
  auto info = DescribeSnapshotFile(file);
  session.ClearProgress();
  if (!info.ok()) return FailReading(info.status());
  info->context.dump = session.Present(std::move(info->context.dump));
  session.OfferText([&](const TextStyle& style) { return SnapshotText(*info, style); });
  session.Offer(Format::kJson, [&] { return SnapshotJson("doctor", *info, session.output()); });
  return session.Finish(info->context.dump.complete);
}

// Whether a count by class is better than nothing.
bool CanDegrade(Session& session) {
  const Arguments& arguments = session.arguments();
  return session.budget().degrade() &&
         (arguments.command == Command::kAnalyze ||
          (arguments.command == Command::kHistogram && arguments.verify_histogram.empty()));
}

int FailOverBudget(const absl::Status& status, Session& session) {
  session.ClearProgress();
  const Command command = session.arguments().command;
  const bool could = command == Command::kAnalyze || command == Command::kHistogram;
  if (!absl::IsCancelled(status) || !could || session.budget().degrade()) {
    return FailReading(status);
  }
  return Fail(kOverBudget,
              absl::StrCat(status.message(), "\n--degrade counts the objects by class instead"));
}

// The answer when the budget does not suffice for the graph. The memory of the graph is free again.
int RunCensus(const hprof::DumpFile& file, absl::string_view why, Session& session) {
  const Arguments& arguments = session.arguments();
  session.ShowProgress("counting objects", 0.9);
  analyses::CensusOptions options;
  options.heap = arguments.heap;
  options.threads = session.threads();
  if (arguments.command == Command::kHistogram) options.rows = arguments.histogram.limit;
  options.stop = [&] { return session.budget().MustStop(); };
  auto census = analyses::TakeCensus(file, session.open_health(), options);
  session.ClearProgress();
  if (!census.ok()) return FailReading(census.status());
  if (absl::Status changed = file.CheckUnchanged(); !changed.ok()) return FailReading(changed);
  Judgement judgement;
  for (const FailCondition& condition : arguments.fail_on) {
    judgement.unjudged.push_back(
        absl::StrCat("--fail-on '", condition.text, "': not judged: there is no analysis"));
  }
  session.SetJudgement(std::move(judgement));
  session.SetPartial();
  session.SetHeadline(absl::StrCat("NO VERDICT: ", why));
  census->dump = session.Present(std::move(census->dump));
  session.OfferText([&](const TextStyle& style) { return CensusText(*census, why, style); });
  session.Offer(Format::kMarkdown, [&] { return CensusMarkdown(*census, why); });
  session.Offer(Format::kJson, [&] {
    return CensusJson(*census, why, CommandName(arguments.command), session.output());
  });
  return session.Finish(/*complete=*/false);
}

// A histogram of all objects.
absl::Status AnswerCounted(const analyses::CountedDump& counted, Session& session) {
  const Arguments& arguments = session.arguments();
  const DumpContext context = {session.Present(counted.dump), {}, counted.health, counted.all};
  if (arguments.verify_histogram.empty()) {
    session.Render(context, analyses::MakeHistogram(counted.count, arguments.histogram),
                   HistogramText, HistogramJson);
    return absl::OkStatus();
  }
  const auto expected = analyses::ReadJvmHistogram(arguments.verify_histogram);
  if (!expected.ok()) return expected.status();
  const auto check = analyses::CheckHistogram(counted.count, *expected, arguments.verify_histogram);
  if (!check.same()) session.SetCode(kDifferent);
  session.Render(context, check, HistogramCheckText, HistogramCheckJson);
  return absl::OkStatus();
}

// What needs no graph.
int RunCount(const hprof::DumpFile& file, Session& session) {
  const Arguments& arguments = session.arguments();
  graph::CountOptions options;
  options.threads = session.threads();
  options.dormant_mirrors = !arguments.verify_histogram.empty();
  options.progress = [&](std::uint64_t bytes) {
    const double size = static_cast<double>(std::max<std::uint64_t>(1, file.size()));
    session.ShowProgress("counting objects", static_cast<double>(bytes) / size, bytes);
  };
  options.stop = [&] { return session.budget().GraphMustStop(); };
  session.ShowProgress("reading records", 0);
  graph::Timings timings;
  const auto counted =
      analyses::CountDump(file, session.open_health(), arguments.heap, options, timings);
  session.AddPhases(timings);
  session.ClearProgress();
  if (absl::IsCancelled(counted.status())) {
    const std::string why =
        absl::StrCat(session.budget().Reason(), " before all objects were counted");
    return CanDegrade(session) ? RunCensus(file, why, session) : Fail(kOverBudget, why);
  }
  if (!counted.ok()) return FailReading(counted.status());
  if (absl::Status changed = file.CheckUnchanged(); !changed.ok()) return FailReading(changed);
  if (const absl::Status status = AnswerCounted(*counted, session); !status.ok()) {
    return Fail(kUsage, status.message());
  }
  return session.Finish(counted->dump.complete);
}

int AnswerFromGraph(const std::shared_ptr<const graph::SnapshotFile>& file, Session& session) {
  const auto snapshot = session.Open(file);
  if (!snapshot.ok()) return FailReading(snapshot.status());
  return AnswerAndFinish(**snapshot, nullptr, session);
}

// A dump's finished answers, or its graph, from a file that `snapshot` has written.
int RunOnSnapshotFile(const std::string& path, const SideFiles* beside, Session& session) {
  const Arguments& arguments = session.arguments();
  if (const absl::Status status = CheckSnapshotArguments(arguments); !status.ok()) {
    return Fail(kUsage, status.message());
  }
  graph::Timings timings;
  session.ShowProgress("opening", 0);
  auto opened = graph::SnapshotFile::Open(path);
  if (!opened.ok()) return FailReading(opened.status());
  const std::shared_ptr<const graph::SnapshotFile> file = *std::move(opened);
  timings.Finish("open");
  session.AddPhases(timings);
  switch (arguments.command) {
    case Command::kAnalyze:
      return AnswerReport(file, beside, session);
    case Command::kNative:
      return AnswerNative(*file, beside, session);
    case Command::kLoaders:
      return AnswerLoaders(*file, session);
    case Command::kDoctor:
      return AnswerDoctor(*file, session);
    case Command::kHistogram: {
      if (!arguments.verify_histogram.empty()) return AnswerFromGraph(file, session);
      const auto histogram = analyses::LoadHistogram(*file, arguments.histogram);
      if (!histogram.ok()) return FailReading(histogram.status());
      if (!histogram->has_value()) return AnswerFromGraph(file, session);
      return AnswerStored(*file, **histogram, HistogramText, HistogramJson, session);
    }
    case Command::kDominators: {
      if (!arguments.target.empty()) return AnswerFromGraph(file, session);
      const auto tree = analyses::LoadDominators(*file, arguments.dominators);
      if (!tree.ok()) return FailReading(tree.status());
      if (!tree->has_value()) return AnswerFromGraph(file, session);
      return AnswerStored(*file, **tree, DominatorsText, DominatorsJson, session);
    }
    default:
      return AnswerFromGraph(file, session);
  }
}

}  // namespace

int RunOnDump(Session& session) {
  const Arguments& arguments = session.arguments();
  std::string path = arguments.file;
  std::optional<SideFiles> beside;
  if (arguments.side.any()) {
    auto files = ReadSideArguments(arguments.side);
    if (!files.ok()) return FailReading(files.status());
    beside = *std::move(files);
    if (path.empty()) {
      if (beside->dumps.empty()) return RunWithoutDump(*beside, session);
      path = beside->dumps.back();  // the newest
    }
  }
  if (graph::IsSnapshotFile(path)) {
    return RunOnSnapshotFile(path, beside ? &*beside : nullptr, session);
  }
  const BusErrorGuard guard(path);
  auto opened = session.Open(path);
  if (!opened.ok()) return FailReading(opened.status());
  const std::shared_ptr<const hprof::DumpFile> file = *std::move(opened);
  if (arguments.command == Command::kDoctor) return RunDoctor(*file, session);
  if (arguments.histogram.all) return RunCount(*file, session);
  if (const absl::Status cost = session.CheckCost(*file); !cost.ok()) {
    return absl::IsCancelled(cost) && CanDegrade(session)
               ? RunCensus(*file, cost.message(), session)
               : FailOverBudget(cost, session);
  }
  std::string why = "there is not enough memory for the graph";
  try {
    const auto snapshot = session.Build(file);
    if (snapshot.ok()) return AnswerAndFinish(**snapshot, beside ? &*beside : nullptr, session);
    if (!absl::IsCancelled(snapshot.status()) || !CanDegrade(session)) {
      return FailOverBudget(snapshot.status(), session);
    }
    why = std::string(snapshot.status().message());
  } catch (const std::bad_alloc&) {
    if (!CanDegrade(session)) throw;
  }
  return RunCensus(*file, why, session);
}

}  // namespace leaktrail::cli
