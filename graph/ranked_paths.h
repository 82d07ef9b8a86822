// Shortest paths that do not depend on addresses: of equally short ones, the path whose last but
// one object stands in the group of the lowest rank. The caller puts every object into a group,
// level by level, and gives the groups their ranks.
//
// Unlike those of ShortestPaths, the paths follow all references that hold something, weak ones
// too, and roots that come and go (locals, monitors) are used only where there is nothing else, as
// is the way from an instance to its class.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "graph/index_types.h"
#include "graph/large_array.h"
#include "graph/snapshot.h"

namespace leaktrail::graph {

// True for roots that are there only while some thread does something.
bool IsPassing(RootKind kind);

class RankedPaths {
 public:
  static constexpr std::uint32_t kNoGroup = 0xffffffff;

  // Returns the group of an object whose parent is known (none: it is a root) and in a group.
  using Grouping = std::function<std::uint32_t(ObjectIndex o, ObjectIndex parent,
                                               std::uint32_t group_of_parent)>;

  // Calls `group` once for every live object, parents first; `rank` says the rank of a group that
  // was returned. One walk over the core, and one pass over the others; 8 bytes per node. One
  // indirect call per object.
  RankedPaths(const Snapshot& snapshot, const Grouping& group,
              const std::function<std::uint64_t(std::uint32_t group)>& rank);

  // None: a root, or unreachable.
  ObjectIndex Parent(ObjectIndex o) const;
  // kNoGroup: unreachable.
  std::uint32_t Group(ObjectIndex o) const { return groups_[o.value()] - 1; }

  // Puts all objects into other groups, parents first. `group_of_parent` is the new one.
  using Regrouping = std::function<std::uint32_t(
      ObjectIndex o, ObjectIndex parent, std::uint32_t group_of_parent, std::uint32_t old_group)>;
  void Regroup(const Regrouping& regroup);
  // Calls fn(owner, target) for all references between live objects that take part in the graph,
  // but for those of objects with a single referrer. In index order of the owners.
  void ForEachSharingReference(const std::function<void(ObjectIndex, ObjectIndex)>& fn) const;

  // Gives the memory of the parents back; Parent and Regroup may not be called any more.
  void ForgetParents() { parents_.Release(); }

 private:
  class Tree;
  // Calls visit(o, parent) for live objects for which done(o) is false, parents first.
  template <typename Done, typename Visit>
  void ForEachParentFirst(Done&& done, Visit&& visit) const;

  const Snapshot& snapshot_;
  LargeArray<std::uint32_t> parents_;  // + 1, of the core
  LargeArray<std::uint32_t> groups_;   // + 1
};

}  // namespace leaktrail::graph
