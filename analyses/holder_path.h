// The path of a holder: from where to where, which step is the place, which reference to cut, and
// what a person would call it. What holders.cc is made of.
#pragma once

#include <memory>
#include <vector>

#include "analyses/holders.h"
#include "graph/shortest_paths.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// Paths from the roots, over strong references where there are any. Trees are made when asked for,
// and grow as far as it takes: mostly over a small part of the heap.
class Paths {
 public:
  explicit Paths(const graph::Snapshot& snapshot) : snapshot_(snapshot) {}
  std::vector<graph::ObjectIndex> To(graph::ObjectIndex o);

 private:
  std::vector<graph::ObjectIndex> PathIn(std::unique_ptr<graph::ShortestPaths>& tree,
                                         graph::Reachability weakest, graph::ObjectIndex o);

  const graph::Snapshot& snapshot_;
  std::unique_ptr<graph::ShortestPaths> strong_, any_;
};

// Fills in path, place, cut, name, known, by_local, platform_only and level of `holder`, which has
// kind, holding and retained. Not for kPlatform.
void FindHolderPath(const graph::Snapshot& snapshot, Paths& paths, Holder& holder);

}  // namespace leaktrail::analyses
