// Who holds objects that stand for memory outside of the heap, in few rows: what is held by paths
// that look alike is one owner.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analyses/holder_path.h"
#include "analyses/native/native_memory.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct HeldMemory {
  graph::ObjectIndex object;
  std::uint64_t bytes = 0;  // outside of the heap
};

struct NativeOwners {
  std::vector<NativeOwner> owners;  // most bytes first, then most objects; at most `limit`
  std::uint64_t more = 0;           // further owners,
  std::uint64_t more_count = 0, more_bytes = 0;  // and what they hold
};

// Paths are alike if they begin at one static field, or at roots of one kind, and lead through
// objects of equal classes; the workings of collections and chains of one class do not count.
// `limit` 0: all. Cost: the walk of `paths`, one path per object, and file reads for the paths of
// the owners that are returned.
NativeOwners FindNativeOwners(const graph::Snapshot& snapshot, Paths& paths,
                              std::span<const HeldMemory> held, std::size_t limit);

}  // namespace leaktrail::analyses
