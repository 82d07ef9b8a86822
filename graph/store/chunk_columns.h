// The columns of a chunk of objects as streams of small numbers, and back.
//
// A chunk is a run of kChunkObjects objects; nothing in it depends on another chunk, so that chunks
// are packed and unpacked on several threads. Numbers are written as differences from what was last
// seen of the same class: instances of a class are alike.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "graph/object_columns.h"
#include "graph/snapshot_data.h"
#include "graph/store/packed.h"

namespace leaktrail::graph {

inline constexpr int kChunkShift = 17;
inline constexpr std::uint32_t kChunkObjects = 1 << kChunkShift;
static_assert(kChunkObjects % ObjectBlock::kObjects == 0);

struct ObjectRange {
  std::uint32_t begin, end;
  std::uint32_t size() const { return end - begin; }
};

inline std::uint32_t ChunkCount(std::uint32_t objects) {
  return objects / kChunkObjects + (objects % kChunkObjects != 0);
}
inline ObjectRange ChunkRange(std::uint32_t chunk, std::uint32_t objects) {
  const std::uint32_t begin = chunk * kChunkObjects;
  return {begin, begin + std::min(kChunkObjects, objects - begin)};
}

// How many entries of the arrays that are not indexed by object belong to a chunk.
struct ChunkCounts {
  std::uint64_t arrays = 0, targets = 0, big_lists = 0, big_targets = 0;
};

// The references that an instance of a class has if none of its fields is null; 0 for arrays.
class ExpectedDegrees {
 public:
  // What is looked up for every object, side by side.
  struct Shape {
    std::uint32_t degree = 0;
    // The places of its reference fields among those of all classes: what was last seen of each is
    // remembered there. The elements of an array share one.
    std::uint32_t first_slot = 0, last_slot = 0;
    ClassKind kind = ClassKind::kInstance;
  };

  explicit ExpectedDegrees(const ClassTable& classes);
  std::uint32_t operator[](std::uint32_t c) const { return shapes_[c].degree; }
  const Shape& shape(std::uint32_t c) const { return shapes_[c]; }
  std::uint32_t classes() const { return static_cast<std::uint32_t>(shapes_.size()); }
  std::uint32_t slots() const { return slots_; }

 private:
  std::vector<Shape> shapes_;
  std::uint32_t slots_ = 0;
};

// --- classes, as 2 or 4 bytes each, and lengths of arrays
void EncodeClasses(const ObjectColumns& columns, bool wide, ObjectRange range, ByteVector& to);
void EncodeLengths(const ObjectColumns& columns, std::uint64_t first_array, std::uint64_t count,
                   ByteVector& to);
// False: a class that is not in the table, or the wrong number of values.
bool DecodeClasses(ByteSpan from, bool wide, ObjectRange range, std::uint32_t classes,
                   ClassColumn& to);
bool DecodeLengths(ByteSpan from, std::uint64_t first_array, std::uint64_t count,
                   ObjectColumns& to);

// --- references: how many each object has, and their targets
void EncodeDegrees(const SnapshotData& data, const ExpectedDegrees& expected, ObjectRange range,
                   ByteVector& to);
void EncodeTargets(const SnapshotData& data, const ExpectedDegrees& expected, ObjectRange range,
                   ByteVector& to);
// A bit for each reference: whether its owner is the immediate dominator of its target.
void EncodeHolders(const SnapshotData& data, const ExpectedDegrees& expected, ObjectRange range,
                   ByteVector& to);
// Where the entries of a chunk begin in the arrays.
struct ChunkPlace {
  std::uint64_t arrays = 0, targets = 0, big_lists = 0, big_targets = 0;
};
struct ReferenceStreams {
  ByteSpan degrees, targets, holders;
};
// Fills degrees, blocks, targets and lists of the chunk; needs its classes and lengths. Where a
// reference comes from the dominator of its target, `dominators` gets the owner + 1, of objects of
// any chunk: only this writes there while several threads do this. False: the streams do not fit
// the counts, or a target is no node.
bool DecodeReferences(const ReferenceStreams& streams, const ExpectedDegrees& expected,
                      ObjectRange range, const ChunkPlace& place, const ChunkCounts& counts,
                      std::uint32_t nodes, ObjectColumns& to,
                      LargeArray<std::uint32_t>& dominators);

}  // namespace leaktrail::graph
