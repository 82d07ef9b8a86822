#include "analyses/growth/place_tree.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/thread_names.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr std::uint32_t kMaxDepth = 64;       // what lies deeper counts at the last place
constexpr PlaceIndex kMaxPlaces = 2'000'000;  // as does what would need more places
constexpr std::uint32_t kRecurrence = 4;      // places above, see the header
constexpr std::uint32_t kCollectionRecurrence = 8;
constexpr std::uint64_t kMostReads = 300'000;  // about a second
constexpr std::uint64_t kMostNotes = 100'000;
constexpr std::size_t kMostSeen = 3;

std::uint64_t Hash(std::uint64_t hash, absl::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
  return (hash ^ 0xff) * 0x100000001b3;
}

}  // namespace

PlaceIndex PlaceTrie::Find(const Key& key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? kNone : found->second;
}

PlaceIndex PlaceTrie::Child(const Key& key, ClassIndex c, std::uint64_t rank_of_step) {
  if (size() >= kMaxPlaces) return Find(key);
  const auto [found, added] = by_key_.try_emplace(key, size());
  if (added) {
    Node node;
    node.key = key;
    node.c = c;
    node.rank = rank_of_step;
    if (key.parent != kNone) node.depth = nodes_[key.parent].depth + 1;
    nodes_.push_back(std::move(node));
  }
  return found->second;
}

PlaceTree::PlaceTree(const Snapshot& snapshot)
    : snapshot_(snapshot),
      classes_(snapshot),
      references_(snapshot),
      heads_(snapshot.node_count()) {
  paths_ = std::make_unique<graph::RankedPaths>(
      snapshot,
      [&](ObjectIndex o, ObjectIndex parent, PlaceIndex above) {
        return CoarsePlace(o, parent, above);
      },
      [&](PlaceIndex p) { return coarse_[p].rank; });
  ChooseFew();
  paths_->Regroup([&](ObjectIndex o, ObjectIndex parent, PlaceIndex above, PlaceIndex coarse) {
    return FinePlace(o, parent, above, coarse);
  });
  paths_->ForgetParents();
}

bool PlaceTree::IsTop(ObjectIndex o, ObjectIndex parent) const {
  const ClassIndex mirrored = snapshot_.MirroredClass(o);
  return !parent.valid() || (mirrored.valid() && classes_[mirrored].permanent);
}

PlaceIndex PlaceTree::CoarsePlace(ObjectIndex o, ObjectIndex parent, PlaceIndex above) {
  const bool top = IsTop(o, parent);
  const PlaceIndex place = top ? Top(coarse_, o) : CoarseBelow(above, parent, o);
  PlaceTrie::Node& node = coarse_[place];
  ++node.all_objects;
  const bool head = !top && node.key.parent == above;
  if (head && !references_.IsCheap(parent, classes_)) ++coarse_[above].reads;
  return place;
}

PlaceIndex PlaceTree::FinePlace(ObjectIndex o, ObjectIndex parent, PlaceIndex above,
                                PlaceIndex coarse) {
  const bool top = IsTop(o, parent);
  const PlaceIndex place = top ? Top(trie_, o) : FineBelow(above, parent, o, coarse);
  PlaceTrie::Node& node = trie_[place];
  ++node.all_objects;
  const bool head = top || node.key.parent == above;
  node.objects += head;
  heads_[o.value()] = head;
  if (head && !top && node.key.edge == PlaceTrie::kNoEdge) NoteEdge(place, above, parent, o);
  return place;
}

PlaceIndex PlaceTree::Top(PlaceTrie& trie, ObjectIndex o) {
  const ClassIndex mirrored = snapshot_.MirroredClass(o);
  const ClassIndex c = mirrored.valid() ? mirrored : snapshot_.ClassOf(o);
  const auto kind = snapshot_.RootKindOf(o);
  std::string edge = "unknown";
  if (mirrored.valid() && classes_[mirrored].permanent) {
    edge = "class";
  } else if (kind) {
    edge = std::string(graph::Name(*kind));
    if (*kind == graph::RootKind::kThread) {
      absl::StrAppend(&edge, "\n", KnownThreadName(snapshot_, o));
    }
  }
  const std::uint64_t rank =
      Hash(Hash(0xcbf29ce484222325, edge), classes_.names()[classes_[c].name]);
  const std::uint32_t number = edges_.NumberOf(std::move(edge));
  const PlaceTrie::Key key{PlaceTrie::kNone, classes_[c].name, number, mirrored.valid()};
  const PlaceIndex place = trie.Child(key, c, rank);
  if (place == PlaceTrie::kNone) return 0;  // too many: anywhere
  if (trie[place].coarse == PlaceTrie::kNone) trie[place].coarse = coarse_.Find(key);
  return place;
}

// A next one of the same class, or the inside of a collection or a text.
bool PlaceTree::IsFolded(ObjectIndex owner, ObjectIndex o) const {
  if (snapshot_.MirroredClass(o).valid() || snapshot_.MirroredClass(owner).valid()) return false;
  const ClassIndex c = snapshot_.ClassOf(o);
  const ClassIndex above = snapshot_.ClassOf(owner);
  return c == above || (classes_[above].text && classes_[c].array) ||
         IsInside(classes_[c].role, classes_[above].role);
}

PlaceIndex PlaceTree::Recurrence(PlaceIndex above, const PlaceClass& c) const {
  const bool container = c.array || c.role.shape >= 0;
  int missing = container ? 2 : 1;
  std::uint32_t left = container ? kCollectionRecurrence : kRecurrence;
  PlaceIndex nearest = PlaceTrie::kNone;
  for (PlaceIndex p = above; p != PlaceTrie::kNone && left > 0; p = coarse_[p].key.parent, --left) {
    if (coarse_[p].key.name != c.name || coarse_[p].key.mirror) continue;
    if (nearest == PlaceTrie::kNone) nearest = p;
    if (--missing == 0) return nearest;
  }
  return PlaceTrie::kNone;
}

PlaceIndex PlaceTree::CoarseBelow(PlaceIndex above, ObjectIndex owner, ObjectIndex o) {
  const ClassIndex mirrored = snapshot_.MirroredClass(o);
  const ClassIndex c = mirrored.valid() ? mirrored : snapshot_.ClassOf(o);
  Step step{above, snapshot_.ClassOf(owner).value(), snapshot_.ClassOf(o).value()};
  Step& known = steps_[(above * 31 + step.owner_class * 7 + step.object_class) % kSteps];
  const bool plain = !mirrored.valid() && !snapshot_.MirroredClass(owner).valid();
  if (plain && known.above == step.above && known.owner_class == step.owner_class &&
      known.object_class == step.object_class) {
    return known.place;
  }
  step.place = above;
  if (!IsFolded(owner, o) && coarse_[above].depth < kMaxDepth) {
    PlaceIndex place = mirrored.valid() ? PlaceTrie::kNone : Recurrence(above, classes_[c]);
    if (place == PlaceTrie::kNone) {
      PlaceTrie::Key key{above, classes_[c].name, PlaceTrie::kNoEdge, mirrored.valid()};
      std::uint64_t rank = Hash(coarse_[above].rank, classes_.names()[key.name]);
      if (snapshot_.MirroredClass(owner).valid()) {  // statics are always told apart
        key.edge = edges_.NumberOf(references_.Name(owner, o, ClassIndex::None(), classes_));
        rank = Hash(rank, edges_[key.edge]);
      }
      place = coarse_.Child(key, c, rank);
    }
    if (place != PlaceTrie::kNone) step.place = place;
  }
  if (plain) known = step;
  return step.place;
}

// The place of an object whose place is known as long as references are not told apart.
PlaceIndex PlaceTree::FineBelow(PlaceIndex above, ObjectIndex owner, ObjectIndex o,
                                PlaceIndex coarse) {
  const PlaceIndex coarse_above = trie_[above].coarse;
  if (coarse != coarse_above && coarse_[coarse].key.parent == coarse_above) {
    return FineChild(above, owner, o, coarse);
  }
  for (PlaceIndex p = above; p != PlaceTrie::kNone; p = trie_[p].key.parent) {
    if (trie_[p].coarse == coarse) return p;
  }
  return above;
}

PlaceIndex PlaceTree::FineChild(PlaceIndex above, ObjectIndex owner, ObjectIndex o,
                                PlaceIndex coarse) {
  FineStep step{above, coarse, coarse_[coarse].key.edge};
  if (step.edge != PlaceTrie::kNoEdge) {
    // Told apart already.
  } else if (references_.IsCheap(owner, classes_) || TellsApart(above)) {
    step.edge = EdgeNumber(above, owner, o);
  }
  FineStep& known = fine_steps_[(above * 31 + coarse * 7 + step.edge) % kSteps];
  if (known.above == above && known.coarse == coarse && known.edge == step.edge) {
    return known.place;
  }
  PlaceTrie::Key key = coarse_[coarse].key;
  key.parent = above;
  key.edge = step.edge;
  std::uint64_t rank = Hash(trie_[above].rank, classes_.names()[key.name]);
  if (key.edge != PlaceTrie::kNoEdge) rank = Hash(rank, edges_[key.edge]);
  step.place = trie_.Child(key, coarse_[coarse].c, rank);
  if (step.place == PlaceTrie::kNone) return above;
  trie_[step.place].coarse = coarse;
  known = step;
  return step.place;
}

bool PlaceTree::TellsApart(PlaceIndex above) const {
  const PlaceIndex coarse = trie_[above].coarse;
  return coarse != PlaceTrie::kNone && coarse_[coarse].all_objects <= few_ &&
         also_reads_ <= kMostReads;
}

std::uint32_t PlaceTree::EdgeNumber(PlaceIndex above, ObjectIndex owner, ObjectIndex o) {
  const ClassIndex c = trie_[above].c;
  const bool collection = !trie_[above].key.mirror && classes_[c].role.shape >= 0;
  const bool element = !snapshot_.MirroredClass(owner).valid() &&
                       !snapshot_.MirroredClass(o).valid() &&
                       classes_[snapshot_.ClassOf(owner)].array;
  if (element && trie_[above].element != PlaceTrie::kNoEdge) return trie_[above].element;
  const std::uint32_t number =
      edges_.NumberOf(references_.Name(owner, o, collection ? c : ClassIndex::None(), classes_));
  if (element) trie_[above].element = number;
  return number;
}

void PlaceTree::NoteEdge(PlaceIndex p, PlaceIndex above, ObjectIndex owner, ObjectIndex o) {
  PlaceTrie::Node& node = trie_[p];
  const bool power_of_two = (node.objects & (node.objects - 1)) == 0;
  if (node.objects > 64 || !power_of_two || node.seen.size() >= kMostSeen) return;
  if (notes_++ >= kMostNotes) return;
  const std::uint32_t edge = EdgeNumber(above, owner, o);
  if (std::find(node.seen.begin(), node.seen.end(), edge) == node.seen.end()) {
    node.seen.push_back(edge);
  }
}

// As many as can be read.
void PlaceTree::ChooseFew() {
  for (const std::uint64_t few : {1000, 100, 10, 1}) {
    few_ = few;
    std::uint64_t reads = 0;
    for (PlaceIndex p = 0; p < coarse_.size(); ++p) {
      if (coarse_[p].all_objects <= few) reads += coarse_[p].reads;
    }
    if (reads <= kMostReads) return;
  }
  few_ = 0;
}

PlaceIndex PlaceTree::PlaceBy(ObjectIndex owner, ObjectIndex target) {
  const PlaceIndex above = PlaceOf(owner);
  if (!references_.IsCheap(owner, classes_) && TellsApart(above)) ++also_reads_;
  const PlaceIndex coarse = CoarseBelow(trie_[above].coarse, owner, target);
  const PlaceIndex place = FineBelow(above, owner, target, coarse);
  if (place != above && trie_[place].key.edge == PlaceTrie::kNoEdge) {
    NoteEdge(place, above, owner, target);
  }
  return place;
}

void PlaceTree::CountAlso(PlaceIndex p, ObjectIndex o) {
  PlaceTrie::Node& node = trie_[p];
  ++node.all_objects;
  // Of another class it is a part of a collection, such as the array that all empty lists share.
  node.objects += node.key.name == classes_[snapshot_.ClassOf(o)].name;
}

std::string PlaceTree::EdgeOf(PlaceIndex p) const {
  const PlaceTrie::Node& node = trie_[p];
  if (node.key.edge != PlaceTrie::kNoEdge) {
    const std::string& edge = edges_[node.key.edge];
    return node.key.parent == PlaceTrie::kNone ? edge.substr(0, edge.find('\n')) : edge;
  }
  std::vector<std::string> seen;
  for (const std::uint32_t edge : node.seen) {
    if (!edges_[edge].empty()) seen.push_back(edges_[edge]);
  }
  std::sort(seen.begin(), seen.end());
  return absl::StrJoin(seen, "|");
}

std::string PlaceTree::DetailOf(PlaceIndex p) const {
  const PlaceTrie::Node& node = trie_[p];
  if (node.key.parent != PlaceTrie::kNone) return "";
  const std::string& edge = edges_[node.key.edge];
  const std::size_t end = edge.find('\n');
  return end == std::string::npos ? "" : edge.substr(end + 1);
}

std::string PlaceTree::ClassNameOf(PlaceIndex p) const {
  const PlaceTrie::Node& node = trie_[p];
  return absl::StrCat(node.key.mirror ? "class " : "", classes_.names()[node.key.name]);
}

}  // namespace leaktrail::analyses
