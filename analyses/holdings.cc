#include "analyses/holdings.h"

#include <algorithm>
#include <bit>
#include <deque>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "analyses/holder_walk.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

// Nodes of less than this share of the live heap cannot be seen by the walk; equal ones can still
// be found together, as elements of what holds them all.
constexpr std::uint64_t kTreeResolution = 5000;
constexpr std::uint64_t kSmallestNode = 1024;
// Groups of one holding that are kept, beside those that are folded: nobody looks at more.
constexpr std::size_t kMostGroups = 4096;

// Assigns every node to the holding below which it stands, in one pass over the dominator tree.
class ElementCounter {
 public:
  ElementCounter(const Snapshot& snapshot, const Folding& folding, std::vector<Holding>& holdings,
                 const absl::flat_hash_set<ObjectIndex>& entered)
      : snapshot_(snapshot), folding_(folding), holdings_(holdings), entered_(entered) {
    labels_.resize(snapshot.node_count(), kUnknown);
    for (std::size_t h = 0; h < holdings.size(); ++h) {
      const auto label = static_cast<std::uint8_t>(kFirstHolding + h);
      for (ObjectIndex member : holdings[h].members) labels_[member.value()] = label;
      if (holdings[h].members.empty()) top_label_ = label;
    }
  }

  void Run() {
    snapshot_.ForEachDominated([&](ObjectIndex o, ObjectIndex dominator) {
      const std::uint8_t label = dominator.valid() ? LabelBelow(dominator) : top_label_;
      if (label >= kFirstHolding) Count(label, o, dominator);
    });
    std::vector<std::vector<const Entry*>> by_holding(holdings_.size());
    for (const Entry& entry : sums_) {
      by_holding[(entry.first >> 1) % kLabels - kFirstHolding].push_back(&entry);
    }
    for (std::size_t h = 0; h < holdings_.size(); ++h) {
      DropSmallest(by_holding[h]);
      holdings_[h].groups.reserve(by_holding[h].size());
      for (const Entry* entry : by_holding[h]) holdings_[h].groups.push_back(MakeGroup(*entry));
    }
  }

 private:
  // Values of labels_: which holding an object below this node belongs to.
  static constexpr std::uint8_t kUnknown = 0, kNone = 1, kFirstHolding = 2;
  static constexpr std::uint64_t kLabels = 256;
  static_assert(kFirstHolding + kMaxHoldings <= kLabels);

  // There may be as many as there are classes, each with a single object.
  struct Sum {
    std::uint64_t count = 0, shallow = 0, retained = 0;
    ObjectIndex first;
    std::uint32_t samples = 0;  // number in samples_, + 1; 0: the first object is all
  };
  using Entry = std::pair<const std::uint64_t, Sum>;  // key: class, holding, folded

  // All that are folded stay, and of the others those of many objects, then the biggest.
  static void DropSmallest(std::vector<const Entry*>& entries) {
    if (entries.size() <= kMostGroups) return;
    const auto order = [](const Entry* entry) {
      const bool folded = entry->first & 1, many = entry->second.count >= kMaxSamples;
      return std::tuple(folded, many, entry->second.retained, ~entry->first);
    };
    const auto end = entries.begin() + kMostGroups;
    std::nth_element(entries.begin(), end, entries.end(),
                     [&](const Entry* a, const Entry* b) { return order(a) > order(b); });
    entries.erase(
        std::remove_if(end, entries.end(), [](const Entry* entry) { return !(entry->first & 1); }),
        entries.end());
  }

  ElementGroup MakeGroup(const Entry& entry) {
    const auto& [key, sum] = entry;
    ElementGroup group;
    group.class_index = ClassIndex(static_cast<std::uint32_t>(key >> 9));
    group.folded = key & 1;
    group.count = sum.count;
    group.shallow = sum.shallow;
    group.retained = sum.retained;
    if (sum.samples == 0)
      group.samples = {sum.first};
    else
      group.samples = std::move(samples_[sum.samples - 1]);
    return group;
  }

  // The label of `o`, found by going up through what folds; each node is looked at once.
  std::uint8_t LabelBelow(ObjectIndex o) {
    ObjectIndex at = o;
    while (labels_[at.value()] == kUnknown) {
      const ObjectIndex dominator = snapshot_.ImmediateDominator(at);
      if (!dominator.valid() || !folding_.Folds(at, dominator)) {
        labels_[at.value()] = kNone;
        break;
      }
      chain_.push_back(at);
      at = dominator;
    }
    const std::uint8_t label = labels_[at.value()];
    for (ObjectIndex folded : chain_) labels_[folded.value()] = label;
    chain_.clear();
    return label;
  }

  void Count(std::uint8_t label, ObjectIndex o, ObjectIndex dominator) {
    const bool folded = dominator.valid() && folding_.Folds(o, dominator);
    if (!folded && entered_.contains(o)) return;
    const ClassIndex c = snapshot_.ClassOf(o);
    const std::uint64_t shallow = snapshot_.ShallowSize(o);
    Sum& sum =
        SumOf(std::uint64_t{c.value()} << 9 | std::uint64_t{label} << 1 | std::uint64_t{folded});
    sum.shallow += shallow;
    sum.retained += folded ? shallow : snapshot_.RetainedSize(o);
    Sample(sum, o);
    ++sum.count;
  }

  Sum& SumOf(std::uint64_t key) {
    if (last_ == nullptr || key != last_key_) {
      last_ = &sums_[key];  // valid until another is added
      last_key_ = key;
    }
    return *last_;
  }

  // Keeps samples spread evenly without knowing how many will come: every stride-th object, and
  // when there is no more room, every second of those.
  void Sample(Sum& sum, ObjectIndex o) {
    if (sum.count == 0) {
      sum.first = o;
      return;
    }
    static_assert(std::has_single_bit(kMaxSamples));
    const int doubled = std::bit_width(sum.count) - std::bit_width(kMaxSamples) + 1;
    const std::uint64_t stride = std::uint64_t{1} << std::max(0, doubled);
    if ((sum.count & (stride - 1)) != 0) return;
    if (sum.samples == 0) {
      samples_.push_back({sum.first});
      sum.samples = static_cast<std::uint32_t>(samples_.size());
    }
    std::vector<ObjectIndex>& samples = samples_[sum.samples - 1];
    if (samples.size() == kMaxSamples) {
      for (std::size_t i = 0; 2 * i < kMaxSamples; ++i) samples[i] = samples[2 * i];
      samples.resize(kMaxSamples / 2);
    }
    samples.push_back(o);
  }

  const Snapshot& snapshot_;
  const Folding& folding_;
  std::vector<Holding>& holdings_;
  const absl::flat_hash_set<ObjectIndex>& entered_;
  std::vector<std::uint8_t> labels_;
  std::uint8_t top_label_ = kNone;
  std::vector<ObjectIndex> chain_;
  absl::flat_hash_map<std::uint64_t, Sum> sums_;
  std::deque<std::vector<ObjectIndex>> samples_;
  Sum* last_ = nullptr;
  std::uint64_t last_key_ = 0;
};

}  // namespace

void SortGroups(const Snapshot& snapshot, std::vector<ElementGroup>& groups) {
  // There can be hundreds of thousands of groups, which are large to move, and all of one size.
  // Names, which are slow to compare, decide only where somebody looks: at the beginning, and at
  // the first that are folded.
  constexpr std::size_t kNamed = 64;
  struct Key {
    bool folded;
    std::uint64_t retained, count;
    ClassIndex c;
    std::uint32_t at;
    auto Size() const { return std::tuple(folded, ~retained, ~count); }
  };
  std::vector<Key> keys;
  keys.reserve(groups.size());
  for (const ElementGroup& g : groups) {
    keys.push_back(
        {g.folded, g.retained, g.count, g.class_index, static_cast<std::uint32_t>(keys.size())});
  }
  std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
    return std::tuple(a.Size(), a.c) < std::tuple(b.Size(), b.c);
  });
  const auto by_name = [&](const Key& a, const Key& b) {
    return std::tuple(absl::string_view(snapshot.classes().Name(a.c)), a.c) <
           std::tuple(absl::string_view(snapshot.classes().Name(b.c)), b.c);
  };
  std::size_t named = kNamed;  // of those that are not folded, then of the folded
  for (std::size_t begin = 0, end = 0; begin < keys.size(); begin = end) {
    while (end < keys.size() && keys[end].Size() == keys[begin].Size()) ++end;
    if (begin > 0 && keys[begin].folded && !keys[begin - 1].folded) named = begin + kNamed;
    if (begin >= named) continue;
    const auto first = keys.begin() + static_cast<std::ptrdiff_t>(begin);
    const std::size_t middle = std::min(end, named);
    std::partial_sort(first, keys.begin() + static_cast<std::ptrdiff_t>(middle),
                      keys.begin() + static_cast<std::ptrdiff_t>(end), by_name);
  }
  std::vector<ElementGroup> sorted;
  sorted.reserve(groups.size());
  for (const Key& key : keys) sorted.push_back(std::move(groups[key.at]));
  groups = std::move(sorted);
}

std::vector<Holding> FindHoldings(const Snapshot& snapshot, std::uint64_t min_bytes) {
  Folding folding(snapshot);
  const std::uint64_t resolution = snapshot.live().bytes / kTreeResolution;
  const HolderTree tree(snapshot, std::max(kSmallestNode, resolution), folding);
  WalkResult walk = WalkHolders(snapshot, tree, folding, std::max<std::uint64_t>(1, min_bytes));
  if (walk.places.size() > kMaxHoldings) walk.places.resize(kMaxHoldings);
  std::vector<Holding> holdings;
  for (const WalkPlace& place : walk.places) {
    Holding holding;
    for (HolderTree::Position p : place.members) holding.members.push_back(tree.object(p));
    holding.retained = place.residual;
    holdings.push_back(std::move(holding));
  }
  ElementCounter(snapshot, folding, holdings, walk.entered).Run();
  for (Holding& holding : holdings) SortGroups(snapshot, holding.groups);
  return holdings;
}

}  // namespace leaktrail::analyses
