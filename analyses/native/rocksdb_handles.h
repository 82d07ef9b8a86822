// RocksDB's Java objects: each stands for native memory until it is closed, and has a flag that
// says whether it is.
//
// AbstractImmutableNativeReference.owningHandle_ is an AtomicBoolean, RocksMutableObject's (slices)
// a boolean; javap on rocksdbjni 5.17.2 to 8.10.0. Cost: the names of the classes; if there are
// such, two passes over the objects' classes and reads of at most kMostHandles objects.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/snapshot.h"

namespace leaktrail::analyses {

// RocksDB objects of one class.
struct NativeHandles {
  graph::ClassIndex c;
  std::uint64_t open = 0, closed = 0;
  std::uint64_t retained = 0;  // by the open ones, one by one: in the heap, not natively
  std::vector<graph::ObjectIndex> open_objects;
};

struct RocksDbHandles {
  std::vector<NativeHandles> types;  // most open ones first
  bool all = true;                   // false: more than kMostHandles, the others not counted
};

inline constexpr std::size_t kMostHandles = 200'000;

RocksDbHandles ReadRocksDbHandles(const graph::Snapshot& snapshot);

}  // namespace leaktrail::analyses
