// Distances between neighbours in the heap.
#pragma once

#include <vector>

#include "graph/heap_scan.h"
#include "graph/object_layout.h"

namespace leaktrail::graph {

// The ids of a dump in the order of their addresses: objects, class mirrors, and others.
class Neighbours {
 public:
  // `others`: ids of what lies in the heap but not in the dump.
  explicit Neighbours(const HeapScan& scan, std::vector<hprof::Id> others = {});

  // The lowest id above `id`; 0: there is none, or none near. O(log classes).
  hprof::Id Next(hprof::Id id) const;
  // Of `mirrors` and `others`, sorted.
  const std::vector<hprof::Id>& apart() const { return apart_; }

 private:
  const HeapScan& scan_;
  std::vector<hprof::Id> apart_;
};

// What the sampled objects and the class mirrors of the dump say about sizes.
LayoutEvidence GatherEvidence(const HeapScan& scan);

}  // namespace leaktrail::graph
