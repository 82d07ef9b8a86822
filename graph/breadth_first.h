// The breadth-first walk from the GC roots over all that is not peeled, by levels. What
// shortest_paths.cc and ranked_paths.cc are made of.
//
// Locals of threads enter the walk only when nothing else leads any further, and so do other roots
// that `tree` calls passing. For what a path may use see shortest_paths.h.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "graph/large_array.h"
#include "graph/snapshot_data.h"
#include "graph/translate.h"

namespace leaktrail::graph {

// Where the walk notes what it reaches. A Tree has
//   bool Reached(std::uint32_t node): true if a path to the node is known
//   bool Reach(std::uint32_t node, std::uint32_t from): a reference leads here; true if it is the
//       first. `from` is kFromRoot for roots.
//   void EndLevel(std::span<const std::uint32_t> nodes): no other reference from the level above
//       leads to any of these
//   bool IsPassing(RootKind): roots of this kind come last
//   kClassesLast: true if a class is reached from its instances only where nothing else leads
//   there;
//       then TakeClasses() is a list of (class mirror, instance) to go on with, or empty
//   void Prefetch(std::uint32_t node)
template <typename Tree>
class BreadthFirst {
 public:
  static constexpr std::uint32_t kFromRoot = 0xfffffffe;

  // Refers to both, which must live longer. `weakest` is the weakest kind of holding to follow.
  // 4 bytes per node that is reached.
  BreadthFirst(const SnapshotData& data, Reachability weakest, Tree& tree)
      : data_(data), weakest_(static_cast<int>(weakest)), tree_(tree), queue_(data.graph.nodes()) {}

  // Visits the next nodes of the current level, at most so many. False: there are none left.
  bool Visit(std::size_t most) {
    while (at_ == level_end_) {
      if (level_end_ == queue_end_ && !Start()) return false;
      const std::size_t begin = std::exchange(level_end_, queue_end_);
      tree_.EndLevel(queue_.span(begin, level_end_ - begin));
    }
    const std::size_t end = std::min(level_end_, at_ + most);
    for (; at_ < end; ++at_) {
      Prefetch(at_);
      VisitNode(queue_[at_]);
    }
    GiveBack();
    return true;
  }
  void VisitAll() {
    while (Visit(kWorthIt)) {
    }
    queue_.Release();
  }

 private:
  static constexpr std::size_t kWorthIt = std::size_t{1} << 20;
  static constexpr std::uint32_t kLarge = 1 << 20;

  // The memory of what has been visited, once it is worth it.
  void GiveBack() {
    if (at_ - given_back_ < kWorthIt) return;
    queue_.Discard(given_back_, at_ - given_back_);
    given_back_ = at_;
  }

  // Enters the heap by the roots, when these lead no further by the passing ones, then by what only
  // the frames of a thread hold, and then by classes that only instances hold. False: that has been
  // done.
  bool Start() {
    if (entered_ == Entered::kByClasses) return StartClasses();
    entered_ = static_cast<Entered>(static_cast<int>(entered_) + 1);
    if (entered_ == Entered::kByClasses) return StartClasses();
    if (entered_ == Entered::kByLocals) {
      StartLocals();
      return true;
    }
    const bool passing = entered_ == Entered::kByPassingRoots;
    for (const Root& root : data_.roots.roots) {
      if (tree_.IsPassing(root.kind) == passing) Reach(root.object.value(), kFromRoot);
    }
    return true;
  }
  bool StartClasses() {
    const std::size_t end = queue_end_;
    if constexpr (Tree::kClassesLast) {
      for (const auto& [mirror, instance] : tree_.TakeClasses()) Reach(mirror, instance);
    }
    return queue_end_ > end;
  }
  void StartLocals() {
    for (const ThreadInfo& thread : data_.roots.threads) {
      if (!thread.object.valid() || !tree_.Reached(thread.object.value())) continue;
      for (const Local& local : thread.locals) {
        if (!IsPeeled(local.object.value())) Reach(local.object.value(), thread.object.value());
      }
    }
  }

  void Reach(std::uint32_t node, std::uint32_t from) {
    if (tree_.Reach(node, from)) queue_[queue_end_++] = node;
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
      if (Tree::kClassesLast && target >= data_.graph.objects && node < data_.graph.objects &&
          target == data_.graph.ClassNode(node)) {
        return;
      }
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
  // other. What fits into the cache misses nothing.
  void Prefetch(std::size_t i) const {
    if (!is_large_) return;
    const References& references = data_.scan.objects.references;
    auto object_at = [&](std::size_t ahead) {
      return i + ahead < level_end_ && queue_[i + ahead] < data_.graph.objects
                 ? queue_[i + ahead]
                 : ObjectGraph::kDangling;
    };
    if (const auto o = object_at(24); o != ObjectGraph::kDangling) references.Prefetch(o);
    if (const auto o = object_at(16); o != ObjectGraph::kDangling) {
      __builtin_prefetch(references.Of(o).data());
    }
    if (const auto o = object_at(8); o != ObjectGraph::kDangling) {
      const std::span<const std::uint32_t> targets = references.Of(o);
      for (std::size_t t = 0; t < targets.size() && t < 8; ++t) {
        if (targets[t] != ObjectGraph::kDangling) tree_.Prefetch(targets[t]);
      }
    }
  }

  const SnapshotData& data_;
  const int weakest_;
  Tree& tree_;
  LargeArray<std::uint32_t> queue_;                     // one level behind the other
  std::size_t at_ = 0, level_end_ = 0, queue_end_ = 0;  // next to visit; end of its level; of all
  std::size_t given_back_ = 0;
  const bool is_large_ = data_.graph.nodes() >= kLarge;
  enum class Entered : std::uint8_t { kNot, kByRoots, kByPassingRoots, kByLocals, kByClasses };
  Entered entered_ = Entered::kNot;
};

}  // namespace leaktrail::graph
