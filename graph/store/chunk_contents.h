// What the arrays of a snapshot do not tell of a chunk of objects: their ids, and which of their
// reference fields and elements are null. No primitive value is looked at.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/snapshot_data.h"
#include "graph/store/chunk_columns.h"

namespace leaktrail::graph {

struct ContentStreams {
  ByteVector ids;    // as exceptions from "the id before plus the size of its object"
  ByteVector nulls;  // of the objects of which some references are null, but not all
  hprof::Id lowest = ~hprof::Id{0}, highest = 0;
};
// Reads the records of the chunk from the dump.
void EncodeContents(const SnapshotData& data, const ExpectedDegrees& expected, ObjectRange range,
                    ContentStreams& to);

// False: not a stream for these objects.
bool DecodeIds(ByteSpan from, const SnapshotData& data, ObjectRange range,
               std::vector<hprof::Id>& ids);

// The objects of which some references are null, but not all, and where each stands in the stream.
struct NullPlaces {
  ByteVector bytes;
  std::vector<std::uint32_t> objects;
  std::vector<std::uint32_t> offsets;
};
bool FindNullPlaces(const SnapshotData& data, const ExpectedDegrees& expected, ObjectRange range,
                    NullPlaces& places);

// The number of references of an object and of those it could have.
struct DegreeOf {
  std::uint64_t degree = 0, most = 0;
  bool partial() const { return degree != 0 && degree != most; }
};
DegreeOf FindDegree(const SnapshotData& data, const ExpectedDegrees& expected, std::uint32_t object,
                    std::uint32_t array_length);

// Words of 64 bits in which the nulls of an instance with so many reference fields stand.
inline std::uint32_t MaskWords(std::uint64_t fields) {
  return static_cast<std::uint32_t>((fields + 63) / 64);
}

}  // namespace leaktrail::graph
