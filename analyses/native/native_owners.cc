#include "analyses/native/native_owners.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
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
};

NativeOwner Describe(const Snapshot& snapshot, Paths& paths, const Group& group) {
  NativeOwner owner;
  owner.count = group.count;
  owner.bytes = group.bytes;
  Holder holder;
  holder.kind = Holder::Kind::kPlace;
  holder.holding.members = {group.sample};
  holder.retained = snapshot.RetainedSize(group.sample);
  FindHolderPath(snapshot, paths, holder);
  owner.path = holder.path.ToOwnerPath();
  owner.name = holder.name;
  return owner;
}

}  // namespace

NativeOwners FindNativeOwners(const Snapshot& snapshot, Paths& paths,
                              std::span<const HeldMemory> held, std::size_t limit) {
  Shapes shapes(snapshot);
  absl::flat_hash_map<std::vector<std::uint32_t>, Group> by_shape;
  for (const HeldMemory& each : held) {
    Group& group = by_shape[shapes.Of(paths.To(each.object))];
    if (group.count == 0 || each.object < group.sample) group.sample = each.object;
    ++group.count;
    group.bytes += each.bytes;
  }
  std::vector<Group> groups;
  for (const auto& [shape, group] : by_shape) groups.push_back(group);
  std::sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    return std::tie(b.bytes, b.count, a.sample) < std::tie(a.bytes, a.count, b.sample);
  });
  NativeOwners result;
  for (const Group& group : groups) {
    if (limit == 0 || result.owners.size() < limit) {
      result.owners.push_back(Describe(snapshot, paths, group));
    } else {
      ++result.more;
      result.more_count += group.count;
      result.more_bytes += group.bytes;
    }
  }
  return result;
}

}  // namespace leaktrail::analyses
