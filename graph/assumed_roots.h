// Stand-ins for the GC roots of a dump that was cut off before them, as HotSpot up to JDK 21 leaves
// it, where they stand last; and for what they lead to, where they stand first.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/heap_scan.h"
#include "graph/index_types.h"
#include "graph/root_resolver.h"
#include "graph/translate.h"

namespace leaktrail::graph {

// What is most likely held by a root that is missing, beside what `known` has (the boot classes):
// all threads; then, of what these do not reach, the objects that nothing in the dump refers to;
// then, of what is still not reached, the class loaders. Asked in this order, a loader that a
// thread or a holder leads to has a path that says more than that it is a loader. In index order.
// None at all if `known` leads to `enough` objects.
//
// Cost: one walk of the graph, a bit and up to 4 bytes per node.
std::vector<ObjectIndex> AssumeRoots(const HeapScan& scan, const InDegrees& in_degrees,
                                     const RootTable& known, std::uint64_t enough);

}  // namespace leaktrail::graph
