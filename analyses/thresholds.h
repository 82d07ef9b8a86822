// When the analyses speak up: the thresholds that several rules share, each with its reason.
//
// The heap of a program that does nothing is 1 to 3 MiB live (measured: JDK 17 1.0 MiB, JDK 25
// 1.4 MiB, with a web server or JMX 2 to 3 MiB), so shares of a small heap mean little: every rule
// asks for bytes, too.
#pragma once

#include <cstdint>

#include "analyses/report.h"

namespace leaktrail::analyses {

// Below this nothing is worth waking up for, and what the Java platform itself keeps (charsets,
// zone rules, the module graph) is of this size.
inline constexpr std::uint64_t kLeastLeakBytes = 1 << 20;

// More than half of everything live behind one reference is remarkable in any heap.
inline constexpr std::uint32_t kDominatingShare = 500;
// A fifth is, where the heap is short of room or the place is one that nobody fills on purpose.
inline constexpr std::uint32_t kNotableShare = 200;

// Shares of the maximum heap that are live. Above 60 % a collector works hard and an
// OutOfMemoryError is near; at 85 % it is there (G1's and Parallel's limits leave little for the
// young generation). Below 10 % nothing is urgent, whatever it is.
inline constexpr std::uint32_t kTightFill = 600;
inline constexpr std::uint32_t kFullFill = 850;
inline constexpr std::uint32_t kRelaxedFill = 100;
// Where the maximum is unknown, a holder of this size counts as if the heap were tight.
inline constexpr std::uint64_t kLargeBytes = std::uint64_t{64} << 20;

// From this confidence on, in percent, a leak is "likely".
inline constexpr int kLikely = 70;

// So many equal objects in a collection are an accumulation; fewer are a few big objects. Places
// that nobody fills on purpose need only kMany (holders.h).
inline constexpr std::uint64_t kManyElements = 100;

// Of a limit that makes the next allocation outside of the heap fail, in thousandths: worth a look,
// and urgent.
inline constexpr std::uint32_t kNearLimit = 800;
inline constexpr std::uint32_t kAtLimit = 950;

// Flink's network memory of which less than this was in use, in thousandths, is far more than was
// needed at that moment. Unused areas below kLargeBytes are not worth a change of configuration: 64
// MiB is what Flink reserves for the network at least (taskmanager.memory.network.min).
inline constexpr std::uint32_t kHardlyUsed = 50;

// A single object, or a few, are from here on; smaller ones are buffers.
inline constexpr std::uint64_t kBigObjectBytes = std::uint64_t{16} << 20;
inline constexpr std::uint32_t kBigObjectShare = 300;

// Memory that is not held strongly, and garbage: worth a word from this on.
inline constexpr std::uint32_t kLevelShare = 200;
inline constexpr std::uint64_t kLevelBytes = std::uint64_t{8} << 20;

// A finalizer that keeps up has an empty queue; a burst of garbage gives it some hundred at once.
inline constexpr std::uint64_t kManyQueued = 1000;
inline constexpr std::uint64_t kImplausibleQueue = std::uint64_t{1} << 40;

// A JVM has about 30 MBeans, a server some hundreds, a database one per table and metric. In one
// domain more than a thousand, or a hundredth of the live heap, are worth a word.
inline constexpr std::uint64_t kManyMBeans = 1000;
inline constexpr std::uint32_t kMBeanShare = 10;
inline constexpr std::uint64_t kLeastMBeanBytes = 256 << 10;

// Large arrays that were never written to are worth a word from a tenth of the live heap on, and
// from kBigObjectBytes: some buffers are always empty.
inline constexpr std::uint32_t kZeroShare = 100;

// A server with this many platform threads is either meant so or has lost control of them.
inline constexpr std::uint64_t kManyThreads = 1000;
// As many that do the same under the same name are one per request, session or connection: pools
// stay below (Tomcat's default maximum is 200, that of Netty twice the number of processors).
inline constexpr std::uint64_t kManyAlikeThreads = 500;

// Classes that come in the same number are parts of one resource. A tolerance for the one in use
// that has been closed or is just being made; not for small numbers, where equality is chance.
inline constexpr std::uint64_t kLeastEqual = 20;
inline constexpr std::uint64_t kEqualTolerance = 100;  // one in a hundred

// Class loaders that should be gone. A flag of their container proves it (95 % sure), and then
// three are no accident any more; so are this many classes, some 60 MiB of metaspace, of fewer
// loaders. A single closed loader with a few classes is untidy, but costs little. Without a flag it
// is inferred (75 to 85 % sure): from a missing registration (three of them), or from many loaders
// with the same classes from the same place (kLeastGenerations, loader_generations.h).
inline constexpr std::uint64_t kSomeLeakedLoaders = 3;
inline constexpr std::uint64_t kManyLeakedLoaders = 10;
inline constexpr std::uint64_t kLeastInferredLoaders = 3;
inline constexpr std::uint64_t kSomeLeakedClasses = 100;
inline constexpr std::uint64_t kManyLeakedClasses = 10'000;

// Generated classes in all from which on it is urgent: 60 MiB of metaspace. How many of a kind are
// too many at all: generated_classes.cc.
inline constexpr std::uint64_t kVeryManyGenerated = 10'000;

// Two dumps of a process that does nothing differ by 0.1 to 28 KiB (measured, JDK 17 and 25: what
// the platform loads late). In large heaps two thousandths of what is live are noise.
inline constexpr std::uint64_t kGrowthNoise = 64 << 10;
inline constexpr std::uint64_t kGrowthNoiseShare = 500;  // a five hundredth
// Two dumps show one step, and what breathes looks the same in it as what leaks (a queue at the
// hour of most orders, a cache that fills up). So of two dumps only clear growth is a finding: this
// many bytes (steady programs were seen to breathe by 90 to 310 KiB), kSomeGrowth of what is live,
// and a part of what the place had before, a quarter (caches and pools under one load move by
// less); and more than what any other place has lost, which is how far this program breathes.
// Growth by kMuchGrowth of what is live needs no such part: it is told, whatever it is.
inline constexpr std::uint64_t kFirstSightBytes = kLeastLeakBytes;
inline constexpr std::uint64_t kFirstSightPart = 4;  // a quarter
// Growth is urgent if the heap is full within a day, or if it is a tenth of all that is live.
inline constexpr std::int64_t kUrgentSeconds = 24 * 3600;
inline constexpr std::uint32_t kMuchGrowth = 100;
inline constexpr std::uint32_t kSomeGrowth = 10;

// What of the maximum heap is live, in thousandths; 0: the maximum is unknown.
inline std::uint32_t HeapFill(const MemoryFacts& memory) {
  if (memory.max_heap_hint == 0) return 0;
  return static_cast<std::uint32_t>(static_cast<double>(memory.live) * 1000 /
                                    static_cast<double>(memory.max_heap_hint));
}

// True if room is short, or may be because nobody knows and `bytes` are many.
inline bool IsTight(const MemoryFacts& memory, std::uint64_t bytes) {
  return memory.max_heap_hint == 0 ? bytes >= kLargeBytes : HeapFill(memory) >= kTightFill;
}

}  // namespace leaktrail::analyses
