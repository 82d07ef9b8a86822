#include "cli/run.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/analyze.h"
#include "analyses/doctor.h"
#include "analyses/dominator_tree.h"
#include "analyses/explain.h"
#include "analyses/facts.h"
#include "analyses/growth/dump_summary.h"
#include "analyses/growth/growth_report.h"
#include "analyses/histogram.h"
#include "analyses/histogram_check.h"
#include "analyses/jvm_histogram.h"
#include "analyses/merged_paths.h"
#include "analyses/native/native_memory.h"
#include "analyses/side_figures.h"
#include "analyses/sidefiles/side_report.h"
#include "analyses/signature_sources.h"
#include "analyses/store/snapshot_notes.h"
#include "analyses/store/stored_results.h"
#include "analyses/target.h"
#include "analyses/text.h"
#include "cli/arguments.h"
#include "cli/bus_error.h"
#include "cli/completions.h"
#include "cli/context.h"
#include "cli/escape.h"
#include "cli/fail_condition.h"
#include "cli/help.h"
#include "cli/machine.h"
#include "cli/man_page.h"
#include "cli/memory_sampler.h"
#include "cli/progress.h"
#include "cli/render_growth.h"
#include "cli/render_json.h"
#include "cli/render_markdown.h"
#include "cli/render_text.h"
#include "cli/snapshot_info.h"
#include "cli/terminal.h"
#include "cli/version.h"
#include "graph/snapshot.h"
#include "graph/store/save_snapshot.h"
#include "graph/timings.h"
#include "hprof/dump_file.h"

namespace leaktrail::cli {
namespace {

using graph::PhaseTiming;
using graph::Snapshot;

void Say(absl::string_view message) {
  // Messages may name classes of the dump; their line breaks are ours.
  std::string text = "leaktrail: ";
  for (absl::string_view rest = message; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    absl::StrAppend(&text, Escape(rest.substr(0, end)), "\n");
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::fputs(text.c_str(), stderr);
}

int Fail(int code, absl::string_view message) {
  Say(message);
  return code;
}

int Write(absl::string_view text, int code) {
  const absl::Status status = WriteToStdout(text);
  return status.ok() ? code : Fail(kNotWritten, status.message());
}

bool IsSameFile(const std::string& a, const std::string& b) {
  std::error_code neither;
  return std::filesystem::equivalent(a, b, neither);
}

int FailReading(const absl::Status& status) {
  return Fail(absl::IsOutOfRange(status) ? kUsage : kUnreadable, status.message());
}

using SignatureErrors = std::vector<std::string>;

// The signatures built in and of the directories given.
std::vector<analyses::Signature> LoadSignatures(const Arguments& arguments,
                                                SignatureErrors& errors) {
  std::vector<analyses::Signature> signatures = analyses::BuiltInSignatures();
  for (const std::string& directory : arguments.signature_directories) {
    for (std::string& error : analyses::ReadSignatureDirectory(directory, signatures)) {
      errors.push_back(std::move(error));
    }
  }
  return signatures;
}

int FailSignatures(const SignatureErrors& errors) {
  return Fail(kUsage, absl::StrCat(analyses::Counted(errors.size(), "error", "errors"),
                                   " in signature files\n", absl::StrJoin(errors, "\n"),
                                   "\nhow to write them: docs/signatures.md"));
}

// `signatures`: the files given, else all there are.
int RunSignatures(const Arguments& arguments) {
  SignatureErrors errors;
  std::vector<analyses::Signature> signatures;
  if (arguments.check.empty()) signatures = LoadSignatures(arguments, errors);
  for (const std::string& file : arguments.check) {
    for (std::string& error : analyses::ReadSignatureFile(file, signatures)) {
      errors.push_back(std::move(error));
    }
  }
  if (!errors.empty()) return FailSignatures(errors);
  std::sort(signatures.begin(), signatures.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  return Write(arguments.json ? SignaturesJson(signatures)
                              : SignaturesText(signatures, StyleOfStdout(arguments.color)),
               kDone);
}

int RunExplain(const Arguments& arguments) {
  SignatureErrors errors;
  const std::vector<analyses::Signature> signatures = LoadSignatures(arguments, errors);
  if (!errors.empty()) return FailSignatures(errors);
  const TextStyle style = StyleOfStdout(arguments.color);
  if (arguments.target.empty()) {
    const std::vector<analyses::Page> pages = analyses::AllPages(signatures);
    return Write(arguments.json ? PagesJson(pages) : PagesText(pages, style), kDone);
  }
  const absl::StatusOr<analyses::Page> page = analyses::Explain(arguments.target, signatures);
  if (!page.ok()) return Fail(kUsage, page.status().message());
  return Write(arguments.json ? PagesJson(std::span(&*page, 1)) : PageText(*page, style), kDone);
}

int RunCompletions(const Arguments& arguments) {
  const Shell shell = arguments.target == "bash"  ? Shell::kBash
                      : arguments.target == "zsh" ? Shell::kZsh
                                                  : Shell::kFish;
  return Write(CompletionScript(shell), kDone);
}

// A rule that no finding can have makes a condition that never holds.
absl::Status CheckRules(std::span<const FailCondition> conditions,
                        std::span<const analyses::Signature> signatures) {
  for (const FailCondition& condition : conditions) {
    if (condition.of != FailCondition::Of::kRule) continue;
    const absl::Status known = analyses::Explain(condition.name, signatures).status();
    if (!known.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--fail-on '", condition.text, "': ", known.message()));
    }
  }
  return absl::OkStatus();
}

// One command: of each dump the passes in order, then the answer.
class Session {
 public:
  explicit Session(const Arguments& arguments)
      : arguments_(arguments),
        file_(arguments.file),
        style_(StyleOfStdout(arguments.color)),
        progress_(StderrIsTerminal() && !arguments.quiet) {}

  int Run() {
    SignatureErrors errors;
    signatures_ = LoadSignatures(arguments_, errors);
    if (!errors.empty()) return FailSignatures(errors);
    const absl::Status rules = CheckRules(arguments_.fail_on, signatures_);
    if (!rules.ok()) return Fail(kUsage, rules.message());
    if (arguments_.command == Command::kDiff) return RunDiff();

    if (arguments_.side.any()) {
      auto files = ReadSideArguments(arguments_.side);
      if (!files.ok()) return FailReading(files.status());
      side_files_ = *std::move(files);
      if (file_.empty()) {
        if (side_files_->dumps.empty()) return RunWithoutDump();
        file_ = side_files_->dumps.back();  // the newest
      }
    }
    if (graph::IsSnapshotFile(file_)) return RunOnSnapshotFile();
    std::unique_ptr<graph::SnapshotFileWriter> writer;
    if (arguments_.command == Command::kSnapshot) {
      if (IsSameFile(file_, arguments_.output)) {
        return Fail(kUsage, absl::StrCat("the snapshot cannot replace the dump it is made of: name "
                                         "another file than ",
                                         arguments_.output));
      }
      // Before the work: what cannot be written is said at once.
      auto created = graph::SnapshotFileWriter::Create(arguments_.output, arguments_.replace);
      if (!created.ok()) return Fail(kNotWritten, created.status().message());
      writer = *std::move(created);
    }
    const BusErrorGuard guard(file_);
    absl::StatusOr<std::unique_ptr<hprof::DumpFile>> file = Open(file_);
    if (!file.ok()) return FailReading(file.status());
    if (arguments_.command == Command::kDoctor) return RunDoctor(**file);

    absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = Build(*std::move(file));
    if (!snapshot.ok()) return FailReading(snapshot.status());
    graph::Timings timings;
    if (writer != nullptr) return WriteSnapshot(**snapshot, timings, *writer);
    return AnswerAndFinish(**snapshot, timings);
  }

 private:
  // The dumps one after the other, so that one graph at a time is in memory; then what they say
  // together.
  int RunDiff() {
    // The last of the names may be mistyped: that is said before hours of work, not after.
    for (const std::string& file : arguments_.files) {
      if (access(file.c_str(), R_OK) == 0) continue;
      const absl::Status status = Open(file).status();
      if (!status.ok()) return FailReading(status);
    }
    std::vector<analyses::DumpSummary> summaries;
    bool complete = true;
    for (const std::string& file : arguments_.files) {
      const std::size_t first_phase = output_.phases.size();
      absl::StatusOr<analyses::DumpSummary> summary = SummarizeDump(file);
      if (!summary.ok()) return FailReading(NameFile(file, summary.status()));
      complete &= summary->dump.complete;
      summaries.push_back(*std::move(summary));
      for (std::size_t i = first_phase; i < output_.phases.size(); ++i) {
        output_.phases[i].name = absl::StrCat(summaries.size(), ": ", output_.phases[i].name);
      }
    }
    graph::Timings timings;
    if (arguments_.timings) sampler_.emplace();
    const analyses::GrowthReport report = analyses::Compare(summaries, arguments_.compare);
    FinishPart(timings, "compare");
    progress_.Clear();
    judgement_ = Judge(arguments_.fail_on, report);
    return Finish(arguments_.json       ? GrowthJson(report, Output())
                  : arguments_.markdown ? GrowthMarkdown(report)
                                        : GrowthText(report, arguments_.full, style_),
                  complete);
  }

  absl::StatusOr<analyses::DumpSummary> SummarizeDump(const std::string& path) {
    if (graph::IsSnapshotFile(path)) {
      const auto stored = graph::SnapshotFile::Open(path);
      if (!stored.ok()) return stored.status();
      ++dumps_done_;
      return analyses::LoadSummary(**stored);
    }
    open_health_ = {};
    const BusErrorGuard guard(path);
    auto file = Open(path);
    if (!file.ok()) return file.status();
    absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = Build(*std::move(file));
    if (!snapshot.ok()) return snapshot.status();
    graph::Timings timings;
    const analyses::Report report = MakeReport(**snapshot, timings, false);
    analyses::DumpSummary summary = analyses::Summarize(**snapshot, report);
    FinishPart(timings, "summarize");
    if (absl::Status changed = (*snapshot)->file().CheckUnchanged(); !changed.ok()) return changed;
    sampler_.reset();
    ++dumps_done_;
    return summary;
  }

  static absl::Status NameFile(absl::string_view file, const absl::Status& status) {
    if (absl::StrContains(status.message(), file)) return status;
    return absl::Status(status.code(), absl::StrCat(file, ": ", status.message()));
  }

  absl::StatusOr<std::unique_ptr<hprof::DumpFile>> Open(const std::string& path) {
    graph::Timings timings;
    ShowProgress("opening", 0);
    hprof::OpenOptions options;
    options.temporary_directory = arguments_.temporary_directory;
    options.max_inflate = arguments_.max_inflate;
    options.announce = [this](const std::string& sentence) {
      progress_.Clear();
      Say(sentence);
    };
    auto file = hprof::DumpFile::Open(path, options, open_health_);
    timings.Finish("open");
    AddPhases(timings);
    return file;
  }

  graph::BuildOptions MakeBuildOptions() {
    graph::BuildOptions options;
    options.threads = Threads();
    options.strong_referents = arguments_.strong_referents;
    options.heap = arguments_.heap;
    options.progress = [this](absl::string_view phase, double share) {
      ShowProgress(phase, share * 0.9);
    };
    return options;
  }

  absl::StatusOr<std::unique_ptr<Snapshot>> Build(std::unique_ptr<hprof::DumpFile> file) {
    auto snapshot = Snapshot::Build(std::move(file), open_health_, MakeBuildOptions());
    if (!snapshot.ok()) return snapshot.status();
    AddPhases((*snapshot)->timings());
    if (arguments_.timings) sampler_.emplace();
    ShowProgress("analyzing", 0.9);
    return snapshot;
  }

  // `share` of the dump in hand.
  void ShowProgress(absl::string_view phase, double share) {
    const std::size_t dumps = std::max<std::size_t>(1, arguments_.files.size());
    progress_.Show(phase, (static_cast<double>(dumps_done_) + share) / static_cast<double>(dumps));
  }

  int AnswerAndFinish(const Snapshot& snapshot, graph::Timings& timings) {
    const absl::StatusOr<std::string> answer = Answer(snapshot, timings);
    progress_.Clear();
    if (absl::Status changed = snapshot.file().CheckUnchanged(); !changed.ok()) {
      return FailReading(changed);
    }
    if (!answer.ok()) return Fail(kUsage, answer.status().message());
    return Finish(*answer, !snapshot.health().partial());
  }

  // The text of the answer. Errors: the target is not in the dump.
  absl::StatusOr<std::string> Answer(const Snapshot& snapshot, graph::Timings& timings) {
    switch (arguments_.command) {
      case Command::kHistogram: {
        if (!arguments_.verify_histogram.empty()) return AnswerHistogramCheck(snapshot, timings);
        const auto histogram = analyses::MakeHistogram(snapshot, arguments_.histogram);
        return Render(snapshot, timings, histogram, HistogramText, HistogramJson);
      }
      case Command::kDominators:
        return AnswerDominators(snapshot, timings);
      case Command::kPath:
        return AnswerPath(snapshot, timings);
      case Command::kLoaders: {
        const auto loaders = analyses::DescribeLoaders(snapshot, arguments_.loaders);
        return Render(snapshot, timings, loaders, LoadersText, LoadersJson);
      }
      case Command::kNative: {
        return AnswerNative(snapshot, timings);
      }
      default:
        return AnswerAnalyze(snapshot, timings);
    }
  }

  absl::StatusOr<std::string> AnswerHistogramCheck(const Snapshot& snapshot,
                                                   graph::Timings& timings) {
    const auto histogram = analyses::ReadJvmHistogram(arguments_.verify_histogram);
    if (!histogram.ok()) return histogram.status();
    const auto check = analyses::CheckHistogram(snapshot, *histogram, arguments_.verify_histogram);
    if (!check.same()) done_ = kDifferent;
    return Render(snapshot, timings, check, HistogramCheckText, HistogramCheckJson);
  }

  // A dump's finished answers, or its graph, from a file that `snapshot` has written.
  int RunOnSnapshotFile() {
    if (const absl::Status status = CheckSnapshotArguments(arguments_); !status.ok()) {
      return Fail(kUsage, status.message());
    }
    graph::Timings timings;
    progress_.Show("opening", 0);
    auto opened = graph::SnapshotFile::Open(file_);
    if (!opened.ok()) return FailReading(opened.status());
    const std::shared_ptr<const graph::SnapshotFile> file = *std::move(opened);
    timings.Finish("open");
    AddPhases(timings);
    switch (arguments_.command) {
      case Command::kAnalyze: {
        const auto report = analyses::LoadReport(*file);
        if (!report.ok()) return FailReading(report.status());
        return Finish(RenderReport(*report), report->dump.complete);
      }
      case Command::kLoaders: {
        const auto loaders = analyses::LoadLoaders(*file, arguments_.loaders);
        const auto info = DescribeSnapshotFile(*file);
        if (!loaders.ok()) return FailReading(loaders.status());
        if (!info.ok()) return FailReading(info.status());
        const std::uint64_t wanted = arguments_.loaders.limit;
        if (loaders->rows.size() < loaders->total_rows &&
            (wanted == 0 || wanted > loaders->rows.size())) {
          Say(absl::StrCat("a snapshot holds the first ", loaders->rows.size(),
                           " rows of class loaders; more needs the dump"));
        }
        return Finish(arguments_.json ? LoadersJson(info->context, *loaders, Output())
                                      : LoadersText(info->context, *loaders, style_),
                      info->context.dump.complete);
      }
      case Command::kDoctor: {
        const auto info = DescribeSnapshotFile(*file);
        if (!info.ok()) return FailReading(info.status());
        return Finish(DescribeSnapshot(*info), info->context.dump.complete);
      }
      default: {
        auto snapshot = Snapshot::Open(file, MakeBuildOptions());
        if (!snapshot.ok()) return FailReading(snapshot.status());
        AddPhases((*snapshot)->timings());
        if (arguments_.timings) sampler_.emplace();
        graph::Timings answering;
        return AnswerAndFinish(**snapshot, answering);
      }
    }
  }

  std::string DescribeSnapshot(const SnapshotInfo& info) {
    progress_.Clear();
    return arguments_.json ? SnapshotJson(CommandName(arguments_.command), info, Output())
                           : SnapshotText(info, style_);
  }

  int WriteSnapshot(const Snapshot& snapshot, graph::Timings& timings,
                    graph::SnapshotFileWriter& writer) {
    const analyses::Report report = MakeReport(snapshot, timings, /*tables=*/true);
    const auto loaders = analyses::DescribeLoaders(snapshot, {analyses::kStoredLoaderRows});
    FinishPart(timings, "loaders");
    const analyses::DumpSummary summary = analyses::Summarize(snapshot, report);
    FinishPart(timings, "summary");
    const graph::Notes notes = analyses::MakeNotes(snapshot, Threads());
    FinishPart(timings, "notes");
    const auto show = [&](double share) { progress_.Show("writing", 0.9 + share * 0.1); };
    graph::SaveSnapshot(snapshot, notes, Threads(), show, writer);
    analyses::SaveResults(report, loaders, summary, writer);
    writer.AppendMessage(graph::kToolStream, kVersion);
    if (absl::Status changed = snapshot.file().CheckUnchanged(); !changed.ok()) {
      progress_.Clear();
      return FailReading(changed);
    }
    const absl::StatusOr<std::uint64_t> size = writer.Finish();
    FinishPart(timings, "write");
    progress_.Clear();
    if (!size.ok()) return Fail(kNotWritten, size.status().message());
    SnapshotInfo info;
    info.file = arguments_.output;
    info.bytes = *size;
    info.version = graph::kSnapshotVersion;
    info.tool = std::string(kVersion);
    info.context = {report.dump, report.memory, report.health};
    info.context.dump.snapshot_of = analyses::LastPart(report.dump.file);
    return Finish(DescribeSnapshot(info), report.dump.complete);
  }

  // On one screen there is room for the answer and where to see the rest.
  void AdviseBeside(const analyses::sidefiles::SideReport& beside, analyses::Report& report) const {
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
    advice.push_back(arguments_.side.bundle.empty()
                         ? "The table of all memory: leaktrail native with the same options."
                         : "The table of all memory: leaktrail native FILE --bundle DIR.");
    report.advice.insert(report.advice.begin(), advice.begin(), advice.end());
  }

  analyses::Report MakeReport(const Snapshot& snapshot, graph::Timings& timings, bool tables) {
    analyses::AnalyzeOptions options;
    options.show_strings = arguments_.show_strings;
    options.signatures = signatures_;
    options.tables = tables;
    options.done = [&](absl::string_view part) {
      FinishPart(timings, absl::StrCat("analyze: ", part));
    };
    analyses::Report report = analyses::Analyze(snapshot, options);
    FinishPart(timings, "analyze: verdict");
    return report;
  }

  // `beside`: what the files beside the dump say; may be null.
  std::string RenderReport(const analyses::Report& report,
                           const analyses::sidefiles::SideReport* beside = nullptr) {
    progress_.Clear();
    judgement_ = Judge(arguments_.fail_on, report);
    if (arguments_.markdown) return ReportMarkdown(report);
    return arguments_.json ? ReportJson(report, Output(), beside)
                           : ReportText(report, arguments_.full, style_);
  }

  std::string AnswerAnalyze(const Snapshot& snapshot, graph::Timings& timings) {
    // One screen shows none of the tables.
    analyses::Report report = MakeReport(snapshot, timings, arguments_.full || arguments_.json);
    if (!side_files_) return RenderReport(report);
    const auto beside = DescribeSideFiles(snapshot, analyses::DescribeNative(snapshot));
    AdviseBeside(*beside, report);
    FinishPart(timings, "analyze: files beside the dump");
    return RenderReport(report, &*beside);
  }

  // The files beside the dump with what the dump knows; none without any.
  std::optional<analyses::sidefiles::SideReport> DescribeSideFiles(
      const Snapshot& snapshot, const analyses::NativeMemory& memory) const {
    if (!side_files_) return std::nullopt;
    const auto figures = analyses::FiguresForSideFiles(snapshot, memory);
    return analyses::sidefiles::MakeSideReport(*side_files_, &figures);
  }

  std::string AnswerNative(const Snapshot& snapshot, graph::Timings& timings) {
    const auto memory = analyses::DescribeNative(snapshot, arguments_.native);
    const auto beside = DescribeSideFiles(snapshot, memory);
    const analyses::sidefiles::SideReport* report = beside ? &*beside : nullptr;
    return Render(
        snapshot, timings, memory,
        [&](const DumpContext& context, const analyses::NativeMemory& result,
            const TextStyle& style) {
          const std::string first =
              report == nullptr ? "" : absl::StrCat(SideFilesText(*report, style), "\n");
          return absl::StrCat(first, NativeText(context, result, style));
        },
        [&](const DumpContext& context, const analyses::NativeMemory& result,
            const OutputOptions& options) { return NativeJson(context, result, options, report); });
  }

  // Nothing but the files of a bundle.
  int RunWithoutDump() {
    if (arguments_.command != Command::kNative) {
      return Fail(kUnreadable,
                  absl::StrCat("no heap dump in ", arguments_.side.bundle,
                               "; what the other files say: leaktrail native --bundle ",
                               arguments_.side.bundle));
    }
    if (!side_files_->any()) {
      return Fail(kUnreadable,
                  absl::StrCat("nothing known in ", arguments_.side.bundle,
                               "\nwhat can be used, and how to get it: leaktrail collect --help"));
    }
    const auto report = analyses::sidefiles::MakeSideReport(*side_files_, nullptr);
    return Write(arguments_.json ? SideFilesJson(report, Output()) : SideFilesText(report, style_),
                 kDone);
  }

  absl::StatusOr<std::string> AnswerDominators(const Snapshot& snapshot, graph::Timings& timings) {
    analyses::Target target;
    if (!arguments_.target.empty()) {
      auto found = analyses::ResolveTarget(snapshot, arguments_.target);
      if (!found.ok()) return found.status();
      target = *std::move(found);
    }
    const auto tree = analyses::MakeDominatorTree(
        snapshot, arguments_.target.empty() ? nullptr : &target, arguments_.dominators);
    return Render(snapshot, timings, tree, DominatorsText, DominatorsJson);
  }

  absl::StatusOr<std::string> AnswerPath(const Snapshot& snapshot, graph::Timings& timings) {
    const auto target = analyses::ResolveTarget(snapshot, arguments_.target);
    if (!target.ok()) return target.status();
    if (target->object.valid()) {
      analyses::PathOptions options = arguments_.path;
      options.show_strings = arguments_.show_strings;
      const auto path = analyses::FindObjectPath(snapshot, target->object, options);
      return Render(snapshot, timings, path, ObjectPathText, ObjectPathJson);
    }
    const auto paths = analyses::MergePaths(snapshot, *target, arguments_.path);
    return Render(snapshot, timings, paths, MergedPathsText, MergedPathsJson);
  }

  // `result` as text or JSON, below what is to be said about the dump itself.
  template <typename Result, typename Text, typename Json>
  std::string Render(const Snapshot& snapshot, graph::Timings& timings, const Result& result,
                     Text&& text, Json&& json) {
    FinishPart(timings, "analyze");
    const DumpContext context = {analyses::DescribeDump(snapshot),
                                 analyses::DescribeMemory(snapshot),
                                 analyses::DescribeHealth(snapshot)};
    return arguments_.json ? json(context, result, Output()) : text(context, result, style_);
  }

  int RunDoctor(const hprof::DumpFile& file) {
    graph::Timings timings;
    progress_.Show("reading records", 0.5);
    const auto diagnosis = analyses::Diagnose(file, open_health_, arguments_.heap, Threads());
    progress_.Clear();
    if (!diagnosis.ok()) return FailReading(diagnosis.status());
    if (absl::Status changed = file.CheckUnchanged(); !changed.ok()) return FailReading(changed);
    timings.Finish("diagnose");
    AddPhases(timings);
    const std::uint64_t memory = AvailableMemory();
    return Finish(arguments_.json ? DoctorJson(*diagnosis, memory, Output())
                                  : DoctorText(*diagnosis, memory, style_),
                  diagnosis->dump.complete);
  }

  int Finish(const std::string& answer, bool complete) {
    const int code = Write(answer, !judgement_.failures.empty()     ? kConditionHolds
                                   : arguments_.strict && !complete ? kPartial
                                                                    : done_);
    for (const std::string& sentence : judgement_.failures) Say(sentence);
    for (const std::string& sentence : judgement_.unjudged) Say(sentence);
    if (arguments_.timings && !arguments_.json) {
      std::fputs(TimingsText(output_.phases).c_str(), stderr);
    }
    return code;
  }

  int Threads() const { return arguments_.threads > 0 ? arguments_.threads : ProcessorCount(); }

  void AddPhases(const graph::Timings& timings) {
    const std::vector<PhaseTiming>& phases = timings.phases();
    output_.phases.insert(output_.phases.end(), phases.begin(), phases.end());
  }

  // A part of the answer, with the peak of memory while it was made.
  void FinishPart(graph::Timings& timings, absl::string_view part) {
    if (!sampler_) return;
    timings.Finish(part);
    output_.phases.push_back(timings.phases().back());
    output_.phases.back().anonymous_bytes = sampler_->TakePeak();
  }

  const OutputOptions& Output() {
    output_.timings = arguments_.timings;
    output_.show_strings = arguments_.show_strings;
    return output_;
  }

  const Arguments& arguments_;
  std::string file_;  // the dump
  std::optional<analyses::sidefiles::SideFiles> side_files_;
  const TextStyle style_;
  ExitCode done_ = kDone;
  ProgressLine progress_;
  hprof::ImportHealth open_health_;
  OutputOptions output_;
  Judgement judgement_;
  std::size_t dumps_done_ = 0;
  std::vector<analyses::Signature> signatures_;
  std::optional<MemorySampler> sampler_;
};

}  // namespace

int Run(const std::vector<std::string>& words) {
  const absl::StatusOr<Arguments> arguments = ParseArguments(words);
  if (!arguments.ok()) return Fail(kUsage, arguments.status().message());
  if (arguments->command == Command::kHelp) return Write(HelpText(arguments->help_on), kDone);
  if (arguments->command == Command::kVersion) {
    return Write(arguments->json ? VersionJson() : absl::StrCat("leaktrail ", kVersion, "\n"),
                 kDone);
  }
  try {
    if (arguments->command == Command::kCollect) return RunCollect(arguments->collect);
    if (arguments->command == Command::kSignatures) return RunSignatures(*arguments);
    if (arguments->command == Command::kExplain) return RunExplain(*arguments);
    if (arguments->command == Command::kMan) return Write(ManPage(), kDone);
    if (arguments->command == Command::kCompletions) return RunCompletions(*arguments);
    return Session(*arguments).Run();
  } catch (const std::bad_alloc&) {
    return Fail(kOutOfMemory, absl::StrCat("not enough memory; how much is needed says: leaktrail "
                                           "doctor ",
                                           arguments->file.empty() ? "FILE" : arguments->file));
  }
}

}  // namespace leaktrail::cli
