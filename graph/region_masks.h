// What colour_masks.h computes, for sets of few nodes in a heap whose references to joins are kept
// (JoinNodes::keeps_references).
//
// A node has another mask than its immediate dominator only where it is a join or in a set. These
// nodes are the tops of regions: the parts of the dominator tree down to the next tops, within
// which all masks are equal. Masks are propagated along the references between regions, and nothing
// within them is looked at. Cost: a look at the references to joins, and about one walk over those
// between regions; 4 bytes per node, 28 per region and 12 per reference between them meanwhile.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "graph/bitmap.h"
#include "graph/colour_masks.h"
#include "graph/join_nodes.h"
#include "graph/large_array.h"
#include "graph/numbered_nodes.h"
#include "graph/snapshot.h"

namespace leaktrail::graph {

class RegionMasks {
 public:
  RegionMasks(const Snapshot& snapshot, const JoinNodes& joins, const NodeSets& sets);

  // Retained bytes by colour, the number of its bit.
  std::array<std::uint64_t, 64> Retained();

 private:
  // The number of a region is that of its top. What no top dominates is the last region.
  std::uint32_t RootRegion() const { return tops_.count(); }
  std::uint32_t RegionOf(std::uint32_t node);
  std::uint32_t RegionAbove(std::uint32_t top);
  void CollectReferences(const JoinNodes& joins);
  void Propagate();
  void PassOn(std::uint32_t region);

  const Snapshot& snapshot_;
  const NodeSets& sets_;
  NumberedNodes tops_;
  LargeArray<std::uint32_t> regions_;   // by node, + 1; 0: not known yet
  std::vector<std::uint32_t> above_;    // by region: the one that its dominator is in
  std::vector<std::uint32_t> starts_;   // by region: where its targets begin
  std::vector<std::uint32_t> targets_;  // the regions that its nodes lead to
  std::vector<std::uint64_t> own_;      // by region: the sets that its top is in
  std::vector<std::uint64_t> masks_;    // by region
  Bitmap queued_;
  std::deque<std::uint32_t> queue_;
};

}  // namespace leaktrail::graph
