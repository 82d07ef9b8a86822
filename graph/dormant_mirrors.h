// java.lang.Class objects that lie in the heap of the JVM and not in its dump.
//
// A JVM that starts from a class data archive has mirrors in its heap of classes that it has not
// loaded. HotSpot writes none of them into a dump, but the one large array that holds them still
// refers to them; JDK 25 also names a few classes (LOAD_CLASS) that it does not dump. The JVM's own
// histogram counts them all. Their sizes are the distances to the next object.
#pragma once

#include "graph/heap_scan.h"
#include "graph/object_layout.h"
#include "graph/snapshot.h"
#include "hprof/record_index.h"

namespace leaktrail::graph {

// Nothing for a dump that was not written whole: references to what was lost look alike.
Amount CountDormantMirrors(const HeapScan& scan, const hprof::RecordIndex& index,
                           const ObjectLayout& layout);

}  // namespace leaktrail::graph
