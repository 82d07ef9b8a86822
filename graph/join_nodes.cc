#include "graph/join_nodes.h"

namespace leaktrail::graph {
namespace {

// 2 MiB. Larger heaps mostly have more: it is not tried.
constexpr std::size_t kFew = 1 << 18;
constexpr std::uint32_t kMostNodes = 1'000'000;

// Marks the nodes that their immediate dominator, or a root, refers to.
void MarkDirect(const Snapshot& snapshot, Bitmap& direct) {
  const SnapshotData& data = snapshot.data();
  const Dominance& dominance = data.dominance;
  for (const Root& root : snapshot.roots()) direct.Set(root.object.value());
  for (std::uint32_t node = 0; node < snapshot.node_count(); ++node) {
    if (dominance.dominators[node] == Dominance::kNone) continue;
    if (node < snapshot.object_count() && dominance.peeled.Test(node)) {
      // Its owner is its dominator; all it refers to is peeled, or a root, but for its class.
      direct.Set(node);
      const std::uint32_t mirror = data.graph.ClassNode(node);
      if (dominance.dominators[mirror] == node) direct.Set(mirror);
      continue;
    }
    data.ForEachEdge(node, [&](std::uint32_t target) {
      if (dominance.dominators[target] == node) direct.Set(target);
    });
  }
}

Bitmap FindJoins(const Snapshot& snapshot) {
  const Dominance& dominance = snapshot.data().dominance;
  Bitmap direct(snapshot.node_count());
  MarkDirect(snapshot, direct);
  Bitmap joins(snapshot.node_count());
  for (std::uint32_t node = 0; node < snapshot.node_count(); ++node) {
    if (!direct.Test(node) && dominance.dominators[node] != Dominance::kNone) joins.Set(node);
  }
  return joins;
}

}  // namespace

JoinNodes::JoinNodes(const Snapshot& snapshot) : snapshot_(snapshot), joins_(FindJoins(snapshot)) {}

bool JoinNodes::HasFewReferences() {
  if (references_ || snapshot_.node_count() > kMostNodes) return !references().empty();
  references_.emplace();
  references_->reserve(kFew);
  std::size_t count = 0;
  Walk([&](std::uint32_t node, std::uint32_t join) {
    if (count++ < kFew) references_->emplace_back(node, join);
  });
  if (count > kFew) references_.emplace();
  return !references_->empty();
}

}  // namespace leaktrail::graph
