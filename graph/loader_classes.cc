#include "graph/loader_classes.h"

#include "hprof/heap_reader.h"

namespace leaktrail::graph {
namespace {

using hprof::Bytes;
using hprof::Cursor;
using hprof::HeapTag;
using hprof::HeapUnit;
using hprof::Id;
using hprof::ImportHealth;
using hprof::ValueType;

// Ids whose objects are looked for in the heap.
class LoaderVisitor {
 public:
  LoaderVisitor(const ClassTable& classes, absl::flat_hash_map<Id, ClassIndex>& wanted)
      : classes_(classes), wanted_(wanted) {}
  void Root(HeapTag, Id, std::uint32_t, std::uint32_t, std::uint64_t) {}
  bool Class(Cursor& cursor, std::uint64_t) { return hprof::SkipClassDump(cursor), cursor.ok(); }
  void Instance(Id id, Id class_id, Bytes, std::uint64_t) { Note(id, classes_.Find(class_id)); }
  void ObjectArray(Id id, Id class_id, std::uint32_t, std::uint64_t) {
    Note(id, classes_.Find(class_id));
  }
  void Elements(Bytes) {}
  void PrimitiveArray(Id id, ValueType type, std::uint32_t, std::uint64_t, std::uint64_t) {
    Note(id, classes_.PrimitiveArrayClass(type));
  }
  bool Stop() const { return false; }

 private:
  void Note(Id id, ClassIndex c) {
    const auto found = wanted_.find(id);
    if (found != wanted_.end() && !found->second.valid()) found->second = c;
  }
  const ClassTable& classes_;
  absl::flat_hash_map<Id, ClassIndex>& wanted_;
};

}  // namespace

absl::flat_hash_map<Id, ClassIndex> FindLoaderClasses(
    const hprof::DumpFile& file, const hprof::HeapExtent& heap, const HeapScan& scan,
    std::span<const std::pair<Id, ClassIndex>> likely) {
  absl::flat_hash_map<Id, ClassIndex> found;
  for (std::uint32_t c = 0; c < scan.classes.size(); ++c) {
    const Id loader = scan.classes[ClassIndex(c)].loader;
    if (loader != 0) found.try_emplace(loader, ClassIndex::None());
  }
  for (const auto& [id, c] : likely) {
    const auto it = found.find(id);
    if (it != found.end()) it->second = c;
  }
  bool unlikely = false;
  for (auto& [id, c] : found) {
    if (scan.classes.Find(id).valid()) c = scan.classes.java_lang_class;
    unlikely |= !c.valid() && scan.ids.Find(id) != IdMap::kNone;  // ranks are not needed
  }
  if (unlikely) {
    hprof::UnitWindow window(file);
    LoaderVisitor visitor(scan.classes, found);
    for (const HeapUnit& unit : heap.units) {
      ImportHealth counted_before;
      hprof::HeapReader reader(window, scan.classes.id_size(), counted_before, visitor);
      reader.Read(unit);
    }
  }
  absl::erase_if(found, [](const auto& entry) { return !entry.second.valid(); });
  return found;
}

}  // namespace leaktrail::graph
