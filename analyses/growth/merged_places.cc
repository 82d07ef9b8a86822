#include "analyses/growth/merged_places.h"

#include <map>
#include <tuple>
#include <utility>

namespace leaktrail::analyses {
namespace {

// Rest, edge, class, detail.
using Key = std::tuple<bool, std::string, std::string, std::string>;

}  // namespace

MergedPlaces::MergedPlaces(std::span<const DumpSummary> dumps)
    : dumps_(dumps), children_(dumps.size()), merged_(dumps.size()) {
  for (std::size_t d = 0; d < dumps.size(); ++d) {
    const std::vector<Place>& places = dumps[d].places;
    children_[d].resize(places.size() + 1);
    merged_[d].resize(places.size(), MergedPlace::kNone);
    for (std::uint32_t p = 0; p < places.size(); ++p) {
      // What a file says is not believed: parents come first.
      const std::uint32_t above = places[p].parent < p ? places[p].parent + 1 : 0;
      children_[d][above].push_back(p);
    }
  }
  // The virtual root of each dump is its place 0.
  std::vector<std::vector<std::uint32_t>> roots(dumps.size(), {0});
  top_ = MergeChildren(MergedPlace::kNone, roots);
  for (std::uint32_t p = 0; p < places_.size(); ++p) {
    Members above(dumps.size());
    for (std::size_t d = 0; d < dumps.size(); ++d) {
      for (const std::uint32_t member : places_[p].of_dump[d]) above[d].push_back(member + 1);
    }
    std::vector<std::uint32_t> children = MergeChildren(p, above);
    places_[p].children = std::move(children);
  }
}

std::vector<std::uint32_t> MergedPlaces::MergeChildren(std::uint32_t parent, const Members& above) {
  bool by_edge = true;
  for (std::size_t d = 0; d < dumps_.size(); ++d) {
    for (const std::uint32_t a : above[d]) {
      for (const std::uint32_t p : children_[d][a]) {
        by_edge = by_edge && (dumps_[d].places[p].edge_matters || dumps_[d].places[p].rest);
      }
    }
  }
  std::map<Key, Members> groups;
  for (std::size_t d = 0; d < dumps_.size(); ++d) {
    for (const std::uint32_t a : above[d]) {
      for (const std::uint32_t p : children_[d][a]) {
        const Place& place = dumps_[d].places[p];
        Members& members =
            groups[{place.rest, by_edge ? place.edge : "", place.class_name, place.detail}];
        members.resize(dumps_.size());
        members[d].push_back(p);
      }
    }
  }
  std::vector<std::uint32_t> children;
  for (auto& [key, members] : groups) children.push_back(Add(parent, std::move(members)));
  return children;
}

std::uint32_t MergedPlaces::Add(std::uint32_t parent, Members members) {
  const auto number = static_cast<std::uint32_t>(places_.size());
  MergedPlace merged;
  merged.parent = parent;
  for (std::vector<std::uint64_t>* series : {&merged.objects, &merged.all_objects,
                                             &merged.own_bytes, &merged.bytes, &merged.exclusive}) {
    series->resize(dumps_.size());
  }
  for (std::size_t d = 0; d < dumps_.size(); ++d) {
    for (const std::uint32_t p : members[d]) {
      const Place& place = dumps_[d].places[p];
      merged_[d][p] = number;
      merged.edge = place.edge;
      merged.class_name = place.class_name;
      merged.detail = place.detail;
      merged.rest = place.rest;
      merged.objects[d] += place.objects;
      merged.all_objects[d] += place.all_objects;
      merged.own_bytes[d] += place.own_bytes;
      merged.bytes[d] += place.bytes;
      merged.exclusive[d] += place.exclusive;
      merged.exclusive_exact = merged.exclusive_exact && place.exclusive_exact;
    }
    merged.exclusive_exact = merged.exclusive_exact && members[d].size() <= 1;
  }
  merged.of_dump = std::move(members);
  places_.push_back(std::move(merged));
  return number;
}

}  // namespace leaktrail::analyses
