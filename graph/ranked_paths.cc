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
    for (const std::uint32_t node : nodes) {
      paths_.GroupOne(group_, ObjectIndex(node));
      const std::uint32_t group = paths_.groups_[node] - 1;
      if (group >= ranks_.size()) ranks_.resize(group + 1);
      if (ranks_[group] == 0) ranks_[group] = rank_(group);
    }
  }

  static bool IsPassing(RootKind kind) { return graph::IsPassing(kind); }
  void Prefetch(std::uint32_t node) const { __builtin_prefetch(&paths_.parents_[node], 1); }

 private:
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
  GroupAll(group);
}

ObjectIndex RankedPaths::Parent(ObjectIndex o) const {
  const Dominance& dominance = snapshot_.data().dominance;
  const bool peeled = o.value() < snapshot_.object_count() && dominance.peeled.Test(o.value());
  const std::uint32_t parent = peeled ? dominance.dominators[o.value()] : parents_[o.value()] - 1;
  return parent < snapshot_.node_count() ? ObjectIndex(parent) : ObjectIndex::None();
}

void RankedPaths::Regroup(const Grouping& group) {
  groups_ = LargeArray<std::uint32_t>(snapshot_.node_count());
  GroupAll(group);
}

void RankedPaths::GroupOne(const Grouping& group, ObjectIndex o) {
  const ObjectIndex parent = Parent(o);
  groups_[o.value()] = group(o, parent, parent.valid() ? Group(parent) : kNoGroup) + 1;
}

void RankedPaths::GroupAll(const Grouping& group) {
  std::vector<std::uint32_t> above;  // not grouped yet, each the parent of the one before
  for (std::uint32_t node = 0; node < snapshot_.node_count(); ++node) {
    if (snapshot_.data().dominance.dominators[node] == Dominance::kNone) continue;
    for (ObjectIndex o(node); o.valid() && groups_[o.value()] == 0; o = Parent(o)) {
      above.push_back(o.value());
    }
    for (; !above.empty(); above.pop_back()) GroupOne(group, ObjectIndex(above.back()));
  }
}

}  // namespace leaktrail::graph
