// Movements in the path tree as rows and findings that people read.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "analyses/growth/growing_places.h"
#include "analyses/growth/growth_report.h"
#include "analyses/growth/merged_places.h"

namespace leaktrail::analyses {

// What all descriptions of one comparison share. `dumps` and `places` must live longer.
struct GrowthContext {
  std::span<const DumpSummary> dumps;
  const MergedPlaces& places;
  std::vector<std::int64_t> seconds;  // since the first dump; all 0: unknown
};

GrowthRow DescribeRow(const GrowthContext& context, const Movement& movement);

// Findings of movements that grow, most bytes first. What one known leak of the last dump explains
// is one finding.
std::vector<GrowthFinding> DescribeFindings(const GrowthContext& context,
                                            const std::vector<Movement>& growing);

// Findings of the last dump that are in all dumps, in larger numbers each time, and that none of
// `told` tells about.
std::vector<GrowthFinding> GrowingFindings(const GrowthContext& context,
                                           const std::vector<GrowthFinding>& told);

// How long until `left` more bytes are live; none: the pace is unknown or not positive.
std::optional<std::int64_t> SecondsUntil(std::uint64_t left, const Series& bytes,
                                         std::span<const std::int64_t> seconds);

// "3 hours", "12 days".
std::string DurationText(std::int64_t seconds);

}  // namespace leaktrail::analyses
