// The one scan over the heap segments: bytes -> object columns, id map, roots. In parallel by
// unit; results are published in file order, so that they do not depend on the number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "graph/class_table.h"
#include "graph/id_map.h"
#include "graph/object_columns.h"
#include "hprof/dump_file.h"
#include "hprof/heap_reader.h"
#include "hprof/import_health.h"
#include "hprof/record_index.h"

namespace leaktrail::graph {

// A root record as it stands in the file.
struct RawRoot {
  hprof::HeapTag tag;
  std::uint32_t thread_serial;
  std::uint32_t number;  // frame of a local, trace of a thread; 0xffffffff: none
  hprof::Id id;
  std::uint64_t offset;
};

// An object whose size the layout model is checked against.
struct LayoutSample {
  hprof::Id id;
  ClassIndex c;
  std::uint32_t length;  // of arrays; words of stack of a StackChunk
};

struct ScanOptions {
  int threads = 1;
  bool references = true;
  bool strong_referents = false;
  std::function<void(std::uint64_t bytes)> progress;  // read so far; from any thread; may be empty
  std::function<bool()> stop;  // as in BuildOptions; then what was scanned is of no use
};

struct HeapScan {
  ClassTable classes;
  IdMap ids{0};
  // The references are raw until TranslateReferences: the low 32 bits of id / 8, or, where that
  // would be ambiguous (ids that span more than 32 GiB or are no multiples of 8), the low halves of
  // the ids with the high halves here.
  ObjectColumns objects;
  bool wide = false;
  std::uint64_t first_unit = 0;               // the lowest id of objects and targets, / 8
  LargeArray<std::uint32_t> high_halves;      // of references.targets
  LargeArray<std::uint32_t> big_high_halves;  // of references.big_targets
  std::vector<hprof::Id> referent_ids;        // parallel to referents.owners
  std::vector<RawRoot> roots;
  std::vector<LayoutSample> samples;
  // Ids without an object to which large arrays refer; filled by TranslateReferences, up to a
  // limit.
  std::vector<hprof::Id> dangling_ids;
  bool shared_ids = false;  // classes have ids that objects have, too
  hprof::ImportHealth health;
};

// Reads one heap dump of the file. Damage is counted, never an error; the errors are a dump with
// more objects than 32-bit indexes can name, and Cancelled.
absl::StatusOr<HeapScan> ScanHeap(const hprof::DumpFile& file, const hprof::RecordIndex& index,
                                  const hprof::HeapExtent& heap, const ScanOptions& options);

}  // namespace leaktrail::graph
