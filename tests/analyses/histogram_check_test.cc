#include "analyses/histogram_check.h"

#include "gtest/gtest.h"
#include "tests/analyses/shop_dump.h"
#include "tests/dump_builder.h"

namespace leaktrail::testing {
namespace {

using analyses::CheckHistogram;
using analyses::ClassAmount;
using analyses::HistogramCheck;
using analyses::JvmHistogram;

// What the JVM would have printed of the dump; `live_only` as after a collection.
JvmHistogram HistogramOf(const graph::Snapshot& snapshot, bool live_only) {
  JvmHistogram histogram;
  const auto add = [&](graph::ObjectIndex o, const std::string& name, std::uint64_t bytes) {
    if (live_only && snapshot.LevelOf(o) == graph::Reachability::kUnreachable) return;
    histogram.classes[name] += {1, bytes};
  };
  snapshot.ForEachObject([&](graph::ObjectIndex o, graph::ClassIndex c, std::uint64_t bytes) {
    add(o, snapshot.classes().Name(c), bytes);
  });
  for (std::uint32_t c = 0; c < snapshot.classes().size(); ++c) {
    if (snapshot.classes()[graph::ClassIndex(c)].synthetic) continue;
    const graph::ObjectIndex mirror = snapshot.MirrorOf(graph::ClassIndex(c));
    add(mirror, "java.lang.Class", snapshot.ShallowSize(mirror));
  }
  histogram.total = Sum(histogram.classes);
  return histogram;
}

class HistogramCheckTest : public ::testing::Test {
 protected:
  HistogramCheck Check(const JvmHistogram& histogram) const {
    return CheckHistogram(*snapshot_, histogram, "saved.txt");
  }
  std::unique_ptr<graph::Snapshot> snapshot_ = ShopDump().Snapshot();
  JvmHistogram all_ = HistogramOf(*snapshot_, false);
  JvmHistogram live_ = HistogramOf(*snapshot_, true);
};

TEST_F(HistogramCheckTest, TriesAllObjectsAndTheLiveOnes) {
  const HistogramCheck all = Check(all_), live = Check(live_);
  EXPECT_TRUE(all.has_garbage);
  EXPECT_TRUE(all.same());
  EXPECT_FALSE(all.live_only);
  EXPECT_EQ(all.dump, *all_.total);
  EXPECT_EQ(all.equal, all.classes);
  EXPECT_TRUE(live.same());
  EXPECT_TRUE(live.live_only);
  EXPECT_EQ(live.dump, *live_.total);
  EXPECT_LT(live.dump.bytes, all.dump.bytes);
}

TEST_F(HistogramCheckTest, NamesEveryDifference) {
  all_.classes["com.acme.Order"].bytes += 64;  // larger objects
  all_.classes["byte[]"] += {2, 48};           // more of them
  all_.classes["com.acme.Gone"] = {1, 16};
  all_.total = Sum(all_.classes);
  const HistogramCheck check = Check(all_);
  EXPECT_FALSE(check.same());
  ASSERT_EQ(check.differences.size(), 3u);
  EXPECT_EQ(check.differences[0].name, "com.acme.Order");
  EXPECT_TRUE(check.differences[0].size);
  EXPECT_EQ(check.differences[0].jvm.bytes, check.differences[0].dump.bytes + 64);
  EXPECT_EQ(check.differences[1].name, "byte[]");
  EXPECT_FALSE(check.differences[1].size);
  EXPECT_EQ(check.differences[2].name, "com.acme.Gone");
  EXPECT_EQ(check.differences[2].dump, ClassAmount());
  EXPECT_EQ(check.equal, check.classes - 3);
  EXPECT_EQ(check.jvm.bytes, check.dump.bytes + 64 + 48 + 16);
}

TEST_F(HistogramCheckTest, AHistogramWithoutItsEndIsNotEqual) {
  all_.total->bytes += 8;
  EXPECT_TRUE(Check(all_).differences.empty());
  EXPECT_TRUE(Check(all_).histogram_cut_off);
  EXPECT_FALSE(Check(all_).same());
}

TEST_F(HistogramCheckTest, OfTheTopOfAHistogramOnlyItsClassesCount) {
  JvmHistogram top;
  top.classes["com.acme.Order"] = all_.classes["com.acme.Order"];
  EXPECT_TRUE(Check(top).list_only);
  EXPECT_TRUE(Check(top).same());
  EXPECT_EQ(Check(top).classes, 1u);
  top.classes["com.acme.Order"].instances += 1;
  EXPECT_FALSE(Check(top).same());
}

TEST_F(HistogramCheckTest, TheDataOfOldVmsIsLeftOut) {
  all_.vm_internal["<methodKlass>"] = {5, 500};
  *all_.total += {5, 500};
  const HistogramCheck check = Check(all_);
  EXPECT_TRUE(check.same());
  EXPECT_EQ(check.vm_internal, (ClassAmount{5, 500}));
}

}  // namespace
}  // namespace leaktrail::testing
