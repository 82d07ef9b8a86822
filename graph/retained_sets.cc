#include "graph/retained_sets.h"

#include <algorithm>
#include <utility>

#include "graph/bitmap.h"
#include "graph/colour_masks.h"
#include "graph/dominator_walk.h"
#include "graph/join_nodes.h"
#include "graph/region_masks.h"
#include "graph/shallow_sizes.h"
#include "graph/snapshot_data.h"

namespace leaktrail::graph {
namespace {

constexpr std::uint32_t kBatch = 64;
// With a member in so many nodes or less often, regions are faster than walks; beyond, they take
// more memory.
constexpr std::uint64_t kNodesPerMember = 4;

}  // namespace

RetainedSets::RetainedSets(const Snapshot& snapshot) : snapshot_(snapshot) {}
RetainedSets::~RetainedSets() = default;

JoinNodes& RetainedSets::Joins() {
  if (joins_ == nullptr) joins_ = std::make_unique<JoinNodes>(snapshot_);
  return *joins_;
}

std::vector<std::uint64_t> RetainedSets::ByColour(std::span<const std::uint32_t> colour_of_class,
                                                  std::uint32_t colours) {
  std::vector<std::uint64_t> retained(colours);
  if (colours == 0) return retained;
  const DominatorChildren children(snapshot_.data().dominance, snapshot_.node_count());
  for (std::uint32_t first = 0; first < colours; first += kBatch) {
    const ClassColours sets(snapshot_, colour_of_class, first);
    const auto batch = ColourMasks(snapshot_, Joins(), children, sets).Retained();
    std::copy_n(batch.begin(), std::min(kBatch, colours - first), retained.begin() + first);
  }
  return retained;
}

std::vector<std::uint64_t> RetainedSets::ByColour(std::span<const std::uint32_t> colour_of_class,
                                                  std::span<const std::vector<ObjectIndex>> sets) {
  std::vector<std::uint64_t> retained(sets.size());
  if (sets.empty()) return retained;
  const DominatorChildren children(snapshot_.data().dominance, snapshot_.node_count());
  for (std::size_t first = 0; first < sets.size(); first += kBatch) {
    const std::size_t count = std::min<std::size_t>(kBatch, sets.size() - first);
    const MixedSets mixed(snapshot_, colour_of_class, static_cast<std::uint32_t>(first),
                          sets.subspan(first, count));
    const auto batch = ColourMasks(snapshot_, Joins(), children, mixed).Retained();
    std::copy_n(batch.begin(), count, retained.begin() + static_cast<std::ptrdiff_t>(first));
  }
  return retained;
}

std::vector<std::uint64_t> RetainedSets::BySets(std::span<const std::vector<ObjectIndex>> sets) {
  std::vector<std::uint64_t> retained(sets.size());
  for (std::size_t first = 0; first < sets.size(); first += kBatch) {
    const std::size_t count = std::min<std::size_t>(kBatch, sets.size() - first);
    const NodeSets batch_sets(snapshot_, sets.subspan(first, count));
    const auto batch = OfBatch(batch_sets);
    std::copy_n(batch.begin(), count, retained.begin() + static_cast<std::ptrdiff_t>(first));
  }
  return retained;
}

std::array<std::uint64_t, 64> RetainedSets::OfBatch(const NodeSets& sets) {
  if (std::uint64_t{sets.members().count()} * kNodesPerMember <= snapshot_.node_count() &&
      Joins().keeps_references()) {
    return RegionMasks(snapshot_, Joins(), sets).Retained();
  }
  const DominatorChildren children(snapshot_.data().dominance, snapshot_.node_count());
  return ColourMasks(snapshot_, Joins(), children, sets).Retained();
}

std::vector<std::uint64_t> RetainedByColour(const Snapshot& snapshot,
                                            std::span<const std::uint32_t> colour_of_class,
                                            std::uint32_t colours) {
  return RetainedSets(snapshot).ByColour(colour_of_class, colours);
}

std::vector<std::uint64_t> RetainedByColour(const Snapshot& snapshot,
                                            std::span<const std::uint32_t> colour_of_class,
                                            std::span<const std::vector<ObjectIndex>> sets) {
  return RetainedSets(snapshot).ByColour(colour_of_class, sets);
}

std::vector<std::uint64_t> RetainedBySets(const Snapshot& snapshot,
                                          std::span<const std::vector<ObjectIndex>> sets) {
  return RetainedSets(snapshot).BySets(sets);
}

std::uint64_t RetainedBySet(const Snapshot& snapshot, std::span<const ObjectIndex> members) {
  Bitmap kept(snapshot.node_count());    // reachable without the members
  Bitmap closed(snapshot.node_count());  // kept, and the members
  for (const ObjectIndex member : members) closed.Set(member.value());
  std::vector<std::uint32_t> stack;
  auto reach = [&](ObjectIndex node) {
    if (closed.Test(node.value())) return;
    closed.Set(node.value());
    kept.Set(node.value());
    stack.push_back(node.value());
  };
  for (const Root& root : snapshot.roots()) reach(root.object);
  while (!stack.empty()) {
    const std::uint32_t node = stack.back();
    stack.pop_back();
    snapshot.ForEachReference(ObjectIndex(node), reach);
  }
  std::uint64_t bytes = 0;
  snapshot.ForEachObject([&](ObjectIndex o, ClassIndex, std::uint64_t shallow) {
    if (kept.Test(o.value())) bytes += shallow;
  });
  for (std::uint32_t node = snapshot.object_count(); node < snapshot.node_count(); ++node) {
    if (kept.Test(node)) bytes += snapshot.ShallowSize(ObjectIndex(node));
  }
  return snapshot.live().bytes - bytes;
}

std::vector<std::uint64_t> DominatedByColour(const Snapshot& snapshot,
                                             std::span<const std::uint32_t> colour_of_class,
                                             std::uint32_t colours) {
  const Colouring colouring = {colour_of_class, colours};
  return std::move(DominatedByColours(snapshot, std::span(&colouring, 1)).front());
}

std::vector<std::vector<std::uint64_t>> DominatedByColours(const Snapshot& snapshot,
                                                           std::span<const Colouring> colourings) {
  std::vector<std::vector<std::uint64_t>> dominated;
  std::vector<std::vector<std::uint32_t>> open;  // nodes of the colour above the current one
  for (const Colouring& colouring : colourings) {
    dominated.emplace_back(colouring.colours);
    open.emplace_back(colouring.colours);
  }
  const Dominance& dominance = snapshot.data().dominance;
  const DominatorChildren children(dominance, snapshot.node_count());
  auto for_each_colour = [&](std::uint32_t node, auto&& visit) {
    const ClassIndex c = snapshot.ClassOf(ObjectIndex(node));
    if (!c.valid()) return;
    for (std::size_t i = 0; i < colourings.size(); ++i) {
      const std::uint32_t colour = colourings[i].of_class[c.value()];
      if (colour < colourings[i].colours) visit(i, colour);
    }
  };
  auto enter = [&](std::uint32_t node) {
    for_each_colour(node, [&](std::size_t i, std::uint32_t colour) {
      if (open[i][colour]++ == 0) dominated[i][colour] += dominance.retained[node];
    });
    return true;
  };
  auto leave = [&](std::uint32_t node) {
    for_each_colour(node, [&](std::size_t i, std::uint32_t colour) { --open[i][colour]; });
  };
  for (std::uint32_t top = children.FirstTop(); top != DominatorChildren::kNone;
       top = children.Next(top)) {
    WalkDominated(dominance, children, top, enter, leave);
  }
  return dominated;
}

}  // namespace leaktrail::graph
