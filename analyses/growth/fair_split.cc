#include "analyses/growth/fair_split.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "graph/large_array.h"
#include "graph/ranked_paths.h"

namespace leaktrail::analyses {
namespace {

using graph::LargeArray;
using graph::ObjectIndex;
using graph::Snapshot;

// Sets of places with numbers, built up one place at a time. 0 is the empty set.
class PlaceSets {
 public:
  static constexpr std::uint32_t kEmpty = 0;
  static constexpr std::uint32_t kTooMany = 1;

  std::uint32_t With(std::uint32_t set, PlaceIndex place) {
    if (set == kTooMany) return set;
    std::vector<PlaceIndex>& places = sets_[set];
    if (std::binary_search(places.begin(), places.end(), place)) return set;
    const auto [step, added] = steps_.try_emplace(std::pair(set, place), kTooMany);
    if (!added || places.size() + 1 >= kMostHolders) return step->second;
    std::vector<PlaceIndex> larger = places;
    larger.insert(std::upper_bound(larger.begin(), larger.end(), place), place);
    const auto [known, is_new] =
        numbers_.try_emplace(larger, static_cast<std::uint32_t>(sets_.size()));
    if (is_new) sets_.push_back(std::move(larger));
    step->second = known->second;
    return step->second;
  }
  const std::vector<PlaceIndex>& operator[](std::uint32_t set) const { return sets_[set]; }

 private:
  std::vector<std::vector<PlaceIndex>> sets_ = std::vector<std::vector<PlaceIndex>>(2);
  absl::flat_hash_map<std::pair<std::uint32_t, PlaceIndex>, std::uint32_t> steps_;
  std::map<std::vector<PlaceIndex>, std::uint32_t> numbers_;
};

// Parts of the whole, divided again and again, with numbers. In units of which kWhole are the
// whole; what does not divide evenly goes to the part that goes on.
class Parts {
 public:
  static constexpr std::uint64_t kWhole = 1 << 20;
  static constexpr std::uint32_t kAll = 0;

  std::uint64_t operator[](std::uint32_t part) const { return units_[part]; }
  std::uint64_t Each(std::uint32_t part, std::uint64_t holders) const {
    return units_[part] / holders;
  }
  // What is left of `part` when all but one of `holders` have theirs.
  std::uint32_t Rest(std::uint32_t part, std::uint64_t holders) {
    const std::uint64_t rest = units_[part] - (holders - 1) * Each(part, holders);
    const auto [known, added] =
        numbers_.try_emplace(rest, static_cast<std::uint32_t>(units_.size()));
    if (added) units_.push_back(rest);
    return known->second;
  }

 private:
  std::vector<std::uint64_t> units_ = {kWhole};
  absl::flat_hash_map<std::uint64_t, std::uint32_t> numbers_ = {{kWhole, 0}};
};

// Which places are below which, of those that were there when it was made.
class PlaceOrder {
 public:
  explicit PlaceOrder(const PlaceTrie& trie) : first_(trie.size()), end_(trie.size()) {
    // Places come after the one above: sizes from the end, numbers from the beginning.
    std::vector<PlaceIndex> size(trie.size(), 1);
    for (PlaceIndex p = trie.size(); p-- > 0;) {
      const PlaceIndex above = trie[p].key.parent;
      if (above != PlaceTrie::kNone) size[above] += size[p];
    }
    std::vector<PlaceIndex> next(trie.size());  // number of the next child
    PlaceIndex next_top = 0;
    for (PlaceIndex p = 0; p < trie.size(); ++p) {
      const PlaceIndex above = trie[p].key.parent;
      PlaceIndex& number = above == PlaceTrie::kNone ? next_top : next[above];
      first_[p] = number;
      end_[p] = number + size[p];
      next[p] = number + 1;
      number += size[p];
    }
  }
  bool IsAtOrBelow(PlaceIndex p, PlaceIndex above) const {
    return first_[p] >= first_[above] && first_[p] < end_[above];
  }

 private:
  std::vector<PlaceIndex> first_, end_;
};

class Splitter {
 public:
  explicit Splitter(PlaceTree& tree)
      : tree_(tree),
        snapshot_(tree.snapshot()),
        order_(tree.trie()),
        states_(snapshot_.node_count()) {}

  std::vector<std::uint64_t> Run() {
    MarkUnshared();
    tree_.ForEachSharingReference(
        [&](ObjectIndex owner, ObjectIndex target) { NoteHolder(owner, target); });
    units_.resize(tree_.trie().size());
    snapshot_.ForEachObject(
        [&](ObjectIndex o, graph::ClassIndex, std::uint64_t shallow) { Share(o, shallow); });
    for (std::uint32_t node = snapshot_.object_count(); node < snapshot_.node_count(); ++node) {
      Share(ObjectIndex(node), snapshot_.ShallowSize(ObjectIndex(node)));
    }
    return Rounded();
  }

 private:
  // Roots that stay; classes and threads are told by what they are.
  void MarkUnshared() {
    for (const graph::Root& root : snapshot_.roots()) {
      if (!graph::IsPassing(root.kind)) {
        states_[root.object.value()] = kHolders | PlaceSets::kTooMany;
      }
    }
  }

  void NoteHolder(ObjectIndex owner, ObjectIndex target) {
    const PlaceIndex place = tree_.PlaceOf(owner);
    const PlaceIndex own = tree_.PlaceOf(target);
    if (own == place || own == PlaceTrie::kNone || order_.IsAtOrBelow(place, own)) return;
    const PlaceTrie::Node& node = tree_.trie()[own];
    const bool head = tree_.IsHead(target);
    if ((head ? node.objects : node.all_objects) < kLeastShared) return;
    if (node.key.parent == place && head) return;
    if (snapshot_.ThreadOf(owner) != nullptr) return;
    std::uint32_t& state = states_[target.value()];
    const std::uint32_t set = state & ~kHolders;
    if (set == PlaceSets::kTooMany) return;
    state = kHolders | sets_.With(set, tree_.PlaceBy(owner, target));
  }

  bool IsKnown(ObjectIndex o) const {
    const std::uint32_t state = states_[o.value()];
    return state != 0 && (state & kHolders) == 0;
  }

  // The part of `o` that its own place has. Computed for all dominators first.
  std::uint32_t PartOf(ObjectIndex o) {
    ObjectIndex above = o;
    for (; above.valid() && !IsKnown(above); above = snapshot_.ImmediateDominator(above)) {
      waiting_.push_back(above);
    }
    std::uint32_t part = above.valid() ? states_[above.value()] - 1 : Parts::kAll;
    for (; !waiting_.empty(); waiting_.pop_back()) {
      std::uint32_t& state = states_[waiting_.back().value()];
      const std::vector<PlaceIndex>& others = sets_[state & ~kHolders];
      if (!others.empty()) {
        GiveOthers(waiting_.back(), part, others);
        part = parts_.Rest(part, others.size() + 1);
      }
      state = part + 1;
    }
    return part;
  }

  void GiveOthers(ObjectIndex o, std::uint32_t whole, const std::vector<PlaceIndex>& others) {
    const std::uint64_t units = parts_.Each(whole, others.size() + 1) * snapshot_.RetainedSize(o);
    for (const PlaceIndex place : others) {
      units_[place] += units;
      if (place != tree_.PlaceOf(o)) tree_.CountAlso(place, o);
    }
  }

  void Share(ObjectIndex o, std::uint64_t shallow) {
    const PlaceIndex place = tree_.PlaceOf(o);
    if (place == PlaceTrie::kNone) return;
    units_[place] += parts_[PartOf(o)] * shallow;
  }

  // Whole bytes with the same sum: those with the largest remainders are rounded up.
  std::vector<std::uint64_t> Rounded() const {
    std::vector<std::uint64_t> bytes(units_.size());
    std::vector<PlaceIndex> places(units_.size());
    std::uint64_t missing = snapshot_.live().bytes;
    for (PlaceIndex p = 0; p < units_.size(); ++p) {
      bytes[p] = units_[p] / Parts::kWhole;
      missing -= bytes[p];
      places[p] = p;
    }
    const auto remainder = [&](PlaceIndex p) { return units_[p] % Parts::kWhole; };
    std::sort(places.begin(), places.end(), [&](PlaceIndex a, PlaceIndex b) {
      if (remainder(a) != remainder(b)) return remainder(a) > remainder(b);
      return tree_.trie()[a].rank < tree_.trie()[b].rank;
    });
    for (std::uint64_t i = 0; i < missing && i < places.size(); ++i) ++bytes[places[i]];
    return bytes;
  }

  PlaceTree& tree_;
  const Snapshot& snapshot_;
  const PlaceOrder order_;
  PlaceSets sets_;
  Parts parts_;
  // With kHolders: the set of places beside the own one. Then, at last, the part that the own place
  // has, as a number + 1; the set is not needed any more.
  static constexpr std::uint32_t kHolders = 0x80000000;
  LargeArray<std::uint32_t> states_;
  std::vector<ObjectIndex> waiting_;
  std::vector<std::uint64_t> units_;
};

}  // namespace

std::vector<std::uint64_t> SplitFairly(PlaceTree& tree) { return Splitter(tree).Run(); }

}  // namespace leaktrail::analyses
