#include "graph/region_masks.h"

#include <bit>
#include <utility>

#include "graph/snapshot_data.h"

namespace leaktrail::graph {
namespace {

constexpr std::uint64_t kAll = ~std::uint64_t{0};

// True if the mask of the member may differ from that of its dominator: it is in a set that the
// dominator is not in.
bool IsOutermost(const NodeSets& sets, std::uint32_t member, std::uint32_t dominator) {
  return dominator == Dominance::kRoot || (sets.MaskOf(member) & ~sets.MaskOf(dominator)) != 0;
}

Bitmap TopsOf(const Snapshot& snapshot, const JoinNodes& joins, const NodeSets& sets) {
  const Dominance& dominance = snapshot.data().dominance;
  Bitmap tops(snapshot.node_count());
  for (std::uint64_t w = 0; w < tops.word_count(); ++w) {
    for (std::uint64_t rest = joins.word(w) | sets.members().word(w); rest != 0; rest &= rest - 1) {
      const auto node =
          static_cast<std::uint32_t>(w * 64 + static_cast<unsigned>(std::countr_zero(rest)));
      const std::uint32_t dominator = dominance.dominators[node];
      if (dominator == Dominance::kNone) continue;  // an unreachable member
      if (joins.Contains(node) || IsOutermost(sets, node, dominator)) tops.Set(node);
    }
  }
  return tops;
}

}  // namespace

RegionMasks::RegionMasks(const Snapshot& snapshot, const JoinNodes& joins, const NodeSets& sets)
    : snapshot_(snapshot),
      sets_(sets),
      tops_(TopsOf(snapshot, joins, sets)),
      regions_(snapshot.node_count()),
      masks_(std::size_t{tops_.count()} + 1),
      queued_(std::uint64_t{tops_.count()} + 1) {
  CollectReferences(joins);
  regions_.Release();
  Propagate();
}

// Without a stack: up to where the region is known, and the same way again to note it.
std::uint32_t RegionMasks::RegionOf(std::uint32_t node) {
  const Dominance& dominance = snapshot_.data().dominance;
  std::uint32_t up = node;
  while (regions_[up] == 0) {
    const std::uint32_t dominator = dominance.dominators[up];
    if (tops_.Contains(up)) {
      regions_[up] = tops_.Number(up) + 1;
    } else if (dominator == Dominance::kRoot) {
      regions_[up] = RootRegion() + 1;
    } else {
      up = dominator;
    }
  }
  const std::uint32_t region = regions_[up];
  for (; regions_[node] == 0; node = dominance.dominators[node]) regions_[node] = region;
  return region - 1;
}

std::uint32_t RegionMasks::RegionAbove(std::uint32_t top) {
  const std::uint32_t dominator = snapshot_.data().dominance.dominators[top];
  return dominator == Dominance::kRoot ? RootRegion() : RegionOf(dominator);
}

// The references to joins, and from each region to those right below it.
void RegionMasks::CollectReferences(const JoinNodes& joins) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> references;
  references.reserve(joins.references().size() + tops_.count());
  for (const auto& [node, join] : joins.references()) {
    const std::pair<std::uint32_t, std::uint32_t> reference(RegionOf(node), tops_.Number(join));
    const bool is_new = references.empty() || references.back() != reference;
    if (is_new && reference.first != reference.second) references.push_back(reference);
  }
  above_.reserve(tops_.count());
  own_.reserve(tops_.count());
  tops_.ForEach([&](std::uint32_t top) {
    above_.push_back(RegionAbove(top));
    own_.push_back(sets_.MaskOf(top));
    if (joins.Contains(top)) return;
    references.emplace_back(above_.back(), static_cast<std::uint32_t>(own_.size() - 1));
  });
  starts_.resize(std::size_t{tops_.count()} + 2);
  for (const auto& [from, to] : references) ++starts_[from + 1];
  for (std::size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
  targets_.resize(references.size());
  std::vector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
  for (const auto& [from, to] : references) targets_[next[from]++] = to;
}

void RegionMasks::Propagate() {
  masks_[RootRegion()] = kAll;
  PassOn(RootRegion());
  while (!queue_.empty()) {
    const std::uint32_t region = queue_.front();
    queue_.pop_front();
    queued_.Clear(region);
    PassOn(region);
  }
}

// What the region leads to can be reached as the region can.
void RegionMasks::PassOn(std::uint32_t region) {
  for (std::uint32_t at = starts_[region]; at < starts_[region + 1]; ++at) {
    const std::uint32_t to = targets_[at];
    const std::uint64_t gained = masks_[region] & ~own_[to] & ~masks_[to];
    if (gained == 0) continue;
    masks_[to] |= gained;
    if (queued_.Test(to)) continue;
    queued_.Set(to);
    queue_.push_back(to);
  }
}

// A colour retains the whole subtree of every node at which it disappears from the mask.
std::array<std::uint64_t, 64> RegionMasks::Retained() {
  std::array<std::uint64_t, 64> retained = {};
  const Dominance& dominance = snapshot_.data().dominance;
  std::uint32_t region = 0;
  tops_.ForEach([&](std::uint32_t top) {
    for (std::uint64_t lost = masks_[above_[region]] & ~masks_[region]; lost != 0;
         lost &= lost - 1) {
      retained[static_cast<std::size_t>(std::countr_zero(lost))] += dominance.retained[top];
    }
    ++region;
  });
  return retained;
}

}  // namespace leaktrail::graph
