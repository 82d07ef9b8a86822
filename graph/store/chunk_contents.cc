#include "graph/store/chunk_contents.h"

#include <algorithm>

#include "graph/shallow_sizes.h"
#include "hprof/heap_reader.h"

namespace leaktrail::graph {
namespace {

using hprof::Bytes;
using hprof::Cursor;
using hprof::HeapTag;
using hprof::Id;
using hprof::ValueType;

// Visits the objects of a range in order: f(object, class, length) for all, see ForEachShallowSize.
template <typename F>
void ForEachObjectOf(const SnapshotData& data, ObjectRange range, F&& f) {
  const ObjectColumns& columns = data.scan.objects;
  std::uint32_t array = columns.references.blocks[range.begin >> ObjectBlock::kShift].first_array;
  for (std::uint32_t o = range.begin; o < range.end; ++o) {
    const ClassIndex c = columns.classes[o];
    const bool is_array = data.scan.classes[c].kind != ClassKind::kInstance;
    f(o, c, is_array ? columns.array_lengths[array++] : 0);
  }
}

// Reads the records of a range of objects and writes down which references are null.
class RecordVisitor {
 public:
  RecordVisitor(const SnapshotData& data, const ExpectedDegrees& expected, ObjectRange range,
                std::vector<Id>& ids, ByteVector& nulls)
      : data_(data), expected_(expected), range_(range), ids_(ids), nulls_(nulls) {
    array_ = data.scan.objects.references.blocks[range.begin >> ObjectBlock::kShift].first_array;
  }

  void Root(HeapTag, Id, std::uint32_t, std::uint32_t, std::uint64_t) {}
  bool Class(Cursor& cursor, std::uint64_t) { return hprof::SkipClassDump(cursor), cursor.ok(); }
  void Instance(Id id, Id, Bytes values, std::uint64_t) {
    if (!Begin(id)) return;
    if (partial_) PutMask(values);
    partial_ = false;
  }
  void ObjectArray(Id id, Id, std::uint32_t, std::uint64_t) { Begin(id); }
  void Elements(Bytes ids) {
    if (!partial_ || !is_array_) return;
    const std::uint32_t id_size = data_.scan.classes.id_size();
    for (std::size_t at = 0; at + id_size <= ids.size(); at += id_size) {
      AddElement(hprof::IdAt(ids, at, id_size) != 0);
    }
  }
  void PrimitiveArray(Id id, ValueType, std::uint32_t, std::uint64_t, std::uint64_t) { Begin(id); }
  bool Stop() const { return ids_.size() == range_.size() && !partial_; }

  // What the records did not tell, which is nothing in a file that did not change meanwhile.
  void Finish() {
    EndObject();
    while (ids_.size() < range_.size()) {
      Begin(0);
      EndObject();
    }
  }

 private:
  // The next object. False: it is not of the range.
  bool Begin(Id id) {
    EndObject();
    if (ids_.size() == range_.size()) return false;
    const std::uint32_t object = range_.begin + static_cast<std::uint32_t>(ids_.size());
    ids_.push_back(id);
    class_ = data_.scan.objects.classes[object];
    is_array_ = data_.scan.classes[class_].kind != ClassKind::kInstance;
    const std::uint32_t length = is_array_ ? data_.scan.objects.array_lengths[array_++] : 0;
    degree_ = FindDegree(data_, expected_, object, length);
    partial_ = degree_.partial();
    written_ = run_ = 0;
    run_is_null_ = true;
    return true;
  }

  void PutMask(Bytes values) {
    std::vector<std::uint64_t> words(MaskWords(degree_.most));
    if (!is_array_) {
      std::size_t bit = 0;
      for (const std::uint32_t at : data_.scan.classes.reference_offsets(class_)) {
        if (hprof::IdAt(values, at, data_.scan.classes.id_size()) != 0) {
          words[bit / 64] |= std::uint64_t{1} << (bit % 64);
        }
        ++bit;
      }
    }
    for (const std::uint64_t word : words) PutVarint(nulls_, word);
  }

  // Runs of nulls and of others alternate, up to the last that is not null.
  void AddElement(bool is_set) {
    if (written_ + (run_is_null_ ? 0 : run_) == degree_.degree) return;
    if (is_set == run_is_null_) EndRun();
    ++run_;
  }
  void EndRun() {
    PutVarint(nulls_, run_);
    if (!run_is_null_) written_ += run_;
    run_is_null_ = !run_is_null_;
    run_ = 0;
  }

  void EndObject() {
    if (!partial_) return;
    partial_ = false;
    if (!is_array_) return PutMask({});  // an instance by its class, another thing by its record
    if (run_is_null_) EndRun();
    run_ = degree_.degree - written_;
    EndRun();
  }

  const SnapshotData& data_;
  const ExpectedDegrees& expected_;
  const ObjectRange range_;
  std::vector<Id>& ids_;
  ByteVector& nulls_;
  std::uint32_t array_ = 0;
  // The object whose record is being read.
  ClassIndex class_;
  bool is_array_ = false;
  bool partial_ = false;
  DegreeOf degree_;
  std::uint64_t written_ = 0, run_ = 0;
  bool run_is_null_ = true;
};

void ReadRecords(const SnapshotData& data, ObjectRange range, RecordVisitor& visitor) {
  const std::uint64_t start =
      data.scan.objects.references.blocks[range.begin >> ObjectBlock::kShift].file_offset;
  const std::vector<hprof::HeapUnit>& units = data.extent().units;
  auto unit = std::upper_bound(
      units.begin(), units.end(), start,
      [](std::uint64_t offset, const hprof::HeapUnit& u) { return offset < u.begin; });
  if (unit == units.begin()) return;
  hprof::ImportHealth counted_before;
  hprof::UnitWindow window(*data.file);
  std::uint64_t from = start;
  for (--unit; unit != units.end() && !visitor.Stop(); ++unit) {
    hprof::HeapReader reader(window, data.records.header.id_size, counted_before, visitor);
    reader.Read(*unit, from);
    from = 0;
  }
}

void EncodeIds(const SnapshotData& data, ObjectRange range, const std::vector<Id>& ids,
               ByteVector& to) {
  to.clear();
  Id expected = 0;
  std::uint64_t as_expected = 0;
  ForEachShallowSize(data.scan.objects, data.scan.classes, *data.layout, range.begin, range.end,
                     [&](std::uint32_t o, ClassIndex, std::uint64_t bytes) {
                       const Id id = ids[o - range.begin];
                       if (id == expected) {
                         ++as_expected;
                       } else {
                         PutVarint(to, as_expected);
                         PutVarint(to, ZigZag(static_cast<std::int64_t>(id - expected)));
                         as_expected = 0;
                       }
                       expected = id + bytes;
                     });
}

}  // namespace

DegreeOf FindDegree(const SnapshotData& data, const ExpectedDegrees& expected, std::uint32_t object,
                    std::uint32_t array_length) {
  const ClassIndex c = data.scan.objects.classes[object];
  const bool instance = data.scan.classes[c].kind == ClassKind::kInstance;
  return {data.scan.objects.references.Of(object).size(),
          instance ? expected[c.value()] : array_length};
}

void EncodeContents(const SnapshotData& data, const ExpectedDegrees& expected, ObjectRange range,
                    ContentStreams& to) {
  std::vector<Id> ids;
  ids.reserve(range.size());
  to.nulls.clear();
  RecordVisitor visitor(data, expected, range, ids, to.nulls);
  ReadRecords(data, range, visitor);
  visitor.Finish();
  const auto [lowest, highest] = std::minmax_element(ids.begin(), ids.end());
  to.lowest = *lowest;
  to.highest = *highest;
  EncodeIds(data, range, ids, to.ids);
}

bool DecodeIds(ByteSpan from, const SnapshotData& data, ObjectRange range, std::vector<Id>& ids) {
  VarintReader numbers(from);
  ids.clear();
  ids.reserve(range.size());
  Id expected = 0;
  std::uint64_t as_expected = numbers.left() > 0 ? numbers.Next() : range.size();
  ForEachShallowSize(data.scan.objects, data.scan.classes, *data.layout, range.begin, range.end,
                     [&](std::uint32_t, ClassIndex, std::uint64_t bytes) {
                       Id id = expected;
                       if (as_expected-- == 0) {
                         id += static_cast<std::uint64_t>(UnZigZag(numbers.Next()));
                         as_expected = numbers.left() > 0 ? numbers.Next() : range.size();
                       }
                       ids.push_back(id);
                       expected = id + bytes;
                     });
  return numbers.done();
}

bool FindNullPlaces(const SnapshotData& data, const ExpectedDegrees& expected, ObjectRange range,
                    NullPlaces& places) {
  const std::size_t size = places.bytes.size();
  VarintReader numbers(places.bytes);
  ForEachObjectOf(data, range, [&](std::uint32_t o, ClassIndex c, std::uint32_t length) {
    const DegreeOf degree = FindDegree(data, expected, o, length);
    if (!degree.partial() || !numbers.ok()) return;
    places.objects.push_back(o);
    places.offsets.push_back(static_cast<std::uint32_t>(size - numbers.left()));
    if (data.scan.classes[c].kind == ClassKind::kInstance) {
      for (std::uint32_t w = 0; w < MaskWords(degree.most); ++w) numbers.Next();
      return;
    }
    for (std::uint64_t set = 0; set < degree.degree && numbers.ok();) {
      numbers.Next();
      set += std::min(numbers.Next(), degree.degree);
    }
  });
  return numbers.done();
}

}  // namespace leaktrail::graph
