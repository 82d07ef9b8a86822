// The comparison by class, loader type, package, shape of arrays, and what else is counted.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analyses/growth/dump_summary.h"
#include "analyses/growth/growth_report.h"

namespace leaktrail::analyses {

// What has changed, most bytes gained first. `limit` 0: all rows.
GrowthTable MakeGrowthTable(std::span<const DumpSummary> dumps,
                            std::span<const std::int64_t> seconds, GrowthKey by,
                            std::uint64_t limit);

// Rows whose count grows in every step, and by how much it takes to be worth a word.
GrowthTable GrowingCounters(std::span<const DumpSummary> dumps,
                            std::span<const std::int64_t> seconds, GrowthKey by,
                            std::uint64_t limit);

// All classes, by name.
std::vector<GrowthCount> AllClasses(std::span<const DumpSummary> dumps,
                                    std::span<const std::int64_t> seconds);

}  // namespace leaktrail::analyses
