// From the heap to the files beside its dump: what the dump knows, as the plain figures that
// sidefiles/ joins with theirs.
#pragma once

#include "analyses/loaders.h"
#include "analyses/native/native_memory.h"
#include "analyses/sidefiles/dump_figures.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// Cost: that of DescribeLoaders.
sidefiles::DumpFigures FiguresForSideFiles(const graph::Snapshot& snapshot,
                                           const NativeMemory& memory);
// Of answers that are there. `whole`: nothing of the dump is missing, so what it does not show
// there is not.
sidefiles::DumpFigures FiguresForSideFiles(const Loaders& loaders, const NativeMemory& memory,
                                           bool whole);

}  // namespace leaktrail::analyses
