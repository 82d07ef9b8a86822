// Writes the graph of a snapshot into a snapshot file.
#pragma once

#include "absl/functional/function_ref.h"
#include "graph/notes.h"
#include "graph/snapshot.h"
#include "graph/store/snapshot_file.h"

namespace leaktrail::graph {

// `snapshot` must come from a dump, with ordinary referents (BuildOptions::strong_referents). Reads
// the dump once more. `progress` is told the share that is done. Errors are those of the writer;
// the caller adds what else belongs into the file, and finishes it. The bytes do not depend on the
// number of threads. Memory: 4 bytes per object, and some megabytes per thread.
void SaveSnapshot(const Snapshot& snapshot, const Notes& notes, int threads,
                  absl::FunctionRef<void(double)> progress, SnapshotFileWriter& writer);

}  // namespace leaktrail::graph
