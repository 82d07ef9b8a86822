// What is counted in a dump to be compared with other dumps, beside the path tree: classes, shapes
// of arrays, MBeans, threads, class loaders, findings.
#pragma once

#include <vector>

#include "analyses/class_tables.h"
#include "analyses/growth/dump_summary.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

std::vector<ClassCount> CountClasses(const graph::Snapshot& snapshot, const ClassCounts& counts);
// The shapes with most bytes, at most so many. One pass over the objects.
std::vector<ArrayShape> CountArrayShapes(const graph::Snapshot& snapshot, std::size_t most);
std::vector<Counter> CountOthers(const graph::Snapshot& snapshot, const ClassCounts& counts);

// The class whose method main the thread "main" runs; "" if it does not.
std::string MainClass(const graph::Snapshot& snapshot);

}  // namespace leaktrail::analyses
