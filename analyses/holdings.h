// Where the memory is: the places in the dominator tree below which retained size is not passed on
// to one more object but spreads into many. Found by residuals, not by the size of a single drop:
//
//   residual(n) = retained(n) - sum of retained(c) over the children c that are big relative to n
//
// Every live byte counts in the residual of exactly one node, so residuals add up, nothing is
// counted twice, and a holder with five caches yields five places. (Eclipse MAT follows the biggest
// child while it keeps 70 %: that stops at the first owner with two caches, and inside tables.)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyses/holder_tree.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// Objects of one class that a holding dominates directly.
struct ElementGroup {
  graph::ClassIndex class_index;
  std::uint64_t count = 0;
  std::uint64_t shallow = 0;
  std::uint64_t retained = 0;  // shallow bytes if folded
  bool folded = false;         // the workings of the holding itself: nodes, tables, chained objects
  std::vector<graph::ObjectIndex> samples;  // evenly spread over the group, at most kMaxSamples
};

// One place, or several equal ones ("the maps of 24 threads") taken together.
struct Holding {
  std::vector<graph::ObjectIndex> members;  // biggest first; empty: the GC roots themselves
  std::uint64_t retained = 0;               // of the members, without what other holdings list
  std::vector<ElementGroup> groups;         // biggest first, folded ones behind the others
};

// The biggest holdings with at least `min_bytes` residual each, biggest first, at most
// kMaxHoldings. Two passes over the nodes and 1 byte per node.
std::vector<Holding> FindHoldings(const graph::Snapshot& snapshot, std::uint64_t min_bytes);

// Biggest first, folded ones behind the others.
void SortGroups(const graph::Snapshot& snapshot, std::vector<ElementGroup>& groups);

inline constexpr std::size_t kMaxHoldings = 64;
inline constexpr std::size_t kMaxSamples = 16;

}  // namespace leaktrail::analyses
