// Where in the merged path tree something moves: the topmost places whose own objects stand still
// while what they hold does not.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analyses/growth/growth_report.h"
#include "analyses/growth/merged_places.h"

namespace leaktrail::analyses {

// A place with those of its children that move. Movements have no place in common: below a child
// that moves there is no other movement.
struct Movement {
  std::uint32_t place = MergedPlace::kNone;
  // Children that move, those with most bytes first; none: the place itself does.
  std::vector<std::uint32_t> parts;
  // Of the first part, or all at the place; by dump.
  std::vector<std::uint64_t> objects;
  std::vector<std::uint64_t> bytes;  // of the parts, and of the place itself if that moves alike
  Trend trend = Trend::kFlat;
};

struct MovementOptions {
  std::uint64_t noise = 0;  // bytes that are not worth a word
};

// In no particular order. What has only changed its place (the class as a whole has not grown by
// half as much) does not grow. Linear in the places.
std::vector<Movement> FindMovements(const MergedPlaces& places, std::span<const DumpSummary> dumps,
                                    const MovementOptions& options);

}  // namespace leaktrail::analyses
