#include "analyses/native/direct_memory.h"

#include <algorithm>
#include <span>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "analyses/book_reader.h"
#include "analyses/facts.h"
#include "analyses/instances.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Reachability;
using graph::Snapshot;

class BufferReader {
 public:
  explicit BufferReader(const Snapshot& snapshot)
      : snapshot_(snapshot), classes_(snapshot.classes()), books_(snapshot) {
    direct_buffer_ = classes_.FindByName("java.nio.DirectByteBuffer");
    deallocator_ = classes_.FindByName("java.nio.DirectByteBuffer$Deallocator");
    unmapper_ = classes_.FindByName("sun.nio.ch.FileChannelImpl$Unmapper");
    cache_ = classes_.FindByName("sun.nio.ch.Util$BufferCache");
    // What frees a memory segment is the first anonymous class of this one, in JDK 22 to 25.
    segment_ = classes_.FindByName("jdk.internal.foreign.SegmentFactories$1");
    for (const absl::string_view name : {"jdk.internal.ref.Cleaner", "sun.misc.Cleaner"}) {
      if (!cleaner_.valid()) cleaner_ = classes_.FindByName(name);
    }
  }

  BufferMemory Read() {
    ReadBooks();
    std::vector<bool> wanted(classes_.size());
    for (std::uint32_t i = 0; i < classes_.size(); ++i) {
      const ClassIndex c(i);
      wanted[i] = c == cleaner_ || c == cache_ || c == segment_ || IsDirectBuffer(c);
    }
    const Instances instances(snapshot_, wanted);
    ForEach(instances, cache_, [&](ObjectIndex o) { ReadCache(o); });
    ForEach(instances, cleaner_, [&](ObjectIndex o) { ReadCleaner(o); });
    ForEach(instances, segment_, [&](ObjectIndex o) { ReadSegment(o); });
    for (std::uint32_t i = 0; i < classes_.size(); ++i) {
      if (!IsDirectBuffer(ClassIndex(i))) continue;
      ForEach(instances, ClassIndex(i), [&](ObjectIndex o) { ReadBuffer(o); });
    }
    return std::move(memory_);
  }

 private:
  bool IsDirectBuffer(ClassIndex c) const {
    return direct_buffer_.valid() && classes_.IsSubclass(c, direct_buffer_);
  }

  template <typename F>
  void ForEach(const Instances& instances, ClassIndex c, F&& fn) {
    if (!c.valid()) return;
    const auto all = instances.Of(c);
    if (all.size() > kMostNativeObjects) memory_.direct.all_read = false;
    for (const ObjectIndex o : all.first(std::min(all.size(), kMostNativeObjects))) fn(o);
  }

  // --- the JVM's own counters; the second name of each is that of JDK 8

  std::optional<std::uint64_t> Counter(ClassIndex c, absl::string_view name,
                                       absl::string_view old_name) {
    const auto value = books_.StaticFigure(c, name);
    return value ? value : books_.StaticFigure(c, old_name);
  }

  void ReadBooks() {
    DirectMemory& direct = memory_.direct;
    const ClassIndex bits = classes_.FindByName("java.nio.Bits");
    direct.reserved = Counter(bits, "RESERVED_MEMORY", "reservedMemory");
    direct.capacity = Counter(bits, "TOTAL_CAPACITY", "totalCapacity");
    direct.count = Counter(bits, "COUNT", "count");
    direct.limit = DirectLimit(snapshot_);
    const auto given = IsDirectLimitGiven(snapshot_);
    if (direct.limit > 0 && given) {
      direct.limit_source =
          *given ? DirectMemory::LimitSource::kFlag : DirectMemory::LimitSource::kMaximumHeap;
    }
    for (const absl::string_view name :
         {"sun.nio.ch.FileChannelImpl$Unmapper", "sun.nio.ch.FileChannelImpl$DefaultUnmapper",
          "sun.nio.ch.FileChannelImpl$SyncUnmapper"}) {
      const ClassIndex c = classes_.FindByName(name);
      const auto count = books_.StaticFigure(c, "count");
      const auto bytes = books_.StaticFigure(c, "totalSize");
      if (!count || !bytes) continue;
      memory_.mapped.counted = memory_.mapped.counted.value_or(0) + *count;
      memory_.mapped.counted_bytes = memory_.mapped.counted_bytes.value_or(0) + *bytes;
    }
  }

  // --- objects

  void ReadCache(ObjectIndex o) {
    const ObjectIndex array = books_.Object(o, "buffers");
    if (!array.valid()) return;
    bool any = false;
    snapshot_.ForEachReference(array, [&](ObjectIndex buffer) {
      if (!IsDirectBuffer(snapshot_.ClassOf(buffer))) return;
      any |= cached_.insert(buffer).second;
    });
    if (any) ++memory_.direct.caches;
  }

  // A Cleaner that has run, or was run by hand, points to itself.
  bool HasRun(ObjectIndex cleaner) { return books_.Object(cleaner, "next") == cleaner; }

  void ReadCleaner(ObjectIndex cleaner) {
    const ObjectIndex thunk = books_.Object(cleaner, "thunk");
    if (!thunk.valid()) return;
    const ClassIndex c = snapshot_.ClassOf(thunk);
    const bool maps = unmapper_.valid() && classes_.IsSubclass(c, unmapper_);
    if ((!maps && c != deallocator_) || HasRun(cleaner)) return;
    const auto bytes = books_.Number(thunk, "size");
    if (!bytes) return;
    const ObjectIndex buffer = books_.Object(cleaner, "referent");
    const bool garbage = !buffer.valid() || snapshot_.LevelOf(buffer) >= Reachability::kWeak;
    if (maps) {
      AddMapping(buffer, *bytes, garbage);
    } else {
      AddDirect(buffer, *bytes, garbage);
    }
  }

  void AddMapping(ObjectIndex buffer, std::uint64_t bytes, bool garbage) {
    MappedMemory& mapped = memory_.mapped;
    ++mapped.mappings;
    mapped.bytes += bytes;
    if (garbage) {
      ++mapped.garbage_mappings;
      mapped.garbage_bytes += bytes;
    } else {
      memory_.mapped_buffers.push_back({buffer, bytes});
      booked_.insert(buffer);
    }
  }

  void AddDirect(ObjectIndex buffer, std::uint64_t bytes, bool garbage) {
    DirectMemory& direct = memory_.direct;
    ++direct.buffers;
    direct.bytes += bytes;
    if (garbage) {
      ++direct.garbage_buffers;
      direct.garbage_bytes += bytes;
      return;
    }
    booked_.insert(buffer);
    if (cached_.contains(buffer)) {
      ++direct.cached_buffers;
      direct.cached_bytes += bytes;
    } else {
      memory_.direct_buffers.push_back({buffer, bytes});
    }
  }

  void ReadSegment(ObjectIndex cleanup) {
    const auto bytes = books_.Number(cleanup, "val$allocationSize");
    const auto booked = books_.Number(cleanup, "val$shouldReserve");
    if (!bytes || !booked) return;
    ++memory_.direct.segments;
    (*booked != 0 ? memory_.direct.booked_segment_bytes : memory_.direct.unbooked_segment_bytes) +=
        *bytes;
  }

  // What is neither booked nor mapped: views, buffers of native code, and of newer caches.
  void ReadBuffer(ObjectIndex buffer) {
    if (booked_.contains(buffer)) return;
    DirectMemory& direct = memory_.direct;
    if (cached_.contains(buffer)) {
      const std::uint64_t bytes = books_.Number(buffer, "capacity").value_or(0);
      ++direct.cached_buffers;
      direct.cached_bytes += bytes;
      direct.cached_unbooked_bytes += bytes;
    } else if (books_.Object(buffer, "att").valid()) {
      ++direct.views;
    } else if (!books_.Object(buffer, "cleaner").valid()) {
      ++direct.foreign_buffers;
    }
  }

  const Snapshot& snapshot_;
  const graph::ClassTable& classes_;
  BookReader books_;
  ClassIndex direct_buffer_, deallocator_, unmapper_, cleaner_, cache_, segment_;
  absl::flat_hash_set<ObjectIndex> cached_;  // buffers in caches of threads
  absl::flat_hash_set<ObjectIndex> booked_;  // buffers whose Cleaner has been seen
  BufferMemory memory_;
};

}  // namespace

BufferMemory ReadBufferMemory(const Snapshot& snapshot) { return BufferReader(snapshot).Read(); }

}  // namespace leaktrail::analyses
