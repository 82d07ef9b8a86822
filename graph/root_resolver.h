// Root records -> roots of the graph and threads with their stacks and locals.
#pragma once

#include <vector>

#include "graph/heap_scan.h"
#include "graph/roots.h"
#include "graph/translate.h"
#include "hprof/dump_file.h"
#include "hprof/record_index.h"

namespace leaktrail::graph {

struct Damage {
  bool any = false;         // objects are missing
  bool ends_early = false;  // and not somewhere in the middle
};

struct RootTable {
  std::vector<Root> roots;  // sorted by object, then kind; no duplicates
  std::vector<ThreadInfo> threads;
  std::uint64_t records = 0;  // root records in the file
};

// Locals whose thread is in the dump become its locals, not roots. The array classes of the boot
// loader are roots, and where the file has no sticky class roots, all of its classes. Objects that
// hang only on fields of java.lang.Class that HotSpot does not dump get a synthetic root. In a dump
// with damage all boot classes are roots, and, unless it has roots of boot classes, so are the
// objects that assumed_roots.h tells. So they are, whatever roots there are, in one that was put
// together of unfinished parts, where any holder may be missing, and in one that ends early, has
// its roots first and lost by that the holders of half of its objects or more. Roots and locals
// that name unknown ids are counted.
RootTable ResolveRoots(HeapScan& scan, const InDegrees& in_degrees, const hprof::RecordIndex& index,
                       const hprof::DumpFile& file, Damage damage);

}  // namespace leaktrail::graph
