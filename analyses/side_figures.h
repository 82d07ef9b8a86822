// From the heap to the files beside its dump: what the dump knows, as the plain figures that
// sidefiles/ joins with theirs.
#pragma once

#include "analyses/native/native_memory.h"
#include "analyses/sidefiles/dump_figures.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// Whether the heap has room is told by `memory`; a leak in it does not fill a container, as the
// heap has a maximum. Cost: that of DescribeLoaders.
sidefiles::DumpFigures FiguresForSideFiles(const graph::Snapshot& snapshot,
                                           const NativeMemory& memory);

}  // namespace leaktrail::analyses
