// What a dump is and what its analysis will cost, without doing it.
//
// Reads the table of contents, the class dumps at the beginning of the heap and a sample of the
// heap (about 32 MiB, evenly spread). Numbers of objects and references are
// estimates from that sample; so are memory and time, which besides come from measurements on one
// machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analyses/report.h"
#include "hprof/dump_file.h"
#include "hprof/import_health.h"

namespace leaktrail::analyses {

struct CostEstimate {
  std::uint64_t memory = 0;             // bytes of anonymous memory at the peak
  std::uint64_t cpu_milliseconds = 0;   // of all threads together, for `analyze`
  std::uint64_t wall_milliseconds = 0;  // with `threads` threads, the file in the page cache
  int threads = 1;                      // 0: wall time is not to be told
  std::uint64_t temporary = 0;          // bytes of unpacked dump in the temporary directory
};

struct Diagnosis {
  DumpFacts dump;             // objects and roots are 0: they are not counted here
  std::string writer;         // "HotSpot JVM", "HPROF agent (JDK 8 or earlier)", ...
  std::uint64_t strings = 0;  // names of classes, fields and methods
  std::uint64_t stack_traces = 0;
  std::uint64_t heap_bytes = 0;  // of the dump that are heap records
  std::uint64_t objects_estimate = 0;
  std::uint64_t references_estimate = 0;
  CostEstimate cost;
  std::vector<HealthRow> health;
};

// Errors: the file is no HPROF dump (see hprof::IndexRecords).
absl::StatusOr<Diagnosis> Diagnose(const hprof::DumpFile& file,
                                   const hprof::ImportHealth& open_health, int heap, int threads);

}  // namespace leaktrail::analyses
