// Reads the sub-records of a heap unit, one after the other, through a reused buffer.
//
// A visitor has these members, all taking the file offset of the sub-record's tag:
//   void Root(HeapTag, Id object, std::uint32_t thread_serial, std::uint32_t frame_or_trace,
//             std::uint64_t offset);
//   bool Class(Cursor&, std::uint64_t offset);      reads the rest of a CLASS_DUMP
//   void Instance(Id, Id class_id, Bytes values, std::uint64_t offset);
//   void ObjectArray(Id, Id class_id, std::uint32_t length, std::uint64_t offset);
//   void Elements(Bytes ids);                       the array's ids, in one or more pieces
//   void PrimitiveArray(Id, ValueType, std::uint32_t length, std::uint64_t elements_offset,
//                       std::uint64_t offset);
//   bool Stop();                                    true: end after this sub-record
// Class may be called again for the same sub-record if the first call ran out of buffer: it must
// add nothing when the cursor has failed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "hprof/cursor.h"
#include "hprof/dump_file.h"
#include "hprof/import_health.h"
#include "hprof/record_index.h"
#include "hprof/types.h"

namespace leaktrail::hprof {

// A window on the file that moves forward; one per thread.
class UnitWindow {
 public:
  // kRead: into a buffer, what is fastest for a whole file. kView: through the map of the file, if
  // there is one, without a copy; for single sub-records anywhere.
  enum class Access : std::uint8_t { kRead, kView };

  // 512 KiB: most segments of about 1 MiB take two reads, and the window stays in the L2 cache.
  // Never more than the dump.
  explicit UnitWindow(const DumpFile& file, std::size_t capacity = std::size_t{1} << 19,
                      Access access = Access::kRead)
      : file_(file), capacity_(std::min<std::uint64_t>(capacity, file.size())), access_(access) {
    if (access == Access::kRead) buffer_.resize(capacity_);
  }

  // At least min(need, end - offset) bytes from `offset` on, more if they are at hand; fewer only
  // if the file cannot be read. Grows the buffer when a single sub-record needs it.
  Bytes At(std::uint64_t offset, std::uint64_t need, std::uint64_t end) {
    const std::uint64_t left = end - offset;
    need = std::min(need, left);
    if (offset < begin_ || offset + need > begin_ + bytes_.size()) Fill(offset, need, left);
    if (offset < begin_ || offset > begin_ + bytes_.size()) return {};
    const std::uint64_t have = std::min<std::uint64_t>(begin_ + bytes_.size() - offset, left);
    return bytes_.subspan(offset - begin_, static_cast<std::size_t>(have));
  }
  const DumpFile& file() const { return file_; }

 private:
  void Fill(std::uint64_t offset, std::uint64_t need, std::uint64_t left) {
    capacity_ = std::max<std::size_t>(capacity_, static_cast<std::size_t>(need));
    const std::uint64_t want = std::min<std::uint64_t>(left, capacity_);
    begin_ = offset;
    if (access_ == Access::kView) {
      bytes_ = file_.View(offset, want, buffer_);
      return;
    }
    if (capacity_ > buffer_.size()) buffer_.resize(capacity_);
    const auto room = std::span(buffer_).first(static_cast<std::size_t>(want));
    bytes_ = Bytes(room).first(file_.Read(offset, room));
  }

  const DumpFile& file_;
  std::size_t capacity_;
  const Access access_;
  std::vector<std::byte> buffer_;
  std::uint64_t begin_ = 0;
  Bytes bytes_;  // from begin_ on
};

namespace internal {

// What follows the tag of a root: does it have a thread serial, a frame or trace number?
struct RootShape {
  bool known = false;
  bool extra_id = false;
  bool thread = false;
  bool number = false;
};
inline constexpr RootShape ShapeOf(HeapTag tag) {
  switch (tag) {
    case HeapTag::kRootUnknown:
    case HeapTag::kRootStickyClass:
    case HeapTag::kRootMonitorUsed:
    case HeapTag::kRootInternedString:
    case HeapTag::kRootFinalizing:
    case HeapTag::kRootDebugger:
    case HeapTag::kRootReferenceCleanup:
    case HeapTag::kRootVmInternal:
    case HeapTag::kRootUnreachable:
      return {.known = true};
    case HeapTag::kRootJniGlobal:
      return {.known = true, .extra_id = true};
    case HeapTag::kRootNativeStack:
    case HeapTag::kRootThreadBlock:
      return {.known = true, .thread = true};
    case HeapTag::kRootJniLocal:
    case HeapTag::kRootJavaFrame:
    case HeapTag::kRootThreadObject:
    case HeapTag::kRootJniMonitor:
      return {.known = true, .thread = true, .number = true};
    default:
      return {};
  }
}

}  // namespace internal

// Steps over a CLASS_DUMP whose tag has been read; returns the id of its class.
inline Id SkipClassDump(Cursor& cursor) {
  const Id id = cursor.ReadId();
  cursor.Skip(4 + 6 * cursor.id_size() + 4);
  for (std::uint32_t n = cursor.U2(); n > 0 && cursor.ok(); --n) {  // constant pool
    cursor.U2();
    cursor.Value(static_cast<ValueType>(cursor.U1()));
  }
  for (std::uint32_t n = cursor.U2(); n > 0 && cursor.ok(); --n) {  // statics
    cursor.ReadId();
    cursor.Value(static_cast<ValueType>(cursor.U1()));
  }
  const std::uint64_t fields = cursor.U2();
  cursor.Skip(fields * (cursor.id_size() + 1));
  return id;
}

template <typename Visitor>
class HeapReader {
 public:
  HeapReader(UnitWindow& window, std::uint32_t id_size, ImportHealth& health, Visitor& visitor)
      : window_(window), id_size_(id_size), health_(health), visitor_(visitor) {}

  // Reads the unit from `from` (default: its begin) on. Returns the offset behind the last whole
  // sub-record; it is unit.end unless the visitor stopped or the unit is damaged, which is counted.
  std::uint64_t Read(const HeapUnit& unit, std::uint64_t from = 0) {
    offset_ = std::max(from, unit.begin);
    end_ = unit.end;
    while (offset_ < end_ && !stopped_) {
      if (!ReadBatch()) break;
    }
    return offset_;
  }

 private:
  enum class Step { kDone, kNeedMore, kDamaged };

  // Reads the sub-records that are whole in the window; false if reading cannot go on.
  bool ReadBatch() {
    Bytes bytes = window_.At(offset_, kMinWindow, end_);
    if (bytes.size() < std::min(kMinWindow, end_ - offset_)) return FileEnds();
    Cursor cursor(bytes, offset_, id_size_);
    const bool last = offset_ + bytes.size() >= end_;
    while (cursor.left() > 0 && (last || cursor.left() >= kMinWindow)) {
      const Cursor start = cursor;
      need_ = 0;
      const Step step = ReadOne(cursor);
      if (step == Step::kDamaged) return false;
      if (step == Step::kNeedMore) return offset_ = start.offset(), GetMore(start);
      offset_ = std::max(cursor.offset(), jump_);
      if (stopped_) return true;
      if (jump_ != 0) return jump_ = 0, true;
    }
    offset_ = cursor.offset();
    return true;
  }

  // The sub-record at `start` is longer than the window: widen it, unless it ends behind the unit.
  bool GetMore(const Cursor& start) {
    const std::uint64_t left = end_ - offset_;
    const std::uint64_t need = need_ != 0 ? need_ : 2 * std::uint64_t{start.left()};
    if (start.left() >= left || (need_ != 0 && need_ > left)) return Overrun();
    if (window_.At(offset_, need, end_).size() > start.left()) return true;
    return FileEnds();
  }

  // The file ends earlier than its size said, or cannot be read on.
  bool FileEnds() {
    health_.Count(Oddity::kCutOff, offset_);
    return false;
  }

  bool Overrun() {
    const bool at_end = end_ >= window_.file().size();
    health_.Count(at_end ? Oddity::kCutOff : Oddity::kSegmentOverrun, offset_);
    return false;
  }

  Step ReadOne(Cursor& cursor) {
    const std::uint64_t offset = cursor.offset();
    const auto tag = static_cast<HeapTag>(cursor.U1());
    switch (tag) {
      case HeapTag::kInstanceDump:
        return ReadInstance(cursor, offset);
      case HeapTag::kObjectArrayDump:
        return ReadObjectArray(cursor, offset);
      case HeapTag::kPrimitiveArrayDump:
      case HeapTag::kPrimitiveArrayNoData:
        return ReadPrimitiveArray(cursor, tag, offset);
      case HeapTag::kClassDump:
        if (!visitor_.Class(cursor, offset)) {
          return cursor.bad_type() ? Damaged(Oddity::kBadValueType, offset) : Step::kNeedMore;
        }
        stopped_ = visitor_.Stop();
        return Step::kDone;
      case HeapTag::kHeapDumpInfo:
        cursor.U4();
        cursor.ReadId();
        return cursor.ok() ? Step::kDone : Step::kNeedMore;
      default:
        return ReadRoot(cursor, tag, offset);
    }
  }

  Step ReadInstance(Cursor& cursor, std::uint64_t offset) {
    const Id id = cursor.ReadId();
    cursor.U4();
    const Id class_id = cursor.ReadId();
    const std::uint32_t length = cursor.U4();
    if (length > kMaxInstanceBytes) return Damaged(Oddity::kUnknownSubRecord, offset);
    const Bytes values = cursor.Take(length);
    if (!cursor.ok()) return need_ = 9 + 2 * id_size_ + std::uint64_t{length}, Step::kNeedMore;
    visitor_.Instance(id, class_id, values, offset);
    stopped_ = visitor_.Stop();
    return Step::kDone;
  }

  Step ReadObjectArray(Cursor& cursor, std::uint64_t offset) {
    const Id id = cursor.ReadId();
    cursor.U4();
    const std::uint32_t length = cursor.U4();
    const Id class_id = cursor.ReadId();
    if (!cursor.ok()) return Step::kNeedMore;
    const std::uint64_t bytes = std::uint64_t{length} * id_size_;
    if (bytes > end_ - cursor.offset()) return need_ = end_ - offset + 1, Step::kNeedMore;
    visitor_.ObjectArray(id, class_id, length, offset);
    if (bytes <= cursor.left()) {
      visitor_.Elements(cursor.Take(bytes));
    } else {
      jump_ = ReadElements(cursor.offset(), bytes);
    }
    stopped_ = visitor_.Stop();
    return Step::kDone;
  }

  // Elements of an array that is longer than the window, in window-sized pieces.
  std::uint64_t ReadElements(std::uint64_t offset, std::uint64_t bytes) {
    const std::uint64_t end = offset + bytes;
    while (offset < end) {
      const Bytes piece = window_.At(offset, kPiece, end);
      const std::size_t whole = piece.size() / id_size_ * id_size_;
      if (whole == 0) break;
      visitor_.Elements(piece.first(whole));
      offset += whole;
    }
    return end;
  }

  Step ReadPrimitiveArray(Cursor& cursor, HeapTag tag, std::uint64_t offset) {
    const Id id = cursor.ReadId();
    cursor.U4();
    const std::uint32_t length = cursor.U4();
    const auto type = static_cast<ValueType>(cursor.U1());
    if (!cursor.ok()) return Step::kNeedMore;
    if (PrimitiveSize(type) == 0) return Damaged(Oddity::kBadValueType, offset);
    const std::uint64_t bytes =
        tag == HeapTag::kPrimitiveArrayNoData ? 0 : std::uint64_t{length} * PrimitiveSize(type);
    const std::uint64_t elements = cursor.offset();
    if (bytes > end_ - elements) return need_ = end_ - offset + 1, Step::kNeedMore;
    if (bytes <= cursor.left()) {
      cursor.Skip(bytes);
    } else {
      jump_ = elements + bytes;
    }
    visitor_.PrimitiveArray(id, type, length, elements, offset);
    stopped_ = visitor_.Stop();
    return Step::kDone;
  }

  Step ReadRoot(Cursor& cursor, HeapTag tag, std::uint64_t offset) {
    const internal::RootShape shape = internal::ShapeOf(tag);
    if (!shape.known) return Damaged(Oddity::kUnknownSubRecord, offset);
    const Id id = cursor.ReadId();
    if (shape.extra_id) cursor.ReadId();
    const std::uint32_t thread = shape.thread ? cursor.U4() : 0;
    const std::uint32_t number = shape.number ? cursor.U4() : 0;
    if (!cursor.ok()) return Step::kNeedMore;
    visitor_.Root(tag, id, thread, number, offset);
    return Step::kDone;
  }

  Step Damaged(Oddity oddity, std::uint64_t offset) {
    health_.Count(oddity, offset);
    offset_ = offset;
    return Step::kDamaged;
  }

  // Enough for the fixed part of every sub-record.
  static constexpr std::uint64_t kMinWindow = 64;
  // Far above what 65,535 fields in a deep class chain can take in a real program.
  static constexpr std::uint32_t kMaxInstanceBytes = std::uint32_t{1} << 26;
  static constexpr std::uint64_t kPiece = std::uint64_t{1} << 18;

  UnitWindow& window_;
  const std::uint32_t id_size_;
  ImportHealth& health_;
  Visitor& visitor_;
  std::uint64_t offset_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t jump_ = 0;  // where to go on, if behind the window
  std::uint64_t need_ = 0;  // bytes the sub-record needs, if known
  bool stopped_ = false;
};

}  // namespace leaktrail::hprof
