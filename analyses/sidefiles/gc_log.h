// GC logs: those of JDK 8 (-Xloggc with PrintGCDetails) and unified ones (JDK 9 to 25, -Xlog:gc or
// gc*). Of all collections only the full ones matter here: what is left after them is alive.
//
// A full collection is a "Full GC", a "Pause Full", and of ZGC a "Garbage Collection" (JDK 17) or
// "Major Collection" (generational).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/jvm_facts.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::analyses::sidefiles {

struct FullCollection {
  std::string cause;  // "Metadata GC Threshold", "Ergonomics"; one of the JVM's own, else "other"
  std::uint64_t before = 0, after = 0, capacity = 0;  // of the heap; capacity is what
                                                      // was committed; 0: not told
  std::optional<std::uint64_t> metaspace_before, metaspace_after;
  bool metadata = false;  // the cause is that metaspace was full
};

struct GcLog {
  std::uint64_t collections = 0, full = 0, for_metadata = 0;
  std::uint64_t allocation_stalls = 0;    // ZGC: threads that waited for memory
  std::uint64_t evacuation_failures = 0;  // G1: to-space exhausted
  // What a later collection left of the heap, if it was not a full one.
  std::optional<std::uint64_t> after_last;
  std::uint64_t max_heap = 0;        // 0: not told
  std::vector<FullCollection> last;  // the last kLastCollections of the full ones, in order
  JvmVersion version;
  VmFlags flags;  // of the head of a log of JDK 8
};

inline constexpr std::size_t kLastCollections = 12;

std::optional<GcLog> ParseGcLog(absl::string_view text, std::vector<Unread>& unread);

}  // namespace leaktrail::analyses::sidefiles
