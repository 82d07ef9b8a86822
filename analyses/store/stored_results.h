// Finished answers in a snapshot file: what needs contents of the dump, and cannot be found out
// from the file again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analyses/dominator_tree.h"
#include "analyses/growth/dump_summary.h"
#include "analyses/histogram.h"
#include "analyses/loaders.h"
#include "analyses/report.h"
#include "graph/store/snapshot_file.h"

namespace leaktrail::analyses {

// More rows than this of `loaders` are not kept.
inline constexpr std::uint64_t kStoredLoaderRows = 256;

// `report` must have been made without show_strings, with its tables; `loaders` with
// kStoredLoaderRows. Of file names nothing but the last part is kept.
void SaveResults(Report report, const Loaders& loaders, DumpSummary summary,
                 graph::SnapshotFileWriter& writer);

// "heap.hprof" of "/var/dumps/heap.hprof".
std::string LastPart(const std::string& path);

// The answers that are asked for most, finished: they take no graph.
struct FinishedTables {
  Histogram histogram;            // by class and retained size, kStoredHistogramRows of it
  std::string dominator_options;  // those of `dominators`, as OptionsText says them
  DominatorTree dominators;       // of the whole heap
};

// Up to so many rows the first ones of a longer histogram are the shorter one: see histogram.h for
// which rows are candidates.
inline constexpr std::uint64_t kStoredHistogramRows = 32;

// As MakeHistogram and MakeDominatorTree answer; one of each.
FinishedTables MakeTables(const graph::Snapshot& snapshot);
void SaveTables(const FinishedTables& tables, graph::SnapshotFileWriter& writer);

// None: these are not the options of what the file holds. Then the graph has the answer.
absl::StatusOr<std::optional<Histogram>> LoadHistogram(const graph::SnapshotFile& file,
                                                       const HistogramOptions& options);
absl::StatusOr<std::optional<DominatorTree>> LoadDominators(const graph::SnapshotFile& file,
                                                            const DominatorOptions& options);

// The report as it would be of the dump, but for the facts that name the file.
absl::StatusOr<Report> LoadReport(const graph::SnapshotFile& file);
// At most `options.limit` rows, or kStoredLoaderRows; total_rows tells how many there were.
absl::StatusOr<Loaders> LoadLoaders(const graph::SnapshotFile& file, const LoadersOptions& options);
absl::StatusOr<DumpSummary> LoadSummary(const graph::SnapshotFile& file);

}  // namespace leaktrail::analyses
