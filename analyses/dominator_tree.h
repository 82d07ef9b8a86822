// The dominator tree, cut down to what fits a screen: who keeps how much alive.
//
// The rows are a part of the tree, biggest first: starting from the top, the row with the largest
// retained size is opened next, until `limit` rows are shown. An object that retains at least the
// minimum is a row of its own; smaller ones that hang below the same row are counted together,
// class by class. A collection is one row with its tables and nodes, and so is a chain of objects
// of one class.
//
// Cost: two passes over the nodes, 8 bytes per node.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyses/target.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct DominatorOptions {
  int depth = 12;               // levels below the top
  std::uint64_t min_bytes = 0;  // a row retains at least this, and at least
  double min_share = 0.01;      // this share of the live heap
  bool group_by_class = false;  // every row is a class; no single objects but class mirrors
  std::uint64_t limit = 30;     // rows; 0: all that are above the minimum
};

struct DominatorRow {
  int level = 0;
  std::string name;           // class name; "class X" for a class mirror
  std::uint64_t id = 0;       // of a single object; 0: a group
  std::uint64_t objects = 0;  // in the row: 1, or how many are grouped or folded
  std::uint64_t retained = 0;
  std::uint32_t share_milli = 0;  // of the live heap
  std::uint64_t shallow = 0;      // of the objects of the row themselves
  // Above 0: this row stands for so many rows at this place that are not shown; it has no name.
  std::uint64_t folded = 0;
};

struct DominatorTree {
  std::string target;  // class name or object the tree starts at; empty: the GC roots
  std::uint64_t target_objects = 0;
  std::uint64_t retained = 0;  // of everything at the top
  std::uint32_t share_milli = 0;
  std::vector<DominatorRow> rows;  // depth first, biggest first
};

// `target` null: the whole heap, from the GC roots. An object or a class: the tree below it, which
// then is the first row; of the instances of a class those that no other instance dominates.
DominatorTree MakeDominatorTree(const graph::Snapshot& snapshot, const Target* target,
                                const DominatorOptions& options);

}  // namespace leaktrail::analyses
