// Threads: the stacks of platform threads are outside of the heap, those of virtual threads are
// objects in it.
//
// Fields as in JDK 8 to 25: Thread.stackSize, or Thread.holder.stackSize from JDK 19 on; eetop is 0
// for a thread that does not run. Names of the states of virtual threads are the constants of their
// class, whose numbers differ between versions. Cost: two passes over the objects, and reads of all
// threads, at most kMostNativeObjects virtual ones and as many chunks.
#pragma once

#include "analyses/native/native_memory.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct Threads {
  ThreadMemory platform;
  VirtualThreadMemory virtual_threads;
};

// `limit`: families, states and blockers; 0: all.
Threads ReadThreadMemory(const graph::Snapshot& snapshot, std::size_t limit);

// The stack of a platform thread that names no size, on 64-bit Linux and x86: -Xss, 1 MiB unless it
// is given.
inline constexpr std::uint64_t kDefaultStack = std::uint64_t{1} << 20;

}  // namespace leaktrail::analyses
