#include "analyses/store/stored_results.h"

#include <algorithm>

#include "analyses/store/stored_fields.h"

namespace leaktrail::analyses {
namespace {

constexpr absl::string_view kReportStream = "results.report";
constexpr absl::string_view kLoaderStream = "results.loaders";
constexpr absl::string_view kSummaryStream = "results.summary";

template <typename T>
absl::StatusOr<T> Load(const graph::SnapshotFile& file, absl::string_view stream) {
  T result;
  if (file.BlobCount(stream) == 0) return file.Damaged(stream);
  const absl::Status status = file.ReadMessage(stream, result);
  if (!status.ok()) return status;
  return result;
}

// The name of the dump becomes that of its snapshot.
void NameFile(const graph::SnapshotFile& file, DumpFacts& dump) {
  dump.snapshot_of = std::move(dump.file);
  dump.file = file.path();
}

}  // namespace

std::string LastPart(const std::string& path) { return path.substr(path.rfind('/') + 1); }

void SaveResults(Report report, const Loaders& loaders, DumpSummary summary,
                 graph::SnapshotFileWriter& writer) {
  report.dump.file = LastPart(report.dump.file);
  summary.dump.file = LastPart(summary.dump.file);
  writer.AppendMessage(kReportStream, graph::EncodeMessage(report));
  writer.AppendMessage(kLoaderStream, graph::EncodeMessage(loaders));
  writer.AppendMessage(kSummaryStream, graph::EncodeMessage(summary));
}

absl::StatusOr<Report> LoadReport(const graph::SnapshotFile& file) {
  absl::StatusOr<Report> report = Load<Report>(file, kReportStream);
  if (report.ok()) NameFile(file, report->dump);
  return report;
}

absl::StatusOr<Loaders> LoadLoaders(const graph::SnapshotFile& file,
                                    const LoadersOptions& options) {
  absl::StatusOr<Loaders> loaders = Load<Loaders>(file, kLoaderStream);
  if (!loaders.ok()) return loaders.status();
  loaders->options = options;
  if (options.limit > 0 && loaders->rows.size() > options.limit) {
    loaders->rows.resize(options.limit);
  }
  return loaders;
}

absl::StatusOr<DumpSummary> LoadSummary(const graph::SnapshotFile& file) {
  absl::StatusOr<DumpSummary> summary = Load<DumpSummary>(file, kSummaryStream);
  if (!summary.ok()) return summary.status();
  // Parents stand before their children, and what names a place names one that is there.
  const std::size_t places = summary->places.size();
  for (std::size_t p = 0; p < places; ++p) {
    const std::uint32_t parent = summary->places[p].parent;
    if (parent != Place::kNone && parent >= p) return file.Damaged(kSummaryStream);
  }
  for (const FindingSummary& finding : summary->findings) {
    for (const std::uint32_t place : finding.places) {
      if (place >= places) return file.Damaged(kSummaryStream);
    }
  }
  NameFile(file, summary->dump);
  return summary;
}

}  // namespace leaktrail::analyses
