// Dominators of what is not strongly reachable, level by level: soft, finalizer, weak.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/dominance.h"
#include "graph/object_graph.h"

namespace leaktrail::graph {

// Finds the nodes held at `level` (1..3) but at no stronger one, sets their dominators and their
// bits in dominance.levels, and returns them in depth-first order: dominators before dominated.
// `stronger` has the bits of all stronger levels; `skip` those of peeled objects and roots. Nodes
// not reached yet must have 0 as their dominator.
//
// The stronger part of the graph is stood in for by its dominator tree, which has the same
// dominators; of that only the paths to the References that start the level are looked at. So the
// cost is that of the level, not that of the heap.
std::vector<std::uint32_t> FindLevel(const ObjectGraph& graph, const Bitmap& skip,
                                     const Bitmap& stronger, int level, Dominance& dominance);

}  // namespace leaktrail::graph
