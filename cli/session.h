// What the commands that read dumps have in common: they open them, build the graph, show how far
// they are, and finish with an answer and an exit code.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analyses/facts.h"
#include "analyses/report.h"
#include "analyses/signature.h"
#include "cli/accepted.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "cli/diagram.h"
#include "cli/fail_condition.h"
#include "cli/memory_sampler.h"
#include "cli/output_file.h"
#include "cli/output_format.h"
#include "cli/progress.h"
#include "cli/run.h"
#include "cli/tables.h"
#include "cli/text_style.h"
#include "graph/snapshot.h"
#include "graph/timings.h"
#include "hprof/dump_file.h"

namespace leaktrail::cli {

class Session {
 public:
  // `arguments` outlives it.
  Session(const Arguments& arguments, std::vector<analyses::Signature> signatures,
          AcceptedFindings accepted);

  const Arguments& arguments() const { return arguments_; }
  const hprof::ImportHealth& open_health() const { return open_health_; }
  int threads() const;
  const std::vector<analyses::Signature>& signatures() const { return signatures_; }
  const OutputOptions& output() const { return output_; }
  const AcceptedFindings& accepted() const { return accepted_; }
  Budget& budget() { return budget_; }

  absl::StatusOr<std::unique_ptr<hprof::DumpFile>> Open(const std::string& path);
  graph::BuildOptions MakeBuildOptions();
  // Ok if the budget suffices for the graph of the dump, as far as can be told in advance; else
  // Cancelled with the reason.
  absl::Status CheckCost(const hprof::DumpFile& file);
  // The graph of a dump that was opened, or of a snapshot file; then the parts of the answer start.
  // Cancelled, with the reason: the budget is used up.
  absl::StatusOr<std::unique_ptr<graph::Snapshot>> Build(
      std::shared_ptr<const hprof::DumpFile> file);
  absl::StatusOr<std::unique_ptr<graph::Snapshot>> Open(
      std::shared_ptr<const graph::SnapshotFile> file);

  // All analyses that the budget leaves room for; `tables`: also what more than one screen shows.
  analyses::Report MakeReport(const graph::Snapshot& snapshot, bool tables);

  // `share` of the dump in hand. To be cleared before anything else is written.
  void ShowProgress(absl::string_view phase, double share, std::uint64_t bytes = 0);
  void ClearProgress() { progress_.Clear(); }

  // With --timings: the passes of others, and the parts of the answer. A part is what was done
  // since the last one or the start of parts, with the peak of memory meanwhile.
  void AddPhases(const graph::Timings& timings);
  void StartParts();
  void FinishPart(absl::string_view part);
  // Of several dumps one is done: its passes are told apart by its number.
  void FinishDump();

  void SetJudgement(Judgement judgement) { judgement_ = std::move(judgement); }
  const Judgement& judgement() const { return judgement_; }
  // The verdict in one sentence, for who does not see the answer; "" if there is none.
  void SetHeadline(std::string headline) { headline_ = std::move(headline); }
  const std::string& headline() const { return headline_; }
  // The answer is not all that was asked for.
  void SetPartial() { partial_ = true; }
  // The exit code if nothing else decides it.
  void SetCode(ExitCode code) { code_ = code; }

  // Offers `result` as text and JSON, and what else there is of it (TableOf, DiagramOf), below what
  // is to be said about the dump itself.
  template <typename Result, typename Text, typename Json>
  void Render(const graph::Snapshot& snapshot, const Result& result, Text&& text, Json&& json) {
    FinishPart("analyze");
    Render(Describe(snapshot), result, text, json);
  }
  template <typename Result, typename Text, typename Json>
  void Render(const DumpContext& context, const Result& result, Text&& text, Json&& json) {
    OfferText([&](const TextStyle& style) { return text(context, result, style); });
    Offer(Format::kJson, [&] { return json(context, result, output_); });
    if constexpr (requires { TableOf(result); }) OfferTable([&] { return TableOf(result); });
    if constexpr (requires { DiagramOf(result); }) OfferDiagram([&] { return DiagramOf(result); });
  }
  // A table as CSV and NDJSON, a diagram as DOT and Mermaid; made only if they are wanted.
  void OfferTable(absl::FunctionRef<Table()> make);
  void OfferDiagram(absl::FunctionRef<Diagram()> make);

  DumpContext Describe(const graph::Snapshot& snapshot) const;
  // As the answer shows it: with --deterministic the file without its directory.
  analyses::DumpFacts Present(analyses::DumpFacts facts) const;

  // --- the answer
  // Before the work: opens the files of -o. Errors: a file that cannot be written, or
  // (InvalidArgument) one that is read.
  absl::Status OpenOutputs();
  // Whether any output has one of these formats.
  bool Wants(std::initializer_list<Format> formats) const;
  // What the answer is in a format; `render` is called at once, as far as it is wanted.
  void Offer(Format format, absl::FunctionRef<std::string()> render);
  void OfferText(absl::FunctionRef<std::string(const TextStyle& style)> render);

  // Writes the answer as it was offered, files first, says which conditions hold and prints
  // timings; returns the exit code. `complete`: the dump was.
  int Finish(bool complete);

 private:
  // An output with its file (none: standard output) and what it gets.
  struct OpenOutput {
    Output output;
    std::unique_ptr<OutputFile> file;
    std::optional<std::string> text;
  };
  absl::Status WriteFiles();
  bool LeaveOutUnoffered();

  const Arguments& arguments_;
  std::vector<OpenOutput> outputs_;
  const std::vector<analyses::Signature> signatures_;
  const AcceptedFindings accepted_;
  const TextStyle style_;
  ProgressLine progress_;
  hprof::ImportHealth open_health_;
  OutputOptions output_;
  ExitCode code_ = kDone;
  Judgement judgement_;
  Budget budget_;
  bool partial_ = false;
  std::string headline_;
  graph::Timings timings_;
  std::optional<MemorySampler> sampler_;
  std::size_t dumps_done_ = 0;
  std::size_t first_phase_ = 0;  // of the dump in hand
};

}  // namespace leaktrail::cli
