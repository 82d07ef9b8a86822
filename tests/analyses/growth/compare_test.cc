#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "analyses/growth/first_sight.h"
#include "analyses/growth/growth_report.h"
#include "gtest/gtest.h"
#include "tests/analyses/growth/growth_dumps.h"

namespace leaktrail::testing {
namespace {

using analyses::Compare;
using analyses::DumpSummary;
using analyses::GrowthKey;
using analyses::GrowthReport;
using analyses::GrowthRow;
using analyses::Trend;
using Values = std::vector<std::uint64_t>;

std::vector<DumpSummary> SummariesOf(const std::vector<App>& apps, std::uint64_t max_heap = 0) {
  std::vector<DumpSummary> dumps;
  for (const App& app : apps) {
    dumps.push_back(SummaryAt(static_cast<int>(dumps.size()), app, max_heap));
  }
  return dumps;
}

std::vector<std::string> NamesOf(const std::vector<GrowthRow>& rows) {
  std::vector<std::string> names;
  for (const GrowthRow& row : rows) names.push_back(row.name);
  return names;
}

bool Warns(const GrowthReport& report, absl::string_view text) {
  return std::any_of(report.warnings.begin(), report.warnings.end(),
                     [&](const std::string& warning) { return absl::StrContains(warning, text); });
}

TEST(Compare, TheSameDumpTwiceIsNoDifference) {
  const DumpSummary dump = SummaryAt(0, {{"Order", 500}, {"Customer", 300}});
  const GrowthReport report = Compare(std::vector{dump, dump, dump}, {.by = {GrowthKey::kClass}});
  EXPECT_TRUE(report.identical);
  EXPECT_FALSE(report.grows);
  EXPECT_TRUE(report.findings.empty());
  EXPECT_TRUE(report.filled_once.empty() && report.breathing.empty() && report.shrunk.empty());
  EXPECT_TRUE(report.appeared.empty() && report.gone.empty() && report.also_growing.empty());
  ASSERT_EQ(report.tables.size(), 1u);
  EXPECT_TRUE(report.tables[0].rows.empty());
  EXPECT_EQ(report.live.gained, 0);
  EXPECT_TRUE(Warns(report, "have the same time stamp"));
}

// One cache grows by 400 and 300, one stays, one goes up and down, one fills up, one is emptied.
TEST(Compare, TellsWhatGrowsFromWhatDoesNot) {
  const auto dumps = SummariesOf({
      {{"Order", 500}, {"Stable", 400}, {"Breathing", 300}, {"Filled", 100}, {"Emptied", 300}},
      {{"Order", 900}, {"Stable", 400}, {"Breathing", 700}, {"Filled", 600}, {"Emptied", 100}},
      {{"Order", 1200}, {"Stable", 400}, {"Breathing", 250}, {"Filled", 600}, {"Emptied", 100}},
  });
  const GrowthReport report = Compare(dumps);
  EXPECT_TRUE(report.grows);
  EXPECT_FALSE(report.identical);
  EXPECT_TRUE(report.warnings.empty()) << absl::StrJoin(report.warnings, "\n");
  ASSERT_EQ(report.findings.size(), 1u);
  const analyses::GrowthFinding& finding = report.findings[0];
  EXPECT_EQ(finding.rule, "growth.place");
  EXPECT_FALSE(finding.first_sight);
  EXPECT_EQ(finding.row.name, "com.acme.App.Order");
  EXPECT_EQ(finding.row.element, "com.acme.Order");
  EXPECT_EQ(finding.row.objects.values, (Values{500, 900, 1200}));
  EXPECT_EQ(finding.row.objects.gained, 700);
  EXPECT_EQ(finding.row.objects.per_step, 350);
  EXPECT_EQ(finding.row.objects.per_hour, 350);
  EXPECT_EQ(finding.row.objects.gained_milli, 1400);
  EXPECT_EQ(finding.row.bytes.gained, static_cast<std::int64_t>(700 * kEntryBytes));
  EXPECT_EQ(finding.row.exclusive.gained, static_cast<std::int64_t>(700 * kEntryBytes));
  EXPECT_EQ(finding.row.objects.levels, (std::vector<std::uint8_t>{3, 5, 7}));
  ASSERT_EQ(finding.row.path.size(), 2u);
  EXPECT_EQ(finding.row.path[1].edge, "static Order");
  EXPECT_TRUE(finding.row.path[1].cut_here);
  ASSERT_EQ(finding.row.parts.size(), 1u);
  EXPECT_EQ(finding.row.parts[0].edge, "HashMap[value]");
  EXPECT_FALSE(finding.fix.empty());

  EXPECT_EQ(NamesOf(report.filled_once), std::vector<std::string>{"com.acme.App.Filled"});
  EXPECT_EQ(NamesOf(report.breathing), std::vector<std::string>{"com.acme.App.Breathing"});
  EXPECT_EQ(NamesOf(report.shrunk), std::vector<std::string>{"com.acme.App.Emptied"});
  EXPECT_EQ(report.breathing[0].objects.values, (Values{300, 700, 250}));
}

// Rows and rest sum up to what the heap has gained.
TEST(Compare, RowsSumUpToTheGrowth) {
  const auto dumps = SummariesOf({{{"Order", 500}, {"Customer", 100}, {"Filled", 100}},
                                  {{"Order", 900}, {"Customer", 400}, {"Filled", 700}},
                                  {{"Order", 1400}, {"Customer", 800}, {"Filled", 700}}});
  const GrowthReport report = Compare(dumps);
  ASSERT_EQ(report.findings.size(), 2u);
  std::int64_t sum = report.rest.gained;
  for (const auto& finding : report.findings) sum += finding.row.bytes.gained;
  EXPECT_EQ(sum, report.live.gained);
  EXPECT_EQ(report.rest.gained, static_cast<std::int64_t>(600 * kEntryBytes));
}

TEST(Compare, TwoDumpsAreAFirstSight) {
  const GrowthReport report = Compare(SummariesOf({{{"Order", 500}}, {{"Order", 1700}}}));
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_TRUE(report.findings[0].first_sight);
  EXPECT_LT(report.findings[0].confidence, 50);
  ASSERT_FALSE(report.advice.empty());
  EXPECT_TRUE(absl::StrContains(report.advice[0], "third dump"));
}

// Steady processes whose structures breathe: two dumps of them have no finding, and what has become
// more is listed.
TEST(Compare, TwoDumpsOfABreathingProcessHaveNoFinding) {
  const struct {
    const char* what;
    App first, second;
  } kPairs[] = {
      {"too little", {{"Queue", 400}}, {{"Queue", 1300}}},
      {"a part of what was there",
       {{"Cache", 9000}, {"Data", 8000}},
       {{"Cache", 10'200}, {"Data", 8000}}},
      {"others lose more",
       {{"Morning", 1800}, {"Evening", 100}},
       {{"Morning", 200}, {"Evening", 1300}}},
  };
  for (const auto& pair : kPairs) {
    const GrowthReport report = Compare(SummariesOf({pair.first, pair.second}));
    EXPECT_TRUE(report.findings.empty()) << pair.what << ": " << report.headline;
    EXPECT_EQ(report.filled_once.size(), 1u) << pair.what;
  }
}

// The same movement in a small heap and in a large one.
TEST(Compare, ClearGrowthIsAPartOfTheHeap) {
  analyses::Movement movement;
  movement.bytes = {1 << 20, 4 << 20};
  movement.trend = Trend::kGrows;
  std::vector movements = {movement};
  analyses::DropUnclearGrowth(std::uint64_t{100} << 20, movements);
  EXPECT_EQ(movements[0].trend, Trend::kGrows);
  analyses::DropUnclearGrowth(std::uint64_t{1} << 30, movements);
  EXPECT_EQ(movements[0].trend, Trend::kFilledOnce);
}

TEST(Compare, TwoDumpsTellClearGrowth) {
  const struct {
    const char* what;
    App first, second;
  } kPairs[] = {
      {"a quarter more", {{"Cache", 4000}, {"Data", 8000}}, {{"Cache", 5200}, {"Data", 8000}}},
      {"a tenth of the heap", {{"Cache", 9000}}, {{"Cache", 10'500}}},
      {"others lose less", {{"A", 100}, {"B", 500}}, {{"A", 1300}, {"B", 400}}},
  };
  for (const auto& pair : kPairs) {
    const GrowthReport report = Compare(SummariesOf({pair.first, pair.second}));
    ASSERT_EQ(report.findings.size(), 1u) << pair.what << ": " << report.headline;
    EXPECT_TRUE(report.findings[0].first_sight);
  }
}

// What was not there in the first of two dumps has no past to have grown from; that it is large is
// said.
TEST(Compare, NewAndLargeInTheSecondOfTwoDumps) {
  const GrowthReport report =
      Compare(SummariesOf({{{"Order", 500}}, {{"Order", 500}, {"New", 2000}}}));
  EXPECT_TRUE(report.findings.empty());
  EXPECT_EQ(NamesOf(report.appeared), std::vector<std::string>{"com.acme.App.New"});
  ASSERT_FALSE(report.advice.empty());
  EXPECT_TRUE(absl::StrContains(report.advice[0], "com.acme.App.New is new")) << report.advice[0];
}

TEST(Compare, NextAsksForTheOwnerOfArrays) {
  std::vector<DumpSummary> dumps;
  for (const int count : {500, 1000, 1500}) {
    JdkDump dump(AtHour(static_cast<int>(dumps.size())));
    std::vector<Id> blobs;
    for (int i = 0; i < count; ++i) blobs.push_back(dump.dump.PrimitiveArray(kByte, 1000));
    const Id cache = dump.App("com.acme.BlobCache").Field("blobs", kObject);
    dump.App("com.acme.App")
        .Static("CACHE", kObject, dump.dump.Instance(cache, {dump.List(blobs)}));
    dumps.push_back(SummaryOf(dump));
  }
  const GrowthReport report = Compare(dumps);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].row.element, "byte[]");
  ASSERT_FALSE(report.findings[0].next.empty());
  EXPECT_EQ(report.findings[0].next[0], "leaktrail path FILE com.acme.BlobCache");
}

TEST(Compare, ASteadyProcessHasNoFinding) {
  const GrowthReport report = Compare(SummariesOf({{{"Order", 500}, {"Customer", 20}},
                                                   {{"Order", 510}, {"Customer", 22}},
                                                   {{"Order", 520}, {"Customer", 24}}}));
  EXPECT_FALSE(report.grows);
  EXPECT_FALSE(report.identical);
  EXPECT_TRUE(absl::StrContains(report.headline, "Nothing grows")) << report.headline;
}

TEST(Compare, TellsTheTimeUntilTheHeapIsFull) {
  constexpr std::uint64_t kLimit = 64 << 20;
  const auto dumps = SummariesOf({{{"Order", 1000}}, {{"Order", 2000}}, {{"Order", 3000}}}, kLimit);
  const GrowthReport report = Compare(dumps);
  ASSERT_EQ(report.findings.size(), 1u);
  ASSERT_TRUE(report.seconds_to_limit.has_value());
  const double left = static_cast<double>(kLimit - dumps.back().memory.live);
  const double per_second = 1000.0 * kEntryBytes / 3600;
  EXPECT_NEAR(static_cast<double>(*report.findings[0].seconds_to_limit), left / per_second, 30);
}

TEST(Compare, WithoutTimeStampsNothingIsSaidAboutTime) {
  auto dumps = SummariesOf({{{"Order", 1000}}, {{"Order", 2000}}, {{"Order", 3000}}}, 64 << 20);
  for (DumpSummary& dump : dumps) dump.dump.timestamp_ms = 0;
  const GrowthReport report = Compare(dumps);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_FALSE(report.findings[0].row.bytes.per_hour.has_value());
  EXPECT_FALSE(report.findings[0].seconds_to_limit.has_value());
  EXPECT_TRUE(Warns(report, "does not say when it was made"));
}

TEST(Compare, ListsWhatIsNewAndGone) {
  const auto dumps = SummariesOf({{{"Order", 500}, {"Old", 300}}, {{"Order", 500}, {"New", 200}}});
  const GrowthReport report = Compare(dumps);
  EXPECT_FALSE(report.grows);
  EXPECT_EQ(NamesOf(report.appeared), std::vector<std::string>{"com.acme.App.New"});
  EXPECT_EQ(NamesOf(report.gone), std::vector<std::string>{"com.acme.App.Old"});
}

// New in the second dump, and larger in every one behind it.
TEST(Compare, ANewPlaceThatGoesOnGrowing) {
  const auto dumps = SummariesOf({{}, {{"Order", 300}}, {{"Order", 600}}, {{"Order", 900}}});
  const GrowthReport report = Compare(dumps);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].row.objects.values, (Values{0, 300, 600, 900}));
  EXPECT_FALSE(report.findings[0].row.objects.gained_milli.has_value());
}

TEST(Compare, PutsDumpsInTheOrderOfTime) {
  auto dumps = SummariesOf({{{"Order", 500}}, {{"Order", 900}}, {{"Order", 1300}}});
  std::swap(dumps[0], dumps[2]);
  const GrowthReport report = Compare(dumps);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].row.objects.values, (Values{500, 900, 1300}));
  EXPECT_TRUE(Warns(report, "1.hprof is older than 2.hprof"));
  EXPECT_EQ(report.dumps[0].facts.file, "0.hprof");
  EXPECT_EQ(report.dumps[2].seconds_since_first, 7200);
}

// Two maps that hold the same orders grow alike, each by half of what the orders take.
TEST(Compare, SharedGrowthIsDivided) {
  std::vector<DumpSummary> dumps;
  for (const int count : {500, 1000, 1500}) {
    JdkDump dump(AtHour(static_cast<int>(dumps.size())));
    const std::vector<Id> orders = dump.Objects("com.acme.Order", count, 1000);
    dump.App("com.acme.App")
        .Static("BY_ID", kObject, dump.MapOfValues(orders))
        .Static("BY_DATE", kObject, dump.MapOfValues(orders));
    dumps.push_back(SummaryOf(dump));
  }
  const GrowthReport report = Compare(dumps);
  ASSERT_EQ(report.findings.size(), 2u);
  for (const auto& finding : report.findings) {
    EXPECT_EQ(finding.row.objects.values, (Values{500, 1000, 1500}));
    EXPECT_EQ(finding.row.bytes.gained, static_cast<std::int64_t>(1000 * (kValueBytes / 2 + 28)));
    EXPECT_EQ(finding.row.exclusive.gained, 1000 * 28);
  }
}

// From another map to this one: nothing has grown.
TEST(Compare, WhatHasMovedDoesNotGrow) {
  const auto dump_of = [](int hour, int here, int there) {
    JdkDump dump(AtHour(hour));
    const std::vector<Id> orders = dump.Objects("com.acme.Order", here + there, 1000);
    dump.App("com.acme.App")
        .Static("OPEN", kObject, dump.MapOfValues({orders.begin(), orders.begin() + here}))
        .Static("DONE", kObject, dump.MapOfValues({orders.begin() + here, orders.end()}));
    return SummaryOf(dump);
  };
  const GrowthReport report =
      Compare(std::vector{dump_of(0, 900, 100), dump_of(1, 500, 500), dump_of(2, 100, 900)});
  EXPECT_FALSE(report.grows) << report.headline;
}

TEST(Compare, OneArrayThatGrows) {
  std::vector<DumpSummary> dumps;
  for (const int size : {100'000, 300'000, 600'000}) {
    JdkDump dump(AtHour(static_cast<int>(dumps.size())));
    const Id buffer = dump.App("com.acme.Buffer").Field("bytes", kObject);
    dump.App("com.acme.App")
        .Static("LOG", kObject,
                dump.dump.Instance(buffer, {dump.dump.PrimitiveArray(kByte, size)}));
    dumps.push_back(SummaryOf(dump));
  }
  const GrowthReport report = Compare(dumps);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].row.name, "com.acme.Buffer.bytes");
  EXPECT_EQ(report.findings[0].row.bytes.gained, 500'000);
  EXPECT_TRUE(report.findings[0].row.parts.empty());
}

// A lock for every class name that was ever asked for: by design, and small.
TEST(Compare, IgnoresTheLocksOfClassLoaders) {
  std::vector<DumpSummary> dumps;
  for (const int count : {500, 1000, 1500}) {
    JdkDump dump(AtHour(static_cast<int>(dumps.size())));
    const Id loader = dump.App("com.acme.Loader").Field("parallelLockMap", kObject);
    const Id map = dump.MapOfValues(dump.Objects("com.acme.Lock", count, 1000));
    dump.App("com.acme.App").Static("LOADER", kObject, dump.dump.Instance(loader, {map}));
    dumps.push_back(SummaryOf(dump));
  }
  const GrowthReport report = Compare(dumps);
  EXPECT_FALSE(report.grows);
  EXPECT_TRUE(absl::StrContains(report.headline, "but more is live")) << report.headline;
}

TEST(Compare, WhatOneLeakMakesGrowIsOneFinding) {
  auto dumps = SummariesOf({{{"Order", 500}, {"Metric", 400}},
                            {{"Order", 1000}, {"Metric", 800}},
                            {{"Order", 1500}, {"Metric", 1200}}});
  analyses::FindingSummary leak;
  leak.rule = "acme.orders";
  leak.fingerprint = "v1:1";
  leak.claim = analyses::Claim::kLeak;
  leak.knowledge = analyses::Knowledge::kSignature;
  leak.fix = {"Close orders."};
  for (std::uint32_t p = 0; p < dumps.back().places.size(); ++p) {
    const std::string& name = dumps.back().places[p].class_name;
    if (name == "com.acme.Order" || name == "com.acme.Metric") leak.places.push_back(p);
  }
  dumps.back().findings = {leak};
  const GrowthReport report = Compare(dumps);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].row.name, "com.acme.App.Order");
  ASSERT_EQ(report.findings[0].with.size(), 1u);
  EXPECT_EQ(report.findings[0].with[0].name, "com.acme.App.Metric");
  EXPECT_EQ(report.rest.gained, 0);
}

TEST(Compare, KnownPlacesOfThePlatformHaveTheirNames) {
  std::vector<DumpSummary> dumps;
  for (const int count : {500, 1000, 1500}) {
    JdkDump dump(AtHour(static_cast<int>(dumps.size())));
    const Id map = dump.MapOfValues(dump.Objects("com.acme.Hook", count, 1000));
    dump.dump.Class("java.lang.ApplicationShutdownHooks").Static("hooks", kObject, map).Sticky();
    dumps.push_back(SummaryOf(dump));
  }
  const GrowthReport report = Compare(dumps);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].title,
            "The list of shutdown hooks grows in every step: 500 -> 1,000 -> 1,500 Hook, +1.0 MiB");
  EXPECT_TRUE(absl::StrContains(absl::StrJoin(report.findings[0].fix, " "), "removeShutdownHook"))
      << absl::StrJoin(report.findings[0].fix, "\n");
}

// Places that a damaged file makes up.
TEST(Compare, SurvivesImpossibleSummaries) {
  auto dumps = SummariesOf({{{"Order", 500}}, {{"Order", 900}}, {{"Order", 1300}}});
  for (DumpSummary& dump : dumps) {
    dump.places[3].parent = 1'000'000;
    dump.places[4].parent = 4;
    dump.places[5].bytes = ~std::uint64_t{0};
    dump.findings.push_back({.rule = "a", .fix = {"b"}, .places = {~0u, 1'000'000}});
    dump.findings.back().claim = analyses::Claim::kLeak;
    dump.dump.timestamp_ms = std::int64_t{1} << 62;
  }
  EXPECT_EQ(Compare(dumps).dumps.size(), 3u);
}

// Threads have no holder: the place itself grows.
TEST(Compare, MoreThreads) {
  std::vector<DumpSummary> dumps;
  for (const int count : {10, 40, 90}) {
    JdkDump dump(AtHour(static_cast<int>(dumps.size())));
    for (int i = 0; i < count; ++i) {
      const Id thread = dump.dump.Instance(
          dump.boot.thread, {dump.dump.JavaString(absl::StrCat("pool-", i, "-thread-1"))});
      dump.dump.Thread(thread).Local(dump.dump.PrimitiveArray(kByte, 4000));
    }
    dumps.push_back(SummaryOf(dump));
  }
  const GrowthReport report = Compare(dumps);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].row.name, "the group of threads pool-#-thread-#");
  EXPECT_EQ(report.findings[0].row.objects.values, (Values{10, 40, 90}));
  EXPECT_TRUE(absl::StrContains(report.findings[0].fix[0], "starts these threads"));
  const auto threads = std::find_if(report.also_growing.begin(), report.also_growing.end(),
                                    [](const auto& t) { return t.by == GrowthKey::kThread; });
  ASSERT_NE(threads, report.also_growing.end());
  EXPECT_EQ(threads->rows[0].count.gained, 80);
}

TEST(Compare, AdviceOfAKnownLeakIsAttached) {
  auto dumps = SummariesOf({{{"Order", 500}}, {{"Order", 1000}}, {{"Order", 2000}}});
  std::vector<analyses::FindingSummary>& findings = dumps.back().findings;
  findings.clear();
  analyses::FindingSummary known;
  known.rule = "acme.orders";
  known.fingerprint = "v1:1";
  known.title = "Orders that nobody closed";
  known.claim = analyses::Claim::kLeak;
  known.knowledge = analyses::Knowledge::kSignature;
  known.fix = {"Close orders."};
  known.known_issue = "ACME-1";
  known.instances = 7;
  for (std::uint32_t p = 0; p < dumps.back().places.size(); ++p) {
    if (dumps.back().places[p].class_name == "com.acme.Order") known.places = {p};
  }
  findings.push_back(known);
  GrowthReport report = Compare(dumps);
  ASSERT_EQ(report.findings.size(), 1u);
  ASSERT_TRUE(report.findings[0].known.has_value());
  EXPECT_EQ(report.findings[0].known->rule, "acme.orders");
  EXPECT_EQ(report.findings[0].known->known_issue, "ACME-1");
  EXPECT_EQ(report.findings[0].known->instances.values, (Values{0, 0, 7}));
  EXPECT_EQ(report.findings[0].fix, std::vector<std::string>{"Close orders."});

  // Where its objects stand elsewhere, it is not about this.
  findings[0].places = {0};
  report = Compare(dumps);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_FALSE(report.findings[0].known.has_value());
}

TEST(Compare, AFindingThatGrowsIsAFindingOfItsOwn) {
  auto dumps = SummariesOf({{{"Order", 500}}, {{"Order", 500}}, {{"Order", 500}}});
  std::uint64_t count = 0;
  for (DumpSummary& dump : dumps) {
    dump.findings.clear();
    analyses::FindingSummary leak;
    leak.rule = "acme.orders";
    leak.fingerprint = "v1:1";
    leak.title = "Orders that nobody closed";
    leak.claim = analyses::Claim::kLeak;
    leak.instances = count += 20;
    leak.fix = {"Close orders."};
    dump.findings.push_back(leak);
  }
  const GrowthReport report = Compare(dumps);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].rule, "growth.finding");
  EXPECT_EQ(report.findings[0].row.objects.values, (Values{20, 40, 60}));
  EXPECT_EQ(report.findings[0].fix, std::vector<std::string>{"Close orders."});
}

TEST(Compare, FingerprintsAreEqualForEqualPlaces) {
  const auto first = Compare(SummariesOf({{{"Order", 500}}, {{"Order", 1700}}}));
  const auto second =
      Compare(SummariesOf({{{"Order", 700}, {"A", 3}}, {{"Order", 1900}, {"A", 3}}}));
  ASSERT_EQ(first.findings.size(), 1u);
  ASSERT_EQ(second.findings.size(), 1u);
  EXPECT_EQ(first.findings[0].fingerprint, second.findings[0].fingerprint);
}

// 900 owners are told apart by their fields, 1,200 are not: the coarser view counts.
TEST(Compare, PlacesToldApartInOneDumpOnly) {
  std::vector<DumpSummary> dumps;
  for (const int count : {600, 900, 1200}) {
    JdkDump dump(AtHour(static_cast<int>(dumps.size())));
    const Id text = dump.App("com.acme.Text").Field("bytes", kObject);
    const Id order = dump.App("com.acme.Order").Field("from", kObject).Field("to", kObject);
    std::vector<Id> orders;
    for (int i = 0; i < count; ++i) {
      const Id from = dump.dump.Instance(text, {dump.dump.PrimitiveArray(kByte, 500)});
      const Id to = dump.dump.Instance(text, {dump.dump.PrimitiveArray(kByte, 500)});
      orders.push_back(dump.dump.Instance(order, {from, to}));
    }
    dump.App("com.acme.App").Static("ORDERS", kObject, dump.List(orders));
    dumps.push_back(SummaryOf(dump));
  }
  const GrowthReport report = Compare(dumps);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].row.objects.values, (Values{600, 900, 1200}));
  EXPECT_TRUE(report.appeared.empty() && report.gone.empty());
}

TEST(Compare, WarnsOfWhatMisleads) {
  const auto two = [] { return SummariesOf({{{"Order", 500}}, {{"Order", 500}}}); };
  auto dumps = two();
  EXPECT_TRUE(Compare(dumps).warnings.empty());
  dumps[1].dump.complete = false;
  EXPECT_TRUE(Warns(Compare(dumps), "1.hprof is cut off"));
  dumps = two();
  dumps[0].memory.unreachable = dumps[0].memory.live / 10;
  EXPECT_TRUE(Warns(Compare(dumps), "0.hprof holds "));
  dumps = two();
  dumps[0].dump.jvm = "JDK 11";
  dumps[1].dump.jvm = "JDK 17";
  EXPECT_TRUE(Warns(Compare(dumps), "0.hprof is of JDK 11, 1.hprof of JDK 17"));
  dumps = two();
  dumps[0].main_class = "com.acme.Shop";
  dumps[1].main_class = "com.acme.Bank";
  EXPECT_TRUE(Warns(Compare(dumps), "different applications: com.acme.Shop"));
  dumps = two();
  dumps[0].memory.max_heap_hint = 1 << 30;
  dumps[1].memory.max_heap_hint = 1 << 29;
  EXPECT_TRUE(Warns(Compare(dumps), "heap limit is 1.0 GiB"));
  dumps = two();
  dumps[1].version = 99;
  EXPECT_TRUE(Warns(Compare(dumps), "another version"));
}

TEST(Compare, WarnsOfOtherClasses) {
  const auto dumps = SummariesOf({{{"A", 1}, {"B", 1}, {"C", 1}, {"D", 1}, {"E", 1}},
                                  {{"F", 1}, {"G", 1}, {"H", 1}, {"I", 1}, {"J", 1}}});
  EXPECT_TRUE(Warns(Compare(dumps), "may be different applications"));
}

TEST(Compare, TablesByEveryKey) {
  const auto dumps =
      SummariesOf({{{"Order", 500}, {"Customer", 300}}, {{"Order", 900}, {"Customer", 100}}});
  analyses::CompareOptions options;
  options.by = {GrowthKey::kClass, GrowthKey::kLoaderType, GrowthKey::kPackage,
                GrowthKey::kArrayShape};
  const GrowthReport report = Compare(dumps, options);
  ASSERT_EQ(report.tables.size(), 4u);
  const auto row = [&](std::size_t table, absl::string_view name) {
    for (const auto& r : report.tables[table].rows) {
      if (r.name == name) return r;
    }
    return analyses::GrowthCount();
  };
  EXPECT_EQ(row(0, "com.acme.Order").count.values, (Values{500, 900}));
  EXPECT_EQ(row(0, "com.acme.Order").bytes.gained, 400 * 16);
  EXPECT_EQ(row(0, "com.acme.Customer").count.gained, -200);
  EXPECT_EQ(row(0, "com.acme.Customer").trend, Trend::kShrinks);
  EXPECT_EQ(row(1, "app").count.gained, 200);
  EXPECT_EQ(row(2, "com.acme").count.gained, 200);
  EXPECT_EQ(row(3, "byte[1,000]").count.values, (Values{800, 1000}));
  EXPECT_EQ(report.tables[0].rows.front().name, "byte[]");  // most bytes gained first
  for (const auto& c : report.all_classes) {
    EXPECT_EQ(c.count.gained == 400, c.name == "com.acme.Order") << c.name;
  }
}

TEST(Compare, KeysHaveNames) {
  for (const GrowthKey key : {GrowthKey::kClass, GrowthKey::kLoaderType, GrowthKey::kPackage,
                              GrowthKey::kArrayShape, GrowthKey::kMBean, GrowthKey::kSignature,
                              GrowthKey::kThread, GrowthKey::kLoader, GrowthKey::kGeneration}) {
    EXPECT_EQ(analyses::GrowthKeyOf(analyses::Name(key)), key);
  }
  EXPECT_FALSE(analyses::GrowthKeyOf("colour").has_value());
}

TEST(Compare, NoDumpsAndOneDump) {
  EXPECT_TRUE(Compare({}).dumps.empty());
  const GrowthReport one = Compare(SummariesOf({{{"Order", 500}}}));
  EXPECT_EQ(one.dumps.size(), 1u);
  EXPECT_FALSE(one.grows);
}

}  // namespace
}  // namespace leaktrail::testing
