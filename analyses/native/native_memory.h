// What a heap dump tells of the memory outside of the heap: objects in the heap are the handles of
// it, and some of them keep its books. The answer of `leaktrail native`, as plain data.
//
// Three kinds of figures, never added up: what the JVM or a library counted itself (kCounted,
// exact), address space that is set aside and may hardly be touched (kReserved), and estimates from
// numbers of objects (kEstimated). None of them is resident memory: that is in no heap dump.
//
// As everywhere, no contents of strings: names of classes, fields and well-known threads only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyses/flink_memory.h"
#include "analyses/report.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

enum class NativeFigure : std::uint8_t { kCounted, kReserved, kEstimated };

// Who holds some of the buffers, handles or threads: all that are held by paths that look alike.
struct NativeOwner {
  std::string name;  // "com.acme.Blobs.CACHE", "a local variable in Job.run(Job.java:7)"
  OwnerPath path;    // of one of them, from the root
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;  // outside of the heap; 0: not known
};

// java.nio direct buffers. Only buffers that allocated their memory count (those with a
// Deallocator): views, mapped files and the JDK's own image are DirectByteBuffers, too, and a sum
// of capacities counts them.
struct DirectMemory {
  // The JVM's books, java.nio.Bits, which BufferPoolMXBean shows; none: not in the dump (no direct
  // buffer was ever made).
  std::optional<std::uint64_t> reserved, capacity, count;
  // What reserved may grow to; 0: not known. Where -XX:MaxDirectMemorySize is not given it is the
  // maximum heap.
  std::uint64_t limit = 0;
  enum class LimitSource : std::uint8_t {
    kUnknown,
    kFlag,
    kMaximumHeap
  } limit_source = LimitSource::kUnknown;

  std::uint64_t buffers = 0, bytes = 0;  // with a Deallocator, and the sum of their sizes
  // Of these, buffers that are garbage: freed when a collection has found them.
  std::uint64_t garbage_buffers = 0, garbage_bytes = 0;
  std::uint64_t views = 0;            // slices and duplicates of others: no memory of their own
  std::uint64_t foreign_buffers = 0;  // made by native code or libraries: their memory is not here

  // What threads keep after they wrote or read heap buffers, sun.nio.ch.Util$BufferCache. Up to
  // JDK 24 or so they are direct buffers as others; later ones have no Deallocator and are in no
  // books.
  std::uint64_t caches = 0, cached_buffers = 0, cached_bytes = 0;
  std::uint64_t cached_unbooked_bytes = 0;  // of these

  // Memory segments (java.lang.foreign, JDK 22+). Those of automatic arenas are reserved in the
  // books, those of others are in none.
  std::uint64_t segments = 0, booked_segment_bytes = 0, unbooked_segment_bytes = 0;

  std::vector<NativeOwner> owners;  // of the buffers, without cached ones; most bytes first
  std::uint64_t more_owners = 0, more_owners_bytes = 0;
  bool all_read = true;  // false: more buffers than are looked at one by one
};

// Files that FileChannel.map has mapped: address space; what is resident is the page cache's.
struct MappedMemory {
  std::optional<std::uint64_t> counted, counted_bytes;  // FileChannelImpl's own books
  std::uint64_t mappings = 0, bytes = 0;                // Unmappers and the sum of their sizes
  std::uint64_t garbage_mappings = 0, garbage_bytes = 0;
  std::vector<NativeOwner> owners;
};

struct NettyArenas {
  std::uint64_t arenas = 0, chunks = 0, bytes = 0, used = 0;
};

// Netty under one package name: shaded copies are others, with books of their own.
struct NettyMemory {
  std::string package;       // "io.netty", "org.apache.flink.shaded.netty4.io.netty"
  std::uint64_t copies = 1;  // loaded by so many class loaders
  // PlatformDependent.DIRECT_MEMORY_COUNTER: what netty has allocated without a Cleaner. This is
  // not part of java.nio.Bits and not under -XX:MaxDirectMemorySize. None: netty uses direct
  // buffers of the JDK, which are in DirectMemory.
  std::optional<std::uint64_t> without_cleaner;
  std::uint64_t limit = 0;     // of that (io.netty.maxDirectMemory); 0: not known
  NettyArenas direct, heap;    // the pooled allocator, and what it allocated without the pool
  std::uint64_t adaptive = 0;  // direct chunks of the adaptive allocator of 4.2, as it counts them
  std::uint64_t adaptive_found = 0;             // of these, chunks that something still refers to
  std::uint64_t buffers = 0, buffer_bytes = 0;  // pooled direct ones that are not released
  std::uint64_t cached = 0;  // parts of direct chunks that threads keep for reuse
  // Used in the direct chunks, but neither by a buffer that is still there nor by cached parts, of
  // 32 KiB at most: what is left is of buffers that were collected without release, but for the
  // small change of chunks that are cut in small parts.
  std::uint64_t unaccounted = 0;
};

enum class HandleKind : std::uint8_t { kRocksDb, kZip, kSelector, kFile, kSocket, kOther };

// Objects of one class that stand for something outside of the heap, by their own flag.
struct HandleRow {
  HandleKind kind = HandleKind::kOther;
  std::string class_name;
  std::uint64_t open = 0, closed = 0;
  // What the open ones take outside of the heap, if it can be estimated; else 0.
  std::uint64_t least = 0, likely = 0, most = 0;
  std::vector<NativeOwner> owners;  // of the open ones, most first
  // The class has a finalizer: what is forgotten is freed late, and is in the dump until then.
  // Without one it is not in the dump, and never freed.
  bool finalizer = false;
};

// Live platform threads that are alike by class, name without its numbers, and topmost own frame.
struct ThreadFamily {
  std::string name;  // well-known names, and patterns as in key_names.h; else ""
  std::string class_name;
  std::string frame;
  bool own_frame = false;  // the frame is not of the Java platform
  std::uint64_t threads = 0;
  std::uint64_t stack_reserve = 0;
};

struct ThreadMemory {
  std::uint64_t platform = 0;
  std::uint64_t stack_reserve = 0;     // address space, of which only what was used is resident
  std::uint64_t default_stack = 0;     // that was taken for threads that name no size
  std::vector<ThreadFamily> families;  // most threads first
  std::uint64_t terminated = 0, not_started = 0;  // Thread objects without a thread
};

struct CountedName {
  std::string name;
  std::uint64_t count = 0;
};

// JDK 21+. Their stacks are objects of the heap (jdk.internal.vm.StackChunk).
struct VirtualThreadMemory {
  std::uint64_t threads = 0;          // not terminated
  std::vector<CountedName> states;    // "parked", 5,000
  std::vector<CountedName> blockers;  // classes of what they are parked on
  std::uint64_t chunks = 0, chunk_bytes = 0;
};

// A range, in bytes.
struct Estimate {
  std::uint64_t least = 0, likely = 0, most = 0;
};

// Classes that all loaders of one type define.
struct LoaderClasses {
  std::string type;  // "boot", "platform", "app", else the class of the loaders
  std::uint64_t loaders = 0;
  std::uint64_t classes = 0;  // array classes have no metadata worth counting, and are left out
  Estimate metaspace;
};

struct ClassMemory {
  std::uint64_t classes = 0, loaders = 0;
  Estimate metaspace;
  std::vector<LoaderClasses> by_loader;  // most classes first
  // Families of generated classes ("lambdas of com.acme.Shop"), most first.
  std::vector<CountedName> families;
};

// Keyed state of Flink's heap state backend under one name.
struct FlinkState {
  std::string name;  // made like an identifier, else ""
  std::string value_class;
  std::uint64_t entries = 0, keys = 0, windows = 0;
  std::uint64_t retained = 0;  // in the heap
  std::uint64_t copies = 1;    // of each element, by overlapping windows
};

// An area of memory outside of the heap, one row of the table.
struct NativeArea {
  enum class Kind : std::uint8_t {
    kDirect,
    kNetty,      // without cleaner
    kNioCaches,  // that are not in java.nio.Bits
    kSegments,   // likewise
    kMapped,
    kManaged,  // Flink's managed memory
    kStacks,
    kMetaspace,
    kZip
  } kind = Kind::kDirect;
  NativeFigure figure = NativeFigure::kCounted;
  std::string name;  // "direct buffers"
  std::uint64_t bytes = 0;
  std::uint64_t least = 0, most = 0;  // of estimates; else 0
  std::uint64_t limit = 0;            // 0: none, or not known
  std::string detail;                 // "84 buffers"
};

// What follows from the figures, with what to do.
struct NativeConclusion {
  std::string id;  // "native.direct-limit"
  Severity severity = Severity::kInfo;
  std::string text;    // one sentence with the figures
  std::string advice;  // what to do; may be empty
  std::string held;    // who holds it: "400 by com.acme.Zip.OPEN"; may be empty
};

struct NativeMemory {
  std::uint64_t heap_live = 0, heap_maximum = 0;  // maximum 0: not known
  DirectMemory direct;
  MappedMemory mapped;
  std::vector<NettyMemory> netty;
  std::vector<HandleRow> handles;  // most open ones first
  bool all_handles = true;
  std::uint64_t descriptors = 0;  // file descriptors that Java objects hold open, without 0 to 2
  ThreadMemory threads;
  VirtualThreadMemory virtual_threads;
  ClassMemory classes;
  std::optional<FlinkMemory> flink;
  std::vector<FlinkState> flink_states;

  std::vector<NativeArea> areas;
  std::string headline;                       // the answer in one sentence
  std::vector<NativeConclusion> conclusions;  // most severe first
  std::vector<std::string> cannot_tell;       // what no heap dump has, with where to find it
};

struct NativeOptions {
  std::size_t owners = 8;  // rows of owners per area and kind of handle; 0: all
  std::size_t rows = 20;   // of other tables; 0: all
};

// Cost: the names of the classes, some passes over the objects, reads of at most kMostNativeObjects
// objects of each kind, and a walk of the graph as far as it takes to reach them.
NativeMemory DescribeNative(const graph::Snapshot& snapshot, const NativeOptions& options = {});

inline constexpr std::size_t kMostNativeObjects = 200'000;

}  // namespace leaktrail::analyses
