#include "analyses/instances.h"

#include "absl/strings/match.h"
#include "graph/class_instances.h"

namespace leaktrail::analyses {

using graph::ClassIndex;
using graph::ObjectIndex;

Instances::Instances(const graph::Snapshot& snapshot, const std::vector<bool>& wanted)
    : starts_(wanted.size() + 1) {
  graph::ForEachInstance(snapshot, wanted,
                         [&](ObjectIndex, ClassIndex c) { ++starts_[c.value() + 1]; });
  for (std::size_t c = 1; c < starts_.size(); ++c) starts_[c] += starts_[c - 1];
  objects_.resize(starts_.back());
  if (objects_.empty()) return;
  std::vector<std::size_t> next(starts_.begin(), starts_.end() - 1);
  graph::ForEachInstance(snapshot, wanted,
                         [&](ObjectIndex o, ClassIndex c) { objects_[next[c.value()]++] = o; });
}

bool HasSuffix(absl::string_view class_name, absl::string_view suffix) {
  if (!absl::EndsWith(class_name, suffix)) return false;
  return class_name.size() == suffix.size() ||
         class_name[class_name.size() - suffix.size() - 1] == '.';
}

bool InheritsFrom(const graph::ClassTable& classes, ClassIndex c, absl::string_view suffix) {
  constexpr int kMostSupers = 64;  // chains of super classes are acyclic, but long in bad dumps
  for (int i = 0; i < kMostSupers && c.valid(); ++i, c = classes[c].super) {
    if (HasSuffix(classes.Name(c), suffix)) return true;
  }
  return false;
}

}  // namespace leaktrail::analyses
