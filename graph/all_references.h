// The references of objects as the dump has them, also those that hold nothing: from garbage, or
// from what is held more weakly than their target. Snapshot::ForEachReference leaves these out.
#pragma once

#include "absl/functional/function_ref.h"
#include "graph/snapshot.h"

namespace leaktrail::graph {

// Calls fn for every reference of `o`, implicit ones included, but for referents and for those to
// classes that are GC roots. From the arrays in memory; in no order that means anything.
void ForEachReferenceInDump(const Snapshot& snapshot, ObjectIndex o,
                            absl::FunctionRef<void(ObjectIndex)> fn);

}  // namespace leaktrail::graph
