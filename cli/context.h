// What every answer says about the dump it comes from, and how it was got.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyses/report.h"
#include "graph/snapshot.h"
#include "graph/timings.h"

namespace leaktrail::cli {

struct DumpContext {
  analyses::DumpFacts dump;
  analyses::MemoryFacts memory;
  std::vector<analyses::HealthRow> health;
  // Of an answer about all objects that asks no graph. Then `memory` is not known, nor are the
  // roots and threads in `dump`.
  std::optional<graph::Amount> all = std::nullopt;
};

// How the answer was asked for.
struct OutputOptions {
  bool timings = false;        // add them (JSON) or print them on stderr (text)
  bool show_strings = false;   // contents of the dump's strings are not masked
  bool deterministic = false;  // nothing about the machine
  std::vector<graph::PhaseTiming> phases;
};

}  // namespace leaktrail::cli
