#include "hprof/record_index.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "hprof/file_kind.h"
#include "hprof/heap_boundaries.h"
#include "hprof/skip_window.h"

namespace leaktrail::hprof {
namespace {

constexpr std::uint64_t kRecordHeaderSize = 9;
// The version whose writers end their segments with a HEAP_DUMP_END.
constexpr std::string_view kSegmentedVersion = "JAVA PROFILE 1.0.2";
constexpr std::string_view kVersions[] = {"JAVA PROFILE 1.0.1", kSegmentedVersion,
                                          "JAVA PROFILE 1.0.3"};

// A top-level record.
struct Record {
  RecordTag tag;
  std::uint64_t begin;   // of its header
  std::uint64_t body;    // behind its header
  std::uint64_t length;  // of its body, as written

  std::uint64_t end() const { return body + length; }
};

class RecordWalk {
 public:
  RecordWalk(const DumpFile& file, Header header, ImportHealth& health)
      : window_(file),
        pieces_(file.Pieces()),
        size_(file.size()),
        id_size_(header.id_size),
        health_(health) {
    at_ = header.size;
    index_.header = std::move(header);
    pieces_.push_back(file.size());
  }

  RecordIndex Run() {
    // A file is one piece, unless it was put together.
    for (const std::uint64_t end : pieces_) {
      if (end <= at_) continue;
      size_ = end;
      window_.set_end(end);
      while (at_ < size_ && Step()) {
      }
      if (end != pieces_.back()) at_ = end;
    }
    index_.end_offset = at_;
    index_.strings.Seal();
    NoteHeaps();
    return std::move(index_);
  }

 private:
  // Reads the record at at_ and moves on; false if nothing can follow.
  bool Step() {
    Cursor cursor(window_.At(at_), at_, id_size_);
    Record record = {.tag = static_cast<RecordTag>(cursor.U1()), .begin = at_};
    cursor.U4();  // microseconds since the time in the file header
    record.length = cursor.U4();
    record.body = cursor.offset();
    if (!cursor.ok()) return heap_complete_ ? TrailingBytes() : CutOff(kRecordHeaderSize);
    if (record.tag == RecordTag::kHeapDump || record.tag == RecordTag::kHeapDumpSegment) {
      return ReadHeap(record);
    }
    if (IsGarbageBehindHeap(record)) return TrailingBytes();
    if (record.end() > size_) return CutOff(kRecordHeaderSize + record.length);
    ReadOther(record, cursor);
    at_ = record.end();
    return true;
  }

  // Nothing but a torn record is left at at_; with it `lost` bytes are missing.
  bool CutOff(std::uint64_t lost) {
    health_.Count(Oddity::kCutOff, at_);
    const std::uint64_t in_file = std::min(lost, size_ - at_);
    health_.AddBytesLost(in_file, lost - in_file);
    return false;
  }

  bool TrailingBytes() {
    health_.Count(Oddity::kTrailingBytes, at_);
    return false;
  }

  // After a complete heap, an unknown record is only believed if another record follows it.
  bool IsGarbageBehindHeap(const Record& record) {
    if (!heap_complete_ || SuitsLength(record.tag, record.length, id_size_)) return false;
    return record.end() > size_ || !IsPlausibleRecord(window_, record.end(), id_size_);
  }

  void ReadOther(const Record& record, Cursor cursor) {
    switch (record.tag) {
      case RecordTag::kUtf8:
        return ReadUtf8(record, cursor);
      case RecordTag::kLoadClass:
        return ReadLoadClass(record, cursor);
      case RecordTag::kFrame:
        return ReadFrame(record, cursor);
      case RecordTag::kTrace:
        return ReadTrace(record, cursor);
      case RecordTag::kHeapDumpEnd:
        return EndHeap();
      default:
        if (!IsKnownTag(record.tag)) health_.Count(Oddity::kUnknownRecord, record.begin);
    }
  }

  // True if the body has at least `n` bytes.
  bool HasBytes(const Record& record, std::uint64_t n) {
    if (record.length >= n) return true;
    health_.Count(Oddity::kRecordLength, record.begin);
    return false;
  }

  void ReadUtf8(const Record& record, Cursor& cursor) {
    if (!HasBytes(record, id_size_)) return;
    Id id = cursor.ReadId();
    index_.strings.Add(id, cursor.offset(), static_cast<std::uint32_t>(record.length - id_size_));
  }

  void ReadLoadClass(const Record& record, Cursor& cursor) {
    if (!HasBytes(record, 8 + 2 * id_size_)) return;
    LoadClass load_class = {};
    load_class.serial = cursor.U4();
    load_class.class_id = cursor.ReadId();
    cursor.U4();  // stack trace of the loading
    load_class.name = cursor.ReadId();
    index_.load_classes.push_back(load_class);
  }

  void ReadFrame(const Record& record, Cursor& cursor) {
    if (!HasBytes(record, 8 + 4 * id_size_)) return;
    Id id = cursor.ReadId();
    Frame frame = {};
    frame.method = cursor.ReadId();
    frame.signature = cursor.ReadId();
    frame.source = cursor.ReadId();
    frame.class_serial = cursor.U4();
    frame.line = static_cast<std::int32_t>(cursor.U4());
    index_.frames.insert_or_assign(id, frame);
  }

  void ReadTrace(const Record& record, Cursor& cursor) {
    if (!HasBytes(record, 12)) return;
    Trace trace = {.serial = cursor.U4(), .thread_serial = cursor.U4()};
    std::uint64_t claimed = cursor.U4();
    std::uint64_t fitting = (record.length - 12) / id_size_;
    if (claimed > fitting) health_.Count(Oddity::kRecordLength, record.begin);
    trace.first_frame = static_cast<std::uint32_t>(index_.trace_frames.size());
    trace.frame_count = static_cast<std::uint32_t>(std::min(claimed, fitting));
    std::uint64_t at = cursor.offset();
    for (std::uint32_t i = 0; i < trace.frame_count; ++i, at += id_size_) {
      index_.trace_frames.push_back(Cursor(window_.At(at), at, id_size_).ReadId());
    }
    index_.traces.push_back(trace);
  }

  void EndHeap() {
    if (index_.heaps.empty()) return;
    index_.heaps.back().end_record = true;
    heap_complete_ = true;
    in_segments_ = false;
  }

  // The heap that a record belongs to: a HEAP_DUMP is one of its own, segments go together.
  HeapExtent& HeapOf(RecordTag tag) {
    if (index_.heaps.empty() || heap_complete_ || tag == RecordTag::kHeapDump) {
      index_.heaps.emplace_back();
    }
    heap_complete_ = tag == RecordTag::kHeapDump;
    in_segments_ = !heap_complete_;
    return index_.heaps.back();
  }

  bool ReadHeap(Record record) {
    HeapExtent& heap = HeapOf(record.tag);
    ++heap.segments;
    Unwrap(record);
    bool more = record.end() > size_ ? ReadCutOffHeap(record, heap.units)
                                     : ReadWholeHeap(record, heap.units);
    heap.bytes += at_ - record.body;
    return more;
  }

  // HEAP_DUMP records above 4 GiB have a length modulo 2^32; believed if it then ends with the
  // file.
  void Unwrap(Record& record) const {
    std::uint64_t left = size_ - record.body;
    if (record.tag != RecordTag::kHeapDump || left >> 32 == 0) return;
    if (static_cast<std::uint32_t>(left - record.length) == 0) record.length = left;
  }

  bool ReadCutOffHeap(const Record& record, std::vector<HeapUnit>& units) {
    UnitWalk walk = CutIntoUnits(window_, record.body, size_, false, id_size_, units);
    if (walk.stuck) {
      units.push_back({walk.end, size_});
      walk.end = size_;
    }
    at_ = walk.end;
    return CutOff(record.end() - walk.end);
  }

  bool ReadWholeHeap(const Record& record, std::vector<HeapUnit>& units) {
    at_ = record.end();
    if (!IsPlausibleRecord(window_, record.end(), id_size_) && ReadBeyond(record, units)) {
      return true;
    }
    if (record.length > kLargestPlainUnit) {
      CutPlainHeap(record, units);
    } else if (record.length > 0) {
      units.push_back({record.body, record.end()});
    }
    return true;
  }

  // A record whose length ends nowhere: follows the sub-records until they end at another record or
  // with the dump. False if they do not, or end where the length says.
  bool ReadBeyond(const Record& record, std::vector<HeapUnit>& units) {
    if (wasted_ > size_) return false;
    std::size_t before = units.size();
    UnitWalk walk = CutIntoUnits(window_, record.body, record.end(), true, id_size_, units);
    if (walk.end <= record.end() || (walk.stuck && record.length != 0)) {
      units.resize(before);
      wasted_ += walk.end - record.body;
      return false;
    }
    health_.Count(record.length == 0 ? Oddity::kSegmentLengthZero : Oddity::kRecordLength,
                  record.begin);
    at_ = walk.end;
    if (walk.stuck) units.push_back({walk.end, size_});
    if (walk.torn) CutOff(size_ - walk.end);
    if (walk.stuck || walk.torn) at_ = size_;
    return true;
  }

  void CutPlainHeap(const Record& record, std::vector<HeapUnit>& units) {
    UnitWalk walk = CutIntoUnits(window_, record.body, record.end(), false, id_size_, units);
    if (walk.end > record.end()) units.back().end = record.end();
    if (walk.end < record.end()) units.push_back({walk.end, record.end()});
  }

  void NoteHeaps() {
    if (in_segments_ && index_.header.version == kSegmentedVersion &&
        health_.count(Oddity::kCutOff) == 0) {
      health_.Count(Oddity::kNoEndRecord, at_);
    }
    if (index_.heaps.size() > 1) {
      health_.Count(Oddity::kSeveralHeaps, index_.header.size, index_.heaps.size() - 1);
    }
  }

  SkipWindow window_;
  std::vector<std::uint64_t> pieces_;  // their beginnings, then the end of the dump
  std::uint64_t size_;                 // where the current piece ends
  const std::uint32_t id_size_;
  ImportHealth& health_;
  RecordIndex index_;
  std::uint64_t at_ = 0;
  bool heap_complete_ = false;  // the next segment starts another heap
  bool in_segments_ = false;    // segments without an end record so far
  std::uint64_t wasted_ = 0;    // bytes walked beyond ends that turned out to be right
};

absl::Status HeaderError(const DumpFile& file, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(file.path(), " ", what));
}

}  // namespace

void StringTable::Add(Id id, std::uint64_t offset, std::uint32_t length) {
  entries_.push_back({id, offset, length});
}

void StringTable::Seal() {
  auto by_id = [](const Entry& a, const Entry& b) { return a.id < b.id; };
  if (!std::is_sorted(entries_.begin(), entries_.end(), by_id)) {
    // The offset makes the order of equal ids that of the file.
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return a.id != b.id ? a.id < b.id : a.offset < b.offset;
    });
  }
  // Keep the last of each run of equal ids.
  auto same_id = [](const Entry& a, const Entry& b) { return a.id == b.id; };
  auto first_kept = std::unique(entries_.rbegin(), entries_.rend(), same_id);
  entries_.erase(entries_.begin(), first_kept.base());
}

const StringTable::Entry* StringTable::Find(Id id) const {
  auto entry = std::lower_bound(entries_.begin(), entries_.end(), id,
                                [](const Entry& e, Id wanted) { return e.id < wanted; });
  return entry != entries_.end() && entry->id == id ? &*entry : nullptr;
}

bool StringTable::Contains(Id id) const { return Find(id) != nullptr; }

std::string StringTable::Text(Id id, const DumpFile& file) const {
  const Entry* entry = Find(id);
  if (entry == nullptr) return {};
  std::vector<std::byte> scratch;
  Bytes bytes = file.View(entry->offset, std::min(entry->length, kLongestText), scratch);
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

absl::StatusOr<Header> ReadHeader(const DumpFile& file) {
  std::array<std::byte, kHeadSize> buffer;
  Bytes head = Bytes(buffer).first(file.Read(0, buffer));
  if (!IsHprof(head)) return NotHprofError(head, file.path(), false);
  std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  std::size_t version_size = text.find('\0');
  Header header;
  Cursor cursor(head, 0, 8);
  cursor.Skip(version_size == std::string_view::npos ? head.size() : version_size + 1);
  header.version = text.substr(0, version_size);
  header.id_size = cursor.U4();
  header.timestamp_ms = static_cast<std::int64_t>(cursor.U8());
  header.size = cursor.offset();
  if (!cursor.ok()) {
    return HeaderError(file, "is cut off within its header: make or copy the dump again");
  }
  if (std::find(std::begin(kVersions), std::end(kVersions), header.version) ==
      std::end(kVersions)) {
    return HeaderError(file, absl::StrCat("has the unsupported version \"", header.version,
                                          "\": 1.0.1, 1.0.2 and 1.0.3 can be read"));
  }
  if (header.id_size != 4 && header.id_size != 8) {
    return HeaderError(file, absl::StrCat("has an id size of ", header.id_size,
                                          ", must be 4 or 8: the file is damaged"));
  }
  return header;
}

absl::StatusOr<RecordIndex> IndexRecords(const DumpFile& file, ImportHealth& health) {
  absl::StatusOr<Header> header = ReadHeader(file);
  if (!header.ok()) return header.status();
  return RecordWalk(file, *std::move(header), health).Run();
}

}  // namespace leaktrail::hprof
