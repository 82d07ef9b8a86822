// The shortest paths to all objects of a class, merged from the roots downward by what the steps
// look like: root kind, reference name and class. The raw material of merged_paths.h.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/shortest_paths.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// A bundle of paths that end alike.
struct PathBundle {
  std::vector<graph::ObjectIndex> path;  // one of them, from its root to an object of the class
  std::vector<bool> shared;              // the nodes of `path` that all paths of the bundle share
  // Below path[common - 1] the paths differ: they belong to so many branches too small to follow.
  // 0: the whole path is what the bundle has in common.
  std::uint64_t folded = 0;
  std::size_t common = 0;
  std::uint64_t objects = 0;  // that the bundle leads to
};

struct PathTrieOptions {
  std::uint64_t min_objects = 1;    // branches with fewer are not followed
  std::size_t max_branches = 2000;  // nor are more than so many
};

// `targets`: distinct nodes, all of which `paths` reaches. Biggest bundles first. Cost: 16 bytes
// per node of the graph; names of references are read from the file, at most 50,000 times per
// branch.
std::vector<PathBundle> BundlePaths(const graph::Snapshot& snapshot,
                                    const graph::ShortestPaths& paths,
                                    const std::vector<graph::ObjectIndex>& targets,
                                    const PathTrieOptions& options);

}  // namespace leaktrail::analyses
