#include "analyses/unit_walk.h"

#include <algorithm>

#include "graph/large_array.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ClassTable;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr std::uint8_t kNobody = 0;
constexpr std::uint8_t kShared = 0xff;

// One unit may be this large; of a larger one the nearest part is seen.
constexpr std::size_t kMostObjects = 1 << 14;
// An array of so many references is no inner part of one of many units.
constexpr std::uint32_t kLongArray = 1 << 14;

class UnitWalk {
 public:
  UnitWalk(const Snapshot& snapshot, ClassIndex anchor_class)
      : snapshot_(snapshot),
        classes_(snapshot.classes()),
        anchor_class_(anchor_class),
        roles_(snapshot.classes().size()),
        owner_(snapshot.node_count()) {}

  std::vector<std::vector<ObjectIndex>> Run(std::span<const ObjectIndex> anchors,
                                            std::size_t& budget) {
    std::vector<Reached> order;
    for (std::size_t i = 0; i < anchors.size(); ++i) {
      const auto unit = static_cast<std::uint8_t>(i + 1);
      std::uint8_t& owner = owner_[anchors[i].value()];
      if (owner != kNobody) continue;
      owner = unit;
      order.push_back({anchors[i], unit});
    }
    const std::size_t most = std::min(budget, kMostObjects * anchors.size());
    // The levels follow each other in `order`: by the time an object's references are followed, all
    // units that reach it as fast have done so.
    for (std::size_t at = 0; at < order.size() && order.size() < most; ++at) {
      const Reached here = order[at];
      if (owner_[here.object.value()] == here.unit && !IsEnd(here.object, at < anchors.size())) {
        Follow(here, order);
      }
    }
    budget -= std::min(budget, order.size());
    std::vector<std::vector<ObjectIndex>> own(anchors.size());
    for (const Reached& each : order) {
      if (owner_[each.object.value()] == each.unit) own[each.unit - 1].push_back(each.object);
    }
    return own;
  }

 private:
  struct Reached {
    ObjectIndex object;
    std::uint8_t unit;  // + 1
  };

  // Of the objects of a class.
  enum class Role : std::uint8_t { kUnknown, kInner, kArray, kEnd };

  // Where a unit ends. An end can be part of the unit (a thread), what is behind it is not.
  bool IsEnd(ObjectIndex o, bool is_anchor) {
    if (is_anchor) return false;
    const ClassIndex c = snapshot_.ClassOf(o);
    if (!c.valid()) return true;
    Role& role = roles_[c.value()];
    if (role == Role::kUnknown) role = RoleOf(c);
    if (role == Role::kArray) return snapshot_.ArrayLength(o) >= kLongArray;
    return role == Role::kEnd;
  }

  Role RoleOf(ClassIndex c) const {
    // An array of primitive values leads nowhere.
    const graph::ClassKind kind = classes_[c].kind;
    if (kind == graph::ClassKind::kPrimitiveArray || c == anchor_class_) return Role::kEnd;
    if (kind == graph::ClassKind::kObjectArray) return Role::kArray;
    const bool ends = c == classes_.java_lang_string || Inherits(c, classes_.java_lang_thread) ||
                      Inherits(c, classes_.java_lang_class_loader);
    return ends ? Role::kEnd : Role::kInner;
  }

  bool Inherits(ClassIndex c, ClassIndex ancestor) const {
    return ancestor.valid() && classes_.IsSubclass(c, ancestor);
  }

  void Follow(const Reached& from, std::vector<Reached>& order) {
    snapshot_.ForEachReference(from.object, [&](ObjectIndex target) {
      if (target.value() >= snapshot_.object_count()) return;  // a class
      std::uint8_t& owner = owner_[target.value()];
      if (owner == kNobody) {
        owner = from.unit;
        order.push_back({target, from.unit});
      } else if (owner != from.unit) {
        owner = kShared;
      }
    });
  }

  const Snapshot& snapshot_;
  const ClassTable& classes_;
  const ClassIndex anchor_class_;
  std::vector<Role> roles_;                // by class
  graph::LargeArray<std::uint8_t> owner_;  // number of the unit + 1; kNobody, kShared
};

}  // namespace

std::vector<std::vector<ObjectIndex>> OwnObjects(const Snapshot& snapshot,
                                                 std::span<const ObjectIndex> anchors,
                                                 std::size_t& budget) {
  constexpr std::size_t kMostAnchors = 64;
  anchors = anchors.first(std::min(anchors.size(), kMostAnchors));
  if (anchors.empty()) return {};
  return UnitWalk(snapshot, snapshot.ClassOf(anchors[0])).Run(anchors, budget);
}

}  // namespace leaktrail::analyses
