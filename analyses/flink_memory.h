// What a heap dump tells of the memory that a Flink TaskManager has outside of its heap: objects in
// the heap keep the books of it.
//
//   network buffers   NetworkBufferPool: segments in all and those that are free
//   managed memory    MemoryManager, one per slot that has had a task: its budget, what is left of
//                     it, and the shared resources (RocksDB, Python) that reserved the rest
//   RocksDB           each handle with a flag that says whether it is still open
//   the model         TaskExecutorMemoryConfiguration: what the process was told to use for what
//
// Not what native code really takes: RocksDB's own bytes, malloc's arenas, the code cache.
//
// Classes by the end of their names, fields as javap shows them in flink-runtime 1.14.6, 1.17.2 and
// 1.20.3 and in rocksdbjni 5.17.2 to 8.10.0. What is missing or of another type is left out, and
// figures that cannot be are not believed. Cost: the names of the classes; only in a dump with
// Flink, two passes over the objects' classes, and file reads for at most kMostBooks objects of
// each class and kMostHandles handles (native/rocksdb_handles.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyses/native/rocksdb_handles.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct NetworkMemory {
  std::uint64_t pools = 0, segments = 0, bytes = 0;
  std::uint64_t segment_bytes = 0;     // of one; 0 if pools differ
  std::optional<std::uint64_t> taken;  // segments that are not free; none: not known
  std::uint64_t local_pools = 0;       // that have taken segments and are in use
  std::uint64_t destroyed_pools = 0;   // local ones that have not given all back,
  std::uint64_t unreturned = 0;        // and how many segments those are
};

struct Reservation {
  std::string class_name;  // of the resource
  std::uint64_t bytes = 0;
};

struct ManagedMemory {
  std::uint64_t managers = 0, bytes = 0, used = 0;
  std::vector<Reservation> reservations;  // by class, biggest first; the rest are operators'
  std::uint64_t unreturned = 0;           // bytes still booked in managers that are shut down
};

// Bytes; 0: not configured, without a limit, or not in the dump.
struct MemoryModel {
  std::uint64_t heap = 0, off_heap = 0;  // each framework and task
  std::uint64_t network = 0, managed = 0, metaspace = 0, overhead = 0, process = 0;
};

struct FlinkMemory {
  NetworkMemory network;
  ManagedMemory managed;
  std::vector<NativeHandles> handles;  // most open ones first
  bool all_handles = true;             // false: more than kMostHandles, the others not counted
  MemoryModel model;
  std::uint64_t max_direct = 0;  // -XX:MaxDirectMemorySize; 0: not known

  // Open handles of the class that is called so in the package org.rocksdb.
  std::uint64_t Open(const graph::Snapshot& snapshot, absl::string_view rocksdb_class) const;
};

inline constexpr std::size_t kMostBooks = 10'000;

// Nothing if the dump has neither network buffers nor managed memory of a TaskManager.
std::optional<FlinkMemory> ReadFlinkMemory(const graph::Snapshot& snapshot);

}  // namespace leaktrail::analyses
