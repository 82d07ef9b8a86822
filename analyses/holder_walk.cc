#include "analyses/holder_walk.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;
using Position = HolderTree::Position;

// An ordinary object has few references, each with a meaning of its own: a child that keeps a
// twentieth of it is worth a look.
constexpr double kBigForObject = 0.05;
// The elements of a collection are alike; one is a story of its own if it outweighs the others.
constexpr double kBigForCollection = 0.2;
// So many objects of a class below a root or loader are a kind, not single objects (threads, web
// applications, plug-ins).
constexpr std::size_t kManyEqual = 5;
// Where at least this much spreads out under an object, its smaller children (below half of the
// spread) are mostly indexes over the same objects, "byId" and "byName", and belong to it.
constexpr double kMuchSpread = 0.3;
constexpr double kIndexShare = 0.5;
// Elements that few and that alike may be the shards of one big collection...
constexpr std::size_t kMaxShards = 64;
// ... if one kind of child keeps this much of them, step by step, down to collections.
constexpr double kShardChain = 0.7;
constexpr int kMaxShardDepth = 12;

class Walker {
 public:
  Walker(const Snapshot& snapshot, const HolderTree& tree, const Folding& folding,
         std::uint64_t min_bytes)
      : snapshot_(snapshot), tree_(tree), folding_(folding), min_bytes_(min_bytes) {}

  WalkResult Run() {
    std::vector<WalkPlace> stack(1);
    stack[0].retained = snapshot_.live().bytes;
    while (!stack.empty()) {
      WalkPlace place = std::move(stack.back());
      stack.pop_back();
      place.residual = place.retained;
      for (WalkPlace& below : PlacesBelow(place)) {
        place.residual -= std::min(place.residual, below.retained);
        for (Position p : below.members) result_.entered.insert(tree_.object(p));
        stack.push_back(std::move(below));
      }
      if (place.residual >= min_bytes_) result_.places.push_back(std::move(place));
    }
    std::stable_sort(
        result_.places.begin(), result_.places.end(),
        [](const WalkPlace& a, const WalkPlace& b) { return a.residual > b.residual; });
    return std::move(result_);
  }

 private:
  using Groups = std::vector<WalkPlace>;  // by class, in order of first appearance

  std::uint64_t Retained(Position p) const { return snapshot_.RetainedSize(tree_.object(p)); }

  WalkPlace Single(Position p) const { return {{p}, Retained(p), 0}; }

  // Children of all members by class; class mirrors and loaders each on their own.
  Groups GroupChildren(const std::vector<Position>& members) const {
    Groups groups;
    absl::flat_hash_map<ClassIndex, std::size_t> place_of;
    const auto add = [&](Position child) {
      const ClassIndex c = snapshot_.ClassOf(tree_.object(child));
      const auto [slot, is_new] = place_of.try_emplace(c, groups.size());
      const bool own = is_new || !MayBeGrouped(c);
      if (own) groups.emplace_back();
      WalkPlace& group = own ? groups.back() : groups[slot->second];
      group.members.push_back(child);
      group.retained += Retained(child);
    };
    if (members.empty()) {
      for (Position child : tree_.children(HolderTree::kTop)) add(child);
    }
    for (Position p : members) {
      for (Position child : tree_.children(p)) add(child);
    }
    for (WalkPlace& group : groups) {
      std::stable_sort(group.members.begin(), group.members.end(),
                       [&](Position a, Position b) { return Retained(a) > Retained(b); });
    }
    return groups;
  }

  bool MayBeGrouped(ClassIndex c) const {
    const graph::ClassTable& classes = snapshot_.classes();
    const ClassIndex loader = classes.java_lang_class_loader;
    return c != classes.java_lang_class && !(loader.valid() && classes.IsSubclass(c, loader));
  }

  bool IsCollection(Position p) const {
    const CollectionRole& role = folding_.RoleOfObject(tree_.object(p));
    return role.shape >= 0 || role.object_array;
  }

  bool IsA(Position p, ClassIndex ancestor) const {
    return ancestor.valid() &&
           snapshot_.classes().IsSubclass(snapshot_.ClassOf(tree_.object(p)), ancestor);
  }
  bool IsLoader(Position p) const { return IsA(p, snapshot_.classes().java_lang_class_loader); }
  bool IsThread(Position p) const { return IsA(p, snapshot_.classes().java_lang_thread); }

  std::vector<WalkPlace> PlacesBelow(const WalkPlace& place) const {
    if (place.members.empty()) return BelowTop(place);
    if (place.members.size() > 1) return BelowEquals(place);
    const Position p = place.members[0];
    if (IsLoader(p)) return BelowTop(place);
    if (IsCollection(p)) return BelowCollection(place);
    return BelowObject(place);
  }

  // The GC roots, or a loader: what hangs there is of all kinds. Everything big goes its own way.
  // Many equal ones are entered together if they are threads, or shards of something; else they
  // stay what they are, objects without a single owner.
  std::vector<WalkPlace> BelowTop(const WalkPlace& place) const {
    std::vector<WalkPlace> below;
    for (WalkPlace& group : GroupChildren(place.members)) {
      const bool equal =
          group.members.size() >= kManyEqual && Retained(group.members[0]) < group.retained / 2;
      if (!equal) {
        for (Position p : group.members) {
          if (Retained(p) >= min_bytes_) below.push_back(Single(p));
        }
        continue;
      }
      if (group.retained < min_bytes_) continue;
      if (!IsThread(group.members[0])) {
        if (group.members.size() > kMaxShards) continue;
        group = FollowShards(std::move(group));
      }
      if (!group.members.empty()) below.push_back(std::move(group));
    }
    return below;
  }

  std::vector<WalkPlace> ChildrenAbove(Position p, double share) const {
    std::vector<WalkPlace> below;
    const double least = share * static_cast<double>(Retained(p));
    for (Position child : tree_.children(p)) {
      if (Retained(child) < min_bytes_ || static_cast<double>(Retained(child)) < least) break;
      below.push_back(Single(child));
    }
    return below;
  }

  std::vector<WalkPlace> BelowObject(const WalkPlace& place) const {
    std::vector<WalkPlace> below = ChildrenAbove(place.members[0], kBigForObject);
    std::uint64_t spread = place.retained;
    for (const WalkPlace& child : below) spread -= std::min(spread, child.retained);
    if (static_cast<double>(spread) < kMuchSpread * static_cast<double>(place.retained)) {
      return below;
    }
    const auto index_over_same = [&](const WalkPlace& child) {
      return static_cast<double>(child.retained) < kIndexShare * static_cast<double>(spread);
    };
    std::erase_if(below, index_over_same);
    return below;
  }

  std::vector<WalkPlace> BelowCollection(const WalkPlace& place) const {
    std::vector<WalkPlace> below = ChildrenAbove(place.members[0], kBigForCollection);
    if (!below.empty()) return below;
    for (WalkPlace& group : GroupChildren(place.members)) {
      if (group.members.size() > kMaxShards || !KeepsMost(group, place)) continue;
      WalkPlace shards = FollowShards(std::move(group));
      if (!shards.members.empty()) below.push_back(std::move(shards));
      break;
    }
    return below;
  }

  static bool KeepsMost(const WalkPlace& child, const WalkPlace& parent) {
    return static_cast<double>(child.retained) >=
           kShardChain * static_cast<double>(parent.retained);
  }

  // From equal elements down, one kind of child per step, to the collections inside them; no
  // members if there is no such chain.
  WalkPlace FollowShards(WalkPlace place) const {
    const std::size_t shards = place.members.size();
    for (int depth = 0; depth < kMaxShardDepth; ++depth) {
      if (IsCollection(place.members[0])) return place;
      Groups groups = GroupChildren(place.members);
      const auto biggest = std::max_element(
          groups.begin(), groups.end(),
          [](const WalkPlace& a, const WalkPlace& b) { return a.retained < b.retained; });
      if (biggest == groups.end() || !KeepsMost(*biggest, place)) break;
      if (biggest->members.size() > 2 * shards) break;
      place = std::move(*biggest);
    }
    return {};
  }

  // Equal holders, side by side: what most of them have once, and what leads to collections, is
  // their structure and is entered; what they have many of is what they hold.
  std::vector<WalkPlace> BelowEquals(const WalkPlace& place) const {
    std::vector<WalkPlace> below;
    for (WalkPlace& group : GroupChildren(place.members)) {
      const bool structure = group.members.size() <= 2 * place.members.size();
      const bool big = static_cast<double>(group.retained) >=
                       kBigForCollection * static_cast<double>(place.retained);
      if (!structure || !big || group.retained < min_bytes_) continue;
      WalkPlace inside = FollowShards(std::move(group));
      if (!inside.members.empty()) below.push_back(std::move(inside));
    }
    return below;
  }

  const Snapshot& snapshot_;
  const HolderTree& tree_;
  const Folding& folding_;
  const std::uint64_t min_bytes_;
  WalkResult result_;
};

}  // namespace

WalkResult WalkHolders(const Snapshot& snapshot, const HolderTree& tree, const Folding& folding,
                       std::uint64_t min_bytes) {
  return Walker(snapshot, tree, folding, min_bytes).Run();
}

}  // namespace leaktrail::analyses
