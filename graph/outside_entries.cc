#include "graph/outside_entries.h"

#include <algorithm>
#include <utility>

#include "graph/bitmap.h"
#include "graph/numbered_nodes.h"
#include "graph/snapshot_data.h"
#include "graph/translate.h"

namespace leaktrail::graph {
namespace {

constexpr std::uint32_t kUnseen = 0xffffffff;
constexpr std::uint32_t kRootObject = 0xfffffffe;
// Of references to nodes that have been entered before, so many are kept per group.
constexpr std::uint8_t kMostRepeated = 8;
// Classes whose instances are held by classes whose instances ...: so often.
constexpr int kMostRounds = 8;

struct Found {
  std::uint32_t group, from, to;
};

NumberedNodes OwnersOf(const SnapshotData& data, const GuardedGroups& groups) {
  Bitmap owners(data.graph.nodes());
  for (const auto& [object, group] : groups.of_object) owners.Set(object.value());
  return NumberedNodes(std::move(owners));
}

// Breadth-first, in five phases, each only for what those before did not reach:
//   1. from the roots, without local variables and not through groups;
//   2. to classes that only their instances hold: those edges are not among the decisive ones (see
//      class_edges.h);
//   3. from the local variables of threads;
//   4. from what fields of java.lang.Class hold that no dump shows: that class may be a group's
//   own;
//   5. through the groups.
class EntryWalk {
 public:
  EntryWalk(const SnapshotData& data, const GuardedGroups& groups,
            std::vector<std::uint32_t>& parents)
      : data_(data),
        groups_(groups),
        parents_(parents),
        worth_visiting_(data.graph.objects),
        has_own_group_(OwnersOf(data, groups)),
        own_groups_(has_own_group_.count()),
        entered_(groups.count),
        repeated_(groups.count) {
    for (const auto& [object, group] : groups.of_object) {
      own_groups_[has_own_group_.Number(object.value())] = group;
    }
    FindPeeledMembers();
  }

  void Run() {
    for (const Root& root : data_.roots.roots) {
      if (root.kind != RootKind::kClassInternals) Reach(root.object.value(), kRootObject);
    }
    Search();
    SearchClasses();
    for (const ThreadInfo& thread : data_.roots.threads) {
      if (!thread.object.valid() || parents_[thread.object.value()] == kUnseen) continue;
      if (GroupOf(thread.object.value()) != kNoGroup) continue;
      for (const Local& local : thread.locals) {
        if (!Skips(local.object.value())) Reach(local.object.value(), thread.object.value());
      }
    }
    Search();
    SearchClasses();
    held_for_sure_ = entered_;
    for (const Root& root : data_.roots.roots) Reach(root.object.value(), kRootObject);
    Search();
    SearchClasses();
    through_groups_ = true;
    next_ = std::move(members_);
    Search();
    SearchClasses();
  }

  std::vector<Found> found;
  std::vector<bool> through_others;  // by group; only groups entered in phase 5 are true

 private:
  std::uint32_t GroupOf(std::uint32_t node) const {
    if (node >= data_.graph.objects) return groups_.of_class[node - data_.graph.objects];
    if (has_own_group_.Contains(node)) return own_groups_[has_own_group_.Number(node)];
    return groups_.of_class[data_.graph.columns->classes[node].value()];
  }

  bool IsPeeled(std::uint32_t node) const {
    return node < data_.graph.objects && data_.dominance.peeled.Test(node);
  }
  bool Skips(std::uint32_t node) const { return IsPeeled(node) && !worth_visiting_.Test(node); }

  // Peeled objects lead to peeled objects only, so they can be passed over unless a member of a
  // group is below them.
  void FindPeeledMembers() {
    for (std::uint32_t o = 0; o < data_.graph.objects; ++o) {
      if (!data_.dominance.peeled.Test(o) || GroupOf(o) == kNoGroup) continue;
      std::uint32_t node = o;
      while (IsPeeled(node) && !worth_visiting_.Test(node)) {
        worth_visiting_.Set(node);
        node = data_.dominance.dominators[node];
      }
    }
  }

  void SearchClasses() {
    for (int round = 0; round < kMostRounds && ReachClassesOfInstances(); ++round) Search();
  }

  // Reaches the classes that have been passed over of objects that have been reached. True if there
  // were any.
  bool ReachClassesOfInstances() {
    std::vector<bool> wanted(data_.graph.classes);
    bool any_wanted = false;
    for (std::uint32_t c = 0; c < data_.graph.classes; ++c) {
      const std::uint32_t mirror = data_.graph.objects + c;
      wanted[c] = parents_[mirror] == kUnseen && groups_.of_class[c] == kNoGroup &&
                  data_.dominance.LevelOf(mirror) == 0;
      any_wanted = any_wanted || wanted[c];
    }
    if (!any_wanted) return false;
    bool any_found = false;
    for (std::uint32_t o = 0; o < data_.graph.objects; ++o) {
      const std::uint32_t c = data_.graph.columns->classes[o].value();
      if (!wanted[c] || !IsHeldOutside(o)) continue;
      wanted[c] = false;
      any_found = true;
      for (std::uint32_t node = o; parents_[node] == kUnseen; node = parents_[node]) {
        parents_[node] = data_.dominance.dominators[node];
      }
      Reach(data_.graph.objects + c, o);
    }
    return any_found;
  }

  // Reached, or peeled off something that was, without a group on the way.
  bool IsHeldOutside(std::uint32_t node) {
    while (parents_[node] == kUnseen && IsPeeled(node)) {
      if (GroupOf(node) != kNoGroup || budget_ == 0) return false;
      --budget_;
      node = data_.dominance.dominators[node];
      if (node >= data_.graph.nodes()) return false;
    }
    return parents_[node] != kUnseen && GroupOf(node) == kNoGroup;
  }

  void Search() {
    std::vector<std::uint32_t> current;
    while (!next_.empty()) {
      current.swap(next_);
      next_.clear();
      for (const std::uint32_t node : current) Visit(node);
    }
  }

  void Reach(std::uint32_t node, std::uint32_t from) {
    const bool is_new = parents_[node] == kUnseen;
    const std::uint32_t group = GroupOf(node);
    if (is_new) parents_[node] = from;
    if (through_groups_) {
      if (is_new && group != kNoGroup && !entered_[group]) {
        entered_[group] = true;
        through_others[group] = true;
        found.push_back({group, from, node});
      }
      if (is_new) next_.push_back(node);
      return;
    }
    if (group == kNoGroup) {
      if (is_new) next_.push_back(node);
      return;
    }
    if (is_new) members_.push_back(node);
    if (!held_for_sure_.empty() && held_for_sure_[group]) return;
    if (!is_new && repeated_[group]++ >= kMostRepeated) {
      repeated_[group] = kMostRepeated;
      return;
    }
    entered_[group] = true;
    found.push_back({group, from, node});
  }

  void Visit(std::uint32_t node) {
    const bool is_thread = node < data_.graph.objects && data_.graph.has_extra.Test(node) &&
                           data_.thread_of.contains(node);
    data_.graph.ForEachDecisiveEdge(node, [&](std::uint32_t target) {
      if (Skips(target) || (is_thread && !through_groups_ && IsOnlyLocal(node, target))) return;
      Reach(target, node);
    });
    // Members of groups may be held by nothing but their instances.
    if (through_groups_ && node < data_.graph.objects && GroupOf(node) != kNoGroup) {
      Reach(data_.graph.ClassNode(node), node);
    }
  }

  // The thread has the target in a frame, not in a field; nor is it an instance or the loader of
  // it.
  bool IsOnlyLocal(std::uint32_t thread, std::uint32_t target) const {
    if (target == data_.graph.ClassNode(thread)) return false;
    if (target >= data_.graph.objects) {
      const ClassInfo& c = data_.scan.classes[ClassIndex(target - data_.graph.objects)];
      if (c.loader != 0 && NodeOf(data_.scan, c.loader) == thread) return false;
    }
    const std::span<const std::uint32_t> fields = data_.graph.ReferencesOf(thread);
    return std::find(fields.begin(), fields.end(), target) == fields.end();
  }

  const SnapshotData& data_;
  const GuardedGroups& groups_;
  std::vector<std::uint32_t>& parents_;
  Bitmap worth_visiting_;  // of the peeled objects
  NumberedNodes has_own_group_;
  std::vector<std::uint32_t> own_groups_;  // by their number
  std::vector<bool> entered_;
  std::vector<bool> held_for_sure_;  // entered before phase 4; empty until then
  std::vector<std::uint8_t> repeated_;
  std::vector<std::uint32_t> next_, members_;
  // Steps up chains of peeled objects, which may be as long as the heap: a bound for all together.
  std::uint64_t budget_ = 4 * std::uint64_t{data_.graph.nodes()};
  bool through_groups_ = false;
};

}  // namespace

OutsideEntries::OutsideEntries(const Snapshot& snapshot, const GuardedGroups& groups)
    : snapshot_(snapshot), parents_(snapshot.node_count(), kUnseen), starts_(groups.count + 1) {
  EntryWalk walk(snapshot.data(), groups, parents_);
  walk.through_others.resize(groups.count);
  walk.Run();
  through_others_ = std::move(walk.through_others);
  // By group, in the order in which they were found.
  for (const Found& found : walk.found) ++starts_[found.group + 1];
  for (std::uint32_t g = 0; g < groups.count; ++g) starts_[g + 1] += starts_[g];
  std::vector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
  entries_.resize(walk.found.size());
  for (const Found& found : walk.found) {
    const bool is_root = found.from == kRootObject;
    entries_[next[found.group]++] = {is_root ? ObjectIndex::None() : ObjectIndex(found.from),
                                     ObjectIndex(found.to)};
  }
}

std::span<const Entry> OutsideEntries::Of(std::uint32_t group) const {
  return std::span(entries_).subspan(starts_[group], starts_[group + 1] - starts_[group]);
}

ObjectIndex OutsideEntries::Parent(ObjectIndex o) const {
  const std::uint32_t parent = parents_[o.value()];
  return parent < snapshot_.node_count() ? ObjectIndex(parent) : ObjectIndex::None();
}

std::vector<ObjectIndex> OutsideEntries::PathTo(const Entry& entry) const {
  std::vector<ObjectIndex> path = {entry.to};
  for (ObjectIndex o = entry.from; o.valid(); o = Parent(o)) path.push_back(o);
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace leaktrail::graph
