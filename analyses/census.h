// How many objects of what there are in a dump, told without the graph: for when time or memory do
// not suffice for that. Dead objects count like live ones, and nothing is known of who holds what.
//
// One pass over the heap, and little memory: that of the names, of the classes and of a window per
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analyses/report.h"
#include "hprof/dump_file.h"
#include "hprof/import_health.h"

namespace leaktrail::analyses {

struct CensusRow {
  std::string class_name;
  std::uint64_t instances = 0;
  std::uint64_t shallow = 0;
  std::uint32_t share_milli = 0;  // of the bytes of all objects that were counted
};

struct Census {
  DumpFacts dump;  // `objects` are those counted; roots, loaders and threads are not
  std::vector<HealthRow> health;
  std::uint64_t bytes = 0;          // shallow, of all objects that were counted
  std::uint32_t heap_milli = 1000;  // how much of the heap was counted: less if it was stopped
  std::vector<CensusRow> rows;      // of all classes of one name, most bytes first
  std::vector<CensusRow> of_application;  // the first of those that are no classes of the platform
  std::uint64_t total_rows = 0;
};

struct CensusOptions {
  int heap = -1;  // which heap dump of the file; -1: the last
  int threads = 1;
  std::uint64_t rows = 20;     // of each table; 0: all
  std::function<bool()> stop;  // true: end with what there is; from any thread; may be empty
};

// Errors: the file is no HPROF dump or holds no heap dump.
absl::StatusOr<Census> TakeCensus(const hprof::DumpFile& file,
                                  const hprof::ImportHealth& open_health,
                                  const CensusOptions& options);

}  // namespace leaktrail::analyses
