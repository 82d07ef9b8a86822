// What of Flink's memory outside of the heap is out of proportion. Each threshold with its reason
// is in flink_verdicts.cc.
#pragma once

#include <cstdint>

#include "analyses/flink_memory.h"
#include "analyses/report.h"

namespace leaktrail::analyses {

// As for rocksdb.open-iterators: Flink itself keeps a few per state open while it restores.
inline constexpr std::uint64_t kManyIterators = 100;

// Hardly any of the network buffers was in use.
bool IsNetworkTooLarge(const NetworkMemory& network);

// Nothing of a large budget of managed memory is used.
bool IsManagedUnused(const ManagedMemory& managed);
// And the heap could use it, or it is very much.
bool IsManagedWorthMoving(const MemoryFacts& heap, const ManagedMemory& managed);

// Segments or managed memory are still booked by what has been shut down.
bool IsMuchUnreturned(const FlinkMemory& memory);

}  // namespace leaktrail::analyses
