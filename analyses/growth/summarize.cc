#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "analyses/class_tables.h"
#include "analyses/growth/counters.h"
#include "analyses/growth/dump_summary.h"
#include "analyses/growth/fair_split.h"
#include "analyses/growth/place_tree.h"
#include "graph/retained_sets.h"

namespace leaktrail::analyses {
namespace {

using graph::ObjectIndex;
using graph::Snapshot;

// The places worth keeping, in an order that depends on nothing but what they are: those with most
// bytes, and for every place that has smaller ones below it, one that stands for these.
class PlaceList {
 public:
  PlaceList(const PlaceTree& tree, std::vector<std::uint64_t> own, std::size_t most)
      : tree_(tree), own_(std::move(own)), bytes_(own_), kept_(own_.size(), Place::kNone) {
    for (PlaceIndex p = size(); p-- > 0;) {
      if (Above(p) != PlaceTrie::kNone) bytes_[Above(p)] += bytes_[p];
    }
    Choose(most);
    for (const PlaceIndex p : chosen_) Add(p);
  }

  std::vector<Place> Take() {
    AddRests();
    return std::move(places_);
  }
  // Where `p` stands in the list; Place::kNone: it is left out.
  std::uint32_t Kept(PlaceIndex p) const { return kept_[p]; }
  // The place that is kept for `p`, or that it lies below; Place::kNone: none.
  std::uint32_t KeptFor(PlaceIndex p) const {
    while (p != PlaceTrie::kNone && kept_[p] == Place::kNone) p = Above(p);
    return p == PlaceTrie::kNone ? Place::kNone : kept_[p];
  }
  std::vector<Place>& places() { return places_; }

 private:
  PlaceIndex size() const { return static_cast<PlaceIndex>(own_.size()); }
  PlaceIndex Above(PlaceIndex p) const { return tree_.trie()[p].key.parent; }

  // Biggest first, and a place before those below it.
  bool Before(PlaceIndex a, PlaceIndex b) const {
    const PlaceTrie::Node& x = tree_.trie()[a];
    const PlaceTrie::Node& y = tree_.trie()[b];
    if (bytes_[a] != bytes_[b]) return bytes_[a] > bytes_[b];
    if (x.depth != y.depth) return x.depth < y.depth;
    return x.rank < y.rank;
  }

  void Choose(std::size_t most) {
    for (PlaceIndex p = 0; p < size(); ++p) {
      if (bytes_[p] > 0 || tree_.trie()[p].objects > 0) chosen_.push_back(p);
    }
    std::sort(chosen_.begin(), chosen_.end(),
              [&](PlaceIndex a, PlaceIndex b) { return Before(a, b); });
    if (chosen_.size() > most) chosen_.resize(most);
  }

  void Add(PlaceIndex p) {
    const PlaceTrie::Node& node = tree_.trie()[p];
    kept_[p] = static_cast<std::uint32_t>(places_.size());
    Place place;
    if (Above(p) != PlaceTrie::kNone) place.parent = kept_[Above(p)];
    place.edge = tree_.EdgeOf(p);
    place.edge_matters = node.key.edge != PlaceTrie::kNoEdge;
    place.class_name = tree_.ClassNameOf(p);
    place.detail = tree_.DetailOf(p);
    place.objects = node.objects;
    place.all_objects = node.all_objects;
    place.own_bytes = own_[p];
    place.bytes = bytes_[p];
    places_.push_back(std::move(place));
  }

  // What is left out below each place, and at the top.
  void AddRests() {
    const std::size_t kept = places_.size();
    std::vector<Place> rests(kept + 1);  // the last one: at the top
    for (PlaceIndex p = 0; p < size(); ++p) {
      if (kept_[p] != Place::kNone) continue;
      const std::uint32_t above = KeptFor(p);
      Place& rest = rests[above == Place::kNone ? kept : above];
      rest.objects += tree_.trie()[p].objects;
      rest.all_objects += tree_.trie()[p].all_objects;
      rest.own_bytes += own_[p];
    }
    for (std::size_t i = 0; i <= kept; ++i) {
      if (rests[i].all_objects == 0 && rests[i].own_bytes == 0) continue;
      rests[i].parent = i == kept ? Place::kNone : static_cast<std::uint32_t>(i);
      rests[i].rest = true;
      rests[i].bytes = rests[i].own_bytes;
      places_.push_back(std::move(rests[i]));
    }
  }

  const PlaceTree& tree_;
  std::vector<std::uint64_t> own_, bytes_;
  std::vector<PlaceIndex> chosen_;
  std::vector<std::uint32_t> kept_;
  std::vector<Place> places_;
};

// Calls fn(place, object) for all objects at places that are kept, without those folded into
// others.
template <typename F>
void ForEachKept(const PlaceTree& tree, const PlaceList& list, F&& fn) {
  for (std::uint32_t node = 0; node < tree.snapshot().node_count(); ++node) {
    const ObjectIndex o(node);
    const PlaceIndex p = tree.PlaceOf(o);
    if (p == PlaceTrie::kNone || !tree.IsHead(o)) continue;
    if (const std::uint32_t kept = list.Kept(p); kept != Place::kNone) fn(kept, o);
  }
}

// The summed retained sizes of the objects of each place. They never dominate one another (what
// recurs is folded), so this is a lower bound for the set, and exact for a single object.
void AddRetained(const PlaceTree& tree, PlaceList& list) {
  ForEachKept(tree, list, [&](std::uint32_t place, ObjectIndex o) {
    list.places()[place].exclusive += tree.snapshot().RetainedSize(o);
  });
  for (Place& place : list.places()) place.exclusive_exact = place.objects <= 1;
}

// The objects of the biggest places for which the lower bound may not be exact.
struct ExactSets {
  std::vector<std::uint32_t> places;
  std::vector<std::vector<ObjectIndex>> objects;
};

ExactSets ChooseExactSets(const PlaceTree& tree, PlaceList& list, std::size_t most) {
  ExactSets sets;
  if (tree.snapshot().node_count() > kExactNodes) return sets;
  const std::vector<Place>& places = list.places();
  std::vector<std::uint32_t> set_of(places.size(), Place::kNone);
  std::uint64_t members = 0;
  for (std::uint32_t p = 0; p < places.size() && sets.places.size() < most; ++p) {
    if (places[p].exclusive_exact || members + places[p].objects > kExactNodes) continue;
    members += places[p].objects;
    set_of[p] = static_cast<std::uint32_t>(sets.places.size());
    sets.places.push_back(p);
  }
  sets.objects.resize(sets.places.size());
  ForEachKept(tree, list, [&](std::uint32_t place, ObjectIndex o) {
    if (set_of[place] != Place::kNone) sets.objects[set_of[place]].push_back(o);
  });
  return sets;
}

void MakeExact(const Snapshot& snapshot, const ExactSets& sets, std::vector<Place>& places) {
  const std::vector<std::uint64_t> retained = graph::RetainedBySets(snapshot, sets.objects);
  for (std::size_t i = 0; i < retained.size(); ++i) {
    places[sets.places[i]].exclusive = retained[i];
    places[sets.places[i]].exclusive_exact = true;
  }
}

FindingSummary SummaryOf(const Finding& finding, const PlaceTree& tree, const PlaceList& list) {
  constexpr std::size_t kMostAsked = 256, kMostPlaces = 16;
  FindingSummary summary;
  summary.rule = finding.rule;
  summary.fingerprint = finding.fingerprint;
  summary.title = finding.title;
  summary.claim = finding.claim;
  summary.severity = finding.severity;
  summary.confidence = finding.confidence;
  summary.knowledge = finding.knowledge;
  summary.instances = finding.instances;
  summary.retained = finding.retained;
  summary.fix = finding.fix;
  summary.known_issue = finding.known_issue;
  absl::flat_hash_set<std::uint32_t> places;
  const std::size_t step = std::max<std::size_t>(1, finding.members.size() / kMostAsked);
  for (std::size_t i = 0; i < finding.members.size(); i += step) {
    const PlaceIndex p = tree.PlaceOf(finding.members[i]);
    if (p == PlaceTrie::kNone) continue;
    const std::uint32_t kept = list.KeptFor(p);
    if (kept != Place::kNone) places.insert(kept);
  }
  summary.places.assign(places.begin(), places.end());
  std::sort(summary.places.begin(), summary.places.end());
  if (summary.places.size() > kMostPlaces) summary.places.resize(kMostPlaces);
  return summary;
}

}  // namespace

DumpSummary Summarize(const Snapshot& snapshot, const Report& report,
                      const SummaryOptions& options) {
  DumpSummary summary;
  summary.dump = report.dump;
  summary.memory = report.memory;
  summary.main_class = MainClass(snapshot);
  const ClassCounts counts = CountObjects(snapshot);
  summary.classes = CountClasses(snapshot, counts);
  summary.arrays = CountArrayShapes(snapshot, options.most_array_shapes);
  summary.counters = CountOthers(snapshot, counts);

  ExactSets exact;
  {
    PlaceTree tree(snapshot);
    std::vector<std::uint64_t> own = SplitFairly(tree);
    PlaceList list(tree, std::move(own), options.most_places);
    AddRetained(tree, list);
    exact = ChooseExactSets(tree, list, options.most_exact);
    for (const Finding& finding : report.findings) {
      summary.findings.push_back(SummaryOf(finding, tree, list));
    }
    summary.places = list.Take();
  }  // the tree is as large as what comes now
  MakeExact(snapshot, exact, summary.places);
  return summary;
}

}  // namespace leaktrail::analyses
