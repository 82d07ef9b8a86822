#include "analyses/store/stored_results.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analyses/store/stored_fields.h"

namespace leaktrail::analyses {
namespace {

constexpr absl::string_view kReportStream = "results.report";
constexpr absl::string_view kLoaderStream = "results.loaders";
constexpr absl::string_view kSummaryStream = "results.summary";
constexpr absl::string_view kTableStream = "results.tables";

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

// All that decides about the answer.
std::string OptionsText(const DominatorOptions& options) {
  return absl::StrCat(options.depth, " ", options.min_bytes, " ", options.min_share, " ",
                      options.group_by_class, " ", options.limit);
}

absl::StatusOr<FinishedTables> LoadTables(const graph::SnapshotFile& file) {
  return Load<FinishedTables>(file, kTableStream);
}

}  // namespace

FinishedTables MakeTables(const graph::Snapshot& snapshot) {
  HistogramOptions histogram;
  histogram.limit = kStoredHistogramRows;
  const DominatorOptions dominators;
  return {MakeHistogram(snapshot, histogram), OptionsText(dominators),
          MakeDominatorTree(snapshot, nullptr, dominators)};
}

void SaveTables(const FinishedTables& tables, graph::SnapshotFileWriter& writer) {
  writer.AppendMessage(kTableStream, graph::EncodeMessage(tables));
}

absl::StatusOr<std::optional<Histogram>> LoadHistogram(const graph::SnapshotFile& file,
                                                       const HistogramOptions& options) {
  if (options.by != HistogramKey::kClass || options.sort != HistogramSort::kRetained ||
      !options.retained() || options.limit == 0 || options.limit > kStoredHistogramRows) {
    return std::nullopt;
  }
  if (file.BlobCount(kTableStream) == 0) return std::nullopt;
  absl::StatusOr<FinishedTables> tables = LoadTables(file);
  if (!tables.ok()) return tables.status();
  Histogram& histogram = tables->histogram;
  histogram.options = options;
  if (histogram.rows.size() > options.limit) histogram.rows.resize(options.limit);
  return std::move(histogram);
}

absl::StatusOr<std::optional<DominatorTree>> LoadDominators(const graph::SnapshotFile& file,
                                                            const DominatorOptions& options) {
  if (file.BlobCount(kTableStream) == 0) return std::nullopt;
  absl::StatusOr<FinishedTables> tables = LoadTables(file);
  if (!tables.ok()) return tables.status();
  if (tables->dominator_options != OptionsText(options)) return std::nullopt;
  for (const DominatorRow& row : tables->dominators.rows) {
    if (row.level < 0 || row.level > options.depth + 1) return file.Damaged(kTableStream);
  }
  return std::move(tables->dominators);
}

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
