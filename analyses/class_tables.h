// The tables of the report about classes and loaders: counts in one pass over the objects, retained
// sizes of the rows that are shown.
//
// Retained sizes of sets are exact up to kExactNodes; that takes one walk of the graph for classes
// and one for loaders. In larger heaps, where such a walk costs as much as the dominator tree, they
// are the lower bound of graph::DominatedByColour, and rows say so. (`histogram` is always exact.)
#pragma once

#include <cstdint>
#include <vector>

#include "analyses/report.h"
#include "graph/retained_sets.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

inline constexpr std::uint32_t kExactNodes = 4'000'000;

// Objects per class; class mirrors count as instances of java.lang.Class.
struct ClassCounts {
  std::vector<std::uint64_t> live, live_bytes, dead, dead_bytes;
};
ClassCounts CountObjects(const graph::Snapshot& snapshot);

// The classes of unreachable objects, most bytes first.
std::vector<ClassRow> MakeUnreachableRows(const graph::Snapshot& snapshot,
                                          const ClassCounts& counts, std::uint64_t limit);
// The classes that retain most, biggest first; without those that say nothing new: java.lang.Class,
// classes with a single instance, nodes and tables of collections. (`histogram` has them all.) And
// the loaders whose classes' instances retain most. At most so many of each.
struct RetainingRows {
  std::vector<ClassRow> classes;
  std::vector<LoaderRow> loaders;
};
RetainingRows MakeRetainingRows(const graph::Snapshot& snapshot, const ClassCounts& counts,
                                graph::RetainedSets& sizes, std::uint64_t classes,
                                std::uint64_t loaders);

}  // namespace leaktrail::analyses
