// The record reader: the table of contents of any bytes, and every sub-record of every unit.
#include <algorithm>
#include <string>

#include "hprof/heap_reader.h"
#include "hprof/record_index.h"
#include "tests/fuzz/fuzz_target.h"

namespace leaktrail::testing {
namespace {

using hprof::Bytes;
using hprof::Cursor;
using hprof::HeapTag;
using hprof::Id;
using hprof::ValueType;

// Counts what it is given, and touches all of it.
class Counter {
 public:
  Counter(std::uint64_t begin, std::uint64_t end) : last_(begin), end_(end) {}

  void Root(HeapTag, Id, std::uint32_t, std::uint32_t, std::uint64_t offset) { Note(offset); }
  bool Class(Cursor& cursor, std::uint64_t offset) {
    hprof::SkipClassDump(cursor);
    if (cursor.ok()) Note(offset);
    return cursor.ok();
  }
  void Instance(Id, Id, Bytes values, std::uint64_t offset) {
    Note(offset);
    Touch(values);
  }
  void ObjectArray(Id, Id, std::uint32_t length, std::uint64_t offset) {
    Note(offset);
    FUZZ_CHECK(length <= end_ - offset);
  }
  void Elements(Bytes ids) { Touch(ids); }
  void PrimitiveArray(Id, ValueType, std::uint32_t, std::uint64_t elements, std::uint64_t offset) {
    Note(offset);
    FUZZ_CHECK(offset < elements && elements <= end_);
  }
  bool Stop() const { return false; }

  std::uint64_t sum() const { return sum_; }

 private:
  void Note(std::uint64_t offset) {
    FUZZ_CHECK(last_ <= offset && offset < end_);
    last_ = offset;
  }
  void Touch(Bytes bytes) {
    for (const std::byte b : bytes) sum_ += std::to_integer<std::uint64_t>(b);
  }

  std::uint64_t last_;
  const std::uint64_t end_;
  std::uint64_t sum_ = 0;
};

void ReadNames(const hprof::RecordIndex& index, const hprof::DumpFile& file) {
  for (const hprof::LoadClass& load : index.load_classes) {
    FUZZ_CHECK(index.strings.Text(load.name, file).size() <= hprof::StringTable::kLongestText);
  }
  for (const hprof::Trace& trace : index.traces) {
    FUZZ_CHECK(std::uint64_t{trace.first_frame} + trace.frame_count <= index.trace_frames.size());
  }
}

// Units are in order, in the file, and none is empty.
void ReadUnits(const hprof::HeapExtent& heap, const hprof::DumpFile& file, std::uint32_t id_size) {
  // A window smaller than real ones, so that records cross its end.
  hprof::UnitWindow window(file, 256);
  std::uint64_t behind = 0;
  for (const hprof::HeapUnit& unit : heap.units) {
    FUZZ_CHECK(behind <= unit.begin && unit.begin < unit.end && unit.end <= file.size());
    behind = unit.end;
    Counter counter(unit.begin, unit.end);
    hprof::ImportHealth health;
    hprof::HeapReader reader(window, id_size, health, counter);
    const std::uint64_t end = reader.Read(unit);
    FUZZ_CHECK(unit.begin <= end && end <= unit.end);
    FUZZ_CHECK(end == unit.end || !health.entries().empty());
  }
}

}  // namespace

void FuzzOne(Bytes input) {
  const auto file = hprof::DumpFile::FromMemory({input.begin(), input.end()});
  hprof::ImportHealth health;
  const auto index = hprof::IndexRecords(*file, health);
  if (!index.ok()) return;
  FUZZ_CHECK(index->end_offset <= file->size());
  ReadNames(*index, *file);
  for (const hprof::HeapExtent& heap : index->heaps) {
    ReadUnits(heap, *file, index->header.id_size);
  }
}

}  // namespace leaktrail::testing
