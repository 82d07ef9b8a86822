// Who dominates whom, what everything retains, and how strongly it is held.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>

#include "graph/bitmap.h"
#include "graph/large_array.h"
#include "graph/object_graph.h"
#include "graph/size_column.h"
#include "graph/timings.h"

namespace leaktrail::graph {

// Levels of holding, strongest first: see Reachability in snapshot.h. Unreachable nodes have none.
inline constexpr int kHeldLevels = 4;

struct Dominance {
  static constexpr std::uint32_t kNone = 0xffffffff;  // unreachable
  static constexpr std::uint32_t kRoot = 0xfffffffe;  // only the virtual root

  LargeArray<std::uint32_t> dominators;    // node -> node, kRoot or kNone
  SizeColumn retained;                     // meaningless for unreachable nodes
  Bitmap peeled;                           // objects whose dominator is their only referrer
  std::array<Bitmap, kHeldLevels> levels;  // nodes held at each level
  std::uint32_t core = 0;                  // nodes that took part in the dominator computation

  // 0..3, or kHeldLevels if the node is unreachable.
  int LevelOf(std::uint32_t node) const {
    for (int level = 0; level < kHeldLevels; ++level) {
      if (levels[static_cast<std::size_t>(level)].Test(node)) return level;
    }
    return kHeldLevels;
  }
};

// True if a referent of this kind holds its target at `level` or weaker.
bool HoldsAt(ReferenceKind kind, int level);

// The graph of each level consists of the edges that no stronger level makes superfluous: an edge
// counts only if its source, and its kind if it is a referent, are not weaker than the level of its
// target. `sizes` are shallow sizes; `in_degrees` is consumed.
Dominance ComputeDominance(const ObjectGraph& graph, InDegrees in_degrees, SizeColumn sizes,
                           int threads, Timings& timings);

}  // namespace leaktrail::graph
