#include "graph/object_records.h"

#include <algorithm>

#include "hprof/heap_reader.h"

namespace leaktrail::graph {
namespace {

using hprof::Bytes;
using hprof::Cursor;
using hprof::HeapTag;
using hprof::Id;
using hprof::ValueType;

// Counts objects until the wanted one.
class Finder {
 public:
  Finder(std::uint32_t id_size, std::uint32_t to_skip) : id_size_(id_size), left_(to_skip) {}
  void Root(HeapTag, Id, std::uint32_t, std::uint32_t, std::uint64_t) {}
  bool Class(Cursor& cursor, std::uint64_t) { return hprof::SkipClassDump(cursor), cursor.ok(); }
  void Instance(Id id, Id, Bytes values, std::uint64_t offset) {
    Take({id, offset + 9 + 2 * std::uint64_t{id_size_}, values.size(), true});
  }
  void ObjectArray(Id id, Id, std::uint32_t length, std::uint64_t offset) {
    Take({id, offset + 9 + 2 * std::uint64_t{id_size_}, length, true});
  }
  void Elements(Bytes) {}
  void PrimitiveArray(Id id, ValueType, std::uint32_t length, std::uint64_t elements,
                      std::uint64_t) {
    Take({id, elements, length, true});
  }
  bool Stop() const { return record_.found; }
  const ObjectRecord& record() const { return record_; }

 private:
  void Take(const ObjectRecord& record) {
    if (left_ == 0) {
      record_ = record;
    } else {
      --left_;
    }
  }
  const std::uint32_t id_size_;
  std::uint32_t left_;
  ObjectRecord record_;
};

}  // namespace

ObjectRecord FindRecord(const hprof::DumpFile& file, const hprof::HeapExtent& extent,
                        std::uint32_t id_size, const ObjectColumns& columns, std::uint32_t object) {
  hprof::UnitWindow window(file, std::size_t{1} << 13, hprof::UnitWindow::Access::kView);
  RecordPlace nowhere;
  return FindRecord(window, extent, id_size, columns, object, nowhere);
}

ObjectRecord FindRecord(hprof::UnitWindow& window, const hprof::HeapExtent& extent,
                        std::uint32_t id_size, const ObjectColumns& columns, std::uint32_t object,
                        RecordPlace& place) {
  const std::uint32_t in_block = object & (ObjectBlock::kObjects - 1);
  RecordPlace begin = {object - in_block,
                       columns.references.blocks[object >> ObjectBlock::kShift].file_offset};
  if (place.object >= begin.object && place.object <= object) begin = place;
  Finder finder(id_size, object - begin.object);
  hprof::ImportHealth counted_before;
  auto unit = std::upper_bound(
      extent.units.begin(), extent.units.end(), begin.offset,
      [](std::uint64_t offset, const hprof::HeapUnit& u) { return offset < u.begin; });
  if (unit == extent.units.begin()) return {};
  std::uint64_t from = begin.offset, end = 0;
  for (--unit; unit != extent.units.end() && !finder.Stop(); ++unit) {
    hprof::HeapReader reader(window, id_size, counted_before, finder);
    end = reader.Read(*unit, from);
    from = 0;
  }
  if (finder.Stop()) place = {object + 1, end};
  return finder.record();
}

}  // namespace leaktrail::graph
