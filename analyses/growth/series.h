// Figures over several dumps, and how they move.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analyses/growth/growth_report.h"

namespace leaktrail::analyses {

// `seconds`: from the first dump to each; what is not positive at the end gives no pace.
Series MakeSeries(std::vector<std::uint64_t> values, std::span<const std::int64_t> seconds);

// True if every step gains something, and no step less than a tenth of what a step gains on
// average: what has nearly stopped does not grow.
bool Grows(std::span<const std::uint64_t> values);

// kNew and kGone where the first or the last value is 0; steps below `noise` do not count.
Trend TrendOf(std::span<const std::uint64_t> values, std::uint64_t noise);

// Difference between the largest and the smallest value.
std::uint64_t Range(std::span<const std::uint64_t> values);
std::int64_t Gain(std::span<const std::uint64_t> values);
void AddTo(std::vector<std::uint64_t>& sum, std::span<const std::uint64_t> values);

}  // namespace leaktrail::analyses
