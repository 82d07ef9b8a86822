// Where the sub-records of a heap record begin and end, without looking into them: needed to cut
// big heap records into units of parallel work and to find the end of one whose length is wrong.
#pragma once

#include <cstdint>
#include <vector>

#include "hprof/record_index.h"
#include "hprof/skip_window.h"

namespace leaktrail::hprof {

// A heap record up to this size is one unit and is not looked into.
inline constexpr std::uint64_t kLargestPlainUnit = 8 << 20;
// A unit cut from a bigger one; only a single array is larger.
inline constexpr std::uint64_t kUnitSize = 1 << 20;

bool IsKnownTag(RecordTag tag);

// True if a record of this tag can have a body of `length` bytes; false for unknown tags.
bool SuitsLength(RecordTag tag, std::uint64_t length, std::uint32_t id_size);

// True if a top-level record, or the end of the dump, may well stand at `offset`: a known tag with
// a length that suits it and the file. Used where lengths contradict each other.
bool IsPlausibleRecord(SkipWindow& window, std::uint64_t offset, std::uint32_t id_size);

// Finds the end of one sub-record. Returns 0 if there is none: unknown tag or value type. The end
// may lie behind the end of the dump.
std::uint64_t SubRecordEnd(SkipWindow& window, std::uint64_t offset, std::uint32_t id_size);

struct UnitWalk {
  std::uint64_t end;   // behind the last whole sub-record
  bool stuck = false;  // at something that is no sub-record
  bool torn = false;   // at a sub-record that the dump does not hold completely
};

// Walks sub-records from `begin` to `end` and appends them to `units`, in pieces of kUnitSize.
// Stops early at what it does not know and at a sub-record that the dump does not hold completely.
// The last sub-record may cross `end`; if `beyond`, the walk goes on past `end` until a plausible
// top-level record.
UnitWalk CutIntoUnits(SkipWindow& window, std::uint64_t begin, std::uint64_t end, bool beyond,
                      std::uint32_t id_size, std::vector<HeapUnit>& units);

}  // namespace leaktrail::hprof
