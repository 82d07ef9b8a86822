// The classes of a heap while it is scanned: those that stand before the first object, those that
// come late or not at all, and which of them a record names.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "graph/class_table.h"
#include "hprof/dump_file.h"
#include "hprof/heap_reader.h"
#include "hprof/import_health.h"
#include "hprof/record_index.h"

namespace leaktrail::graph {

struct HeapScan;

// What two ways of scanning have in common: ScanHeap and CountObjects.
std::uint64_t UnitBytes(const hprof::HeapExtent& heap);
// One object of so many is a sample, counted anew in each unit and at each huge array.
std::uint64_t SampleStride(std::uint64_t heap_bytes);
// An array with this many elements is not collected in a batch but published as it is read.
inline constexpr std::uint32_t kHugeArray = 1 << 18;
// Counts the ids of classes that objects have, too; true if there are any. No JVM writes such ids,
// but some converters do.
bool CountSharedIds(HeapScan& scan);
std::string TooManyObjectsText(const hprof::DumpFile& file);

// A class that instances name but no CLASS_DUMP defines.
struct MissingClass {
  ClassKind kind;
  std::uint32_t instance_bytes;
  std::uint64_t first_offset;
  std::uint64_t objects;
};

// A second scan is needed only if classes stand behind their instances or are missing, or if ids
// turn out to be too scattered for 32 bits; a third if both.
inline constexpr int kScanRounds = 3;

// Reads the CLASS_DUMPs that stand before the first object: all of them in HotSpot's dumps.
void ReadLeadingClasses(const hprof::DumpFile& file, const hprof::HeapExtent& heap,
                        ClassTableBuilder& builder, std::uint32_t id_size,
                        hprof::ImportHealth& health);

// Adds the classes that a scan met after their first instance, by the offsets of their CLASS_DUMPs,
// and those it did not meet at all.
void AddLateClasses(const hprof::DumpFile& file, const std::vector<std::uint64_t>& late_classes,
                    const absl::btree_map<hprof::Id, MissingClass>& missing, std::uint32_t id_size,
                    ClassTableBuilder& builder, hprof::ImportHealth& health);

// True if the class has to be added to the table: see AddLateClasses.
inline bool IsLate(const ClassTable& classes, hprof::Id id) {
  const ClassIndex known = classes.Find(id);
  return !known.valid() || classes[known].synthetic;
}

// Where the field values of a StackChunk say how many words of stack it holds.
class StackWords {
 public:
  explicit StackWords(const ClassTable& classes);
  // Nothing where the dump does not tell, or it is damage.
  std::uint32_t In(hprof::Bytes values) const {
    if (offset_ >= values.size()) return 0;
    hprof::Cursor cursor(values.subspan(offset_), 0, id_size_);
    const std::uint32_t words = cursor.U4();
    return cursor.ok() && words <= kMost ? words : 0;
  }

 private:
  static constexpr std::uint32_t kNoField = 0xffffffff;
  static constexpr std::uint32_t kMost = 1 << 27;  // a stack of 1 GiB
  std::uint32_t offset_ = kNoField;
  std::uint32_t id_size_;
};

// Finds the class that a record names. One per thread.
class ClassFinder {
 public:
  using Missing = absl::flat_hash_map<hprof::Id, MissingClass>;
  // Both outlive it. What is not found is counted in `missing`.
  ClassFinder(const ClassTable& classes, Missing& missing) : classes_(classes), missing_(missing) {}

  // `kind` and `bytes` of its values: what the record at `offset` says it is an object of.
  std::uint32_t Find(hprof::Id id, ClassKind kind, std::uint32_t bytes, std::uint64_t offset) {
    Cached& cached = cache_[(id >> 3) % cache_.size()];
    if (cached.id == id && id != 0) return cached.c;
    const ClassIndex c = classes_.Find(id);
    if (!c.valid() || classes_[c].kind != kind) return MissingOrOther(id, kind, bytes, offset);
    cached = {id, c.value()};
    return c.value();
  }

 private:
  // Direct-mapped: a class is looked up once per object, and few classes make most objects.
  struct Cached {
    hprof::Id id = 0;
    std::uint32_t c = 0;
  };

  // The class is unknown: the object gets any class, and the scan is repeated with the class added.
  // Or it is not of the kind its record says: then it counts as what it says it is.
  std::uint32_t MissingOrOther(hprof::Id id, ClassKind kind, std::uint32_t bytes,
                               std::uint64_t offset) {
    const ClassIndex known = classes_.Find(id);
    if (known.valid()) return known.value();
    auto [it, is_new] = missing_.try_emplace(id, MissingClass{kind, bytes, offset, 0});
    ++it->second.objects;
    return classes_.PrimitiveArrayClass(hprof::ValueType::kByte).value();
  }

  const ClassTable& classes_;
  Missing& missing_;
  std::array<Cached, 4096> cache_ = {};
};

}  // namespace leaktrail::graph
