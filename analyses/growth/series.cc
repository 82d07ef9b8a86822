#include "analyses/growth/series.h"

#include <algorithm>
#include <utility>

namespace leaktrail::analyses {

Series MakeSeries(std::vector<std::uint64_t> values, std::span<const std::int64_t> seconds) {
  constexpr double kHour = 3600;
  Series series;
  series.values = std::move(values);
  if (series.values.empty()) return series;
  const std::uint64_t largest = *std::max_element(series.values.begin(), series.values.end());
  for (const std::uint64_t value : series.values) {
    const double level =
        largest == 0 ? 0 : 7.0 * static_cast<double>(value) / static_cast<double>(largest);
    series.levels.push_back(static_cast<std::uint8_t>(level + 0.5));
  }
  series.gained = Gain(series.values);
  const auto steps = static_cast<std::int64_t>(series.values.size()) - 1;
  if (steps > 0) series.per_step = series.gained / steps;
  const auto gained = static_cast<double>(series.gained);
  if (!seconds.empty() && seconds.back() > 0) {
    series.per_hour =
        static_cast<std::int64_t>(gained / static_cast<double>(seconds.back()) * kHour);
  }
  if (const std::uint64_t first = series.values.front(); first > 0) {
    const double milli = gained * 1000 / static_cast<double>(first);
    series.gained_milli = static_cast<std::int32_t>(std::clamp(milli, -1e9, 1e9));
  }
  return series;
}

std::int64_t Gain(std::span<const std::uint64_t> values) {
  if (values.empty()) return 0;
  return static_cast<std::int64_t>(values.back()) - static_cast<std::int64_t>(values.front());
}

std::uint64_t Range(std::span<const std::uint64_t> values) {
  if (values.empty()) return 0;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return *high - *low;
}

bool Grows(std::span<const std::uint64_t> values) {
  if (values.size() < 2 || Gain(values) <= 0) return false;
  const auto steps = static_cast<std::int64_t>(values.size()) - 1;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const std::int64_t step = Gain(values.subspan(i - 1, 2));
    if (step <= 0 || step * 10 * steps < Gain(values)) return false;
  }
  return true;
}

Trend TrendOf(std::span<const std::uint64_t> values, std::uint64_t noise) {
  if (values.size() < 2 || Range(values) == 0 || Range(values) < noise) return Trend::kFlat;
  if (values.front() == 0 && values.size() == 2) return Trend::kNew;
  if (values.back() == 0) return Trend::kGone;
  if (Grows(values)) return Trend::kGrows;
  bool up = false, down = false;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const std::int64_t step = Gain(values.subspan(i - 1, 2));
    const auto least = static_cast<std::int64_t>(Range(values) / 10);
    up = up || step > least;
    down = down || step < -least;
  }
  if (up && down) return Trend::kBreathes;
  if (down) return Trend::kShrinks;
  return values.front() == 0 ? Trend::kNew : Trend::kFilledOnce;
}

void AddTo(std::vector<std::uint64_t>& sum, std::span<const std::uint64_t> values) {
  sum.resize(std::max(sum.size(), values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) sum[i] += values[i];
}

}  // namespace leaktrail::analyses
