// What the class loaders that classes name are objects of, without the graph.
#pragma once

#include <span>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "graph/heap_scan.h"
#include "graph/index_types.h"
#include "hprof/dump_file.h"
#include "hprof/record_index.h"

namespace leaktrail::graph {

// `likely`: the objects of subclasses of java.lang.ClassLoader with their classes. A loader that is
// not among them costs another pass over the heap. Those that are not in the dump are missing.
absl::flat_hash_map<hprof::Id, ClassIndex> FindLoaderClasses(
    const hprof::DumpFile& file, const hprof::HeapExtent& heap, const HeapScan& scan,
    std::span<const std::pair<hprof::Id, ClassIndex>> likely);

}  // namespace leaktrail::graph
