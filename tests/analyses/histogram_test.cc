#include "analyses/histogram.h"

#include <algorithm>
#include <random>

#include "graph/retained_sets.h"
#include "gtest/gtest.h"
#include "tests/analyses/shop_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::Histogram;
using analyses::HistogramKey;
using analyses::HistogramOptions;
using analyses::HistogramRow;
using analyses::HistogramSort;
using analyses::MakeHistogram;

const HistogramRow* Row(const Histogram& histogram, const std::string& name) {
  const auto row = std::find_if(histogram.rows.begin(), histogram.rows.end(),
                                [&](const HistogramRow& r) { return r.name == name; });
  return row == histogram.rows.end() ? nullptr : &*row;
}

TEST(Histogram, CountsLiveObjectsByClassAndLoader) {
  const auto snapshot = ShopDump().Snapshot();
  ASSERT_NE(snapshot, nullptr);
  const Histogram histogram = MakeHistogram(*snapshot, {.limit = 0});
  const HistogramRow* orders = Row(histogram, "com.acme.Order");
  ASSERT_NE(orders, nullptr);
  EXPECT_EQ(orders->loader, "boot");
  EXPECT_EQ(orders->instances, 6u);     // not the two that are garbage
  EXPECT_EQ(orders->shallow, 6u * 24);  // 12 + 4 + 8
  // Together they keep all four customers, also the one that two of them share (24 bytes each).
  EXPECT_EQ(orders->retained, 6u * 24 + 4 * 24);
  EXPECT_EQ(Row(histogram, "com.acme.Report")->instances, 1u);  // held softly, but live
  EXPECT_EQ(Row(histogram, "com.acme.OrderLine"), nullptr);     // no instance, no row
}

TEST(Histogram, TotalsAreThoseOfTheHeap) {
  const auto snapshot = ShopDump().Snapshot();
  for (const HistogramKey by :
       {HistogramKey::kClass, HistogramKey::kLoader, HistogramKey::kPackage}) {
    const Histogram histogram = MakeHistogram(*snapshot, {.by = by, .limit = 0});
    EXPECT_EQ(histogram.total.instances, snapshot->live().objects);
    EXPECT_EQ(histogram.total.shallow, snapshot->live().bytes);
    EXPECT_EQ(histogram.total_rows, histogram.rows.size());
    std::uint64_t instances = 0;
    for (const HistogramRow& row : histogram.rows) {
      instances += row.instances;
      EXPECT_LE(row.shallow, row.retained) << row.name << row.loader;
      EXPECT_LE(row.retained, snapshot->live().bytes) << row.name << row.loader;
    }
    EXPECT_EQ(instances, histogram.total.instances);
  }
}

TEST(Histogram, ClassMirrorsAreInstancesOfClass) {
  const auto snapshot = ShopDump().Snapshot();
  const Histogram histogram = MakeHistogram(*snapshot, {.limit = 0});
  std::uint64_t live_mirrors = 0;
  for (std::uint32_t c = 0; c < snapshot->classes().size(); ++c) {
    const graph::ObjectIndex mirror = snapshot->MirrorOf(graph::ClassIndex(c));
    live_mirrors += snapshot->LevelOf(mirror) != graph::Reachability::kUnreachable;
  }
  EXPECT_EQ(Row(histogram, "java.lang.Class")->instances, live_mirrors);
}

TEST(Histogram, Unreachable) {
  const auto snapshot = ShopDump().Snapshot();
  const Histogram histogram = MakeHistogram(*snapshot, {.limit = 0, .unreachable = true});
  const HistogramRow* orders = Row(histogram, "com.acme.Order");
  ASSERT_NE(orders, nullptr);
  EXPECT_EQ(orders->instances, 2u);
  EXPECT_EQ(orders->retained, 0u);
  EXPECT_EQ(histogram.total.instances, snapshot->amount(graph::Reachability::kUnreachable).objects);
  EXPECT_EQ(histogram.total.shallow, snapshot->amount(graph::Reachability::kUnreachable).bytes);
}

TEST(Histogram, SortsAndLimits) {
  const auto snapshot = ShopDump().Snapshot();
  for (const HistogramSort sort :
       {HistogramSort::kRetained, HistogramSort::kShallow, HistogramSort::kInstances}) {
    const auto weight = [&](const HistogramRow& row) {
      return sort == HistogramSort::kRetained  ? row.retained
             : sort == HistogramSort::kShallow ? row.shallow
                                               : row.instances;
    };
    const Histogram all = MakeHistogram(*snapshot, {.sort = sort, .limit = 0});
    const Histogram top = MakeHistogram(*snapshot, {.sort = sort, .limit = 3});
    ASSERT_EQ(top.rows.size(), 3u);
    EXPECT_EQ(top.total_rows, all.rows.size());
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(top.rows[i].name, all.rows[i].name);
      EXPECT_EQ(top.rows[i].retained, all.rows[i].retained);
      if (i > 0) {
        EXPECT_GE(weight(top.rows[i - 1]), weight(top.rows[i]));
      }
    }
  }
}

TEST(Histogram, ByPackage) {
  const auto snapshot = ShopDump().Snapshot();
  const Histogram histogram = MakeHistogram(*snapshot, {.by = HistogramKey::kPackage, .limit = 0});
  const HistogramRow* acme = Row(histogram, "com.acme");
  ASSERT_NE(acme, nullptr);
  EXPECT_EQ(acme->classes, 3u);  // Order, Customer, Report
  EXPECT_EQ(acme->instances, 6u + 4 + 1);
  EXPECT_NE(Row(histogram, ""), nullptr);  // byte[]
}

TEST(Histogram, SameClassNameInTwoLoadersIsTwoRows) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id loader_class = dump.Class("com.acme.PluginLoader").Super(boot.class_loader);
  for (int i = 0; i < 2; ++i) {
    const Id loader = dump.Instance(loader_class, {0, 0});
    const Id plugin = dump.Class("com.acme.Plugin").Loader(loader);
    dump.JniGlobalRoot(dump.Instance(plugin));
  }
  const auto snapshot = SnapshotOf(dump);
  ASSERT_NE(snapshot, nullptr);
  const Histogram histogram = MakeHistogram(*snapshot, {.limit = 0});
  std::vector<std::string> loaders;
  for (const HistogramRow& row : histogram.rows) {
    if (row.name == "com.acme.Plugin") loaders.push_back(row.loader);
  }
  ASSERT_EQ(loaders.size(), 2u);
  EXPECT_NE(loaders[0], loaders[1]);
  EXPECT_EQ(loaders[0].find("com.acme.PluginLoader @0x"), 0u) << loaders[0];
}

// The figure of every row is that of the set of its objects, whichever way it was got.
TEST(Histogram, RetainedIsExactOnRandomHeaps) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    DumpBuilder dump;
    dump.Boot();
    std::vector<Id> classes, objects;
    for (int c = 0; c < 90; ++c) {
      classes.push_back(
          dump.Class("C" + std::to_string(c)).Field("a", kObject).Field("b", kObject));
    }
    for (int i = 0; i < 200; ++i) objects.push_back(dump.NewId(24));
    for (const Id id : objects) {
      const auto pick = [&] {
        return random() % 3 == 0 ? Id{0} : objects[random() % objects.size()];
      };
      dump.Instance(classes[random() % classes.size()], {pick(), pick()}, id);
    }
    for (int i = 0; i < 5; ++i) dump.JniGlobalRoot(objects[random() % objects.size()]);
    const auto snapshot = SnapshotOf(dump);
    ASSERT_NE(snapshot, nullptr);
    const Histogram histogram = MakeHistogram(*snapshot, {.limit = 0});
    for (const HistogramRow& row : histogram.rows) {
      if (row.name[0] != 'C') continue;
      std::vector<graph::ObjectIndex> members;
      snapshot->ForEachObject([&](graph::ObjectIndex o, graph::ClassIndex c, std::uint64_t) {
        const bool live = snapshot->LevelOf(o) != graph::Reachability::kUnreachable;
        if (live && snapshot->classes().Name(c) == row.name) members.push_back(o);
      });
      EXPECT_EQ(row.retained, graph::RetainedBySet(*snapshot, members)) << row.name << " " << seed;
    }
  }
}

}  // namespace
}  // namespace leaktrail::testing
