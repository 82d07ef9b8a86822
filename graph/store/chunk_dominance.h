// Dominators, levels and retained sizes of a chunk of objects as streams, and back.
//
// The dominator of most objects is the first that refers to them, by index: that is one bit, known
// once the references are there. Of the others mostly the same as that of the last object of the
// class.
#pragma once

#include <cstdint>

#include "graph/dominance.h"
#include "graph/large_array.h"
#include "graph/snapshot_data.h"
#include "graph/store/chunk_columns.h"

namespace leaktrail::graph {

// By object: the object of lowest index that refers to it; Dominance::kNone if there is none. The
// array has room for `nodes`; what stands behind the objects is 0. Cost: as many walks over the
// references as threads, at the same time.
LargeArray<std::uint32_t> FirstReferrers(const ObjectColumns& columns, std::uint32_t nodes,
                                         int threads);

struct DominanceStreams {
  ByteVector codes;       // by object: where its dominator is found, and whether it is peeled
  ByteVector dominators;  // those that are not found otherwise
  ByteVector levels;      // runs
};
void EncodeDominance(const SnapshotData& data, const LargeArray<std::uint32_t>& first_referrers,
                     ObjectRange range, DominanceStreams& to);

// What the objects retain beyond their own size. `by_class`: as differences from the last object of
// the class; one of the two ways is shorter. Only of objects that can dominate anything.
void EncodeRetained(const SnapshotData& data, ObjectRange range, bool by_class, ByteVector& to);

// On entry dominators hold the first referrers. False: streams that do not fit.
bool DecodeDominance(ByteSpan codes, ByteSpan dominators, ByteSpan levels,
                     const ClassColumn& classes, std::uint32_t class_count, ObjectRange range,
                     std::uint32_t nodes, Dominance& to);
// Needs classes, lengths, degrees and `special` of the objects.
bool DecodeRetained(ByteSpan from, const SnapshotData& data, ObjectRange range, SizeColumn& to);

// True if every dominator retains more than what it dominates, which implies that no object
// dominates itself by a detour; and if what is peeled and held has a dominator.
bool IsConsistent(const Dominance& dominance, ObjectRange range, std::uint32_t nodes);

}  // namespace leaktrail::graph
