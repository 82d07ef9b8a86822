#include "analyses/native/native_owners.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "analyses/collections.h"
#include "analyses/holders.h"
#include "analyses/owner_path.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

// What a path looks like, as numbers: equal for paths that are alike.
class Shapes {
 public:
  explicit Shapes(const Snapshot& snapshot)
      : snapshot_(snapshot), is_inner_(snapshot.classes().size(), kUnasked) {}

  std::vector<std::uint32_t> Of(const std::vector<ObjectIndex>& path) {
    std::vector<std::uint32_t> shape;
    const std::size_t begin = StoryBegin(path);
    for (std::size_t i = begin; i < path.size(); ++i) {
      if (i == begin && IsMirror(path[i])) {
        shape.push_back(path[i].value());
        // The object in a static field stands for the field.
        if (i + 1 < path.size()) shape.push_back(path[i + 1].value());
        continue;
      }
      const ClassIndex c = snapshot_.ClassOf(path[i]);
      if (!c.valid() || IsInner(c)) continue;
      if (shape.empty() || shape.back() != c.value()) shape.push_back(c.value());
    }
    return shape;
  }

 private:
  enum : std::uint8_t { kUnasked, kNo, kYes };

  bool IsMirror(ObjectIndex o) const { return snapshot_.MirroredClass(o).valid(); }

  // At the last class on the path: what leads there explains nothing.
  std::size_t StoryBegin(const std::vector<ObjectIndex>& path) const {
    for (std::size_t i = path.size(); i-- > 0;) {
      if (IsMirror(path[i])) return i;
    }
    return 0;
  }

  bool IsInner(ClassIndex c) {
    std::uint8_t& known = is_inner_[c.value()];
    if (known == kUnasked) {
      const CollectionRole role = RoleOf(snapshot_.classes(), c);
      known = role.part_of != 0 || role.object_array ? kYes : kNo;
    }
    return known == kYes;
  }

  const Snapshot& snapshot_;
  std::vector<std::uint8_t> is_inner_;  // by class
};

struct Group {
  ObjectIndex sample;
  std::uint64_t count = 0, bytes = 0;
  std::vector<ObjectIndex> common;  // the beginning that the paths share
};

void AddTo(Group& group, const HeldMemory& held, const std::vector<ObjectIndex>& path) {
  if (group.count == 0) {
    group.sample = held.object;
    group.common = path;
  }
  const auto end =
      std::mismatch(group.common.begin(), group.common.end(), path.begin(), path.end());
  group.common.erase(end.first, group.common.end());
  ++group.count;
  group.bytes += held.bytes;
}

Holder PlaceOf(const Snapshot& snapshot, Paths& paths, ObjectIndex o) {
  Holder holder;
  holder.kind = Holder::Kind::kPlace;
  holder.holding.members = {o};
  holder.retained = snapshot.RetainedSize(o);
  FindHolderPath(snapshot, paths, holder);
  return holder;
}

// "com.acme.Session.inbox" -> "Session.inbox".
absl::string_view WithoutPackage(absl::string_view reference) {
  const std::size_t field = reference.rfind('.');
  if (field == absl::string_view::npos || field == 0) return reference;
  const std::size_t package = reference.rfind('.', field - 1);
  return package == absl::string_view::npos ? reference : reference.substr(package + 1);
}

NativeOwner Describe(const Snapshot& snapshot, Paths& paths, const Group& group) {
  const Holder holder = PlaceOf(snapshot, paths, group.sample);
  NativeOwner owner;
  owner.count = group.count;
  owner.bytes = group.bytes;
  owner.path = holder.path.ToOwnerPath();
  // Its own class says nothing of who holds it.
  if (holder.name != NodeName(snapshot, group.sample)) owner.name = holder.name;
  // Several buffers in one field of many objects are held by what holds those objects.
  if (group.count > 1 && !group.common.empty() && group.common.back() != group.sample) {
    const std::string place = PlaceOf(snapshot, paths, group.common.back()).name;
    if (owner.name.empty()) {
      owner.name = place;
    } else if (!place.empty() && place != owner.name) {
      owner.name = absl::StrCat(place, " (", WithoutPackage(owner.name), ")");
    }
  }
  return owner;
}

void AddOwner(NativeOwner owner, std::vector<NativeOwner>& owners) {
  const auto same = std::find_if(owners.begin(), owners.end(), [&](const NativeOwner& each) {
    return !owner.name.empty() && each.name == owner.name;
  });
  if (same == owners.end()) {
    owners.push_back(std::move(owner));
  } else {
    same->count += owner.count;
    same->bytes += owner.bytes;
  }
}

}  // namespace

NativeOwners FindNativeOwners(const Snapshot& snapshot, Paths& paths,
                              std::span<const HeldMemory> held, std::size_t limit) {
  Shapes shapes(snapshot);
  absl::flat_hash_map<std::vector<std::uint32_t>, Group> by_shape;
  for (const HeldMemory& each : held) {
    const std::vector<ObjectIndex> path = paths.To(each.object);
    AddTo(by_shape[shapes.Of(path)], each, path);
  }
  std::vector<Group> groups;
  for (auto& [shape, group] : by_shape) groups.push_back(std::move(group));
  std::sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    return std::tie(b.bytes, b.count, a.sample) < std::tie(a.bytes, a.count, b.sample);
  });
  // More are described than asked for, as some of them turn out to be called alike.
  const std::size_t described = limit == 0 ? groups.size() : std::min(groups.size(), 4 * limit);
  NativeOwners result;
  for (std::size_t i = 0; i < described; ++i) {
    AddOwner(Describe(snapshot, paths, groups[i]), result.owners);
  }
  std::stable_sort(result.owners.begin(), result.owners.end(), [](const auto& a, const auto& b) {
    return std::tie(b.bytes, b.count) < std::tie(a.bytes, a.count);
  });
  const auto leave_out = [&](std::uint64_t count, std::uint64_t bytes) {
    ++result.more;
    result.more_count += count;
    result.more_bytes += bytes;
  };
  for (std::size_t i = described; i < groups.size(); ++i) {
    leave_out(groups[i].count, groups[i].bytes);
  }
  while (limit > 0 && result.owners.size() > limit) {
    leave_out(result.owners.back().count, result.owners.back().bytes);
    result.owners.pop_back();
  }
  return result;
}

}  // namespace leaktrail::analyses
