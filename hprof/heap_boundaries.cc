#include "hprof/heap_boundaries.h"

#include "hprof/heap_reader.h"

namespace leaktrail::hprof {
namespace {

constexpr std::uint64_t kNone = 0;
constexpr std::uint64_t kLongestName = 1 << 20;  // generous: the JVM's symbols end at 64 KiB

// Where `size` more bytes end; somewhere behind the dump if it ended before.
std::uint64_t EndOf(const Cursor& cursor, std::uint64_t offset, std::uint64_t size) {
  return cursor.ok() ? cursor.offset() + size : offset + SkipWindow::kPiece;
}

std::uint64_t ArrayEnd(Cursor& cursor, std::uint64_t offset, bool of_objects, bool with_data) {
  cursor.Skip(cursor.id_size() + 4);
  std::uint64_t count = cursor.U4();
  std::uint64_t size = cursor.id_size();
  if (of_objects) {
    cursor.Skip(cursor.id_size());
  } else {
    size = PrimitiveSize(static_cast<ValueType>(cursor.U1()));
    if (size == 0 && cursor.ok()) return kNone;
  }
  return EndOf(cursor, offset, with_data ? count * size : 0);
}

std::uint64_t InstanceEnd(Cursor& cursor, std::uint64_t offset) {
  cursor.Skip(2 * cursor.id_size() + 4);
  std::uint64_t bytes = cursor.U4();
  return EndOf(cursor, offset, bytes);
}

// Walks the three lists of a CLASS_DUMP, whose elements differ in size.
class ClassDumpWalk {
 public:
  ClassDumpWalk(SkipWindow& window, std::uint64_t offset, std::uint32_t id_size)
      : window_(window), at_(offset), id_size_(id_size) {}

  std::uint64_t End() {
    at_ += 1 + 7 * id_size_ + 8;  // tag; class, super, loader, signers, domain, 2 reserved; 2 x u4
    bool known = SkipValues(2) && SkipValues(id_size_);
    return known ? Skip(std::uint64_t{ReadU2()} * (id_size_ + 1)) : kNone;
  }

 private:
  Cursor Here() { return Cursor(window_.At(at_), at_, id_size_); }
  std::uint64_t Skip(std::uint64_t n) { return at_ += n; }

  std::uint16_t ReadU2() {
    std::uint16_t value = Here().U2();
    Skip(2);
    return value;
  }

  // A counted list of {key, type, value}; false at an unknown type.
  bool SkipValues(std::uint32_t key_size) {
    for (std::uint32_t left = ReadU2(); left > 0 && at_ < window_.end(); --left) {
      Skip(key_size);
      Cursor cursor = Here();
      std::uint32_t size = DumpSize(static_cast<ValueType>(cursor.U1()), id_size_);
      if (size == 0 && cursor.ok()) return false;
      Skip(1 + size);
    }
    return true;
  }

  SkipWindow& window_;
  std::uint64_t at_;
  const std::uint32_t id_size_;
};

// The size of a root or of HEAP_DUMP_INFO including the tag; 0 for other tags.
std::uint32_t RootSize(HeapTag tag, std::uint32_t id_size) {
  if (tag == HeapTag::kHeapDumpInfo) return 1 + 4 + id_size;
  internal::RootShape shape = internal::ShapeOf(tag);
  if (!shape.known) return 0;
  return 1 + id_size + (shape.extra_id ? id_size : 0) + (shape.thread ? 4 : 0) +
         (shape.number ? 4 : 0);
}

bool IsHeapTag(HeapTag tag) {
  return (tag >= HeapTag::kClassDump && tag <= HeapTag::kPrimitiveArrayDump) ||
         tag == HeapTag::kPrimitiveArrayNoData || RootSize(tag, 8) != 0;
}

}  // namespace

bool IsKnownTag(RecordTag tag) {
  return (tag >= RecordTag::kUtf8 && tag <= RecordTag::kHeapSummary) ||
         (tag >= RecordTag::kStartThread && tag <= RecordTag::kControlSettings) ||
         tag == RecordTag::kHeapDumpSegment || tag == RecordTag::kHeapDumpEnd;
}

bool SuitsLength(RecordTag tag, std::uint64_t length, std::uint32_t id_size) {
  switch (tag) {
    case RecordTag::kUtf8:
      return length >= id_size && length <= kLongestName;
    case RecordTag::kLoadClass:
      return length == 8 + 2 * id_size;
    case RecordTag::kFrame:
      return length == 8 + 4 * id_size;
    case RecordTag::kTrace:
      return length >= 12 && (length - 12) % id_size == 0;
    case RecordTag::kUnloadClass:
    case RecordTag::kEndThread:
      return length == 4;
    case RecordTag::kStartThread:
      return length == 8 + 4 * id_size;
    case RecordTag::kHeapSummary:
      return length == 24;
    case RecordTag::kControlSettings:
      return length == 6;
    case RecordTag::kHeapDumpEnd:
      return length == 0;
    case RecordTag::kAllocSites:
    case RecordTag::kCpuSamples:
    case RecordTag::kHeapDump:
    case RecordTag::kHeapDumpSegment:
      return true;
  }
  return false;
}

bool IsPlausibleRecord(SkipWindow& window, std::uint64_t offset, std::uint32_t id_size) {
  if (offset == window.end()) return true;
  Bytes bytes = window.At(offset);
  Cursor cursor(bytes, offset, id_size);
  auto tag = static_cast<RecordTag>(cursor.U1());
  cursor.U4();
  std::uint64_t length = cursor.U4();
  if (!cursor.ok()) return SuitsLength(tag, 0, id_size);  // cut off within the record header
  if (!SuitsLength(tag, length, id_size)) return false;
  if (tag == RecordTag::kHeapDump || tag == RecordTag::kHeapDumpSegment) {
    // The length of the last one may be anything; its content tells more.
    auto first = static_cast<HeapTag>(cursor.U1());
    return length == 0 || !cursor.ok() || IsHeapTag(first);
  }
  return length <= window.end() - cursor.offset();
}

std::uint64_t SubRecordEnd(SkipWindow& window, std::uint64_t offset, std::uint32_t id_size) {
  Cursor cursor(window.At(offset), offset, id_size);
  auto tag = static_cast<HeapTag>(cursor.U1());
  switch (tag) {
    case HeapTag::kInstanceDump:
      return InstanceEnd(cursor, offset);
    case HeapTag::kObjectArrayDump:
      return ArrayEnd(cursor, offset, true, true);
    case HeapTag::kPrimitiveArrayDump:
      return ArrayEnd(cursor, offset, false, true);
    case HeapTag::kPrimitiveArrayNoData:
      return ArrayEnd(cursor, offset, false, false);
    case HeapTag::kClassDump:
      return ClassDumpWalk(window, offset, id_size).End();
    default:
      if (std::uint32_t size = RootSize(tag, id_size); size != 0) return offset + size;
      return kNone;
  }
}

UnitWalk CutIntoUnits(SkipWindow& window, std::uint64_t begin, std::uint64_t end, bool beyond,
                      std::uint32_t id_size, std::vector<HeapUnit>& units) {
  std::uint64_t unit_begin = begin;
  std::uint64_t at = begin;
  UnitWalk walk = {};
  auto close_unit = [&] {
    if (at > unit_begin) units.push_back({unit_begin, at});
    unit_begin = at;
  };
  while (at < end || (beyond && !IsPlausibleRecord(window, at, id_size))) {
    std::uint64_t next = SubRecordEnd(window, at, id_size);
    walk.stuck = next == kNone;
    walk.torn = next > window.end();
    if (walk.stuck || walk.torn) break;
    if (next - unit_begin > kUnitSize) close_unit();
    at = next;
  }
  close_unit();
  walk.end = at;
  return walk;
}

}  // namespace leaktrail::hprof
