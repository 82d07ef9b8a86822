// All objects of a dump, counted without the graph, with what is known of the dump.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "analyses/report.h"
#include "graph/object_count.h"
#include "graph/timings.h"
#include "hprof/dump_file.h"
#include "hprof/import_health.h"

namespace leaktrail::analyses {

struct CountedDump {
  graph::ObjectCount count;
  DumpFacts dump;  // roots, loaders and threads are not counted
  std::vector<HealthRow> health;
  graph::Amount all;  // objects and class mirrors, with their bytes
};

// `heap`: which heap dump of the file; -1: the last. Errors: the file is no HPROF dump, has no such
// heap dump, or those of graph::CountObjects.
absl::StatusOr<CountedDump> CountDump(const hprof::DumpFile& file,
                                      const hprof::ImportHealth& open_health, int heap,
                                      const graph::CountOptions& options, graph::Timings& timings);

}  // namespace leaktrail::analyses
