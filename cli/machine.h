// What the machine, or the container this runs in, has to offer.
#pragma once

#include <cstdint>

namespace leaktrail::cli {

// Bytes that can still be allocated: the smaller of what the system and the cgroup (v2 or v1)
// leave, page cache counted as free. 0: unknown.
std::uint64_t AvailableMemory();

int ProcessorCount();

}  // namespace leaktrail::cli
