// Shortest paths from the GC roots: a breadth-first tree.
//
// A path uses a local variable of a thread only where there is none without: at an OutOfMemoryError
// the collection that leaks is often on the stack too, just being added to.
//
// The implicit edge from an instance to its class is followed only where dominators depend on it
// (see class_edges.h): "static field of a class that its loader holds" explains more than "static
// field of the class of some object that a thread happens to use".
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "graph/index_types.h"
#include "graph/snapshot.h"

namespace leaktrail::graph {

// Refers to the snapshot, which must live longer.
class ShortestPaths {
 public:
  // One walk over the reachable core; 4 bytes per node. `weakest` is the weakest kind of holding
  // that a path may use: kStrong excludes soft, weak, phantom and finalizer references.
  // With `targets` the walk ends when all of them have been reached, mostly after a small part of
  // the heap; paths to other nodes may then be missing.
  explicit ShortestPaths(const Snapshot& snapshot, Reachability weakest = Reachability::kStrong,
                         std::span<const ObjectIndex> targets = {});
  ~ShortestPaths();

  // Goes on with a walk that ended early, until it has reached these, too. What it has found before
  // stays as it is: the paths are those of a walk over everything.
  void Extend(std::span<const ObjectIndex> targets);

  // The node before `o` on its path; none: `o` is a root, or has no path.
  ObjectIndex Parent(ObjectIndex o) const;
  bool Reaches(ObjectIndex o) const;
  // From the root object to `o`, both included; empty if there is no such path.
  std::vector<ObjectIndex> PathTo(ObjectIndex o) const;

 private:
  // The unpeeled object that alone leads to `o`, or `o`.
  std::uint32_t CoreOf(ObjectIndex o) const;
  class Search;

  const Snapshot& snapshot_;
  std::vector<std::uint32_t> parents_;  // of the core
  std::unique_ptr<Search> search_;
};

}  // namespace leaktrail::graph
