// How guarded groups of nodes are held from outside: the references that lead into a group from
// what no guarded group owns. Made for class loaders that should be gone: a loader, its classes and
// their instances all hold each other, so only a reference from outside explains why they live, and
// a path through another such loader explains nothing.
//
// Strong references only. Local variables of threads come after all other entries of a group, and
// what is only known to be held by some java.lang.Class (RootKind::kClassInternals: values of
// ClassValues) is an entry only where there is none at all: that class may be one of the group.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "graph/index_types.h"
#include "graph/snapshot.h"

namespace leaktrail::graph {

// A group: all instances of classes, their mirrors, and single objects.
inline constexpr std::uint32_t kNoGroup = 0xffffffff;
struct GuardedGroups {
  std::uint32_t count = 0;
  std::vector<std::uint32_t> of_class;  // by class: group of its mirror and its instances
  std::vector<std::pair<ObjectIndex, std::uint32_t>> of_object;  // in addition; any order
};

struct Entry {
  ObjectIndex from;  // outside; none: `to` is a GC root
  ObjectIndex to;    // in the group
};

class OutsideEntries {
 public:
  // One walk over the strongly reachable core; 4 bytes per node, 12 per entry.
  OutsideEntries(const Snapshot& snapshot, const GuardedGroups& groups);

  // The entries of a group, that with the shortest path first: every node that is entered, and of
  // nodes entered several times the first few references. Empty: the group is not held strongly.
  std::span<const Entry> Of(std::uint32_t group) const;
  // True if nothing leads into the group but what other groups own: Of() has one entry, from there.
  bool OnlyThroughOthers(std::uint32_t group) const { return through_others_[group]; }

  // From a GC root to the entered node, both included. Does not pass through any group unless
  // OnlyThroughOthers is true.
  std::vector<ObjectIndex> PathTo(const Entry& entry) const;
  // The node before `o` on its path; none: `o` is a root, or has no path.
  ObjectIndex Parent(ObjectIndex o) const;

 private:
  const Snapshot& snapshot_;
  std::vector<std::uint32_t> parents_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> starts_;
  std::vector<bool> through_others_;
};

}  // namespace leaktrail::graph
