#include "analyses/loader_pins.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"

namespace leaktrail::analyses {

using graph::ClassIndex;
using graph::Entry;
using graph::ObjectIndex;
using graph::Snapshot;

namespace {

constexpr std::size_t kMostShapes = 64;
// Loaders that are looked at for further holders.
constexpr std::size_t kSamples = 32;

// Shapes of paths that people call by one name are one route.
void AddRoute(PinnedBy pin, std::vector<PinnedBy>& routes) {
  const auto same = std::find_if(routes.begin(), routes.end(), [&](const PinnedBy& other) {
    return other.route.phrase == pin.route.phrase;
  });
  if (same == routes.end()) {
    routes.push_back(std::move(pin));
  } else {
    same->loaders += pin.loaders;
  }
}

}  // namespace

std::vector<LoaderIndex> FindTops(const LoaderTable& loaders, const std::vector<bool>& is_top) {
  enum class Mark : std::uint8_t { kNew, kOnTheWay, kDone };
  std::vector<Mark> marks(loaders.size());
  std::vector<LoaderIndex> tops(loaders.size());
  std::vector<LoaderIndex> way;
  for (std::uint32_t i = 0; i < loaders.size(); ++i) {
    for (LoaderIndex l(i); l.valid() && marks[l.value()] == Mark::kNew; l = loaders[l].parent) {
      marks[l.value()] = Mark::kOnTheWay;
      way.push_back(l);
    }
    for (; !way.empty(); way.pop_back()) {
      const LoaderIndex l = way.back();
      const Loader& loader = loaders[l];
      const bool in_use =
          loader.state == LoaderState::kAlive || loader.state == LoaderState::kPermanent;
      const bool has_parent = loader.parent.valid() && marks[loader.parent.value()] == Mark::kDone;
      if (has_parent && !in_use) tops[l.value()] = tops[loader.parent.value()];
      if (!tops[l.value()].valid() && is_top[l.value()]) tops[l.value()] = l;
      marks[l.value()] = Mark::kDone;
    }
  }
  return tops;
}

LoaderPins::LoaderPins(const Snapshot& snapshot, const LoaderTable& loaders,
                       const std::vector<LoaderIndex>& tops)
    : snapshot_(snapshot), loaders_(loaders), group_of_(loaders.size(), graph::kNoGroup) {
  std::vector<bool> is_top(loaders.size());
  for (const LoaderIndex l : tops) is_top[l.value()] = true;
  top_of_ = FindTops(loaders, is_top);
  graph::GuardedGroups groups;
  for (std::uint32_t i = 0; i < loaders.size(); ++i) {
    if (top_of_[i] == LoaderIndex(i)) group_of_[i] = groups.count++;
  }
  starts_.resize(std::size_t{groups.count} + 1);
  for (const LoaderIndex top : top_of_) {
    if (top.valid()) ++starts_[group_of_[top.value()] + 1];
  }
  for (std::size_t g = 1; g < starts_.size(); ++g) starts_[g] += starts_[g - 1];
  grouped_.resize(starts_.back());
  groups.of_class.assign(snapshot.classes().size(), graph::kNoGroup);
  groups.of_object.reserve(grouped_.size());
  std::vector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
  for (std::uint32_t& place : next) ++place;  // the first is the top's
  for (std::uint32_t i = 0; i < loaders.size(); ++i) {
    const LoaderIndex l(i), top = top_of_[i];
    if (!top.valid()) continue;
    const std::uint32_t group = group_of_[top.value()];
    grouped_[l == top ? starts_[group] : next[group]++] = l;
    groups.of_object.emplace_back(loaders[l].object, group);
    for (const ClassIndex c : loaders.ClassesOf(l)) groups.of_class[c.value()] = group;
  }
  entries_.emplace(snapshot, groups);
}

// The entry that says most: the first but for context class loaders and protection domains, which
// threads take with them when they are started. Those explain a loader only if nothing else does.
const Entry& LoaderPins::Primary(std::uint32_t group) const {
  constexpr std::size_t kMostLookedAt = 8;
  const auto entries = entries_->Of(group);
  for (std::size_t i = 0; i < std::min(entries.size(), kMostLookedAt); ++i) {
    const Entry& entry = entries[i];
    if (!loaders_.Find(entry.to).valid() || !entry.from.valid()) return entry;
    const bool is_domain =
        snapshot_.classes().Name(snapshot_.ClassOf(entry.from)) == "java.security.ProtectionDomain";
    if (snapshot_.ThreadOf(entry.from) == nullptr && !is_domain) return entry;
  }
  return entries.front();
}

// Equal for paths over the same classes, however long their chains of equal objects are; of very
// long paths only the end counts. Classes on the path, which hold by their statics, count as
// themselves.
std::uint64_t LoaderPins::ShapeOf(const Entry& entry) const {
  constexpr int kMostSteps = 256;
  // Of what is entered: a class, a loader or an instance. Its own class is another one in every
  // loader.
  const bool is_class = snapshot_.MirroredClass(entry.to).valid();
  const bool is_loader = loaders_.Find(entry.to).valid();
  std::uint64_t shape = is_class ? 1 : is_loader ? 2 : 3;
  std::uint32_t last = 0;
  ObjectIndex o = entry.from;
  for (int i = 0; i < kMostSteps && o.valid(); ++i, o = entries_->Parent(o)) {
    const bool is_mirror = snapshot_.MirroredClass(o).valid();
    const std::uint32_t kind =
        is_mirror ? o.value() : snapshot_.object_count() + snapshot_.ClassOf(o).value();
    // The numbers of mirrors begin where those of objects end: keep them apart.
    const std::uint32_t step = kind * 2 + (is_mirror ? 1 : 0);
    if (step != last) shape = (shape ^ step) * 0x100000001b3 + (shape >> 29);
    last = step;
  }
  return shape;
}

PinnedBy LoaderPins::Describe(LoaderIndex top, const Entry& entry) const {
  PinnedBy pin;
  pin.example = top;
  pin.loaders = 1;
  if (entries_->OnlyThroughOthers(group_of_[top.value()])) {
    pin.route = {"another of these loaders", ""};
    return pin;
  }
  pin.path = DescribeEntry(snapshot_, entries_->PathTo(entry));
  pin.route = RouteOf(snapshot_, pin.path);
  return pin;
}

std::optional<PinnedBy> LoaderPins::RouteTo(LoaderIndex top) const {
  const std::uint32_t group = group_of_[top.value()];
  if (group == graph::kNoGroup || entries_->Of(group).empty()) return std::nullopt;
  return Describe(top, Primary(group));
}

std::vector<PinnedBy> LoaderPins::Routes(std::span<const LoaderIndex> tops) const {
  struct Shape {
    std::uint32_t loaders = 0;
    LoaderIndex example;
  };
  absl::flat_hash_map<std::uint64_t, Shape> shapes;
  for (const LoaderIndex l : tops) {
    const std::uint32_t group = group_of_[l.value()];
    if (group == graph::kNoGroup || entries_->Of(group).empty()) continue;
    const bool indirect = entries_->OnlyThroughOthers(group);
    Shape& shape = shapes[indirect ? 0 : ShapeOf(Primary(group))];
    if (shape.loaders++ == 0) shape.example = l;
  }
  std::vector<Shape> ranked;
  for (const auto& [key, shape] : shapes) ranked.push_back(shape);
  std::sort(ranked.begin(), ranked.end(), [](const Shape& a, const Shape& b) {
    return std::pair(b.loaders, a.example) < std::pair(a.loaders, b.example);
  });
  std::vector<PinnedBy> routes;
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    if (i == kMostShapes) {
      PinnedBy& rest = routes.emplace_back();
      rest.route = {"other routes", ""};
      for (; i < ranked.size(); ++i) rest.loaders += ranked[i].loaders;
      break;
    }
    PinnedBy pin = *RouteTo(ranked[i].example);
    pin.loaders = ranked[i].loaders;
    AddRoute(std::move(pin), routes);
  }
  // Those that others hold come last: cutting the others frees them. Ties by name, so that equal
  // leaks are told alike wherever their objects lie.
  std::stable_sort(routes.begin(), routes.end(), [](const PinnedBy& a, const PinnedBy& b) {
    const bool a_last = a.path.steps.empty(), b_last = b.path.steps.empty();
    return std::tie(a_last, b.loaders, a.route.phrase) <
           std::tie(b_last, a.loaders, b.route.phrase);
  });
  return routes;
}

std::vector<std::string> LoaderPins::AlsoHeldBy(std::span<const LoaderIndex> tops,
                                                const std::vector<PinnedBy>& known) const {
  absl::flat_hash_set<std::uint64_t> seen;
  std::vector<std::string> phrases;
  // How a loader is held in the first place is among `known`.
  const auto is_known = [&](const std::string& phrase) {
    return std::any_of(known.begin(), known.end(),
                       [&](const PinnedBy& pin) { return pin.route.phrase == phrase; }) ||
           std::find(phrases.begin(), phrases.end(), phrase) != phrases.end();
  };
  const std::size_t step = std::max<std::size_t>(1, tops.size() / kSamples);
  constexpr std::size_t kMostEntries = 200;
  for (std::size_t i = 0; i < tops.size() && seen.size() < kMostShapes; i += step) {
    const std::uint32_t group = group_of_[tops[i].value()];
    if (group == graph::kNoGroup) continue;
    const auto entries = entries_->Of(group);
    for (std::size_t e = 0; e < std::min(entries.size(), kMostEntries); ++e) {
      if (seen.size() == kMostShapes || !seen.insert(ShapeOf(entries[e])).second) continue;
      PinnedBy pin = Describe(tops[i], entries[e]);
      if (!is_known(pin.route.phrase)) phrases.push_back(std::move(pin.route.phrase));
    }
  }
  return phrases;
}

std::vector<ObjectIndex> LoaderPins::Members(std::span<const LoaderIndex> tops) const {
  std::vector<ObjectIndex> members;
  for (const LoaderIndex top : tops) {
    const std::uint32_t group = group_of_[top.value()];
    if (group == graph::kNoGroup) continue;
    for (const LoaderIndex l : OfGroup(group)) {
      members.push_back(loaders_[l].object);
      for (const ClassIndex c : loaders_.ClassesOf(l)) members.push_back(snapshot_.MirrorOf(c));
    }
    for (const Entry& entry : entries_->Of(group)) members.push_back(entry.to);
  }
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  return members;
}

}  // namespace leaktrail::analyses
