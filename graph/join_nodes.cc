#include "graph/join_nodes.h"

#include <algorithm>
#include <utility>

#include "graph/snapshot_data.h"

namespace leaktrail::graph {
namespace {

// In larger heaps the references take more memory than walking the graph anew costs time.
constexpr std::uint32_t kMostNodes = 1 << 21;
constexpr std::uint64_t kMostPerNode = 2;
constexpr std::uint64_t kFew = 1 << 18;

std::uint64_t MostReferences(std::uint32_t nodes) {
  return nodes > kMostNodes ? 0 : std::max(kFew, kMostPerNode * nodes);
}

// Calls f(node, target) for every reference, except for those of peeled objects to anything but
// their class: their targets are peeled, or roots.
template <typename F>
void ForEachReference(const SnapshotData& data, std::uint32_t node, F&& f) {
  const Dominance& dominance = data.dominance;
  if (node >= data.graph.objects || !dominance.peeled.Test(node)) {
    data.ForEachEdge(node, [&](std::uint32_t target) { f(node, target); });
    return;
  }
  const ClassIndex c = data.scan.objects.classes[node];
  if (data.graph.class_edges[c.value()] == ClassEdge::kToRoot) return;
  const std::uint32_t mirror = data.graph.ClassNode(node);
  const int level = dominance.LevelOf(node);
  // What something stronger holds is not held by this.
  if (level == 0 || dominance.LevelOf(mirror) >= level) f(node, mirror);
}

}  // namespace

JoinNodes::JoinNodes(const Snapshot& snapshot, bool keep)
    : references_(keep ? MostReferences(snapshot.node_count()) : 0), joins_(FindJoins(snapshot)) {
  if (references_.capacity() > 0 && count_ <= references_.capacity()) {
    KeepReferences(snapshot.node_count());
  } else {
    references_.Release();
    count_ = 0;
  }
}

// What neither its immediate dominator nor a root refers to. Counts also the references that are
// not kept.
Bitmap JoinNodes::FindJoins(const Snapshot& snapshot) {
  const SnapshotData& data = snapshot.data();
  const Dominance& dominance = data.dominance;
  Bitmap direct(snapshot.node_count());
  for (const Root& root : snapshot.roots()) direct.Set(root.object.value());
  const auto note = [&](std::uint32_t node, std::uint32_t target) {
    if (dominance.dominators[target] == node) {
      direct.Set(target);
    } else if (count_++ < references_.capacity()) {
      references_[count_ - 1] = {node, target};
    }
  };
  for (std::uint32_t node = 0; node < snapshot.node_count(); ++node) {
    if (dominance.dominators[node] == Dominance::kNone) continue;
    // The owner of a peeled object is its dominator.
    if (node < snapshot.object_count() && dominance.peeled.Test(node)) direct.Set(node);
    ForEachReference(data, node, note);
  }
  Bitmap joins(snapshot.node_count());
  for (std::uint32_t node = 0; node < snapshot.node_count(); ++node) {
    if (!direct.Test(node) && dominance.dominators[node] != Dominance::kNone) joins.Set(node);
  }
  return joins;
}

void JoinNodes::KeepReferences(std::uint32_t nodes) {
  std::uint64_t kept = 0;
  Bitmap sources(nodes);
  for (std::uint64_t i = 0; i < count_; ++i) {
    const Reference reference = references_[i];
    if (!joins_.Contains(reference.join)) continue;
    if (!sources.Test(reference.node)) {
      sources.Set(reference.node);
      starts_.push_back(static_cast<std::uint32_t>(kept));
    }
    references_[kept++] = reference;
  }
  starts_.push_back(static_cast<std::uint32_t>(kept));
  count_ = kept;
  references_.ShrinkTo(kept);
  sources_.emplace(std::move(sources));
}

}  // namespace leaktrail::graph
