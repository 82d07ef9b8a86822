#include "analyses/holder_tree.h"

#include <algorithm>
#include <numeric>

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

// Position of `o` in the sorted `objects`, searched outward from `near`: dominators lie close by in
// most heaps, and there can be millions of nodes.
std::uint32_t FindFrom(const std::vector<ObjectIndex>& objects, std::uint32_t near, ObjectIndex o) {
  std::size_t step = 1, begin = near, end = near + std::size_t{1};
  while (begin > 0 && objects[begin] > o) {
    begin = begin > step ? begin - step : 0;
    step *= 2;
  }
  for (step = 1; end < objects.size() && objects[end - 1] < o; step *= 2) {
    end = std::min(objects.size(), end + step);
  }
  const auto found = std::lower_bound(objects.begin() + static_cast<std::ptrdiff_t>(begin),
                                      objects.begin() + static_cast<std::ptrdiff_t>(end), o);
  const bool hit = found != objects.end() && *found == o;
  return hit ? static_cast<std::uint32_t>(found - objects.begin()) : HolderTree::kTop;
}

}  // namespace

Folding::Folding(const Snapshot& snapshot) : snapshot_(snapshot) {
  const graph::ClassTable& classes = snapshot.classes();
  roles_.reserve(classes.size());
  never_recursive_.resize(classes.size());
  alternating_.resize(classes.size());
  for (std::uint32_t i = 0; i < classes.size(); ++i) {
    const ClassIndex c(i);
    roles_.push_back(RoleOf(classes, c));
    const auto inherits = [&](ClassIndex ancestor) {
      return ancestor.valid() && classes.IsSubclass(c, ancestor);
    };
    never_recursive_[i] = c == classes.java_lang_class ||
                          inherits(classes.java_lang_class_loader) ||
                          inherits(classes.java_lang_thread);
  }
}

bool Folding::SameKind(ClassIndex c, ObjectIndex above) const {
  return above.valid() && snapshot_.ClassOf(above) == c;
}

bool Folding::Alternates(ObjectIndex o, ObjectIndex dominator) const {
  const ClassIndex c = snapshot_.ClassOf(o);
  if (never_recursive_[c.value()] || roles_[c.value()].context() != 0) return false;
  if (roles_[c.value()].object_array || RoleOfObject(dominator).context() != 0) return false;
  return SameKind(c, snapshot_.ImmediateDominator(dominator));
}

bool Folding::Folds(ObjectIndex o, ObjectIndex dominator) const {
  const ClassIndex c = snapshot_.ClassOf(o);
  const ClassIndex above = snapshot_.ClassOf(dominator);
  if (IsInside(roles_[c.value()], roles_[above.value()])) return true;
  if (c == above) return !never_recursive_[c.value()] && roles_[c.value()].shape < 0;
  // In an alternating chain both kinds of objects fold.
  if (alternating_[c.value()]) {
    return SameKind(c, snapshot_.ImmediateDominator(dominator)) || alternating_[above.value()];
  }
  return false;
}

HolderTree::HolderTree(const Snapshot& snapshot, std::uint64_t min_bytes, Folding& folding)
    : objects_(snapshot.NodesRetaining(min_bytes)) {
  FindParents(snapshot);
  FoldNodes(snapshot, folding);
  SortChildren(snapshot);
}

void HolderTree::FindParents(const Snapshot& snapshot) {
  parents_.resize(objects_.size(), kTop);
  for (std::uint32_t p = 0; p < objects_.size(); ++p) {
    const ObjectIndex dominator = snapshot.ImmediateDominator(objects_[p]);
    if (dominator.valid()) parents_[p] = FindFrom(objects_, p, dominator);
  }
}

// All positions, each behind its parent.
std::vector<HolderTree::Position> HolderTree::ParentsFirst() const {
  std::vector<Position> order;
  order.reserve(objects_.size());
  std::vector<bool> done(objects_.size());
  std::vector<Position> way;
  for (Position p = 0; p < objects_.size(); ++p) {
    for (Position at = p; at != kTop && !done[at]; at = parents_[at]) {
      done[at] = true;
      way.push_back(at);
    }
    order.insert(order.end(), way.rbegin(), way.rend());
    way.clear();
  }
  return order;
}

void HolderTree::FoldNodes(const Snapshot& snapshot, Folding& folding) {
  const std::vector<Position> order = ParentsFirst();
  for (Position p : order) {
    if (parents_[p] == kTop) continue;
    const ObjectIndex dominator = objects_[parents_[p]];
    if (!folding.Alternates(objects_[p], dominator)) continue;
    folding.FoldAlternating(snapshot.ClassOf(objects_[p]));
    folding.FoldAlternating(snapshot.ClassOf(dominator));
  }
  homes_.resize(objects_.size());
  for (Position p : order) {
    homes_[p] = p;
    if (parents_[p] == kTop) continue;
    if (folding.Folds(objects_[p], objects_[parents_[p]])) homes_[p] = homes_[parents_[p]];
    parents_[p] = homes_[parents_[p]];
  }
}

void HolderTree::SortChildren(const Snapshot& snapshot) {
  const auto slot = [&](Position parent) {
    return parent == kTop ? objects_.size() : std::size_t{parent};
  };
  first_child_.assign(objects_.size() + 2, 0);
  for (Position p = 0; p < objects_.size(); ++p) {
    if (homes_[p] == p) ++first_child_[slot(parents_[p]) + 1];
  }
  std::partial_sum(first_child_.begin(), first_child_.end(), first_child_.begin());
  children_.resize(first_child_.back());
  std::vector<std::uint32_t> next(first_child_.begin(), first_child_.end() - 1);
  for (Position p = 0; p < objects_.size(); ++p) {
    if (homes_[p] == p) children_[next[slot(parents_[p])]++] = p;
  }
  for (std::size_t s = 0; s + 1 < first_child_.size(); ++s) {
    if (first_child_[s + 1] - first_child_[s] < 2) continue;
    std::stable_sort(children_.begin() + first_child_[s], children_.begin() + first_child_[s + 1],
                     [&](Position a, Position b) {
                       return snapshot.RetainedSize(objects_[a]) >
                              snapshot.RetainedSize(objects_[b]);
                     });
  }
}

std::span<const HolderTree::Position> HolderTree::children(Position p) const {
  const std::size_t s = p == kTop ? objects_.size() : p;
  return std::span(children_).subspan(first_child_[s], first_child_[s + 1] - first_child_[s]);
}

}  // namespace leaktrail::analyses
