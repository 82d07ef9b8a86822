// The walk down the holder tree that finds where retained size spreads. See holdings.h.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "analyses/holder_tree.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct WalkPlace {
  std::vector<HolderTree::Position> members;  // equal holders, biggest first; empty: the GC roots
  std::uint64_t retained = 0;                 // of all members
  std::uint64_t residual = 0;                 // of that, what spreads here
};

struct WalkResult {
  std::vector<WalkPlace> places;  // with a residual of at least min_bytes, biggest residual first
  absl::flat_hash_set<graph::ObjectIndex> entered;  // members of places, and of the way to them
};

WalkResult WalkHolders(const graph::Snapshot& snapshot, const HolderTree& tree,
                       const Folding& folding, std::uint64_t min_bytes);

}  // namespace leaktrail::analyses
