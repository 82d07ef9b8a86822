// What the analyses write into a snapshot file because it follows from contents that the file does
// not hold: how many elements collections have, what threads are called where that may be shown,
// limits of the heap.
#pragma once

#include "absl/strings/string_view.h"
#include "graph/notes.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// Facts of the notes; see MemoryFacts.
inline constexpr absl::string_view kMaxHeapFact = "max_heap";
inline constexpr absl::string_view kDirectReservedFact = "direct_reserved";

// Reads the count of every known collection: some hundred nanoseconds for each.
graph::Notes MakeNotes(const graph::Snapshot& snapshot, int threads);

}  // namespace leaktrail::analyses
