// Direct buffers and mapped files: what a JVM has reserved, by its own books and by the buffers.
//
// A buffer that allocates its memory makes a Cleaner whose `thunk` frees it: a Deallocator for
// direct memory, an Unmapper for a mapped file. The Cleaner stands in a list until it has run; then
// it points to itself. So the Cleaners in the list are the memory that is reserved, also that of
// buffers that are garbage already, and their sizes add up to what java.nio.Bits has booked, to the
// byte (JDK 17 and 25, measured).
//
// Classes and fields: sources of JDK 8, 17 and 25. The counters are AtomicLongs or longs, in JDK 8
// under other names. Cost: three passes over the objects, reads of at most kMostNativeObjects
// Cleaners and as many buffers.
#pragma once

#include <cstdint>
#include <vector>

#include "analyses/native/native_memory.h"
#include "analyses/native/native_owners.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct BufferMemory {
  DirectMemory direct;                                     // without owners
  MappedMemory mapped;                                     // likewise
  std::vector<HeldMemory> direct_buffers, mapped_buffers;  // not those in caches, nor garbage
};

BufferMemory ReadBufferMemory(const graph::Snapshot& snapshot);

}  // namespace leaktrail::analyses
