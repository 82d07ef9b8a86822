// How many objects of what a heap holds and how many bytes they take, without the graph: the same
// figures, as exact, in a fraction of the time and memory. Who holds them, and whether anything
// does, is not asked: dead objects count like live ones.
//
// Cost: one pass over the heap with all threads, in memory that of the names and classes, a window
// per thread, and a bit for every 8 bytes of heap (graph/id_map.h), by which distances between
// objects prove their sizes: about 1.1 bytes per object. A second pass where classes stand behind
// their instances or are missing, or where objects are aligned to more than 8 bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "graph/class_table.h"
#include "graph/object_layout.h"
#include "graph/snapshot.h"
#include "hprof/dump_file.h"
#include "hprof/import_health.h"
#include "hprof/record_index.h"

namespace leaktrail::graph {

struct CountOptions {
  int threads = 1;
  // Also what Snapshot::dormant_mirrors() tells. Reads large arrays of references twice.
  bool dormant_mirrors = false;
  std::function<void(std::uint64_t bytes)> progress;  // read so far; from any thread; may be empty
  std::function<bool()> stop;                         // as in BuildOptions
};

struct ObjectCount {
  ClassTable classes;
  std::unique_ptr<ObjectLayout> layout;
  // Instances and arrays by class, the fillers of the collector as the int[] that the dump says
  // they are. Class mirrors are apart: one for each class that is not synthetic, of MirrorSize.
  std::vector<Amount> by_class;
  std::uint64_t objects = 0;  // the sum of by_class
  // What the loaders that classes name are objects of; those that are not in the dump are missing.
  absl::flat_hash_map<hprof::Id, ClassIndex> loader_classes;
  Amount dormant_mirrors;
  hprof::ImportHealth health;  // with what was known before
};

// `health`: of the file and its index. Damage is counted, never an error; the errors are more
// objects than an index can name, and Cancelled.
absl::StatusOr<ObjectCount> CountObjects(const hprof::DumpFile& file,
                                         const hprof::RecordIndex& index,
                                         const hprof::HeapExtent& heap,
                                         const hprof::ImportHealth& health,
                                         const CountOptions& options);

}  // namespace leaktrail::graph
