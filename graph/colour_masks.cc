#include "graph/colour_masks.h"

#include <algorithm>
#include <bit>

#include "graph/snapshot_data.h"

namespace leaktrail::graph {
namespace {

constexpr std::uint64_t kAll = ~std::uint64_t{0};
constexpr std::uint32_t kSets = 64;

Bitmap MembersOf(const Snapshot& snapshot, std::span<const std::vector<ObjectIndex>> sets) {
  Bitmap members(snapshot.node_count());
  for (const std::vector<ObjectIndex>& set : sets) {
    for (const ObjectIndex member : set) members.Set(member.value());
  }
  return members;
}

}  // namespace

std::uint64_t ClassColours::MaskOf(std::uint32_t node) const {
  const SnapshotData& data = snapshot_.data();
  const ClassIndex c = node < data.graph.objects ? data.scan.objects.classes[node]
                                                 : data.scan.classes.java_lang_class;
  if (!c.valid()) return 0;
  const std::uint32_t bit = colours_[c.value()] - first_colour_;
  return bit < kSets ? std::uint64_t{1} << bit : 0;
}

NodeSets::NodeSets(const Snapshot& snapshot, std::span<const std::vector<ObjectIndex>> sets)
    : members_(MembersOf(snapshot, sets)) {
  const auto fill = [&]<typename Mask>(std::vector<Mask>& masks) {
    masks.resize(members_.count());
    for (std::size_t set = 0; set < sets.size(); ++set) {
      const Mask bit = static_cast<Mask>(Mask{1} << set);
      for (const ObjectIndex member : sets[set]) masks[members_.Number(member.value())] |= bit;
    }
  };
  if (sets.size() <= 8)
    fill(masks_);
  else
    fill(wide_masks_);
}

template <typename Sets>
ColourMasks<Sets>::ColourMasks(const Snapshot& snapshot, const JoinNodes& joins,
                               const DominatorChildren& children, const Sets& sets)
    : snapshot_(snapshot),
      joins_(joins),
      children_(children),
      sets_(sets),
      masks_(joins.count()),
      queued_(joins.count()) {
  Propagate();
}

template <typename Sets>
void ColourMasks<Sets>::Enter(std::uint32_t node) {
  const std::uint64_t own = sets_.MaskOf(node);
  for (std::uint64_t rest = own; rest != 0; rest &= rest - 1) {
    ++descent_.open[static_cast<std::size_t>(std::countr_zero(rest))];
  }
  descent_.mask &= ~own;
}

template <typename Sets>
void ColourMasks<Sets>::Leave(std::uint32_t node) {
  for (std::uint64_t rest = sets_.MaskOf(node); rest != 0; rest &= rest - 1) {
    if (--descent_.open[static_cast<std::size_t>(std::countr_zero(rest))] == 0) {
      descent_.mask |= descent_.base & rest & -rest;
    }
  }
}

template <typename Sets>
void ColourMasks<Sets>::Propagate() {
  for (std::uint32_t top = children_.FirstTop(); top != DominatorChildren::kNone;
       top = children_.Next(top)) {
    if (!joins_.Contains(top)) WalkRegion(top, kAll);
  }
  while (!queue_.empty()) {
    const std::uint32_t join = queue_.front();
    queue_.pop_front();
    queued_.Clear(joins_.Number(join));
    WalkRegion(join, masks_[joins_.Number(join)]);
  }
}

// The part of the dominator tree from `start` down to the next joins. `mask` is that of start's
// dominator, or of start itself if it is a join: its own colour is gone from it already.
template <typename Sets>
void ColourMasks<Sets>::WalkRegion(std::uint32_t start, std::uint64_t mask) {
  descent_.mask = descent_.base = mask;
  WalkDominated(
      snapshot_.data().dominance, children_, start,
      [&](std::uint32_t node) {
        if (node != start && joins_.Contains(node)) return false;
        Enter(node);
        PassOn(node, descent_.mask);
        return true;
      },
      [&](std::uint32_t node) { Leave(node); });
}

// Joins that the node refers to can be reached as the node can.
template <typename Sets>
void ColourMasks<Sets>::PassOn(std::uint32_t node, std::uint64_t mask) {
  if (joins_.keeps_references()) {
    for (const JoinNodes::Reference& reference : joins_.ReferencesOf(node)) {
      Gain(reference.join, mask);
    }
    return;
  }
  const SnapshotData& data = snapshot_.data();
  if (node < snapshot_.object_count() && data.dominance.peeled.Test(node)) {
    const ClassIndex c = data.scan.objects.classes[node];
    if (data.graph.class_edges[c.value()] == ClassEdge::kToRoot) return;
    const std::uint32_t mirror = snapshot_.MirrorOf(c).value();
    const int level = data.dominance.LevelOf(node);
    // What something stronger holds is not held by this.
    if (level == 0 || data.dominance.LevelOf(mirror) >= level) Gain(mirror, mask);
    return;
  }
  data.ForEachEdge(node, [&](std::uint32_t target) { Gain(target, mask); });
}

template <typename Sets>
void ColourMasks<Sets>::Gain(std::uint32_t node, std::uint64_t mask) {
  if (!joins_.Contains(node)) return;
  const std::uint32_t number = joins_.Number(node);
  std::uint64_t& known = masks_[number];
  if ((mask & ~known) == 0) return;
  mask &= ~sets_.MaskOf(node);
  if ((mask & ~known) == 0) return;
  known |= mask;
  if (queued_.Test(number)) return;
  queued_.Set(number);
  queue_.push_back(node);
}

// A colour retains the whole subtree of every node at which it disappears from the mask.
template <typename Sets>
std::array<std::uint64_t, 64> ColourMasks<Sets>::Retained() {
  std::array<std::uint64_t, 64> retained = {};
  const Dominance& dominance = snapshot_.data().dominance;
  auto lose = [&](std::uint32_t node, std::uint64_t lost) {
    for (; lost != 0; lost &= lost - 1) {
      retained[static_cast<std::size_t>(std::countr_zero(lost))] += dominance.retained[node];
    }
  };
  auto account = [&](std::uint32_t start, std::uint64_t mask) {
    descent_.mask = descent_.base = mask;
    WalkDominated(
        dominance, children_, start,
        [&](std::uint32_t node) {
          if (joins_.Contains(node) && node != start) {
            lose(node, descent_.mask & ~masks_[joins_.Number(node)]);
            return false;
          }
          const std::uint64_t before = descent_.mask;
          Enter(node);
          lose(node, before & ~descent_.mask);
          return true;
        },
        [&](std::uint32_t node) { Leave(node); });
  };
  for (std::uint32_t node = 0; node < snapshot_.node_count(); ++node) {
    if (joins_.Contains(node)) account(node, masks_[joins_.Number(node)]);
  }
  for (std::uint32_t top = children_.FirstTop(); top != DominatorChildren::kNone;
       top = children_.Next(top)) {
    if (joins_.Contains(top)) {
      lose(top, ~masks_[joins_.Number(top)]);
    } else {
      account(top, kAll);
    }
  }
  return retained;
}

template class ColourMasks<ClassColours>;
template class ColourMasks<NodeSets>;
template class ColourMasks<MixedSets>;

}  // namespace leaktrail::graph
