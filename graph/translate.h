// Raw references -> node indexes, in place, and how often each object is referred to.
#pragma once

#include <cstddef>
#include <cstdint>

#include "graph/bitmap.h"
#include "graph/heap_scan.h"

namespace leaktrail::graph {

// Which objects have at least one, and which at least two incoming references. Add is thread-safe.
class InDegrees {
 public:
  explicit InDegrees(std::uint32_t objects) : once_(objects), many_(objects) {}
  void Add(std::uint32_t object) {
    if (once_.TestAndSetShared(object)) many_.TestAndSetShared(object);
  }
  void SetMany(std::uint32_t object) {
    once_.Set(object);
    many_.Set(object);
  }
  bool none(std::uint32_t object) const { return !once_.Test(object); }
  const Bitmap& many() const { return many_; }

 private:
  Bitmap once_;
  Bitmap many_;
};

// Index of the object or class mirror with this id: objects first, then classes (see ObjectIndex).
// An id of both is that of the class.
// References::kDangling if there is none.
std::uint32_t NodeOf(const HeapScan& scan, hprof::Id id);
// True if there is no such node; also before the ids have indexes.
bool IsDangling(const HeapScan& scan, hprof::Id id);

// How many of HeapScan::dangling_ids are kept: an archive of classes holds some thousands.
inline constexpr std::size_t kMostDanglingIds = 100'000;

// Translates all references and referents, counting those that lead nowhere. 4-7 ns per reference.
InDegrees TranslateReferences(HeapScan& scan, int threads);

}  // namespace leaktrail::graph
