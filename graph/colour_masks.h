// Exact retained sizes of up to 64 sets at once.
//
// For every node, its mask: the colours that some path from the roots to it avoids, the node itself
// included. What a set retains is what cannot be reached without its colour. If the immediate
// dominator d of v refers to v directly, the mask of v is that of d without v's own colour; so
// only the other nodes, the joins, need a propagation of masks along references. Masks of joins
// only gain bits; when one does, the part of the dominator tree below it, down to the next joins,
// is walked again. Cost: about one walk over the graph for 64 colours, wherever their members are;
// where they are few, region_masks.h is faster.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "graph/bitmap.h"
#include "graph/dominator_walk.h"
#include "graph/index_types.h"
#include "graph/join_nodes.h"
#include "graph/large_array.h"
#include "graph/numbered_nodes.h"
#include "graph/snapshot.h"

namespace leaktrail::graph {

// A batch of at most 64 sets given by the classes of their members: colours first_colour to
// first_colour + 63; colour_of_class as in retained_sets.h.
class ClassColours {
 public:
  ClassColours(const Snapshot& snapshot, std::span<const std::uint32_t> colour_of_class,
               std::uint32_t first_colour)
      : snapshot_(snapshot), colours_(colour_of_class), first_colour_(first_colour) {}
  // The sets that the node is in, as bits.
  std::uint64_t MaskOf(std::uint32_t node) const;

 private:
  const Snapshot& snapshot_;
  std::span<const std::uint32_t> colours_;
  const std::uint32_t first_colour_;
};

// A batch of at most 64 sets given by their members; a node may be in several. 1.5 bits per node,
// and a byte per member for up to 8 sets, else 8 bytes.
class NodeSets {
 public:
  NodeSets(const Snapshot& snapshot, std::span<const std::vector<ObjectIndex>> sets);
  std::uint64_t MaskOf(std::uint32_t node) const {
    if (!members_.Contains(node)) return 0;
    const std::uint32_t number = members_.Number(node);
    return wide_masks_.empty() ? masks_[number] : wide_masks_[number];
  }
  const NumberedNodes& members() const { return members_; }

 private:
  NumberedNodes members_;
  std::vector<std::uint8_t> masks_;        // by number of the member
  std::vector<std::uint64_t> wide_masks_;  // or these
};

// Both: a node is in a set by its class or as a member.
class MixedSets {
 public:
  MixedSets(const Snapshot& snapshot, std::span<const std::uint32_t> colour_of_class,
            std::uint32_t first_colour, std::span<const std::vector<ObjectIndex>> sets)
      : by_class_(snapshot, colour_of_class, first_colour), by_node_(snapshot, sets) {}
  std::uint64_t MaskOf(std::uint32_t node) const {
    return by_class_.MaskOf(node) | by_node_.MaskOf(node);
  }

 private:
  ClassColours by_class_;
  NodeSets by_node_;
};

template <typename Sets>  // ClassColours, NodeSets or MixedSets
class ColourMasks {
 public:
  ColourMasks(const Snapshot& snapshot, const JoinNodes& joins, const DominatorChildren& children,
              const Sets& sets);

  // Retained bytes by colour, the number of its bit.
  std::array<std::uint64_t, 64> Retained();

 private:
  // The mask on the way down the dominator tree: nodes of a colour above the current node close it.
  // All counts are 0 between walks.
  struct Descent {
    std::uint64_t mask = 0;
    std::uint64_t base = 0;
    std::array<std::uint32_t, 64> open = {};
  };
  void Enter(std::uint32_t node);
  void Leave(std::uint32_t node);
  void Propagate();
  void WalkRegion(std::uint32_t start, std::uint64_t mask_above);
  void PassOn(std::uint32_t node, std::uint64_t mask);
  void Gain(std::uint32_t node, std::uint64_t mask);

  const Snapshot& snapshot_;
  const JoinNodes& joins_;
  const DominatorChildren& children_;
  const Sets& sets_;
  LargeArray<std::uint64_t> masks_;  // of joins
  Bitmap queued_;
  std::deque<std::uint32_t> queue_;
  Descent descent_;
};

}  // namespace leaktrail::graph
