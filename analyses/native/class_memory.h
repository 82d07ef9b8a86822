// Classes by what defines them, and what they take in metaspace: an estimate, with a range.
#pragma once

#include "analyses/native/native_memory.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// `limit`: loader types and families; 0: all. Cost: one pass over the objects, and a read per class
// loader.
ClassMemory ReadClassMemory(const graph::Snapshot& snapshot, std::size_t limit);

}  // namespace leaktrail::analyses
