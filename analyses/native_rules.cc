#include "analyses/native_rules.h"

namespace leaktrail::analyses {
namespace {

// In the order of the areas: the container, the JVM, what the program holds, Flink.
constexpr NativeRule kRules[] = {
    {"native.oom-killed", "The kernel has killed the process",
     "The container's counter of kills is not 0, or Kubernetes has one of its containers down as "
     "OOMKilled."},
    {"native.heap-near-limit", "The maximum heap is too large for the container",
     "The maximum heap leaves less of the container's limit than is used outside of it, or less "
     "than 15 % of the limit."},
    {"native.page-cache", "Page cache counts as the container's memory",
     "A quarter of what the container is charged with is page cache, and it is at 80 % of its "
     "limit."},
    {"native.unexplained", "Memory in nobody's books",
     "At least 64 MiB and 15 % of what is resident are neither of the heap nor counted by the JVM "
     "or the dump; without native memory tracking 30 %, with smaps."},
    {"native.malloc-arenas", "Memory in arenas of glibc's malloc",
     "64 MiB and 15 % of what is resident lie in at least four arenas, and what is known to have "
     "been allocated there does not explain it."},
    {"native.out-of-memory", "An OutOfMemoryError was reported",
     "A log or a crash report has an OutOfMemoryError with a message of the JVM's own."},
    {"native.memory-refused", "The system gave the JVM no more memory",
     "A crash report says that an allocation or a new thread was refused."},
    {"native.gc-overhead", "Full collections that free nothing",
     "The last three full collections freed less than 2 % each of a heap that is full to 85 %."},
    {"native.gc-metadata", "Full collections because metaspace is full",
     "Full collections for metaspace freed less than 2 %: five of them, or one of last resort."},
    {"native.growth", "An area of the JVM that grew",
     "Native memory tracking says that an area other than the heap grew by 16 MiB and a tenth "
     "since the baseline."},
    {"native.old-jdk", "A JDK with a known native leak",
     "The JVM is a JDK 8 before 8u152, whose table of method names only grows."},
    {"native.threads", "Very many threads",
     "The process has 1,000 threads, or 500 that do the same."},
    {"native.metaspace", "Metaspace that is large or near its limit",
     "The classes of the dump take an estimated 256 MiB, or 80 % of Flink's limit."},
    {"native.metaspace-limit", "Metaspace near its limit",
     "What is committed of metaspace is at 80 % of -XX:MaxMetaspaceSize."},
    {"native.metaspace-loaders", "Metaspace that copies of one class loader take",
     "Ten class loaders of one type with equally many classes have a tenth of metaspace."},
    {"native.direct-limit", "Direct buffers near their limit",
     "The JVM's count of direct memory is at 80 % of what it may grow to."},
    {"native.direct-garbage", "Direct memory of buffers that are garbage",
     "16 MiB, and a quarter of all direct memory, are of buffers that no collection has found "
     "yet."},
    {"native.nio-caches", "Direct memory that threads keep",
     "Threads keep 64 MiB of direct buffers of their own after they wrote or read heap buffers."},
    {"native.segments", "Memory segments of arenas that are open",
     "Memory segments (java.lang.foreign) of open arenas, which no limit counts, have 64 MiB."},
    {"native.netty-limit", "Netty's direct memory near its limit",
     "Netty's own counter is at 80 % of io.netty.maxDirectMemory."},
    {"native.netty-lost", "Netty buffers that were never released",
     "16 MiB, and half of what is used in netty's chunks, belong to no buffer that still exists."},
    {"native.zip", "Inflaters and Deflaters that are not ended",
     "Those that are not ended take an estimated 64 MiB."},
    {"native.descriptors", "Very many open files and sockets",
     "Java objects hold 1,000 file descriptors open."},
    {"native.rocksdb-iterators", "RocksDB iterators that are not closed",
     "100 RocksDB iterators are open by their own flag."},
    {"native.flink-overhead", "More than Flink's JVM overhead is used",
     "Stacks, code, the JVM, libraries and what is unexplained take more than the budget for "
     "them."},
    {"native.flink-metaspace", "Metaspace near Flink's limit",
     "What is committed of metaspace is 90 % of taskmanager.memory.jvm-metaspace.size."},
    {"native.flink-managed", "Flink's managed memory that nothing uses",
     "64 MiB or more of managed memory are set aside, and nothing has reserved any of it."},
    {"native.flink-network", "Flink's network buffers are too many",
     "64 MiB or more of network buffers, of which less than 5 % were in use."},
    {"native.flink-unreturned", "Flink memory that was not given back",
     "Closed slots still have managed memory, or destroyed pools a tenth of all network segments."},
    {"native.flink-rocksdb-unmanaged", "RocksDB without a budget",
     "The configuration has state.backend.rocksdb.memory.managed: false."},
};

}  // namespace

std::span<const NativeRule> NativeRules() { return kRules; }

}  // namespace leaktrail::analyses
