#include "graph/assumed_roots.h"

#include <algorithm>

#include "graph/bitmap.h"
#include "graph/extra_edges.h"

namespace leaktrail::graph {
namespace {

class RootGuess {
 public:
  RootGuess(const HeapScan& scan, const RootTable& known)
      : scan_(scan),
        objects_(scan.objects.count),
        extra_(MakeExtraEdges(scan, known.threads)),
        has_extra_(objects_),
        reached_(std::uint64_t{objects_} + scan.classes.size()),
        held_(objects_) {
    for (const std::uint32_t owner : extra_.owners()) has_extra_.Set(owner);
    for (const std::uint32_t target : extra_.all_targets()) {
      if (target < objects_) held_.Set(target);
    }
    for (const Root& root : known.roots) ReachFrom(root.object.value());
  }

  // Assumes a root at every object for which `likely` holds; with `unless_reached` only where it is
  // not reached yet.
  template <typename Likely>
  void Assume(bool unless_reached, Likely&& likely) {
    for (std::uint32_t o = 0; o < objects_; ++o) {
      if ((unless_reached && reached_.Test(o)) || !likely(o)) continue;
      roots_.push_back(ObjectIndex(o));
      ReachFrom(o);
    }
  }

  std::uint32_t reached_objects() const { return reached_objects_; }

  // True for objects that statics and other fields of classes refer to, or frames of threads:
  // in-degrees do not count these.
  bool IsHeld(std::uint32_t object) const { return held_.Test(object); }

  std::vector<ObjectIndex> Finish() {
    std::sort(roots_.begin(), roots_.end());
    return std::move(roots_);
  }

 private:
  void ReachFrom(std::uint32_t node) {
    Reach(node);
    while (!open_.empty()) {
      const std::uint32_t next = open_.back();
      open_.pop_back();
      VisitEdges(next);
    }
  }
  void Reach(std::uint32_t node) {
    if (reached_.Test(node)) return;
    reached_.Set(node);
    if (node < objects_) ++reached_objects_;
    open_.push_back(node);
  }
  void VisitEdges(std::uint32_t node) {
    if (node >= objects_) {
      for (const std::uint32_t target : extra_.OfClass(node - objects_)) Reach(target);
      return;
    }
    for (const std::uint32_t target : scan_.objects.references.Of(node)) {
      if (target != References::kDangling) Reach(target);
    }
    if (has_extra_.Test(node)) {
      for (const std::uint32_t target : extra_.OfObject(node)) Reach(target);
    }
    Reach(objects_ + scan_.objects.classes[node].value());
  }

  const HeapScan& scan_;
  const std::uint32_t objects_;
  const ExtraEdges extra_;
  Bitmap has_extra_;
  Bitmap reached_;
  std::uint32_t reached_objects_ = 0;
  Bitmap held_;
  std::vector<std::uint32_t> open_;
  std::vector<ObjectIndex> roots_;
};

}  // namespace

std::vector<ObjectIndex> AssumeRoots(const HeapScan& scan, const InDegrees& in_degrees,
                                     const RootTable& known, std::uint64_t enough) {
  const ClassTable& classes = scan.classes;
  const auto is_a = [&](ClassIndex ancestor) {
    return [&scan, ancestor](std::uint32_t o) {
      return scan.classes.IsSubclass(scan.objects.classes[o], ancestor);
    };
  };
  RootGuess guess(scan, known);
  if (guess.reached_objects() >= enough) return {};
  guess.Assume(false, is_a(classes.java_lang_thread));
  guess.Assume(true, [&](std::uint32_t o) { return in_degrees.none(o) && !guess.IsHeld(o); });
  guess.Assume(true, is_a(classes.java_lang_class_loader));
  return guess.Finish();
}

}  // namespace leaktrail::graph
