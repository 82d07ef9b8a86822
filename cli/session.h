// What the commands that read dumps have in common: they open them, build the graph, show how far
// they are, and finish with an answer and an exit code.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analyses/facts.h"
#include "analyses/report.h"
#include "analyses/signature.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "cli/fail_condition.h"
#include "cli/memory_sampler.h"
#include "cli/progress.h"
#include "cli/run.h"
#include "cli/text_style.h"
#include "graph/snapshot.h"
#include "graph/timings.h"
#include "hprof/dump_file.h"

namespace leaktrail::cli {

class Session {
 public:
  // `arguments` outlives it.
  Session(const Arguments& arguments, std::vector<analyses::Signature> signatures);

  const Arguments& arguments() const { return arguments_; }
  const TextStyle& style() const { return style_; }
  const hprof::ImportHealth& open_health() const { return open_health_; }
  int threads() const;
  const std::vector<analyses::Signature>& signatures() const { return signatures_; }
  const OutputOptions& output() const { return output_; }

  absl::StatusOr<std::unique_ptr<hprof::DumpFile>> Open(const std::string& path);
  graph::BuildOptions MakeBuildOptions();
  // The graph of a dump that was opened, or of a snapshot file; then the parts of the answer start.
  absl::StatusOr<std::unique_ptr<graph::Snapshot>> Build(std::unique_ptr<hprof::DumpFile> file);
  absl::StatusOr<std::unique_ptr<graph::Snapshot>> Open(
      std::shared_ptr<const graph::SnapshotFile> file);

  // All analyses; `tables`: also what more than one screen shows.
  analyses::Report MakeReport(const graph::Snapshot& snapshot, bool tables);

  // `share` of the dump in hand. To be cleared before anything else is written.
  void ShowProgress(absl::string_view phase, double share);
  void ClearProgress() { progress_.Clear(); }

  // With --timings: the passes of others, and the parts of the answer. A part is what was done
  // since the last one or the start of parts, with the peak of memory meanwhile.
  void AddPhases(const graph::Timings& timings);
  void StartParts();
  void FinishPart(absl::string_view part);
  // Of several dumps one is done: its passes are told apart by its number.
  void FinishDump();

  void SetJudgement(Judgement judgement) { judgement_ = std::move(judgement); }
  // The exit code if nothing else decides it.
  void SetCode(ExitCode code) { code_ = code; }

  // `result` as text or JSON, below what is to be said about the dump itself.
  template <typename Result, typename Text, typename Json>
  std::string Render(const graph::Snapshot& snapshot, const Result& result, Text&& text,
                     Json&& json) {
    FinishPart("analyze");
    const DumpContext context = {analyses::DescribeDump(snapshot),
                                 analyses::DescribeMemory(snapshot),
                                 analyses::DescribeHealth(snapshot)};
    return arguments_.json ? json(context, result, output_) : text(context, result, style_);
  }

  // Writes the answer, says which conditions hold and prints timings; returns the exit code.
  // `complete`: the dump was.
  int Finish(const std::string& answer, bool complete);

 private:
  const Arguments& arguments_;
  const std::vector<analyses::Signature> signatures_;
  const TextStyle style_;
  ProgressLine progress_;
  hprof::ImportHealth open_health_;
  OutputOptions output_;
  ExitCode code_ = kDone;
  Judgement judgement_;
  graph::Timings timings_;
  std::optional<MemorySampler> sampler_;
  std::size_t dumps_done_ = 0;
  std::size_t first_phase_ = 0;  // of the dump in hand
};

}  // namespace leaktrail::cli
