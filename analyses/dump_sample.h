// What can be told of a dump from its table of contents and a part of its heap, without the graph.
#pragma once

#include <cstdint>
#include <vector>

#include "analyses/report.h"
#include "graph/class_table.h"
#include "graph/object_layout.h"
#include "hprof/dump_file.h"
#include "hprof/import_health.h"
#include "hprof/record_index.h"

namespace leaktrail::analyses {

// The classes that are described before the first object, which are all in a dump of HotSpot, and
// as far as some are still missing those of the 32 MiB behind it.
graph::ClassTable ReadClasses(const hprof::DumpFile& file, const hprof::RecordIndex& index,
                              const hprof::HeapExtent& heap, hprof::ImportHealth& health);

struct HeapSample {
  std::uint64_t objects = 0, references = 0;  // in the bytes that were read
  std::uint64_t sampled = 0, all = 0;         // bytes of the heap: read, and in all
  graph::LayoutEvidence evidence;             // distances between neighbours
};
// About 32 MiB of the heap, evenly spread.
HeapSample SampleHeap(const hprof::DumpFile& file, const hprof::HeapExtent& heap,
                      std::uint32_t id_size, const graph::ClassTable& classes);

// What the file and its records say; objects, roots, loaders and threads are not counted: 0.
DumpFacts FileFacts(const hprof::DumpFile& file, const hprof::RecordIndex& index);
// The JVM, and how sizes are known.
void AddLayout(const graph::ClassTable& classes, const graph::ObjectLayout& layout,
               DumpFacts& facts);
std::vector<HealthRow> HealthRows(const hprof::ImportHealth& health);
// Whether it is whole, and how much of it could be read.
void AddHealth(const hprof::DumpFile& file, const hprof::ImportHealth& health, DumpFacts& facts);

}  // namespace leaktrail::analyses
