// What makes a comparison of dumps mislead.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analyses/growth/dump_summary.h"

namespace leaktrail::analyses {

// Sentences; none if the dumps compare well. `dumps` are in the order in which they were given.
std::vector<std::string> GrowthWarnings(std::span<const DumpSummary> dumps);

}  // namespace leaktrail::analyses
