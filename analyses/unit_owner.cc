#include "analyses/unit_owner.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "analyses/collections.h"
#include "analyses/resource_names.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;
using Path = std::vector<ObjectIndex>;

constexpr std::size_t kLookedAt = 512;

struct UnitPath {
  ObjectIndex anchor;
  Path path;
};

std::vector<UnitPath> PathsTo(Paths& paths, std::span<const ObjectIndex> anchors) {
  std::vector<UnitPath> found;
  const std::size_t most = std::min(anchors.size(), kLookedAt);
  for (std::size_t i = 0; i < most; ++i) {
    const ObjectIndex anchor = anchors[i * anchors.size() / most];
    Path path = paths.To(anchor);
    if (!path.empty()) found.push_back({anchor, std::move(path)});
  }
  return found;
}

// Of the workings of a collection the collection: the map, not its table.
ObjectIndex WholeCollection(const Snapshot& snapshot, const Path& path, std::size_t at) {
  const auto role = [&](std::size_t i) {
    return RoleOf(snapshot.classes(), snapshot.ClassOf(path[i]));
  };
  while (at > 0 && role(at).shape < 0 && IsInside(role(at), role(at - 1))) --at;
  return path[at];
}

// The last object that at least three of four paths lead through, the units themselves excluded;
// none if they have nothing in common. The paths are branches of one tree.
ObjectIndex CommonPlace(const Snapshot& snapshot, const std::vector<UnitPath>& paths) {
  absl::flat_hash_map<ObjectIndex, std::size_t> passed;
  for (const UnitPath& unit : paths) {
    for (ObjectIndex o : unit.path) ++passed[o];
  }
  ObjectIndex place;
  std::size_t deepest = 0;
  for (const UnitPath& unit : paths) {
    for (std::size_t i = deepest; i + 1 < unit.path.size(); ++i) {
      if (passed[unit.path[i]] * 4 < paths.size() * 3) break;
      place = WholeCollection(snapshot, unit.path, i);
      deepest = i;
    }
  }
  return place;
}

// Everything hangs on a class loader or a class; that is no owner.
bool IsOwner(const Snapshot& snapshot, ObjectIndex place) {
  if (!place.valid() || snapshot.MirroredClass(place).valid()) return false;
  const graph::ClassTable& classes = snapshot.classes();
  const ClassIndex c = snapshot.ClassOf(place);
  return !classes.java_lang_class_loader.valid() ||
         !classes.IsSubclass(c, classes.java_lang_class_loader);
}

// The classes on the way, each once where it repeats: equal for units held in the same way.
std::vector<ClassIndex> KindOf(const Snapshot& snapshot, const Path& path) {
  std::vector<ClassIndex> kind;
  for (ObjectIndex o : path) {
    const ClassIndex c = snapshot.ClassOf(o);
    if (kind.empty() || kind.back() != c) kind.push_back(c);
  }
  return kind;
}

std::uint64_t CountOfUsualKind(const Snapshot& snapshot, const std::vector<UnitPath>& paths) {
  std::map<std::vector<ClassIndex>, std::uint64_t> counts;
  std::uint64_t most = 0;
  for (const UnitPath& unit : paths) {
    most = std::max(most, ++counts[KindOf(snapshot, unit.path)]);
  }
  return most;
}

bool Passes(const Path& path, ObjectIndex o) {
  return std::find(path.begin(), path.end(), o) != path.end();
}

// `o` depends on `owner`: without it, it would be gone.
bool IsBelow(const Snapshot& snapshot, ObjectIndex o, ObjectIndex owner) {
  constexpr int kMaxSteps = 4096;
  for (int i = 0; i < kMaxSteps && o.valid(); ++i, o = snapshot.ImmediateDominator(o)) {
    if (o == owner) return true;
  }
  return false;
}

// What of the sampled units hangs on more than `place`: a reporter may be known to the MBean server
// alone while the application uses the client it reports on.
bool IsInUse(const Snapshot& snapshot, const RepeatedUnits& units, ObjectIndex place) {
  std::size_t parts = 0, elsewhere = 0;
  for (const UnitSample& unit : units.samples) {
    for (ObjectIndex o : unit.objects) {
      const ClassIndex c = snapshot.ClassOf(o);
      const bool single = std::any_of(
          units.parts.begin(), units.parts.end(),
          [&](const UnitPart& part) { return part.class_index == c && part.each == 1; });
      if (!single) continue;
      ++parts;
      elsewhere += !IsBelow(snapshot, o, place);
    }
  }
  return elsewhere * 4 >= parts;
}

bool IsPart(const RepeatedUnits& units, ClassIndex c) {
  return std::any_of(units.parts.begin(), units.parts.end(),
                     [&](const UnitPart& part) { return part.class_index == c; });
}

// A pool that is not itself what is there so often.
bool IsPooled(const Snapshot& snapshot, const UnitOwner& owner, const RepeatedUnits& units) {
  if (owner.place.valid() && !BoundOf(snapshot, owner.place).empty()) return true;
  for (const DescribedStep& step : owner.holder.path.steps) {
    if (!step.object.valid()) continue;
    const ClassIndex c = snapshot.ClassOf(step.object);
    if (c == units.anchor) break;
    if (!IsPart(units, c) && IsPoolClass(snapshot.classes().Name(c))) return true;
  }
  return false;
}

void Describe(const AnalysisInput& input, const RepeatedUnits& units,
              const std::vector<UnitPath>& paths, UnitOwner& owner) {
  Holder& holder = owner.holder;
  holder.kind = owner.place.valid() ? Holder::Kind::kPlace : Holder::Kind::kShared;
  if (owner.place.valid()) holder.holding.members = {owner.place};
  ElementGroup group;
  group.class_index = units.anchor;
  group.count = units.count;
  for (const UnitPath& unit : paths) {
    const bool fits = !owner.place.valid() || Passes(unit.path, owner.place);
    if (fits && group.samples.size() < kMaxSamples) group.samples.push_back(unit.anchor);
  }
  holder.holding.groups.push_back(std::move(group));
  holder.retained = 2;  // not known here; the path ends at the unit
  FindHolderPath(input.snapshot, input.paths, holder);
}

}  // namespace

bool UnitOwner::IsForgottenRegistration() const {
  return IsOnly() && holder.known != nullptr && holder.known->kind == HolderKind::kRegistry;
}

UnitOwner FindUnitOwner(const AnalysisInput& input, const RepeatedUnits& units,
                        std::span<const ObjectIndex> anchors) {
  const Snapshot& snapshot = input.snapshot;
  UnitOwner owner;
  const std::vector<UnitPath> paths = PathsTo(input.paths, anchors);
  if (paths.empty()) return owner;
  owner.looked_at = paths.size();
  const ObjectIndex place = CommonPlace(snapshot, paths);
  if (IsOwner(snapshot, place)) owner.place = place;
  if (owner.place.valid()) {
    for (const UnitPath& unit : paths) {
      owner.through += Passes(unit.path, place);
      owner.only += IsBelow(snapshot, unit.anchor, place);
    }
    owner.in_use = IsInUse(snapshot, units, place);
  } else {
    owner.through = CountOfUsualKind(snapshot, paths);
  }
  Describe(input, units, paths, owner);
  owner.pooled = IsPooled(snapshot, owner, units);
  return owner;
}

}  // namespace leaktrail::analyses
