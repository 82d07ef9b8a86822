// What is said of a snapshot file: by `snapshot`, which has written it, and by `doctor`.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "analyses/report.h"
#include "cli/arguments.h"
#include "cli/context.h"
#include "cli/text_style.h"
#include "graph/store/snapshot_file.h"

namespace leaktrail::cli {

struct SnapshotInfo {
  std::string file;
  std::uint64_t bytes = 0;
  std::uint32_t version = 0;  // of the format
  std::string tool;           // version of leaktrail that wrote it
  DumpContext context;        // of the dump
};

absl::StatusOr<SnapshotInfo> DescribeSnapshotFile(const graph::SnapshotFile& file);

// Both say what the file does not hold, and what to do with it.
std::string SnapshotText(const SnapshotInfo& info, const TextStyle& style);
std::string SnapshotJson(absl::string_view command, const SnapshotInfo& info,
                         const OutputOptions& options);

// An error if the command or an option cannot be had from a snapshot file, but only from the dump.
absl::Status CheckSnapshotArguments(const Arguments& arguments);

}  // namespace leaktrail::cli
