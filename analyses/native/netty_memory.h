// Netty's direct memory: what it has allocated past the JVM's books, its chunks and how full they
// are, and whether there are buffers for what is used.
//
// Classes and fields: javap on netty-buffer and netty-common 4.1.48, 4.1.114 and 4.2.7, by the end
// of their names, as netty is often shaded. Cost: the names of the classes; if there are such, two
// passes over the objects and reads of at most kMostNativeObjects chunks and as many buffers.
#pragma once

#include <vector>

#include "analyses/native/native_memory.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// Most bytes first; those that hold nothing are left out.
std::vector<NettyMemory> ReadNettyMemory(const graph::Snapshot& snapshot);

// What netty has in direct chunks, in no books of the JVM: its own counter, or where it keeps none
// (JDK 24 and later, where it allocates by java.lang.foreign) the sum of its chunks.
std::uint64_t NettyPastTheJvm(const NettyMemory& netty, const DirectMemory& direct);

}  // namespace leaktrail::analyses
