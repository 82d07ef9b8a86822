// Counting by class without the graph, against the graph.
#include "analyses/census.h"

#include <map>

#include "analyses/analyze.h"
#include "gtest/gtest.h"
#include "tests/analyses/shop_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::Census;
using analyses::TakeCensus;
using Counts = std::map<std::string, std::uint64_t>;

Counts CountsOf(const graph::Snapshot& snapshot) {
  Counts counts;
  snapshot.ForEachObject([&](graph::ObjectIndex, graph::ClassIndex c, std::uint64_t) {
    ++counts[std::string(snapshot.classes().Name(c))];
  });
  return counts;
}

Counts CountsOf(const Census& census) {
  Counts counts;
  for (const analyses::CensusRow& row : census.rows) counts[row.class_name] += row.instances;
  return counts;
}

TEST(Census, CountsWhatTheGraphCounts) {
  for (const char* name : {"kafka-consumers-unclosed", "series-cache-3", "flink-sliding-windows"}) {
    hprof::ImportHealth health;
    const std::string path = absl::StrCat(LEAKTRAIL_FIXTURES, "/dumps/", name, ".hprof.zst");
    auto file = hprof::DumpFile::Open(path, {}, health);
    ASSERT_TRUE(file.ok()) << file.status();
    const auto census = TakeCensus(**file, health, {.threads = 2, .rows = 0});
    ASSERT_TRUE(census.ok()) << census.status();
    auto snapshot = graph::Snapshot::Build(*std::move(file), health, {});
    ASSERT_TRUE(snapshot.ok());
    EXPECT_EQ(CountsOf(*census), CountsOf(**snapshot)) << name;
    EXPECT_EQ(census->dump.objects, (*snapshot)->object_count());
    EXPECT_EQ(census->heap_milli, 1000u);
    EXPECT_TRUE(census->dump.complete);
    // Mirrors and stacks are no part of it.
    const double all = static_cast<double>(
        (*snapshot)->live().bytes + (*snapshot)->amount(graph::Reachability::kUnreachable).bytes);
    EXPECT_NEAR(static_cast<double>(census->bytes), all, all * 0.05) << name;
  }
}

TEST(Census, ClassesWithoutADescriptionAreCounted) {
  DumpBuilder dump({.segment_size = 1000});
  const BootClasses& boot = dump.Boot();
  for (int i = 0; i < 200; ++i) dump.Instance(boot.object);
  const auto census =
      TakeCensus(*hprof::DumpFile::FromMemory(dump.Bytes()), hprof::ImportHealth(), {.threads = 3});
  ASSERT_TRUE(census.ok());
  EXPECT_EQ(CountsOf(*census)["java.lang.Object"], 200u);
}

TEST(Census, ADamagedDumpIsCountedAsFarAsItGoes) {
  ShopDump shop;
  std::vector<std::byte> bytes = shop.dump.Bytes();
  bytes.resize(bytes.size() - 60);
  const auto census = TakeCensus(*hprof::DumpFile::FromMemory(bytes), hprof::ImportHealth(), {});
  ASSERT_TRUE(census.ok());
  EXPECT_FALSE(census->dump.complete);
  EXPECT_GT(census->dump.objects, 0u);
  EXPECT_FALSE(census->health.empty());
}

TEST(Census, NoHeapIsAnError) {
  DumpBuilder dump({.end_record = false});
  dump.Symbol("a name");
  EXPECT_FALSE(
      TakeCensus(*hprof::DumpFile::FromMemory(dump.Bytes()), hprof::ImportHealth(), {}).ok());
  ShopDump shop;
  const auto none = TakeCensus(*hprof::DumpFile::FromMemory(shop.dump.Bytes()),
                               hprof::ImportHealth(), {.heap = 7});
  EXPECT_TRUE(absl::IsOutOfRange(none.status()));
}

TEST(Census, StopsWhenItIsTold) {
  ShopDump shop;
  analyses::CensusOptions options;
  options.stop = [] { return true; };
  const auto census =
      TakeCensus(*hprof::DumpFile::FromMemory(shop.dump.Bytes()), hprof::ImportHealth(), options);
  ASSERT_TRUE(census.ok());
  EXPECT_EQ(census->heap_milli, 0u);
  EXPECT_EQ(census->dump.objects, 0u);
}

// The same of the graph and of the analyses.

TEST(Stop, TheGraphIsGivenUp) {
  ShopDump shop;
  for (int after = 0; after < 6; ++after) {
    graph::BuildOptions options;
    options.threads = 2;
    int asked = 0;
    options.stop = [&] { return asked++ >= after; };
    const auto snapshot = graph::Snapshot::Build(shop.dump.File(), hprof::ImportHealth(), options);
    if (snapshot.ok()) {
      EXPECT_LE(asked, after);
    } else {
      EXPECT_TRUE(absl::IsCancelled(snapshot.status())) << snapshot.status();
    }
  }
}

TEST(Stop, AnalysesThatAreLeftOutAreNamed) {
  ShopDump shop;
  const auto snapshot = shop.Snapshot();
  analyses::AnalyzeOptions options;
  int asked = 0;
  options.stop = [&] { return ++asked > 3; };
  const analyses::Report report = analyses::Analyze(*snapshot, options);
  const analyses::Report whole = analyses::Analyze(*snapshot, {});
  EXPECT_TRUE(whole.left_out.empty());
  EXPECT_GT(report.left_out.size(), 5u);
  EXPECT_EQ(report.left_out.back(), "tables");
  EXPECT_EQ(report.verdict, analyses::Verdict::kUnknown);
  EXPECT_TRUE(report.classes.empty());
  EXPECT_FALSE(whole.classes.empty());
  EXPECT_EQ(report.memory.live, whole.memory.live);
}

}  // namespace
}  // namespace leaktrail::testing
