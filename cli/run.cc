#include "cli/run.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/analyze.h"
#include "analyses/doctor.h"
#include "analyses/dominator_tree.h"
#include "analyses/explain.h"
#include "analyses/facts.h"
#include "analyses/histogram.h"
#include "analyses/merged_paths.h"
#include "analyses/signature_sources.h"
#include "analyses/target.h"
#include "analyses/text.h"
#include "cli/arguments.h"
#include "cli/completions.h"
#include "cli/context.h"
#include "cli/escape.h"
#include "cli/help.h"
#include "cli/machine.h"
#include "cli/man_page.h"
#include "cli/memory_sampler.h"
#include "cli/progress.h"
#include "cli/render_json.h"
#include "cli/render_text.h"
#include "cli/terminal.h"
#include "cli/version.h"
#include "graph/snapshot.h"
#include "graph/timings.h"
#include "hprof/dump_file.h"

namespace leaktrail::cli {
namespace {

using graph::PhaseTiming;
using graph::Snapshot;

int Fail(int code, absl::string_view message) {
  // Messages may name classes of the dump; their line breaks are ours.
  std::string text = "leaktrail: ";
  for (absl::string_view rest = message; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    absl::StrAppend(&text, Escape(rest.substr(0, end)), "\n");
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  std::fputs(text.c_str(), stderr);
  return code;
}

int Write(absl::string_view text, int code) {
  const absl::Status status = WriteToStdout(text);
  return status.ok() ? code : Fail(kNotWritten, status.message());
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

// One command on one dump: the passes in order, then the answer.
class Session {
 public:
  explicit Session(const Arguments& arguments)
      : arguments_(arguments),
        style_(StyleOfStdout(arguments.color)),
        progress_(StderrIsTerminal() && !arguments.quiet) {}

  int Run() {
    SignatureErrors errors;
    signatures_ = LoadSignatures(arguments_, errors);
    if (!errors.empty()) return FailSignatures(errors);
    absl::StatusOr<std::unique_ptr<hprof::DumpFile>> file = Open();
    if (!file.ok()) return FailReading(file.status());
    if (arguments_.command == Command::kDoctor) return RunDoctor(**file);

    absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = Build(*std::move(file));
    if (!snapshot.ok()) return FailReading(snapshot.status());
    const std::vector<PhaseTiming>& passes = (*snapshot)->timings().phases();
    output_.phases.insert(output_.phases.end(), passes.begin(), passes.end());

    graph::Timings timings;
    if (arguments_.timings) sampler_.emplace();
    progress_.Show("analyzing", 0.9);
    const absl::StatusOr<std::string> answer = Answer(**snapshot, timings);
    progress_.Clear();
    if (!answer.ok()) return Fail(kUsage, answer.status().message());
    return Finish(*answer, !(*snapshot)->health().partial());
  }

 private:
  absl::StatusOr<std::unique_ptr<hprof::DumpFile>> Open() {
    graph::Timings timings;
    progress_.Show("opening", 0);
    hprof::OpenOptions options;
    options.temporary_directory = arguments_.temporary_directory;
    options.threads = Threads();
    auto file = hprof::DumpFile::Open(arguments_.file, options, open_health_);
    timings.Finish("open");
    AddPhases(timings);
    return file;
  }

  absl::StatusOr<std::unique_ptr<Snapshot>> Build(std::unique_ptr<hprof::DumpFile> file) {
    graph::BuildOptions options;
    options.threads = Threads();
    options.strong_referents = arguments_.strong_referents;
    options.heap = arguments_.heap;
    options.progress = [this](absl::string_view phase, double share) {
      progress_.Show(phase, share * 0.9);
    };
    return Snapshot::Build(std::move(file), open_health_, options);
  }

  // The text of the answer. Errors: the target is not in the dump.
  absl::StatusOr<std::string> Answer(const Snapshot& snapshot, graph::Timings& timings) {
    switch (arguments_.command) {
      case Command::kHistogram: {
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
      default:
        return AnswerAnalyze(snapshot, timings);
    }
  }

  std::string AnswerAnalyze(const Snapshot& snapshot, graph::Timings& timings) {
    analyses::AnalyzeOptions options;
    options.show_strings = arguments_.show_strings;
    options.signatures = signatures_;
    options.tables = arguments_.full || arguments_.json;  // one screen shows none of them
    options.done = [&](absl::string_view part) {
      FinishPart(timings, absl::StrCat("analyze: ", part));
    };
    const analyses::Report report = analyses::Analyze(snapshot, options);
    FinishPart(timings, "analyze: verdict");
    return arguments_.json ? ReportJson(report, Output())
                           : ReportText(report, arguments_.full, style_);
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
    timings.Finish("diagnose");
    AddPhases(timings);
    const std::uint64_t memory = AvailableMemory();
    return Finish(arguments_.json ? DoctorJson(*diagnosis, memory, Output())
                                  : DoctorText(*diagnosis, memory, style_),
                  diagnosis->dump.complete);
  }

  int Finish(const std::string& answer, bool complete) {
    const int code = Write(answer, arguments_.strict && !complete ? kPartial : kDone);
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
  const TextStyle style_;
  ProgressLine progress_;
  hprof::ImportHealth open_health_;
  OutputOptions output_;
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
    if (arguments->command == Command::kSignatures) return RunSignatures(*arguments);
    if (arguments->command == Command::kExplain) return RunExplain(*arguments);
    if (arguments->command == Command::kMan) return Write(ManPage(), kDone);
    if (arguments->command == Command::kCompletions) return RunCompletions(*arguments);
    return Session(*arguments).Run();
  } catch (const std::bad_alloc&) {
    return Fail(kOutOfMemory, absl::StrCat("not enough memory; how much is needed says: leaktrail "
                                           "doctor ",
                                           arguments->file));
  }
}

}  // namespace leaktrail::cli
