#include "analyses/holdings.h"

#include <numeric>

#include "gtest/gtest.h"
#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::ElementGroup;
using analyses::FindHoldings;
using analyses::Holding;

// What is assigned to holdings, in bytes.
std::uint64_t Sum(const std::vector<Holding>& holdings) {
  std::uint64_t sum = 0;
  for (const Holding& holding : holdings) sum += holding.retained;
  return sum;
}

const ElementGroup* GroupOf(const graph::Snapshot& snapshot, const Holding& holding,
                            absl::string_view class_name) {
  for (const ElementGroup& group : holding.groups) {
    if (snapshot.classes().Name(group.class_index) == class_name) return &group;
  }
  return nullptr;
}

// An owner with two maps of different sizes, both deep below one object.
struct TwoMaps {
  JdkDump heap;
  std::unique_ptr<graph::Snapshot> snapshot;
  Id big, small, app;

  TwoMaps() {
    big = heap.MapOfValues(heap.Objects("com.acme.Order", 600, 1000));
    small = heap.MapOfValues(heap.Objects("com.acme.Invoice", 400, 1000));
    const Id owner = heap.App("com.acme.App").Field("orders", kObject).Field("invoices", kObject);
    app = heap.dump.Instance(owner, {big, small});
    heap.dump.JniGlobalRoot(app);
    snapshot = SnapshotOf(heap.dump);
  }
};

TEST(FindHoldings, FindsBothMapsOfOneOwner) {
  const TwoMaps dump;
  ASSERT_NE(dump.snapshot, nullptr);
  const auto holdings = FindHoldings(*dump.snapshot, 100'000);
  ASSERT_EQ(holdings.size(), 2u);
  EXPECT_EQ(holdings[0].members.front(), dump.snapshot->Find(dump.big));
  EXPECT_EQ(holdings[1].members.front(), dump.snapshot->Find(dump.small));
  EXPECT_EQ(holdings[0].retained, dump.snapshot->RetainedSize(holdings[0].members[0]));
  const ElementGroup* orders = GroupOf(*dump.snapshot, holdings[0], "com.acme.Order");
  ASSERT_NE(orders, nullptr);
  EXPECT_EQ(orders->count, 600u);
  EXPECT_FALSE(orders->folded);
  EXPECT_EQ(orders->retained, 600u * (16 + 1016));
  EXPECT_LE(orders->samples.size(), analyses::kMaxSamples);
  const ElementGroup* nodes = GroupOf(*dump.snapshot, holdings[0], "java.util.HashMap$Node");
  ASSERT_NE(nodes, nullptr);
  EXPECT_TRUE(nodes->folded);
}

TEST(FindHoldings, CountsNothingTwiceAndForgetsNothing) {
  const TwoMaps dump;
  const auto holdings = FindHoldings(*dump.snapshot, 1);
  EXPECT_LE(Sum(holdings), dump.snapshot->live().bytes);
  for (const Holding& holding : holdings) {
    std::uint64_t groups = 0;
    for (const ElementGroup& group : holding.groups) groups += group.retained;
    for (graph::ObjectIndex o : holding.members) groups += dump.snapshot->ShallowSize(o);
    EXPECT_EQ(groups, holding.retained);
  }
}

TEST(FindHoldings, OneBigElementIsAHoldingOfItsOwn) {
  JdkDump heap;
  std::vector<Id> values = heap.Objects("com.acme.Small", 300, 1000);
  const Id big = heap.List(heap.Objects("com.acme.Row", 900, 1000));
  values.push_back(big);
  heap.App("com.acme.App").Static("all", kObject, heap.MapOfValues(values));
  const auto snapshot = SnapshotOf(heap.dump);
  const auto holdings = FindHoldings(*snapshot, 100'000);
  ASSERT_EQ(holdings.size(), 2u);
  EXPECT_EQ(holdings[0].members.front(), snapshot->Find(big));
  EXPECT_NE(GroupOf(*snapshot, holdings[1], "com.acme.Small"), nullptr);
}

TEST(FindHoldings, ShardsOfOneMapAreTakenTogether) {
  JdkDump heap;
  const Id shard_class = heap.App("com.acme.Shard").Field("map", kObject);
  const Id row = heap.App("com.acme.Row").Field("payload", kObject);
  std::vector<Id> shards;
  for (int s = 0; s < 16; ++s) {
    std::vector<Id> rows;
    for (int i = 0; i < 60; ++i) {
      rows.push_back(heap.dump.Instance(row, {heap.dump.PrimitiveArray(kByte, 1000)}));
    }
    shards.push_back(heap.dump.Instance(shard_class, {heap.MapOfValues(rows)}));
  }
  heap.App("com.acme.Cache").Static("shards", kObject, heap.List(shards));
  const auto snapshot = SnapshotOf(heap.dump);
  const auto holdings = FindHoldings(*snapshot, 100'000);
  ASSERT_EQ(holdings.size(), 1u);
  EXPECT_EQ(holdings[0].members.size(), 16u);
  const ElementGroup* rows = GroupOf(*snapshot, holdings[0], "com.acme.Row");
  ASSERT_NE(rows, nullptr);
  EXPECT_EQ(rows->count, 16u * 60);
}

TEST(FindHoldings, EmptyHeap) {
  DumpBuilder dump;
  dump.Boot();
  const auto snapshot = SnapshotOf(dump);
  ASSERT_NE(snapshot, nullptr);
  for (const Holding& holding : FindHoldings(*snapshot, 1)) {
    EXPECT_LE(holding.retained, snapshot->live().bytes);
  }
}

}  // namespace
}  // namespace leaktrail::testing
