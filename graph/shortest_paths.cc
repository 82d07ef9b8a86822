#include "graph/shortest_paths.h"

#include <algorithm>

#include "graph/snapshot_data.h"
#include "graph/translate.h"

namespace leaktrail::graph {
namespace {

constexpr std::uint32_t kUnseen = 0xffffffff;
constexpr std::uint32_t kRootObject = 0xfffffffe;

}  // namespace

class ShortestPaths::Search {
 public:
  Search(const SnapshotData& data, Reachability weakest, std::vector<std::uint32_t>& parents)
      : data_(data), weakest_(static_cast<int>(weakest)), parents_(parents) {}

  // Goes on until the nodes of `wanted` have been reached, or there are no more.
  void ReachAll(std::vector<std::uint32_t> wanted) {
    constexpr std::size_t kBetweenLooks = 4096;
    while (true) {
      std::erase_if(wanted, [&](std::uint32_t node) { return parents_[node] != kUnseen; });
      if (wanted.empty() || !Visit(kBetweenLooks)) return;
    }
  }
  void ReachAll() {
    while (Visit(kUnseen)) {
    }
    next_ = {};
    current_ = {};
  }

 private:
  // Visits the next nodes of the current level, at most so many. False: there are none left.
  bool Visit(std::size_t most) {
    while (at_ == current_.size()) {
      current_.clear();
      current_.swap(next_);
      at_ = 0;
      if (current_.empty() && !Start()) return false;
    }
    const std::size_t end = std::min(current_.size(), at_ + most);
    for (; at_ < end; ++at_) {
      Prefetch(current_, at_);
      VisitNode(current_[at_]);
    }
    return true;
  }

  // Enters the heap by the roots, and when these lead no further, by what only the frames of a
  // thread hold. False: that has been done.
  bool Start() {
    if (entered_ == Entered::kByLocals) return false;
    if (entered_ == Entered::kNot) {
      entered_ = Entered::kByRoots;
      for (const Root& root : data_.roots.roots) Reach(root.object.value(), kRootObject);
      return true;
    }
    entered_ = Entered::kByLocals;
    for (const ThreadInfo& thread : data_.roots.threads) {
      if (!thread.object.valid() || parents_[thread.object.value()] == kUnseen) continue;
      for (const Local& local : thread.locals) {
        if (!IsPeeled(local.object.value())) Reach(local.object.value(), thread.object.value());
      }
    }
    return true;
  }

  void Reach(std::uint32_t node, std::uint32_t from) {
    if (parents_[node] != kUnseen) return;
    parents_[node] = from;
    next_.push_back(node);
  }

  // Peeled objects lead to peeled objects only.
  bool IsPeeled(std::uint32_t node) const {
    return node < data_.graph.objects && data_.dominance.peeled.Test(node);
  }

  void VisitNode(std::uint32_t node) {
    // What is strong holds only what is strong; what is weaker may refer to what is held better.
    const int level = weakest_ == 0 ? 0 : data_.dominance.LevelOf(node);
    const bool is_thread = node < data_.graph.objects && data_.graph.has_extra.Test(node) &&
                           data_.thread_of.contains(node);
    data_.graph.ForEachDecisiveEdge(node, [&](std::uint32_t target) {
      if (IsPeeled(target)) return;
      if (is_thread && IsOnlyLocal(node, target)) return;
      if (level > 0 && data_.dominance.LevelOf(target) < level) return;
      Reach(target, node);
    });
    if (weakest_ > 0 && node < data_.graph.objects) VisitReferents(node);
  }

  // The thread has the target in a frame, not in a field; nor is it an instance or the loader of
  // it.
  bool IsOnlyLocal(std::uint32_t thread, std::uint32_t target) const {
    if (target == data_.graph.ClassNode(thread)) return false;
    if (target >= data_.graph.objects) {
      const ClassInfo& c = data_.scan.classes[ClassIndex(target - data_.graph.objects)];
      if (c.loader != 0 && NodeOf(data_.scan, c.loader) == thread) return false;
    }
    const std::span<const std::uint32_t> fields = data_.graph.ReferencesOf(thread);
    return std::find(fields.begin(), fields.end(), target) == fields.end();
  }

  void VisitReferents(std::uint32_t node) {
    if (!data_.graph.special.Test(node)) return;
    data_.ForEachReferent(node, [&](std::uint32_t target) {
      if (data_.dominance.LevelOf(target) <= weakest_) Reach(target, node);
    });
  }

  // The way to an object's parent runs over four cache misses: start them early, one after the
  // other.
  void Prefetch(const std::vector<std::uint32_t>& nodes, std::size_t i) const {
    const References& references = data_.scan.objects.references;
    auto object_at = [&](std::size_t ahead) {
      return i + ahead < nodes.size() && nodes[i + ahead] < data_.graph.objects
                 ? nodes[i + ahead]
                 : ObjectGraph::kDangling;
    };
    if (const auto o = object_at(24); o != ObjectGraph::kDangling) references.Prefetch(o);
    if (const auto o = object_at(16); o != ObjectGraph::kDangling) {
      __builtin_prefetch(references.Of(o).data());
    }
    if (const auto o = object_at(8); o != ObjectGraph::kDangling) {
      const std::span<const std::uint32_t> targets = references.Of(o);
      for (std::size_t t = 0; t < targets.size() && t < 8; ++t) {
        if (targets[t] != ObjectGraph::kDangling) __builtin_prefetch(&parents_[targets[t]], 1);
      }
    }
  }

  const SnapshotData& data_;
  const int weakest_;
  std::vector<std::uint32_t>& parents_;
  std::vector<std::uint32_t> current_, next_;  // levels of the tree
  std::size_t at_ = 0;                         // in the current one
  enum class Entered : std::uint8_t { kNot, kByRoots, kByLocals } entered_ = Entered::kNot;
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
