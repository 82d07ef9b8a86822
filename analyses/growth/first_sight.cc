#include "analyses/growth/first_sight.h"

#include <algorithm>

#include "analyses/growth/series.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

// The most that any place has lost: so much may come and go here.
std::uint64_t LargestLoss(const std::vector<Movement>& movements) {
  std::int64_t loss = 0;
  for (const Movement& movement : movements) loss = std::max(loss, -Gain(movement.bytes));
  return static_cast<std::uint64_t>(loss);
}

bool IsClear(const Movement& movement, std::uint64_t live, std::uint64_t loss) {
  const auto gained = static_cast<std::uint64_t>(std::max<std::int64_t>(0, Gain(movement.bytes)));
  const std::uint32_t share = Milli(gained, live);
  if (gained < kFirstSightBytes || share < kSomeGrowth || gained <= loss) return false;
  return share >= kMuchGrowth || gained >= movement.bytes.front() / kFirstSightPart;
}

}  // namespace

void DropUnclearGrowth(std::uint64_t live, std::vector<Movement>& movements) {
  const std::uint64_t loss = LargestLoss(movements);
  for (Movement& movement : movements) {
    if (movement.trend != Trend::kGrows || IsClear(movement, live, loss)) continue;
    movement.trend = Trend::kFilledOnce;
  }
}

}  // namespace leaktrail::analyses
