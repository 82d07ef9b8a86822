#include "analyses/flink_verdicts.h"

#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

// Unused managed memory is worth more than a remark where the heap could use it, and from this on:
// a TaskManager of the default size has 512 MiB.
constexpr std::uint64_t kMuchManaged = std::uint64_t{256} << 20;
// Segments still out in pools that are destroyed: a finished producer has some until its consumers
// have read them, but not this much of all.
constexpr std::uint32_t kMuchUnreturned = 100;

}  // namespace

bool IsNetworkTooLarge(const NetworkMemory& network) {
  return network.bytes >= kLargeBytes && network.taken &&
         *network.taken * 1000 < kHardlyUsed * network.segments;
}

bool IsManagedUnused(const ManagedMemory& managed) {
  return managed.bytes >= kLargeBytes && managed.used == 0;
}

bool IsManagedWorthMoving(const MemoryFacts& heap, const ManagedMemory& managed) {
  return IsManagedUnused(managed) && (managed.bytes >= kMuchManaged || IsTight(heap, heap.live));
}

bool IsMuchUnreturned(const FlinkMemory& memory) {
  return memory.managed.unreturned > 0 ||
         Milli(memory.network.unreturned, memory.network.segments) >= kMuchUnreturned;
}

}  // namespace leaktrail::analyses
