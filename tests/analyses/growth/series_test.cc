#include "analyses/growth/series.h"

#include "gtest/gtest.h"

namespace leaktrail::testing {
namespace {

using analyses::Trend;
using Values = std::vector<std::uint64_t>;

TEST(Series, Trends) {
  struct Case {
    Values values;
    Trend trend;
  };
  const Case kCases[] = {
      {{5, 5, 5}, Trend::kFlat},
      {{1, 2}, Trend::kGrows},
      {{100, 200, 300}, Trend::kGrows},
      {{100, 120, 300}, Trend::kGrows},
      {{100, 300, 301}, Trend::kFilledOnce},  // nearly stopped
      {{100, 300, 300}, Trend::kFilledOnce},
      {{100, 100, 300}, Trend::kFilledOnce},  // one step is not every step
      {{300, 200, 100}, Trend::kShrinks},
      {{100, 300, 120}, Trend::kBreathes},
      {{0, 300}, Trend::kNew},
      {{0, 300, 300}, Trend::kNew},
      {{0, 300, 600}, Trend::kGrows},
      {{300, 0}, Trend::kGone},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(analyses::TrendOf(c.values, 1), c.trend) << ::testing::PrintToString(c.values);
  }
  EXPECT_EQ(analyses::TrendOf(Values{100, 200}, 101), Trend::kFlat);
}

TEST(Series, FiguresPerStepAndHour) {
  const std::vector<std::int64_t> seconds = {0, 1800, 7200};
  const analyses::Series series = analyses::MakeSeries({100, 150, 300}, seconds);
  EXPECT_EQ(series.gained, 200);
  EXPECT_EQ(series.per_step, 100);
  EXPECT_EQ(series.per_hour, 100);
  EXPECT_EQ(series.gained_milli, 2000);
  EXPECT_EQ(series.levels, (std::vector<std::uint8_t>{2, 4, 7}));
  EXPECT_FALSE(analyses::MakeSeries({1, 2}, std::vector<std::int64_t>{0, 0}).per_hour);
  EXPECT_FALSE(analyses::MakeSeries({0, 2}, seconds).gained_milli);
}

}  // namespace
}  // namespace leaktrail::testing
