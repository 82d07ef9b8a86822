#include "graph/shortest_paths.h"

#include <algorithm>

#include "graph/breadth_first.h"
#include "graph/snapshot_data.h"

namespace leaktrail::graph {
namespace {

constexpr std::uint32_t kUnseen = 0xffffffff;

}  // namespace

// The parents of all nodes; whoever comes first is taken.
class ShortestPaths::Search {
 public:
  Search(const SnapshotData& data, Reachability weakest, std::vector<std::uint32_t>& parents)
      : parents_(parents), walk_(data, weakest, *this) {}

  // Goes on until the nodes of `wanted` have been reached, or there are no more.
  void ReachAll(std::vector<std::uint32_t> wanted) {
    constexpr std::size_t kBetweenLooks = 4096;
    while (true) {
      std::erase_if(wanted, [&](std::uint32_t node) { return Reached(node); });
      if (wanted.empty() || !walk_.Visit(kBetweenLooks)) return;
    }
  }
  void ReachAll() { walk_.VisitAll(); }

  // As BreadthFirst asks for.
  static constexpr bool kClassesLast = false;
  bool Reached(std::uint32_t node) const { return parents_[node] != kUnseen; }
  bool Reach(std::uint32_t node, std::uint32_t from) {
    if (Reached(node)) return false;
    parents_[node] = from;
    return true;
  }
  void EndLevel(std::span<const std::uint32_t>) {}
  static bool IsPassing(RootKind) { return false; }
  void Prefetch(std::uint32_t node) const { __builtin_prefetch(&parents_[node], 1); }

 private:
  std::vector<std::uint32_t>& parents_;
  BreadthFirst<Search> walk_;
};

ShortestPaths::ShortestPaths(const Snapshot& snapshot, Reachability weakest,
                             std::span<const ObjectIndex> targets)
    : snapshot_(snapshot),
      parents_(snapshot.node_count(), kUnseen),
      search_(std::make_unique<Search>(snapshot.data(), weakest, parents_)) {
  if (targets.empty()) {
    search_->ReachAll();
  } else {
    Extend(targets);
  }
}

ShortestPaths::~ShortestPaths() = default;

void ShortestPaths::Extend(std::span<const ObjectIndex> targets) {
  std::vector<std::uint32_t> wanted;
  for (const ObjectIndex target : targets) {
    const std::uint32_t core = CoreOf(target);
    if (core < snapshot_.node_count()) wanted.push_back(core);
  }
  search_->ReachAll(std::move(wanted));
}

std::uint32_t ShortestPaths::CoreOf(ObjectIndex o) const {
  const Dominance& dominance = snapshot_.data().dominance;
  std::uint32_t node = o.value();
  while (node < snapshot_.object_count() && dominance.peeled.Test(node)) {
    node = dominance.dominators[node];
  }
  return node;
}

ObjectIndex ShortestPaths::Parent(ObjectIndex o) const {
  const Dominance& dominance = snapshot_.data().dominance;
  const bool peeled = o.value() < snapshot_.object_count() && dominance.peeled.Test(o.value());
  const std::uint32_t parent = peeled ? dominance.dominators[o.value()] : parents_[o.value()];
  return parent < snapshot_.node_count() ? ObjectIndex(parent) : ObjectIndex::None();
}

bool ShortestPaths::Reaches(ObjectIndex o) const {
  const std::uint32_t node = CoreOf(o);
  return node < snapshot_.node_count() && parents_[node] != kUnseen;
}

std::vector<ObjectIndex> ShortestPaths::PathTo(ObjectIndex o) const {
  std::vector<ObjectIndex> path;
  if (!Reaches(o)) return path;
  for (; o.valid(); o = Parent(o)) path.push_back(o);
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace leaktrail::graph
