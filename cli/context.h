// What every answer says about the dump it comes from, and how it was got.
#pragma once

#include <string>
#include <vector>

#include "analyses/report.h"
#include "graph/timings.h"

namespace leaktrail::cli {

struct DumpContext {
  analyses::DumpFacts dump;
  analyses::MemoryFacts memory;
  std::vector<analyses::HealthRow> health;
};

// How the answer was asked for.
struct OutputOptions {
  bool timings = false;        // add them (JSON) or print them on stderr (text)
  bool show_strings = false;   // contents of the dump's strings are not masked
  bool deterministic = false;  // nothing about the machine
  std::vector<graph::PhaseTiming> phases;
};

}  // namespace leaktrail::cli
