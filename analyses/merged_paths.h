// Why something is alive: the shortest path from a GC root, for one object or, merged from the root
// downward, for all objects of a class.
//
// Steps with equal labels (edge and class, collections collapsed as in OwnerPath) are one branch;
// every branch counts the objects of the class that are reached through it. Recursive structures
// (list nodes, tree entries) count as one step, so the depth is bounded.
//
// Cost: one breadth-first walk of the graph, 16 bytes per node; field names are read from the file
// only for branches that hold at least a thousandth of the objects.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyses/report.h"
#include "analyses/target.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct PathOptions {
  bool show_strings = false;  // the text of a string may be shown
  // The weakest kind of reference a path may use.
  graph::Reachability weakest = graph::Reachability::kStrong;
  std::uint64_t limit = 40;      // lines of the merged tree; 0: all
  std::uint32_t min_milli = 10;  // branches with a smaller share of the objects are folded
};

// The path of one object.
struct ObjectPath {
  std::uint64_t id = 0;
  std::string class_name;
  std::string text;  // of a java.lang.String, only with show_strings
  std::uint64_t shallow = 0;
  std::uint64_t retained = 0;
  graph::Reachability level = graph::Reachability::kUnreachable;  // how the object is held at best
  std::optional<OwnerPath> path;  // none: nothing of the allowed strength leads to the object
};

struct PathBranch {
  int level = 0;     // indentation: grows where branches part
  std::string edge;  // as in PathStep; for the first step of a path the kind of root
  std::string class_name;
  std::string detail;
  bool is_root = false;
  bool continues = false;         // the only way on from the row above, for all its objects
  std::uint64_t objects = 0;      // of the class, reached through this step
  std::uint32_t share_milli = 0;  // of the reached objects
  // Above 0: this row stands for so many branches at this place that are not shown.
  std::uint64_t folded = 0;
};

struct MergedPaths {
  std::string class_name;
  std::uint64_t loaders = 0;  // that define a class of this name
  std::uint64_t objects = 0;  // live instances
  std::uint64_t unreachable = 0;
  std::uint64_t reached = 0;         // by paths of the allowed strength
  std::uint64_t retained = 0;        // by all instances together, exact
  std::vector<PathBranch> branches;  // depth first, biggest first
};

ObjectPath FindObjectPath(const graph::Snapshot& snapshot, graph::ObjectIndex object,
                          const PathOptions& options);
MergedPaths MergePaths(const graph::Snapshot& snapshot, const Target& target,
                       const PathOptions& options);

}  // namespace leaktrail::analyses
