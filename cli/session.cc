#include "cli/session.h"

#include <zstd.h>

#include <algorithm>
#include <cstdio>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analyses/analyze.h"
#include "analyses/doctor.h"
#include "analyses/store/stored_results.h"
#include "cli/console.h"
#include "cli/machine.h"
#include "cli/render_text.h"
#include "cli/terminal.h"

namespace leaktrail::cli {

using graph::PhaseTiming;
using graph::Snapshot;

namespace {

constexpr int kZstdLevel = 9;

std::vector<std::string> InputsOf(const Arguments& arguments) {
  std::vector<std::string> files = arguments.files;
  files.push_back(arguments.file);
  return files;
}

std::string Compress(const std::string& text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size =
      ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), kZstdLevel);
  if (ZSTD_isError(size)) throw std::bad_alloc();  // all else is excluded by the bound
  packed.resize(size);
  return packed;
}

}  // namespace

Session::Session(const Arguments& arguments, std::vector<analyses::Signature> signatures,
                 AcceptedFindings accepted)
    : arguments_(arguments),
      signatures_(std::move(signatures)),
      accepted_(std::move(accepted)),
      style_(StyleOfStdout(arguments.color)),
      progress_(arguments.progress),
      budget_(arguments.budget) {
  output_.timings = arguments.timings && !arguments.deterministic;
  output_.deterministic = arguments.deterministic;
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
  options.max_inflate = arguments_.max_inflate;
  if (!arguments_.quiet) {
    options.announce = [this](const std::string& sentence) {
      progress_.Clear();
      Say(sentence);
    };
  }
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
  options.progress = [this](absl::string_view phase, double share, std::uint64_t bytes) {
    ShowProgress(phase, share * 0.9, bytes);
  };
  options.stop = [this] { return budget_.GraphMustStop(); };
  return options;
}

absl::Status Session::CheckCost(const hprof::DumpFile& file) {
  if (!budget_.NeedsEstimate()) return absl::OkStatus();
  ShowProgress("estimating the cost", 0);
  const auto diagnosis = analyses::Diagnose(file, open_health_, arguments_.heap, threads());
  if (!diagnosis.ok()) return diagnosis.status();
  return budget_.CheckCost(diagnosis->cost, AvailableMemory());
}

absl::StatusOr<std::unique_ptr<Snapshot>> Session::Build(
    std::shared_ptr<const hprof::DumpFile> file) {
  auto snapshot = Snapshot::Build(std::move(file), open_health_, MakeBuildOptions());
  if (absl::IsCancelled(snapshot.status())) {
    return absl::CancelledError(absl::StrCat(budget_.Reason(), " before the graph was complete"));
  }
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
  options.stop = [this] { return budget_.MustStop(); };
  options.done = [&](absl::string_view part) { FinishPart(absl::StrCat("analyze: ", part)); };
  analyses::Report report = analyses::Analyze(snapshot, options);
  report.dump = Present(std::move(report.dump));
  FinishPart("analyze: verdict");
  return report;
}

DumpContext Session::Describe(const Snapshot& snapshot) const {
  return {Present(analyses::DescribeDump(snapshot)), analyses::DescribeMemory(snapshot),
          analyses::DescribeHealth(snapshot)};
}

analyses::DumpFacts Session::Present(analyses::DumpFacts facts) const {
  if (arguments_.deterministic) facts.file = std::string(analyses::LastPart(facts.file));
  return facts;
}

void Session::ShowProgress(absl::string_view phase, double share, std::uint64_t bytes) {
  const std::size_t dumps = std::max<std::size_t>(1, arguments_.files.size());
  progress_.Show(phase, (static_cast<double>(dumps_done_) + share) / static_cast<double>(dumps),
                 bytes);
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

absl::Status Session::OpenOutputs() {
  for (const Output& output : arguments_.outputs) {
    OpenOutput& open = outputs_.emplace_back(OpenOutput{output, nullptr, std::nullopt});
    if (output.to_stdout()) continue;
    for (const std::string& file : InputsOf(arguments_)) {
      if (!IsSameFile(file, output.path)) continue;
      return absl::InvalidArgumentError(absl::StrCat(
          "-o ", output.path, ": the answer cannot replace the file that it is about"));
    }
    auto file = OutputFile::Create(output.path);
    if (!file.ok()) return file.status();
    open.file = *std::move(file);
  }
  return absl::OkStatus();
}

bool Session::Wants(std::initializer_list<Format> formats) const {
  return std::any_of(outputs_.begin(), outputs_.end(), [&](const OpenOutput& open) {
    return std::find(formats.begin(), formats.end(), open.output.format) != formats.end();
  });
}

void Session::Offer(Format format, absl::FunctionRef<std::string()> render) {
  for (OpenOutput& open : outputs_) {
    if (open.output.format == format) open.text = render();
  }
}

void Session::OfferText(absl::FunctionRef<std::string(const TextStyle& style)> render) {
  for (OpenOutput& open : outputs_) {
    if (open.output.format != Format::kText) continue;
    open.text = render(open.file == nullptr && !arguments_.deterministic ? style_ : TextStyle());
  }
}

void Session::OfferTable(absl::FunctionRef<Table()> make) {
  if (!Wants({Format::kCsv, Format::kNdjson})) return;
  const Table table = make();
  Offer(Format::kCsv, [&] { return Csv(table); });
  Offer(Format::kNdjson, [&] { return Ndjson(table); });
}

void Session::OfferDiagram(absl::FunctionRef<Diagram()> make) {
  if (!Wants({Format::kDot, Format::kMermaid})) return;
  const Diagram diagram = make();
  Offer(Format::kDot, [&] { return Dot(diagram); });
  Offer(Format::kMermaid, [&] { return Mermaid(diagram); });
}

// Whether there are any: a partial answer may have no such format, and an empty file would say that
// there is nothing.
bool Session::LeaveOutUnoffered() {
  for (const OpenOutput& open : outputs_) {
    if (open.text) continue;
    Say(absl::StrCat("-o ", open.output.path, " is not written: there is only a count by class"));
  }
  return std::erase_if(outputs_, [](const OpenOutput& open) { return !open.text; }) > 0;
}

// All are written before the first gets its name.
absl::Status Session::WriteFiles() {
  for (OpenOutput& open : outputs_) {
    if (open.file == nullptr) continue;
    absl::Status status = open.file->Write(*open.text);
    if (!status.ok()) return status;
  }
  for (OpenOutput& open : outputs_) {
    if (open.file == nullptr) continue;
    absl::Status status = open.file->Publish();
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

int Session::Finish(bool complete) {
  int code = !judgement_.failures.empty()                   ? kConditionHolds
             : arguments_.strict && (!complete || partial_) ? kPartial
                                                            : code_;
  bool json_shown = false;
  if (LeaveOutUnoffered()) code = kNotWritten;
  for (OpenOutput& open : outputs_) {
    if (open.output.zstd) open.text = Compress(*open.text);
    if (open.output.to_stdout() && open.output.format == Format::kJson) json_shown = true;
  }
  if (absl::Status status = WriteFiles(); !status.ok()) code = Fail(kNotWritten, status.message());
  for (const OpenOutput& open : outputs_) {
    if (open.file == nullptr) code = Write(*open.text, code);
  }
  for (const std::string& sentence : judgement_.failures) Say(sentence);
  for (const std::string& sentence : judgement_.unjudged) Say(sentence);
  if (arguments_.timings && !json_shown) std::fputs(TimingsText(output_.phases).c_str(), stderr);
  return code;
}

}  // namespace leaktrail::cli
