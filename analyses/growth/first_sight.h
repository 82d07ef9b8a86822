// Of two dumps: which growth is clear enough to be told as a finding. Thresholds with their
// reasons: thresholds.h.
#pragma once

#include <cstdint>
#include <vector>

#include "analyses/growth/growing_places.h"

namespace leaktrail::analyses {

// What grows, but not clearly, becomes Trend::kFilledOnce: it is listed, and no finding.
// `movements` are those of two dumps; `live`: live bytes of the second.
void DropUnclearGrowth(std::uint64_t live, std::vector<Movement>& movements);

}  // namespace leaktrail::analyses
