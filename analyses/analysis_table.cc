// All analyses, in the order in which they run. What each says about itself is pages/ID.txt.
#include "analyses/analysis.h"

namespace leaktrail::analyses {
namespace {

constexpr Analysis kAnalyses[] = {
    {"known.signatures", "Known leaks of libraries and of the JDK",
     "What a signature describes: classes, how many there are, what their fields say and who holds "
     "them. Findings have the id of their signature.",
     FindSignatures},
    {"heap.accumulation", "Many equal objects behind one reference",
     "A collection, or a chain of objects, below one owner that keeps a large share of the live "
     "heap with many objects of one kind: a leak, a backlog, or a cache without a limit.",
     FindAccumulations},
    {"heap.big-object", "Few objects that take much of the heap",
     "One object (a huge array, a table), or a handful behind one owner, that keep a large share "
     "of the live heap.",
     FindBigObjects},
    {"heap.thread-local-data", "Data behind threads",
     "ThreadLocal values, or local variables of running methods, that keep a large share of the "
     "live heap.",
     FindThreadData},
    {"heap.many-threads", "Very many threads",
     "At least 500 live platform threads of one kind, or 1,000 in all.", FindManyThreads},
    {"state.heap", "Keyed state on the heap",
     "State that a stream processor keeps on the heap by key and window, and how often windows "
     "make it keep the same element.",
     FindWindowState},
    {"flink.memory", "Flink's memory outside of the heap",
     "What a Flink TaskManager has outside of its heap, as far as the heap tells: network buffers, "
     "managed memory, RocksDB's open handles, direct memory.",
     FindFlinkMemory},
    {"native.memory", "Memory outside of the heap that runs short",
     "Direct buffers near their limit or kept by threads, netty's direct memory near its limit or "
     "lost by buffers that were not released.",
     FindNativeMemory},
    {"heap.soft-data", "Data held by soft references",
     "A large share of the live heap that only soft references hold.", FindSoftData},
    {"heap.finalizer-backlog", "Objects that wait for their finalizer",
     "A large share of the live heap that only waits for finalize() to run.", FindFinalizerBacklog},
    {"heap.unreachable", "Garbage in the dump",
     "A large share of the dump that no GC root leads to.", FindUnreachable},
    {"resources.repeated", "One resource that exists many times",
     "Classes whose instances come in equal numbers and belong together, one of each: clients, "
     "pools or readers that were made again and again.",
     FindRepeatedResources},
    {"mbeans.accumulated", "MBeans that nobody unregistered",
     "A domain of an MBean server with very many MBeans whose names differ in a number only.",
     FindMBeanAccumulations},
    {"memory.zero-arrays", "Large arrays of nothing but zeros",
     "Arrays of primitive values of at least 4 KiB that hold only zeros and make up a good part of "
     "the live heap.",
     FindZeroArrays},
    {"loaders.leaked", "Class loaders that should be gone",
     "Loaders of finished jobs, stopped applications or replaced plugins that something outside of "
     "them still refers to.",
     FindLeakedLoaders},
    {"classes.generated", "Classes generated without end",
     "Very many classes that the program has made at run time: compiled expressions and scripts, "
     "lambdas, proxies, accessors.",
     FindGeneratedClasses},
};

}  // namespace

std::span<const Analysis> Analyses() { return kAnalyses; }

}  // namespace leaktrail::analyses
