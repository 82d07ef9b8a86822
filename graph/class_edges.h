// Which edges from instances to their classes do dominators depend on?
//
// In a program of its own, nearly every object is an instance of a class of the application loader
// L, and none of these classes is a root: taken literally, half of the objects would have an edge
// more and none of them could be peeled. But let L be dominated by nothing but the virtual root,
// and let R be what is strongly reachable without passing through L. Of the classes that L defines,
//   - those in R have two disjoint paths from the root, one through L: only the root dominates
//     them, and they can stand directly below it;
//   - those not in R have all their instances outside R too, dominated by L, which has an edge to
//     the class itself: no dominator changes without the edges from the instances.
// Either way the edges from instances are not needed. The search for R is given up when it grows
// too large; what has not been decided by then stays an ordinary edge.
#pragma once

#include "graph/object_graph.h"

namespace leaktrail::graph {

// Lowers class_edges from kNeeded to kRedundant where the above holds, and adds the classes that
// turn out to stand below the virtual root to `tops`.
void DropRedundantClassEdges(ObjectGraph& graph);

}  // namespace leaktrail::graph
