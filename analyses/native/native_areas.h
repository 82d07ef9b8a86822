// The areas of memory outside of the heap, as a table.
#pragma once

#include <vector>

#include "analyses/native/native_memory.h"

namespace leaktrail::analyses {

// Those that are not empty, in an order that does not change. None counts what another one counts.
std::vector<NativeArea> NativeAreas(const NativeMemory& memory);

}  // namespace leaktrail::analyses
