// Dominators, levels and retained sizes of a chunk of objects as streams, and back.
//
// The dominator of most objects refers to them: that is one bit with the reference, see
// EncodeHolders. Here are the others.
#pragma once

#include <cstdint>

#include "graph/bitmap.h"
#include "graph/dominance.h"
#include "graph/snapshot_data.h"
#include "graph/store/chunk_columns.h"

namespace leaktrail::graph {

// A bit by object: one of the references of its dominator leads to it.
Bitmap HeldByReference(const SnapshotData& data, int threads);

struct DominanceStreams {
  ByteVector peeled;      // a bit by object
  ByteVector dominators;  // of objects that are held, but by no reference of the dominator
  ByteVector levels;      // runs
};
void EncodeDominance(const SnapshotData& data, const Bitmap& held_by_reference, ObjectRange range,
                     DominanceStreams& to);

// What the objects retain beyond their own size. `by_class`: as differences from the last object of
// the class; one of the two ways is shorter. Only of objects that can dominate anything.
void EncodeRetained(const SnapshotData& data, ObjectRange range, bool by_class, ByteVector& to);

// On entry dominators of objects hold what DecodeReferences wrote there, else 0. False: streams
// that do not fit.
bool DecodeDominance(const DominanceStreams& from, const ClassColumn& classes,
                     std::uint32_t class_count, ObjectRange range, std::uint32_t nodes,
                     Dominance& to);
// Needs classes, lengths, degrees and `special` of the objects.
bool DecodeRetained(ByteSpan from, const SnapshotData& data, ObjectRange range, SizeColumn& to);

// True if every dominator retains more than what it dominates, which implies that no object
// dominates itself by a detour.
bool IsTree(const Dominance& dominance, ObjectRange range, std::uint32_t nodes);

}  // namespace leaktrail::graph
