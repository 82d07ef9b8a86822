// Finding the record of an object in the dump again, and decoding its values.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/heap_scan.h"
#include "hprof/cursor.h"
#include "hprof/dump_file.h"
#include "hprof/heap_reader.h"
#include "hprof/record_index.h"

namespace leaktrail::graph {

struct ObjectRecord {
  hprof::Id id = 0;
  std::uint64_t values = 0;  // file offset of the field values or elements
  std::uint64_t length = 0;  // bytes of the field values, or number of elements
  bool found = false;
};

// Where the record of an object begins, or of what is no object but stands before it.
struct RecordPlace {
  std::uint32_t object = References::kDangling;
  std::uint64_t offset = 0;
};

// Walks from the sampled place of the object's block over at most 63 records. With a window of the
// caller, what it has read for the object before is not read again; and the walk begins at `place`
// if that is nearer, which then becomes that of the next object.
ObjectRecord FindRecord(hprof::UnitWindow& window, const hprof::HeapExtent& extent,
                        std::uint32_t id_size, const ObjectColumns& columns, std::uint32_t object,
                        RecordPlace& place);
ObjectRecord FindRecord(const hprof::DumpFile& file, const hprof::HeapExtent& extent,
                        std::uint32_t id_size, const ObjectColumns& columns, std::uint32_t object);

}  // namespace leaktrail::graph
