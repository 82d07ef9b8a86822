#include "graph/all_references.h"

#include "graph/snapshot_data.h"

namespace leaktrail::graph {

void ForEachReferenceInDump(const Snapshot& snapshot, ObjectIndex o,
                            absl::FunctionRef<void(ObjectIndex)> fn) {
  snapshot.data().graph.ForEachStrongEdge(o.value(),
                                          [&](std::uint32_t target) { fn(ObjectIndex(target)); });
}

}  // namespace leaktrail::graph
