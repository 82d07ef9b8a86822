#include "analyses/instances.h"

#include "absl/strings/match.h"

namespace leaktrail::analyses {

using graph::ClassIndex;
using graph::ObjectIndex;

Instances::Instances(const graph::Snapshot& snapshot, const std::vector<bool>& wanted)
    : starts_(wanted.size() + 1) {
  const auto is_wanted = [&](ObjectIndex o, ClassIndex c) {
    return c.valid() && wanted[c.value()] &&
           snapshot.LevelOf(o) != graph::Reachability::kUnreachable;
  };
  for (std::uint32_t i = 0; i < snapshot.object_count(); ++i) {
    const ClassIndex c = snapshot.ClassOf(ObjectIndex(i));
    if (is_wanted(ObjectIndex(i), c)) ++starts_[c.value() + 1];
  }
  for (std::size_t c = 1; c < starts_.size(); ++c) starts_[c] += starts_[c - 1];
  objects_.resize(starts_.back());
  std::vector<std::size_t> next(starts_.begin(), starts_.end() - 1);
  for (std::uint32_t i = 0; i < snapshot.object_count(); ++i) {
    const ClassIndex c = snapshot.ClassOf(ObjectIndex(i));
    if (is_wanted(ObjectIndex(i), c)) objects_[next[c.value()]++] = ObjectIndex(i);
  }
}

bool HasSuffix(absl::string_view class_name, absl::string_view suffix) {
  if (!absl::EndsWith(class_name, suffix)) return false;
  return class_name.size() == suffix.size() ||
         class_name[class_name.size() - suffix.size() - 1] == '.';
}

}  // namespace leaktrail::analyses
