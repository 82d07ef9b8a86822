// What a dump is and how its memory divides, before any judgement. Facts only: every figure is read
// or counted, and "unknown" is said as 0 or "".
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analyses/report.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

DumpFacts DescribeDump(const graph::Snapshot& snapshot);
MemoryFacts DescribeMemory(const graph::Snapshot& snapshot);
std::vector<HealthRow> DescribeHealth(const graph::Snapshot& snapshot);

// The maximum heap (-Xmx) as the JVM itself noted it in a static field, in bytes; 0: unknown. On
// HotSpot this is jdk.internal.misc.VM.directMemory (sun.misc.VM before JDK 9), which holds
// Runtime.maxMemory() unless -XX:MaxDirectMemorySize is set; Serial and Parallel leave one survivor
// space out. A figure below what is live was the direct memory limit, and is not returned.
std::uint64_t MaxHeapHint(const graph::Snapshot& snapshot);

// What direct buffers may reserve, java.nio.Bits.MAX_MEMORY, in bytes; 0: unknown, as where no
// direct buffer was ever made.
std::uint64_t DirectLimit(const graph::Snapshot& snapshot);

// True if -XX:MaxDirectMemorySize was given: else that limit is the maximum heap. None: unknown,
// as in dumps of JDK 8.
std::optional<bool> IsDirectLimitGiven(const graph::Snapshot& snapshot);

}  // namespace leaktrail::analyses
