// Java objects that stand for something outside of the heap, open or closed by their own flags.
//
// Which classes, and where their flags are, is a table in native_handles.cc: fields as in the
// sources of JDK 8, 17 and 25, and measured on 17 and 25 (fixture open-handles). Cost: the names of
// the classes, two passes over the objects, reads of at most kMostNativeObjects objects.
#pragma once

#include <vector>

#include "analyses/native/native_memory.h"
#include "analyses/native/native_owners.h"
#include "analyses/native/rocksdb_handles.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// A row without its owners, and the open objects that they hold.
struct OpenHandles {
  HandleRow row;
  std::vector<HeldMemory> open;
};

struct NativeHandleTable {
  std::vector<OpenHandles> rows;  // most open ones first
  bool all = true;                // false: more than kMostNativeObjects
  std::uint64_t descriptors = 0;  // as in NativeMemory
};

NativeHandleTable ReadNativeHandles(const graph::Snapshot& snapshot, const RocksDbHandles& rocksdb);

}  // namespace leaktrail::analyses
