// Peeling: folding private subtrees into their owners before the dominator computation.
//
// An object is private if it has at most one incoming edge, is no root, and all that it refers to
// is private too (or a root, whose dominator is known). The dominator of a private object is its
// only referrer, and its retained size the sum over its subtree; what remains is the core.
#pragma once

#include "graph/bitmap.h"
#include "graph/object_graph.h"
#include "graph/size_column.h"
#include "graph/translate.h"

namespace leaktrail::graph {

// Marks private objects. On return `sizes` holds the retained size of each of them, and for every
// other object its shallow size, as before. Alternating sweeps over the references, in parallel.
Bitmap Peel(const ObjectGraph& graph, const InDegrees& in_degrees, SizeColumn& sizes, int threads);

// Sets owners[p] to the only referrer of each peeled object p, to kNoOwner if it has none, and adds
// the sizes of peeled objects to those of their unpeeled owners.
inline constexpr std::uint32_t kNoOwner = 0xffffffff;
void FoldPeeled(const ObjectGraph& graph, const Bitmap& peeled, const InDegrees& in_degrees,
                LargeArray<std::uint32_t>& owners, SizeColumn& sizes, int threads);

}  // namespace leaktrail::graph
