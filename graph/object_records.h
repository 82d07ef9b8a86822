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

// Walks from the sampled place of the object's block over at most 63 records. With a window of the
// caller, what it has read for the object before is not read again.
ObjectRecord FindRecord(hprof::UnitWindow& window, const hprof::HeapExtent& extent,
                        std::uint32_t id_size, const ObjectColumns& columns, std::uint32_t object);
ObjectRecord FindRecord(const hprof::DumpFile& file, const hprof::HeapExtent& extent,
                        std::uint32_t id_size, const ObjectColumns& columns, std::uint32_t object);

}  // namespace leaktrail::graph
