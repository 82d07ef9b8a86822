#include "cli/session.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analyses/analyze.h"
#include "cli/console.h"
#include "cli/machine.h"
#include "cli/render_text.h"
#include "cli/terminal.h"

namespace leaktrail::cli {

using graph::PhaseTiming;
using graph::Snapshot;

Session::Session(const Arguments& arguments, std::vector<analyses::Signature> signatures)
    : arguments_(arguments),
      signatures_(std::move(signatures)),
      style_(StyleOfStdout(arguments.color)),
      progress_(StderrIsTerminal() && !arguments.quiet) {
  output_.timings = arguments.timings;
  output_.show_strings = arguments.show_strings;
}

int Session::threads() const {
  return arguments_.threads > 0 ? arguments_.threads : ProcessorCount();
}

absl::StatusOr<std::unique_ptr<hprof::DumpFile>> Session::Open(const std::string& path) {
  open_health_ = {};
  graph::Timings timings;
  ShowProgress("opening", 0);
  hprof::OpenOptions options;
  options.temporary_directory = arguments_.temporary_directory;
  options.threads = threads();
  options.max_inflate = arguments_.max_inflate;
  auto file = hprof::DumpFile::Open(path, options, open_health_);
  timings.Finish("open");
  AddPhases(timings);
  return file;
}

graph::BuildOptions Session::MakeBuildOptions() {
  graph::BuildOptions options;
  options.threads = threads();
  options.strong_referents = arguments_.strong_referents;
  options.heap = arguments_.heap;
  options.progress = [this](absl::string_view phase, double share) {
    ShowProgress(phase, share * 0.9);
  };
  return options;
}

absl::StatusOr<std::unique_ptr<Snapshot>> Session::Build(std::unique_ptr<hprof::DumpFile> file) {
  auto snapshot = Snapshot::Build(std::move(file), open_health_, MakeBuildOptions());
  if (!snapshot.ok()) return snapshot.status();
  AddPhases((*snapshot)->timings());
  ShowProgress("analyzing", 0.9);
  StartParts();
  return snapshot;
}

absl::StatusOr<std::unique_ptr<Snapshot>> Session::Open(
    std::shared_ptr<const graph::SnapshotFile> file) {
  auto snapshot = Snapshot::Open(std::move(file), MakeBuildOptions());
  if (!snapshot.ok()) return snapshot.status();
  AddPhases((*snapshot)->timings());
  StartParts();
  return snapshot;
}

analyses::Report Session::MakeReport(const Snapshot& snapshot, bool tables) {
  analyses::AnalyzeOptions options;
  options.show_strings = arguments_.show_strings;
  options.signatures = signatures_;
  options.tables = tables;
  options.done = [&](absl::string_view part) { FinishPart(absl::StrCat("analyze: ", part)); };
  analyses::Report report = analyses::Analyze(snapshot, options);
  FinishPart("analyze: verdict");
  return report;
}

void Session::ShowProgress(absl::string_view phase, double share) {
  const std::size_t dumps = std::max<std::size_t>(1, arguments_.files.size());
  progress_.Show(phase, (static_cast<double>(dumps_done_) + share) / static_cast<double>(dumps));
}

void Session::AddPhases(const graph::Timings& timings) {
  const std::vector<PhaseTiming>& phases = timings.phases();
  output_.phases.insert(output_.phases.end(), phases.begin(), phases.end());
}

void Session::StartParts() {
  timings_ = graph::Timings();
  if (arguments_.timings) sampler_.emplace();
}

void Session::FinishPart(absl::string_view part) {
  if (!sampler_) return;
  timings_.Finish(part);
  output_.phases.push_back(timings_.phases().back());
  output_.phases.back().anonymous_bytes = sampler_->TakePeak();
}

void Session::FinishDump() {
  sampler_.reset();
  ++dumps_done_;
  for (; first_phase_ < output_.phases.size(); ++first_phase_) {
    PhaseTiming& phase = output_.phases[first_phase_];
    phase.name = absl::StrCat(dumps_done_, ": ", phase.name);
  }
}

int Session::Finish(const std::string& answer, bool complete) {
  const int code = Write(answer, !judgement_.failures.empty()     ? kConditionHolds
                                 : arguments_.strict && !complete ? kPartial
                                                                  : code_);
  for (const std::string& sentence : judgement_.failures) Say(sentence);
  for (const std::string& sentence : judgement_.unjudged) Say(sentence);
  if (arguments_.timings && !arguments_.json) {
    std::fputs(TimingsText(output_.phases).c_str(), stderr);
  }
  return code;
}

}  // namespace leaktrail::cli
