// The keyed state of Flink's heap state backend, state by state.
//
// Each state is a StateTable with a name in its meta information and a map per key group; entries
// have a key, a namespace (the window) and the state. Classes by the end of their names, fields as
// javap shows them in flink-runtime 1.20.3, and as in the sources of apache/flink from 1.9 on.
// Cost: the names of the classes; only in a dump with such tables, two passes over the objects and
// reads of at most kSampledEntries entries per state.
#pragma once

#include <vector>

#include "analyses/native/native_memory.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// Biggest first; without those that have no entries.
std::vector<FlinkState> ReadFlinkStates(const graph::Snapshot& snapshot);

}  // namespace leaktrail::analyses
