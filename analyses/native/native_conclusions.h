// What follows from the figures of the memory outside of the heap: what is near its limit, what was
// not closed, what is out of proportion. Each threshold with its reason is in the .cc.
#pragma once

#include <string>
#include <vector>

#include "analyses/native/native_memory.h"
#include "analyses/report.h"

namespace leaktrail::analyses {

// Most severe first.
std::vector<NativeConclusion> NativeConclusions(const NativeMemory& memory);

// Of these, what follows from the direct memory alone, of the JVM and of netty.
std::vector<NativeConclusion> DirectConclusions(const DirectMemory& direct,
                                                const std::vector<NettyMemory>& netty);

// The answer in one sentence: whether the heap has room, and where to look outside of it.
std::string NativeHeadline(const NativeMemory& memory);

// What no heap dump has, with the command that tells.
std::vector<std::string> CannotTell(const NativeMemory& memory);

}  // namespace leaktrail::analyses
