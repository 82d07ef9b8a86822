// The answer of `native` in a snapshot file: figures and names, no contents.
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "analyses/native/native_memory.h"
#include "graph/store/snapshot_file.h"

namespace leaktrail::analyses {

// `memory` as DescribeNative makes it without options.
void SaveNative(const NativeMemory& memory, graph::SnapshotFileWriter& writer);
// None: the leaktrail that wrote the file did not keep it.
absl::StatusOr<std::optional<NativeMemory>> LoadNative(const graph::SnapshotFile& file);

}  // namespace leaktrail::analyses
