#include "analyses/zero_arrays.h"

#include <algorithm>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "analyses/text.h"
#include "graph/class_instances.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

// Contents read in all, and of one array. An array with anything in it mostly shows so at once.
constexpr std::uint64_t kZeroBytesRead = 128 << 20;
constexpr std::uint64_t kZeroBytesEach = 1 << 20;
// A heap of arrays of a million different lengths has no groups worth naming.
constexpr std::size_t kMostGroups = 100'000;

class Grouping {
 public:
  explicit Grouping(const Snapshot& snapshot) : snapshot_(snapshot) {}

  std::vector<ArrayGroup> Run() {
    graph::ForEachPrimitiveArray(
        snapshot_, kLargeArrayBytes / 8,
        [&](ObjectIndex o, ClassIndex c, std::uint32_t length) { Add(o, c, length); });
    std::sort(groups_.begin(), groups_.end(), [](const ArrayGroup& a, const ArrayGroup& b) {
      return std::tie(b.shallow, a.array_class, a.length, a.owner_class) <
             std::tie(a.shallow, b.array_class, b.length, b.owner_class);
    });
    return std::move(groups_);
  }

 private:
  using Key = std::tuple<ClassIndex, std::uint32_t, ClassIndex>;

  void Add(ObjectIndex o, ClassIndex c, std::uint32_t length) {
    const std::uint64_t size = snapshot_.layout().ArraySize(c, length);
    if (size < kLargeArrayBytes) return;
    const ObjectIndex owner = snapshot_.ImmediateDominator(o);
    const Key key(c, length, owner.valid() ? snapshot_.ClassOf(owner) : ClassIndex());
    const auto slot = group_of_.find(key);
    if (slot == group_of_.end() && groups_.size() >= kMostGroups) return;
    const std::size_t at = slot == group_of_.end() ? groups_.size() : slot->second;
    if (at == groups_.size()) {
      group_of_.emplace(key, at);
      groups_.emplace_back();
      std::tie(groups_[at].array_class, groups_[at].length, groups_[at].owner_class) = key;
    }
    ArrayGroup& group = groups_[at];
    AddSample(group, o);
    ++group.count;
    group.shallow += size;
  }

  // Every 2^k-th of the group, with k as small as kArraySamples allow.
  static void AddSample(ArrayGroup& group, ObjectIndex o) {
    if (group.count % group.sample_step != 0) return;
    if (group.samples.size() == kArraySamples) {
      for (std::size_t i = 0; i < kArraySamples / 2; ++i) group.samples[i] = group.samples[2 * i];
      group.samples.resize(kArraySamples / 2);
      group.sample_step *= 2;
      if (group.count % group.sample_step != 0) return;
    }
    group.samples.push_back(o);
  }

  const Snapshot& snapshot_;
  absl::flat_hash_map<Key, std::size_t> group_of_;
  std::vector<ArrayGroup> groups_;
};

// Looks at the samples of the groups, the biggest first, as far as the budget goes.
void ReadContents(const Snapshot& snapshot, std::vector<ArrayGroup>& groups) {
  std::uint64_t left = kZeroBytesRead;
  for (ArrayGroup& group : groups) {
    const std::uint64_t each = std::min(kZeroBytesEach, group.shallow / group.count);
    for (ObjectIndex o : group.samples) {
      if (left < each) return;
      left -= each;
      const std::optional<bool> zero = snapshot.IsZero(o, kZeroBytesEach);
      if (!zero) continue;
      ++group.read;
      if (*zero) ++group.zero;
    }
  }
}

// "EPollArrayWrapper.eventsLow"; "" if the owner does not refer to it directly.
std::string OwnerText(const Snapshot& snapshot, ObjectIndex array) {
  const ObjectIndex owner = snapshot.ImmediateDominator(array);
  if (!owner.valid()) return "";
  const ClassIndex mirrored = snapshot.MirroredClass(owner);
  const ClassIndex c = mirrored.valid() ? mirrored : snapshot.ClassOf(owner);
  std::string name = SimpleName(snapshot.classes().Name(c));
  if (snapshot.classes()[c].kind != graph::ClassKind::kInstance) return name;
  for (const graph::NamedReference& reference : snapshot.NamedReferences(owner)) {
    if (reference.target == array && !reference.name.empty()) {
      return absl::StrCat(name, ".", reference.name);
    }
  }
  return name;
}

}  // namespace

std::vector<ArrayGroup> FindLargeArrays(const Snapshot& snapshot) {
  std::vector<ArrayGroup> groups = Grouping(snapshot).Run();
  ReadContents(snapshot, groups);
  return groups;
}

std::string ArraysText(const Snapshot& snapshot, const ArrayGroup& group) {
  std::string type = snapshot.classes().Name(group.array_class);
  if (type.size() > 2) type.insert(type.size() - 1, CountText(group.length));
  std::string text = absl::StrCat(CountText(group.count), " ", type);
  const std::string owner = group.samples.empty() ? "" : OwnerText(snapshot, group.samples.front());
  if (!owner.empty()) absl::StrAppend(&text, " of ", owner);
  absl::StrAppend(&text, ", ", BytesText(group.shallow / group.count), " each");
  if (group.read > 0 && group.zero == group.read)
    absl::StrAppend(&text, ", all zero");
  else if (group.zero * 10 >= group.read * 9 && group.zero > 0)
    absl::StrAppend(&text, ", nearly all of them zero");
  return text;
}

}  // namespace leaktrail::analyses
