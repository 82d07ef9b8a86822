// The part of the dominator tree that matters for who holds the memory: nodes that retain much,
// with the workings of collections and recursive structures folded into one node each.
//
// What is folded: the nodes, tables and backing arrays of known collections into the collection,
// and an object dominated by one of its own class (list nodes, tree nodes) into that one, also
// where every second object is of the class (CompletableFuture and its dependents).
//
// Cost: 20 bytes per node that retains at least `min_bytes`; those are at most
// live / min_bytes * depth of the tree.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analyses/collections.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// Tells for all objects of one snapshot which are folded into their dominator. Not thread-safe.
class Folding {
 public:
  explicit Folding(const graph::Snapshot& snapshot);

  const CollectionRole& role(graph::ClassIndex c) const { return roles_[c.value()]; }
  const CollectionRole& RoleOfObject(graph::ObjectIndex o) const {
    return roles_[snapshot_.ClassOf(o).value()];
  }
  // True if `o` is folded into `dominator`, its immediate dominator.
  bool Folds(graph::ObjectIndex o, graph::ObjectIndex dominator) const;
  // From now on objects of class `c` fold into the dominator of their dominator's if that is of the
  // same class, too.
  void FoldAlternating(graph::ClassIndex c) { alternating_[c.value()] = true; }
  // True if every second object above `o` is of its class.
  bool Alternates(graph::ObjectIndex o, graph::ObjectIndex dominator) const;

 private:
  bool SameKind(graph::ClassIndex c, graph::ObjectIndex above) const;

  const graph::Snapshot& snapshot_;
  std::vector<CollectionRole> roles_;  // by class
  std::vector<bool> never_recursive_;  // by class: mirrors, loaders, threads
  std::vector<bool> alternating_;      // by class
};

class HolderTree {
 public:
  // Position of a node in the tree; kTop is the root of all.
  using Position = std::uint32_t;
  static constexpr Position kTop = 0xffffffff;

  // Marks alternating classes in `folding`.
  HolderTree(const graph::Snapshot& snapshot, std::uint64_t min_bytes, Folding& folding);

  graph::ObjectIndex object(Position p) const { return objects_[p]; }
  // Nodes below `p` that are not folded into it, biggest first.
  std::span<const Position> children(Position p) const;

 private:
  void FindParents(const graph::Snapshot& snapshot);
  std::vector<Position> ParentsFirst() const;
  void FoldNodes(const graph::Snapshot& snapshot, Folding& folding);
  void SortChildren(const graph::Snapshot& snapshot);

  std::vector<graph::ObjectIndex> objects_;  // in index order
  std::vector<Position> parents_;  // the dominator; once folded, the node it is shown below
  std::vector<Position> homes_;    // the node that this one is folded into, or itself
  std::vector<std::uint32_t> first_child_;  // into children_; the last entry but one is kTop's
  std::vector<Position> children_;
};

}  // namespace leaktrail::analyses
