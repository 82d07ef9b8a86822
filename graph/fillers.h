// The arrays with which the collector fills holes of the heap (JDK 19 and later) get their own
// name.
#pragma once

#include "graph/snapshot_data.h"

namespace leaktrail::graph {

// A dump says int[] of them; the JVM's histogram says jdk.internal.vm.FillerElement[]. No root
// reaches one. An int[] that the program has dropped looks the same, so they are told apart only in
// a dump that has hardly any other garbage: one that was made after a collection. Gives those
// arrays the class `filler_array`, but not to empty ones where those may be locks of classes that
// wait in an archive; does nothing where the dump has no such class. After the levels are known;
// one look at every object.
void NameFillers(SnapshotData& data);

}  // namespace leaktrail::graph
