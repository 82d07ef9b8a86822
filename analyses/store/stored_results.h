// Finished answers in a snapshot file: what needs contents of the dump, and cannot be found out
// from the file again.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analyses/growth/dump_summary.h"
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

// The report as it would be of the dump, but for the facts that name the file.
absl::StatusOr<Report> LoadReport(const graph::SnapshotFile& file);
// At most `options.limit` rows, or kStoredLoaderRows; total_rows tells how many there were.
absl::StatusOr<Loaders> LoadLoaders(const graph::SnapshotFile& file, const LoadersOptions& options);
absl::StatusOr<DumpSummary> LoadSummary(const graph::SnapshotFile& file);

}  // namespace leaktrail::analyses
