#include "graph/ranked_paths.h"

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
      : paths_(paths), group_(group), rank_(rank) {}

  static constexpr bool kClassesLast = true;
  bool Reached(std::uint32_t node) const { return paths_.parents_[node] != 0; }

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

  void EndLevel(std::span<const std::uint32_t> nodes) {
    constexpr std::size_t kAhead = 16;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (i + kAhead < nodes.size()) PrefetchParent(nodes[i + kAhead]);
      GroupNode(nodes[i]);
    }
  }

  static bool IsPassing(RootKind kind) { return graph::IsPassing(kind); }
  void Prefetch(std::uint32_t node) const { __builtin_prefetch(&paths_.parents_[node], 1); }

 private:
  void PrefetchParent(std::uint32_t node) const {
    const std::uint32_t parent = paths_.parents_[node] - 1;
    if (parent < BreadthFirst<Tree>::kFromRoot) __builtin_prefetch(&paths_.groups_[parent]);
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
  }

  std::uint64_t Rank(std::uint32_t node) const { return ranks_[paths_.groups_[node] - 1]; }

  RankedPaths& paths_;
  const Grouping& group_;
  const std::function<std::uint64_t(std::uint32_t)>& rank_;
  std::vector<std::uint64_t> ranks_;
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
  for (std::uint32_t owner = 0; owner < snapshot_.node_count(); ++owner) {
    if (groups_[owner] == 0) continue;
    data.ForEachEdge(owner, [&](std::uint32_t target) {
      if (target >= data.graph.objects || data.dominance.peeled.Test(target)) return;
      fn(ObjectIndex(owner), ObjectIndex(target));
    });
  }
}

}  // namespace leaktrail::graph
