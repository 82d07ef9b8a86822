// The table of contents of a dump: everything outside the heap segments, and where those are.
//
// Made by one walk over the top-level records, which reads names, classes, frames and traces but of
// the heap segments only the record headers (and, of a heap record too big to be a unit of parallel
// work, the boundaries of its sub-records). Strings stay in the file; only their places are kept.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "hprof/dump_file.h"
#include "hprof/import_health.h"
#include "hprof/types.h"

namespace leaktrail::hprof {

struct Header {
  std::string version;            // "JAVA PROFILE 1.0.2"
  std::uint32_t id_size = 0;      // 4 or 8
  std::int64_t timestamp_ms = 0;  // since the epoch, as written
  std::uint64_t size = 0;         // bytes before the first record
};

// The UTF8 records: id -> text, text read from the dump on demand.
// A later definition of an id replaces an earlier one.
class StringTable {
 public:
  // Symbols of a JVM are no longer; keeps one huge name from being copied a million times.
  static constexpr std::uint32_t kLongestText = 65535;

  void Add(Id id, std::uint64_t offset, std::uint32_t length);
  // Call once after the last Add.
  void Seal();
  std::size_t size() const { return entries_.size(); }
  // The text as it is in the file (modified UTF-8, may be any bytes), at most kLongestText bytes of
  // it; empty if there is no such id.
  std::string Text(Id id, const DumpFile& file) const;
  bool Contains(Id id) const;

 private:
  struct Entry {
    Id id;
    std::uint64_t offset;
    std::uint32_t length;
  };
  const Entry* Find(Id id) const;
  std::vector<Entry> entries_;  // sorted by id once sealed
};

struct LoadClass {
  std::uint32_t serial;
  Id class_id;
  Id name;  // string id
};

struct Frame {
  Id method;
  Id signature;
  Id source;  // 0: none
  std::uint32_t class_serial;
  std::int32_t line;  // > 0; -1 unknown, -2 compiled, -3 native
};

struct Trace {
  std::uint32_t serial;
  std::uint32_t thread_serial;
  std::uint32_t first_frame;  // into RecordIndex::trace_frames, top frame first
  std::uint32_t frame_count;
};

// A stretch of whole sub-records: a unit of parallel work, mostly about 1 MiB (never above 8 MiB
// unless it is one huge array or begins with something unreadable). Where the file is cut off, the
// last unit ends before the first incomplete sub-record. Only a heap record up to 8 MiB with wrong
// content, or one with an unreadable sub-record, gives units that are not whole: the reader finds
// and counts those.
struct HeapUnit {
  std::uint64_t begin;  // file offset of the first sub-record tag
  std::uint64_t end;    // file offset behind the last sub-record
};

// One heap dump; HPROF agent files hold several: each HEAP_DUMP record is one, and so is each run
// of HEAP_DUMP_SEGMENT records up to a HEAP_DUMP_END. Units are in file order, none is empty.
struct HeapExtent {
  std::vector<HeapUnit> units;
  std::uint64_t segments = 0;  // HEAP_DUMP and HEAP_DUMP_SEGMENT records
  std::uint64_t bytes = 0;     // in those records
  bool end_record = false;     // HEAP_DUMP_END seen
};

struct RecordIndex {
  Header header;
  StringTable strings;
  std::vector<LoadClass> load_classes;  // file order; duplicates kept
  absl::flat_hash_map<Id, Frame> frames;
  std::vector<Trace> traces;
  std::vector<Id> trace_frames;
  std::vector<HeapExtent> heaps;
  std::uint64_t end_offset = 0;  // behind the last whole top-level record
};

// Reads only the file header. Errors: not HPROF, unsupported version, id size not 4 or 8.
absl::StatusOr<Header> ReadHeader(const DumpFile& file);

// Walks the whole file. Damage is counted in `health`, never an error: what stands before it is
// returned, and bytes_lost is what the file announces but does not hold. Counts kSeveralHeaps too.
// Errors are those of ReadHeader. Memory: about 24 bytes per string, 40 per frame. One thread.
absl::StatusOr<RecordIndex> IndexRecords(const DumpFile& file, ImportHealth& health);

}  // namespace leaktrail::hprof
