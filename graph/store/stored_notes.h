// Notes in a snapshot file.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "graph/notes.h"
#include "graph/store/snapshot_file.h"

namespace leaktrail::graph {

class StoredNotes {
 public:
  static void Save(const Notes& notes, SnapshotFileWriter& writer);
  // The numbers are read when the first is asked for.
  static absl::Status Load(std::shared_ptr<const SnapshotFile> file, Notes& notes);
};

}  // namespace leaktrail::graph
