// The nodes whose paths from the roots do not all end with the reference from their immediate
// dominator, and the references to them: what the retained size of a set depends on beside the
// dominator tree.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "graph/numbered_nodes.h"
#include "graph/snapshot.h"
#include "graph/snapshot_data.h"

namespace leaktrail::graph {

// One walk over all references when it is made, and one more when the references are asked for.
// 1.5 bits per node, and at most 2 MiB for the references.
class JoinNodes {
 public:
  explicit JoinNodes(const Snapshot& snapshot);

  bool Contains(std::uint32_t node) const { return joins_.Contains(node); }
  std::uint32_t Number(std::uint32_t node) const { return joins_.Number(node); }
  std::uint32_t count() const { return joins_.count(); }
  // 64 nodes at once.
  std::uint64_t word(std::uint64_t w) const { return joins_.word(w); }

  // True if the references to joins are so few that they are kept, in the order of nodes.
  bool HasFewReferences();
  std::span<const std::pair<std::uint32_t, std::uint32_t>> references() const {
    if (!references_) return {};
    return *references_;
  }

 private:
  template <typename F>
  void Walk(F&& f) const {
    const SnapshotData& data = snapshot_.data();
    const Dominance& dominance = data.dominance;
    for (std::uint32_t node = 0; node < snapshot_.node_count(); ++node) {
      if (dominance.dominators[node] == Dominance::kNone) continue;
      const auto visit = [&](std::uint32_t target) {
        if (joins_.Contains(target)) f(node, target);
      };
      if (node < snapshot_.object_count() && dominance.peeled.Test(node)) {
        // All that a peeled object refers to is peeled, or a root, but for its class.
        const ClassIndex c = data.scan.objects.classes[node];
        if (data.graph.class_edges[c.value()] == ClassEdge::kToRoot) continue;
        const std::uint32_t mirror = data.graph.ClassNode(node);
        const int level = dominance.LevelOf(node);
        // What something stronger holds is not held by this.
        if (level == 0 || dominance.LevelOf(mirror) >= level) visit(mirror);
      } else {
        data.ForEachEdge(node, visit);
      }
    }
  }

  const Snapshot& snapshot_;
  NumberedNodes joins_;
  std::optional<std::vector<std::pair<std::uint32_t, std::uint32_t>>> references_;
};

}  // namespace leaktrail::graph
