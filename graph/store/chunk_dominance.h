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
// that do not fit. `forward` gets how many objects stand before their dominator.
struct DominanceBytes {
  ByteSpan peeled, dominators, levels;
};
bool DecodeDominance(const DominanceBytes& from, const ClassColumn& classes,
                     std::uint32_t class_count, ObjectRange range, std::uint32_t nodes,
                     Dominance& to, std::uint32_t& forward);
// Needs classes, lengths, degrees and `special` of the objects. False: not a stream for them.
bool DecodeRetained(ByteSpan from, const SnapshotData& data, ObjectRange range, SizeColumn& to);

// That dominators form a tree. A detour from a node to itself goes forward at least once, and
// backward: it is enough to follow all dominators from where it goes the one way, the rarer one.
//
// True if that leads to the root from all those nodes of the range whose dominator stands behind
// them (`forward`), or before them. `proved` has a bit by node, and remembers of which that is
// known; several threads may share it.
bool IsTree(const Dominance& dominance, ObjectRange range, std::uint32_t nodes, bool forward,
            Bitmap& proved);

}  // namespace leaktrail::graph
