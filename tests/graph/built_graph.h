// A ReferenceGraph as the engine sees it, and the comparison with what follows by definition.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "graph/snapshot.h"
#include "tests/graph/reference_graph.h"

namespace leaktrail::testing {

struct BuiltGraph {
  std::unique_ptr<graph::Snapshot> snapshot;
  std::vector<graph::ObjectIndex> nodes;  // by ReferenceGraph::IndexOf; none: not in the dump
  std::vector<Id> ids;
  std::uint64_t root_records = 0;

  // Shallow sizes by IndexOf, from the layout model, which has tests of its own.
  std::vector<std::uint64_t> Sizes() const;
};

// Aborts if the engine refuses the dump.
BuiltGraph BuildGraph(const ReferenceGraph& heap, const WriteOptions& options = {},
                      const graph::BuildOptions& build = {.threads = 1});

// "" if the engine has computed what `solution` says of every node, else what is wrong and where.
std::string FirstDifference(const ReferenceGraph& heap, const BuiltGraph& built,
                            const Solution& solution);

// Builds, solves, compares; on a difference, also what the heap looks like.
std::string Check(const ReferenceGraph& heap, const WriteOptions& options = {},
                  const graph::BuildOptions& build = {.threads = 1});

// The levels, dominators, retained sizes and classes of all nodes, in the order of the model: equal
// for equal heaps, however they are written and built.
std::string Fingerprint(const BuiltGraph& built);

}  // namespace leaktrail::testing
