#include "graph/ranked_paths.h"

#include <utility>

#include "graph/breadth_first.h"
#include "graph/snapshot_data.h"

namespace leaktrail::graph {

bool IsPassing(RootKind kind) {
  switch (kind) {
    case RootKind::kMonitor:
    case RootKind::kJavaFrame:
    case RootKind::kJniLocal:
    case RootKind::kNativeStack:
    case RootKind::kThreadBlock:
      return true;
    default:
      return false;
  }
}

// Parents + 1, so that untouched memory is "not reached", and groups + 1.
class RankedPaths::Tree {
 public:
  Tree(RankedPaths& paths, const Grouping& group,
       const std::function<std::uint64_t(std::uint32_t)>& rank)
      : paths_(paths),
        group_(group),
        rank_(rank),
        instances_(paths.snapshot_.data().graph.classes) {}

  static constexpr bool kClassesLast = true;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> TakeClasses() {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> classes;
    for (const std::uint32_t mirror : waiting_classes_) {
      const std::uint32_t c = mirror - paths_.snapshot_.data().graph.objects;
      classes.emplace_back(mirror, std::exchange(instances_[c], 0) - 1);
    }
    waiting_classes_.clear();
    return classes;
  }

  // With its group, not just on the level that is open.
  bool Reached(std::uint32_t node) const { return paths_.groups_[node] != 0; }

  bool Reach(std::uint32_t node, std::uint32_t from) {
    std::uint32_t& parent = paths_.parents_[node];
    if (parent == 0) {
      parent = from + 1;
      return true;
    }
    // Equally short as long as the level is open; nothing beats a root.
    const std::uint32_t other = parent - 1;
    if (paths_.groups_[node] != 0 || other == BreadthFirst<Tree>::kFromRoot) return false;
    if (from == BreadthFirst<Tree>::kFromRoot || Rank(from) < Rank(other)) parent = from + 1;
    return false;
  }

  // What the caller will ask first about an object is its class, and that of its parent.
  void EndLevel(std::span<const std::uint32_t> nodes) {
    constexpr std::size_t kFar = 32, kNear = 16;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (i + kFar < nodes.size()) {
        PrefetchClass(nodes[i + kFar]);
        __builtin_prefetch(&paths_.parents_[nodes[i + kFar]]);
      }
      if (i + kNear < nodes.size()) PrefetchParent(nodes[i + kNear]);
      GroupNode(nodes[i]);
    }
  }

  static bool IsPassing(RootKind kind) { return graph::IsPassing(kind); }
  void Prefetch(std::uint32_t node) const {
    __builtin_prefetch(&paths_.parents_[node], 1);
    __builtin_prefetch(&paths_.groups_[node]);
  }

 private:
  void PrefetchClass(std::uint32_t node) const {
    const SnapshotData& data = paths_.snapshot_.data();
    if (node < data.graph.objects) data.scan.objects.classes.Prefetch(node);
  }
  void PrefetchParent(std::uint32_t node) const {
    const std::uint32_t parent = paths_.parents_[node] - 1;
    if (parent >= BreadthFirst<Tree>::kFromRoot) return;
    __builtin_prefetch(&paths_.groups_[parent]);
    PrefetchClass(parent);
  }

  void GroupNode(std::uint32_t node) {
    const std::uint32_t parent = paths_.parents_[node] - 1;
    const bool root = parent == BreadthFirst<Tree>::kFromRoot;
    const std::uint32_t group =
        group_(ObjectIndex(node), root ? ObjectIndex::None() : ObjectIndex(parent),
               root ? kNoGroup : paths_.groups_[parent] - 1);
    paths_.groups_[node] = group + 1;
    if (group >= ranks_.size()) ranks_.resize(group + 1);
    if (ranks_[group] == 0) ranks_[group] = rank_(group);
    OfferClass(node);
  }

  // Notes the instance of the lowest rank for a class that nothing leads to as yet.
  void OfferClass(std::uint32_t node) {
    const SnapshotData& data = paths_.snapshot_.data();
    if (node >= data.graph.objects) return;
    const std::uint32_t mirror = data.graph.ClassNode(node);
    if (paths_.parents_[mirror] != 0) return;
    const std::uint32_t c = mirror - data.graph.objects;
    if (data.graph.class_edges[c] == ClassEdge::kToRoot) return;
    if (data.dominance.LevelOf(mirror) < data.dominance.LevelOf(node)) return;
    if (instances_[c] == 0) waiting_classes_.push_back(mirror);
    if (instances_[c] == 0 || Rank(node) < Rank(instances_[c] - 1)) instances_[c] = node + 1;
  }

  std::uint64_t Rank(std::uint32_t node) const { return ranks_[paths_.groups_[node] - 1]; }

  RankedPaths& paths_;
  const Grouping& group_;
  const std::function<std::uint64_t(std::uint32_t)>& rank_;
  std::vector<std::uint64_t> ranks_;
  std::vector<std::uint32_t> instances_;        // + 1, by class; 0: none offered
  std::vector<std::uint32_t> waiting_classes_;  // their mirrors
};

RankedPaths::RankedPaths(const Snapshot& snapshot, const Grouping& group,
                         const std::function<std::uint64_t(std::uint32_t)>& rank)
    : snapshot_(snapshot), parents_(snapshot.node_count()), groups_(snapshot.node_count()) {
  Tree tree(*this, group, rank);
  BreadthFirst<Tree>(snapshot.data(), Reachability::kWeak, tree).VisitAll();
  ForEachParentFirst([&](ObjectIndex o) { return groups_[o.value()] != 0; },
                     [&](ObjectIndex o, ObjectIndex parent) {
                       const std::uint32_t above = parent.valid() ? Group(parent) : kNoGroup;
                       groups_[o.value()] = group(o, parent, above) + 1;
                     });
}

ObjectIndex RankedPaths::Parent(ObjectIndex o) const {
  const Dominance& dominance = snapshot_.data().dominance;
  const bool peeled = o.value() < snapshot_.object_count() && dominance.peeled.Test(o.value());
  const std::uint32_t parent = peeled ? dominance.dominators[o.value()] : parents_[o.value()] - 1;
  return parent < snapshot_.node_count() ? ObjectIndex(parent) : ObjectIndex::None();
}

template <typename Done, typename Visit>
void RankedPaths::ForEachParentFirst(Done&& done, Visit&& visit) const {
  std::vector<ObjectIndex> waiting;  // each the parent of the one before
  for (std::uint32_t node = 0; node < snapshot_.node_count(); ++node) {
    if (snapshot_.data().dominance.dominators[node] == Dominance::kNone) continue;
    ObjectIndex above(node);
    for (; above.valid() && !done(above); above = Parent(above)) waiting.push_back(above);
    for (; !waiting.empty(); waiting.pop_back()) {
      visit(waiting.back(), above);
      above = waiting.back();
    }
  }
}

void RankedPaths::Regroup(const Regrouping& regroup) {
  Bitmap done(snapshot_.node_count());
  ForEachParentFirst([&](ObjectIndex o) { return done.Test(o.value()); },
                     [&](ObjectIndex o, ObjectIndex parent) {
                       const std::uint32_t above = parent.valid() ? Group(parent) : kNoGroup;
                       groups_[o.value()] = regroup(o, parent, above, Group(o)) + 1;
                       done.Set(o.value());
                     });
}

void RankedPaths::ForEachSharingReference(
    const std::function<void(ObjectIndex, ObjectIndex)>& fn) const {
  const SnapshotData& data = snapshot_.data();
  // Collected before they are told, so that the targets' groups are on their way.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> references;
  constexpr std::size_t kBatch = 256;
  const auto tell = [&] {
    for (const auto& [owner, target] : references) fn(ObjectIndex(owner), ObjectIndex(target));
    references.clear();
  };
  for (std::uint32_t owner = 0; owner < snapshot_.node_count(); ++owner) {
    if (groups_[owner] == 0) continue;
    data.ForEachEdge(owner, [&](std::uint32_t target) {
      if (target >= data.graph.objects || data.dominance.peeled.Test(target)) return;
      __builtin_prefetch(&groups_[target]);
      references.emplace_back(owner, target);
      if (references.size() >= kBatch) tell();
    });
  }
  tell();
}

}  // namespace leaktrail::graph
