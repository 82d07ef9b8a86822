// The dominator tree as lists of children, for walks from the top down. 8 bytes per node.
#pragma once

#include <cstdint>

#include "graph/dominance.h"
#include "graph/large_array.h"

namespace leaktrail::graph {

class DominatorChildren {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  DominatorChildren(const Dominance& dominance, std::uint32_t nodes) : first_(nodes), next_(nodes) {
    for (std::uint32_t node = nodes; node-- > 0;) {
      const std::uint32_t dominator = dominance.dominators[node];
      if (dominator == Dominance::kNone) continue;
      std::uint32_t& first = dominator == Dominance::kRoot ? top_ : first_[dominator];
      next_[node] = first;
      first = node + 1;
    }
  }
  // Ascending within one dominator; kNone at the end.
  std::uint32_t FirstTop() const { return top_ - 1; }
  std::uint32_t First(std::uint32_t node) const { return first_[node] - 1; }
  std::uint32_t Next(std::uint32_t node) const { return next_[node] - 1; }

 private:
  // Numbers + 1: untouched memory is "none".
  LargeArray<std::uint32_t> first_, next_;
  std::uint32_t top_ = 0;
};

// Walks the subtree of `start`, dominators before dominated, without a stack. `enter` returns
// whether to go below the node; `leave` is called for every node that was entered and gone below.
template <typename Enter, typename Leave>
void WalkDominated(const Dominance& dominance, const DominatorChildren& children,
                   std::uint32_t start, Enter&& enter, Leave&& leave) {
  if (!enter(start)) return;
  std::uint32_t above = start;
  std::uint32_t node = children.First(start);
  while (true) {
    if (node == DominatorChildren::kNone) {
      leave(above);
      if (above == start) return;
      node = children.Next(above);
      above = dominance.dominators[above];
    } else if (enter(node)) {
      above = node;
      node = children.First(node);
    } else {
      node = children.Next(node);
    }
  }
}

}  // namespace leaktrail::graph
