#include "graph/scan_classes.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "graph/heap_scan.h"

namespace leaktrail::graph {
namespace {

using hprof::Bytes;
using hprof::Cursor;
using hprof::HeapTag;
using hprof::HeapUnit;
using hprof::Id;
using hprof::ImportHealth;
using hprof::Oddity;
using hprof::ValueType;

class ClassVisitor {
 public:
  ClassVisitor(ClassTableBuilder& builder, ImportHealth& health, bool only_one = false)
      : builder_(builder), health_(health), only_one_(only_one) {}
  void Root(HeapTag, Id, std::uint32_t, std::uint32_t, std::uint64_t) {}
  bool Class(Cursor& cursor, std::uint64_t) {
    builder_.Add(cursor, health_);
    stop_ = only_one_ && cursor.ok();
    return cursor.ok();
  }
  void Instance(Id, Id, Bytes, std::uint64_t) { stop_ = true; }
  void ObjectArray(Id, Id, std::uint32_t, std::uint64_t) { stop_ = true; }
  void Elements(Bytes) {}
  void PrimitiveArray(Id, ValueType, std::uint32_t, std::uint64_t, std::uint64_t) { stop_ = true; }
  bool Stop() const { return stop_; }

 private:
  ClassTableBuilder& builder_;
  ImportHealth& health_;
  const bool only_one_;
  bool stop_ = false;
};

}  // namespace

void ReadLeadingClasses(const hprof::DumpFile& file, const hprof::HeapExtent& heap,
                        ClassTableBuilder& builder, std::uint32_t id_size, ImportHealth& health) {
  ClassVisitor visitor(builder, health);
  ImportHealth damage;  // of the records; counted when the unit is scanned
  hprof::UnitWindow window(file);
  for (const HeapUnit& unit : heap.units) {
    hprof::HeapReader reader(window, id_size, damage, visitor);
    reader.Read(unit);
    if (visitor.Stop()) return;
  }
}

void AddLateClasses(const hprof::DumpFile& file, const std::vector<std::uint64_t>& late_classes,
                    const absl::btree_map<Id, MissingClass>& missing, std::uint32_t id_size,
                    ClassTableBuilder& builder, ImportHealth& health) {
  hprof::UnitWindow window(file, std::size_t{1} << 16);
  for (const std::uint64_t offset : late_classes) {
    ImportHealth counted_before;
    ClassVisitor visitor(builder, health, /*only_one=*/true);
    hprof::HeapReader reader(window, id_size, counted_before, visitor);
    reader.Read({offset, file.size()});
  }
  for (const auto& [id, its] : missing) {
    if (builder.Contains(id)) continue;
    health.Count(Oddity::kMissingClass, its.first_offset, its.objects);
    builder.AddMissing(id, its.kind, its.instance_bytes);
  }
}

StackWords::StackWords(const ClassTable& classes) : id_size_(classes.id_size()) {
  if (!classes.stack_chunk.valid()) return;
  std::uint32_t offset = 0;
  for (const Field& field : classes.fields(classes.stack_chunk)) {
    if (classes.Text(field.name) == "size" && field.type == ValueType::kInt) {
      offset_ = offset;
      return;
    }
    offset += hprof::DumpSize(field.type, id_size_);
  }
}

std::uint64_t UnitBytes(const hprof::HeapExtent& heap) {
  std::uint64_t bytes = 0;
  for (const HeapUnit& unit : heap.units) bytes += unit.end - unit.begin;
  return bytes;
}

std::uint64_t SampleStride(std::uint64_t heap_bytes) {
  constexpr std::uint64_t kLayoutSamples = 200'000;
  constexpr std::uint64_t kTypicalObjectBytes = 45;  // in a dump
  return std::max<std::uint64_t>(1, heap_bytes / kTypicalObjectBytes / kLayoutSamples);
}

bool CountSharedIds(HeapScan& scan) {
  std::uint64_t shared = 0;
  for (std::uint32_t c = 0; c < scan.classes.size(); ++c) {
    const Id id = scan.classes[ClassIndex(c)].id;
    shared += id != 0 && scan.ids.Find(id) != IdMap::kNone;
  }
  scan.health.Count(Oddity::kClassAndObject, 0, shared);
  return shared > 0;
}

std::string TooManyObjectsText(const hprof::DumpFile& file) {
  return absl::StrCat(file.path(),
                      ": more than 4,294,000,000 objects; this version cannot analyze so many");
}

}  // namespace leaktrail::graph
