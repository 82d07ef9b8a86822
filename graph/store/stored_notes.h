// Notes in a snapshot file.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "graph/notes.h"
#include "graph/store/snapshot_file.h"

namespace leaktrail::graph {

class StoredNotes {
 public:
  static void Save(const Notes& notes, SnapshotFileWriter& writer);
  static absl::Status Load(const SnapshotFile& file, Notes& notes);
};

}  // namespace leaktrail::graph
