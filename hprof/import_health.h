// What was odd in a dump, as counted data: each kind with its count, the offset of the first
// occurrence and what it means for the result. Not thread-safe: one per worker, then Merge.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"

namespace leaktrail::hprof {

enum class Oddity : std::uint8_t {
  kCutOff,              // the file ends inside a record
  kCompressedCutOff,    // the compressed input is damaged or ends before its end mark
  kCompressedDamage,    // a gzip member is damaged; the others were read
  kUnfinishedParts,     // a JVM was killed before it had put the dump together of its parts
  kNoEndRecord,         // no HEAP_DUMP_END although the writer writes one
  kRecordLength,        // a record length that does not fit its content
  kSegmentLengthZero,   // heap record of length 0 with sub-records after it
  kSegmentOverrun,      // a sub-record crosses the end of its segment: the rest of it is lost
  kUnknownRecord,       // unknown top-level tag, skipped by its length
  kUnknownSubRecord,    // unknown tag or absurd size: the rest of the segment is lost
  kBadValueType,        // unknown value type: the rest of the segment is lost
  kDuplicateClass,      // a second CLASS_DUMP for one id, ignored
  kDuplicateObject,     // a second object with one id, to which no reference leads
  kClassAndObject,      // one id for a class and an object: references lead to the class
  kMissingClass,        // objects whose class has no CLASS_DUMP
  kClassNameMissing,    // CLASS_DUMP without LOAD_CLASS or name string
  kFieldBytesMismatch,  // instance bytes differ from what the class chain declares
  kSuperClassCycle,     // super class chain cut at a repetition or a missing class
  kDanglingReference,   // reference to an id that is not in the dump
  kDanglingRoot,        // root that names an id that is not in the dump
  kSeveralHeaps,        // more than one heap dump in the file; one was chosen
  kTrailingBytes,       // bytes after the last whole record
  kRootsMissing,        // cut off before the first GC root; stand-ins were chosen
  kCount_,
};

enum class Severity : std::uint8_t { kNote, kWarning, kPartial };

// What an oddity means; one constant table, in import_health.cc.
struct OddityInfo {
  absl::string_view id;       // stable, for JSON: "cut-off"
  Severity severity;          // kPartial: objects of the heap are missing from the result
  absl::string_view meaning;  // one sentence for people
};
const OddityInfo& Describe(Oddity oddity);

class ImportHealth {
 public:
  struct Entry {
    Oddity oddity;
    std::uint64_t count;
    std::uint64_t first_offset;  // file offset (of the uncompressed dump)
  };

  void Count(Oddity oddity, std::uint64_t offset, std::uint64_t n = 1);
  void Merge(const ImportHealth& other);

  std::uint64_t count(Oddity oddity) const { return counts_[static_cast<int>(oddity)].count; }
  // Kinds with a count above zero, most severe first, then in the order of the enum.
  std::vector<Entry> entries() const;
  // True if objects are missing from the result.
  bool partial() const;
  // Offset of the first oddity by which objects are missing; 0 if there is none.
  std::uint64_t first_damage() const;
  // Bytes that the dump announces and that were not read: `bytes` of the file, and `behind_end`
  // that the file does not hold. Merge adds.
  void AddBytesLost(std::uint64_t bytes, std::uint64_t behind_end = 0);
  std::uint64_t bytes_lost() const { return lost_in_file_ + lost_behind_end_; }
  std::uint64_t lost_behind_end() const { return lost_behind_end_; }
  // How much was read of a file of `file_size` bytes and of what it announces behind its end, in
  // thousandths; 1000 only if nothing was lost.
  std::uint32_t share_read_milli(std::uint64_t file_size) const;

 private:
  std::array<Entry, static_cast<int>(Oddity::kCount_)> counts_ = {};
  std::uint64_t lost_in_file_ = 0;
  std::uint64_t lost_behind_end_ = 0;
};

}  // namespace leaktrail::hprof
