#include <algorithm>

#include "analyses/growth/dump_summary.h"
#include "gtest/gtest.h"
#include "tests/analyses/growth/growth_dumps.h"

namespace leaktrail::testing {
namespace {

using analyses::DumpSummary;
using analyses::Place;

TEST(Summarize, PlacesOfACache) {
  const DumpSummary summary = SummaryAt(0, {{"Order", 20}});
  EXPECT_EQ(SumOfOwnBytes(summary), summary.memory.live);

  const Place* map = FindPlace(summary, {"class > class com.acme.App",
                                         "static Order > "
                                         "java.util.HashMap"});
  ASSERT_NE(map, nullptr);
  EXPECT_EQ(map->objects, 1u);
  EXPECT_EQ(map->all_objects, 22u);  // with its table and entries
  // HashMap: 12 + 4 + 4 -> 24; the table: 16 + 20 * 4; entries of 12 + 2 * 4 -> 24.
  EXPECT_EQ(map->own_bytes, 24u + 96 + 20 * 24);
  EXPECT_EQ(map->bytes, map->own_bytes + 20 * kValueBytes);
  // And the class of its entries, which nothing else holds in this dump.
  EXPECT_EQ(map->exclusive, map->bytes + 16);
  EXPECT_TRUE(map->exclusive_exact);

  const Place* orders =
      FindPlace(summary, {"class > class com.acme.App", "static Order > java.util.HashMap",
                          "HashMap[value] > com.acme.Order"});
  ASSERT_NE(orders, nullptr);
  EXPECT_EQ(orders->objects, 20u);
  EXPECT_EQ(orders->own_bytes, 20u * 16);
  EXPECT_EQ(orders->bytes, 20 * kValueBytes);
  EXPECT_EQ(orders->exclusive, 20 * kValueBytes);
  EXPECT_TRUE(orders->edge_matters);
}

TEST(Summarize, CountsEveryClass) {
  const DumpSummary summary = SummaryAt(0, {{"Order", 20}});
  const auto order =
      std::find_if(summary.classes.begin(), summary.classes.end(),
                   [](const analyses::ClassCount& c) { return c.class_name == "com.acme.Order"; });
  ASSERT_NE(order, summary.classes.end());
  EXPECT_EQ(order->loader, "app");
  EXPECT_EQ(order->classes, 1u);
  EXPECT_EQ(order->instances, 20u);
  EXPECT_EQ(order->shallow, 20u * 16);
  const auto shape = std::find_if(
      summary.arrays.begin(), summary.arrays.end(),
      [](const analyses::ArrayShape& s) { return s.class_name == "byte[]" && s.length == 1000; });
  ASSERT_NE(shape, summary.arrays.end());
  EXPECT_EQ(shape->instances, 20u);
  EXPECT_EQ(shape->shallow, 20u * 1016);
}

// Of many objects the references are not told apart.
TEST(Summarize, ManyOwnersAreTakenTogether) {
  const DumpSummary summary = SummaryAt(0, {{"Order", 1200}});
  const Place* orders =
      FindPlace(summary, {"class > class com.acme.App", "static Order > java.util.HashMap",
                          "HashMap[value] > com.acme.Order"});
  ASSERT_NE(orders, nullptr);
  EXPECT_EQ(orders->objects, 1200u);
  EXPECT_FALSE(orders->edge_matters);
}

TEST(Summarize, AListIsOnePlaceHoweverLong) {
  JdkDump dump;
  const Id node = dump.App("com.acme.Node").Field("next", kObject);
  Id head = 0;
  for (int i = 0; i < 100; ++i) head = dump.dump.Instance(node, {head});
  dump.App("com.acme.Chain").Static("head", kObject, head);
  const DumpSummary summary = SummaryOf(dump);
  const Place* place =
      FindPlace(summary, {"class > class com.acme.Chain", "static head > com.acme.Node"});
  ASSERT_NE(place, nullptr);
  EXPECT_EQ(place->objects, 1u);
  EXPECT_EQ(place->all_objects, 100u);
  EXPECT_EQ(place->bytes, 1600u);
}

// Departments hold lists of departments.
TEST(Summarize, WhatRecursIsOnePlace) {
  JdkDump dump;
  const Id department = dump.App("com.acme.Department").Field("parts", kObject);
  std::vector<Id> parts;
  for (int i = 0; i < 5; ++i) {
    parts = {dump.dump.Instance(department, {dump.List(parts)})};
  }
  dump.App("com.acme.Firm").Static("top", kObject, parts[0]);
  const DumpSummary summary = SummaryOf(dump);
  const Place* place =
      FindPlace(summary, {"class > class com.acme.Firm", "static top > com.acme.Department"});
  ASSERT_NE(place, nullptr);
  EXPECT_EQ(place->objects, 1u);
  EXPECT_EQ(place->all_objects, 5u);
  EXPECT_EQ(place->exclusive, place->bytes + 16);  // and the class ArrayList
}

TEST(Summarize, ThreadsStandTogetherByTheirNames) {
  JdkDump dump;
  for (int i = 0; i < 3; ++i) {
    const Id name = dump.dump.JavaString(absl::StrCat("pool-1-thread-", i));
    const Id thread = dump.dump.Instance(dump.boot.thread, {name});
    dump.dump.Thread(thread);
  }
  const DumpSummary summary = SummaryOf(dump);
  const auto place = std::find_if(summary.places.begin(), summary.places.end(),
                                  [](const Place& p) { return p.edge == "thread"; });
  ASSERT_NE(place, summary.places.end());
  EXPECT_EQ(place->detail, "pool-#-thread-#");
  EXPECT_EQ(place->objects, 3u);
  ASSERT_EQ(summary.counters.size(), 2u);  // and the class loader
  EXPECT_EQ(summary.counters[0].name, "pool-#-thread-#");
  EXPECT_EQ(summary.counters[0].count, 3u);
}

// A dump made while somebody works with the cache has it in a frame; it stays where it was.
TEST(Summarize, LocalsOfThreadsMoveNothing) {
  const auto summary_of = [](bool busy) {
    JdkDump dump;
    const Id map = dump.MapOfValues(dump.Objects("com.acme.Order", 5, 1000));
    dump.App("com.acme.App").Static("Order", kObject, map);
    const Id thread = dump.dump.Instance(dump.boot.thread, {dump.dump.JavaString("main")});
    ThreadBuilder stack = dump.dump.Thread(thread);
    stack.Frame("com.acme.App", "run");
    if (busy) stack.Local(map);
    if (busy) dump.dump.Root(HeapTag::kRootMonitorUsed, map);
    return SummaryOf(dump);
  };
  for (const bool busy : {false, true}) {
    const DumpSummary summary = summary_of(busy);
    const Place* map =
        FindPlace(summary, {"class > class com.acme.App", "static Order > java.util.HashMap"});
    ASSERT_NE(map, nullptr) << busy;
    EXPECT_EQ(map->bytes, 24u + 40 + 5 * 24 + 5 * kValueBytes) << busy;
  }
}

TEST(Summarize, SmallPlacesAreTakenTogetherAndNothingIsLost) {
  const App app = {{"Order", 20}, {"Customer", 10}, {"Invoice", 5}};
  JdkDump dump;
  ClassBuilder c = dump.App("com.acme.App");
  for (const auto& [field, entries] : app) {
    c.Static(field, kObject,
             dump.MapOfValues(dump.Objects(absl::StrCat("com.acme.", field), entries, 1000)));
  }
  const DumpSummary all = SummaryOf(dump);
  const DumpSummary few = SummaryOf(dump, "a", {.most_places = 4});
  EXPECT_EQ(SumOfOwnBytes(few), SumOfOwnBytes(all));
  std::size_t kept = 0;
  for (const Place& place : few.places) kept += !place.rest;
  EXPECT_EQ(kept, 4u);
  std::uint64_t objects = 0, of_all = 0;
  for (const Place& place : few.places) objects += place.all_objects;
  for (const Place& place : all.places) of_all += place.all_objects;
  EXPECT_EQ(objects, of_all);
  for (std::uint32_t p = 0; p < few.places.size(); ++p) {
    if (few.places[p].parent != Place::kNone) {
      EXPECT_LT(few.places[p].parent, p);
    }
  }
}

TEST(Summarize, RemembersWhereTheObjectsOfAFindingStand) {
  JdkDump dump;
  const Id map = dump.MapOfValues(dump.Objects("com.acme.Order", 2000, 1000));
  dump.App("com.acme.App").Static("Order", kObject, map);
  const DumpSummary summary = SummaryOf(dump);
  ASSERT_FALSE(summary.findings.empty());
  const analyses::FindingSummary& finding = summary.findings[0];
  EXPECT_EQ(finding.rule, "heap.accumulation");
  ASSERT_FALSE(finding.places.empty());
  bool below_the_map = false;
  for (std::uint32_t p = finding.places[0]; p != Place::kNone; p = summary.places[p].parent) {
    below_the_map = below_the_map || summary.places[p].edge == "static Order";
  }
  EXPECT_TRUE(below_the_map);
}

}  // namespace
}  // namespace leaktrail::testing
