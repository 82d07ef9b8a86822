#include "hprof/import_health.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace leaktrail::hprof {
namespace {

TEST(ImportHealthTest, EveryOddityIsDescribed) {
  std::set<std::string> ids;
  for (int i = 0; i < static_cast<int>(Oddity::kCount_); ++i) {
    const OddityInfo& info = Describe(static_cast<Oddity>(i));
    EXPECT_TRUE(ids.insert(std::string(info.id)).second) << i << " " << info.id;
    ASSERT_FALSE(info.meaning.empty()) << i;
    EXPECT_EQ(info.meaning.back(), '.') << info.meaning;
  }
}

// The table has the order of the enum: guards the rows where a shift would show.
TEST(ImportHealthTest, TableFollowsTheEnum) {
  EXPECT_EQ(Describe(Oddity::kCutOff).id, "cut-off");
  EXPECT_EQ(Describe(Oddity::kSegmentOverrun).id, "segment-overrun");
  EXPECT_EQ(Describe(Oddity::kFieldBytesMismatch).id, "field-bytes-mismatch");
  EXPECT_EQ(Describe(Oddity::kTrailingBytes).id, "trailing-bytes");
}

TEST(ImportHealthTest, CountsAndKeepsTheFirstOffset) {
  ImportHealth health;
  health.Count(Oddity::kUnknownRecord, 200);
  health.Count(Oddity::kUnknownRecord, 100, 5);
  health.Count(Oddity::kUnknownRecord, 300);
  health.Count(Oddity::kCutOff, 50, 0);
  EXPECT_EQ(health.count(Oddity::kUnknownRecord), 7u);
  ASSERT_EQ(health.entries().size(), 1u) << "a count of 0 is no oddity";
  EXPECT_EQ(health.entries()[0].first_offset, 100u);
}

TEST(ImportHealthTest, EntriesAreMostSevereFirst) {
  ImportHealth health;
  health.Count(Oddity::kTrailingBytes, 1);
  health.Count(Oddity::kNoEndRecord, 1);
  health.Count(Oddity::kDuplicateObject, 1);
  health.Count(Oddity::kBadValueType, 1);
  health.Count(Oddity::kCutOff, 1);
  std::vector<Oddity> order;
  for (const ImportHealth::Entry& entry : health.entries()) order.push_back(entry.oddity);
  EXPECT_EQ(order,
            (std::vector<Oddity>{Oddity::kCutOff, Oddity::kBadValueType, Oddity::kNoEndRecord,
                                 Oddity::kDuplicateObject, Oddity::kTrailingBytes}));
}

TEST(ImportHealthTest, PartialMeansMissingObjects) {
  ImportHealth health;
  EXPECT_FALSE(health.partial());
  health.Count(Oddity::kDanglingReference, 1);
  health.Count(Oddity::kDuplicateClass, 1);
  EXPECT_FALSE(health.partial());
  health.Count(Oddity::kUnknownSubRecord, 1);
  EXPECT_TRUE(health.partial());
}

TEST(ImportHealthTest, MergeAdds) {
  ImportHealth a, b;
  a.Count(Oddity::kCutOff, 10);
  a.AddBytesLost(3);
  b.Count(Oddity::kCutOff, 5, 2);
  b.Count(Oddity::kDanglingRoot, 7);
  b.AddBytesLost(1, 3);
  a.Merge(b);
  EXPECT_EQ(a.count(Oddity::kCutOff), 3u);
  EXPECT_EQ(a.entries()[0].first_offset, 5u);
  EXPECT_EQ(a.count(Oddity::kDanglingRoot), 1u);
  EXPECT_EQ(a.bytes_lost(), 7u);
}

TEST(ImportHealthTest, ShareReadCountsWhatTheFileDoesNotHold) {
  ImportHealth health;
  EXPECT_EQ(health.share_read_milli(1000), 1000u);
  health.AddBytesLost(100);
  EXPECT_EQ(health.share_read_milli(1000), 900u);
  health.AddBytesLost(0, 500);  // 900 of 1500
  EXPECT_EQ(health.share_read_milli(1000), 600u);
  ImportHealth little;
  little.AddBytesLost(1);
  EXPECT_EQ(little.share_read_milli(1'000'000'000), 999u) << "never all, where something is lost";
  EXPECT_EQ(little.share_read_milli(0), 0u);
}

}  // namespace
}  // namespace leaktrail::hprof
