// heap.accumulation: what triggers it, and the benign twins that must not.
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/analyses/has_text.h"
#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::Finding;
using analyses::Report;
using analyses::Severity;
using analyses::Verdict;

constexpr char kRule[] = "heap.accumulation";

// 1,000 orders of 1.5 KiB in the map com.acme.Cache.orders, with a maximum heap of `max_heap`.
Report OrdersInAMap(std::uint64_t max_heap, int count = 1000) {
  JdkDump heap;
  heap.MaxHeap(max_heap);
  const Id map = heap.MapOfValues(heap.Objects("com.acme.Order", count, 1500));
  heap.App("com.acme.Cache").Static("orders", kObject, map);
  return heap.Analyze();
}

TEST(Accumulation, AMapThatDominatesTheHeap) {
  const Report report = OrdersInAMap(4 * kMiB);
  ASSERT_EQ(FindingsOf(report, kRule).size(), 1u);
  const Finding finding = FindingsOf(report, kRule)[0];
  EXPECT_EQ(finding.severity, Severity::kMedium);
  EXPECT_EQ(finding.instances, 1000u);
  EXPECT_GT(finding.share_milli, 950u);
  EXPECT_TRUE(HasText(finding.title, "com.acme.Cache.orders holds 1,000 Order: 1.5 MiB"));
  EXPECT_EQ(CutOf(finding), "static orders -> java.util.HashMap");
  ASSERT_TRUE(finding.path.has_value());
  EXPECT_EQ(finding.path->root, "app class loader");
  EXPECT_EQ(finding.path->steps[0].class_name, "class com.acme.Cache");
  EXPECT_EQ(finding.path->steps[1].detail, "1,000 entries");
  EXPECT_EQ(finding.path->steps.back().edge, "HashMap[value]");
  EXPECT_EQ(finding.parts[0].class_name, "com.acme.Order");
  EXPECT_EQ(finding.next[0], "leaktrail path FILE com.acme.Order");
  EXPECT_LT(finding.confidence, 70);  // numbers alone
  EXPECT_EQ(report.verdict, Verdict::kLeak);
  EXPECT_TRUE(HasText(report.headline, "suspected: com.acme.Cache.orders"));
}

// Of very many kinds behind one reference only some are kept apart: the biggest, and all that are
// many.
TEST(Accumulation, TheManyAreNamedAmongThousandsOfKinds) {
  JdkDump heap;
  heap.MaxHeap(4 * kMiB);
  std::vector<Id> all;
  for (int i = 0; i < 5000; ++i) {
    all.push_back(heap.Objects(absl::StrCat("com.acme.Kind", i), 1, 64)[0]);
  }
  const std::vector<Id> orders = heap.Objects("com.acme.Order", 1000, 1500);
  all.insert(all.begin() + 2500, orders.begin(), orders.end());
  heap.App("com.acme.Cache").Static("all", kObject, heap.List(all));
  const Report report = heap.Analyze();
  ASSERT_EQ(FindingsOf(report, kRule).size(), 1u);
  const Finding finding = FindingsOf(report, kRule)[0];
  EXPECT_TRUE(HasText(finding.title, "com.acme.Cache.all holds 1,000 Order: 1."));
  ASSERT_FALSE(finding.parts.empty());
  EXPECT_EQ(finding.parts[0].class_name, "com.acme.Order");
  EXPECT_EQ(finding.parts[0].count, 1000u);
}

TEST(Accumulation, IsSevereInAFullHeap) {
  const Report report = OrdersInAMap(1700 << 10);
  ASSERT_EQ(FindingsOf(report, kRule).size(), 1u);
  EXPECT_EQ(FindingsOf(report, kRule)[0].severity, Severity::kHigh);
}

TEST(Accumulation, IsNoLeakInAHeapWithRoom) {
  const Report report = OrdersInAMap(64 * kMiB);
  ASSERT_EQ(FindingsOf(report, kRule).size(), 1u);
  EXPECT_EQ(FindingsOf(report, kRule)[0].severity, Severity::kLow);
  EXPECT_EQ(report.verdict, Verdict::kHeapOk);
}

TEST(Accumulation, NeedsMegabytesAndManyObjects) {
  EXPECT_TRUE(FindingsOf(OrdersInAMap(1 * kMiB, 600), kRule).empty());  // 0.9 MiB
  JdkDump heap;
  heap.MaxHeap(8 * kMiB);
  const Id map = heap.MapOfValues(heap.Objects("com.acme.Order", 99, 40'000));
  heap.App("com.acme.Cache").Static("orders", kObject, map);
  EXPECT_TRUE(FindingsOf(heap.Analyze(), kRule).empty());  // 3.8 MiB in 99 objects
}

TEST(Accumulation, IsNotWhatIsSpreadOverManyMaps) {
  JdkDump heap;
  heap.MaxHeap(16 * kMiB);
  for (int i = 0; i < 6; ++i) {
    const std::string name = absl::StrCat("com.acme.Service", i);
    const Id map = heap.MapOfValues(heap.Objects(absl::StrCat(name, "$Row"), 300, 1500));
    heap.App(name).Static("rows", kObject, map);
  }
  const Report report = heap.Analyze();
  EXPECT_TRUE(report.findings.empty());
  EXPECT_EQ(report.verdict, Verdict::kHeapOk);
  EXPECT_GE(report.holders.size(), 6u);
}

TEST(Accumulation, ALeastRecentlyUsedCacheHasALimit) {
  JdkDump heap;
  heap.MaxHeap(4 * kMiB);
  std::vector<std::pair<Id, Id>> entries;
  for (Id page : heap.Objects("com.acme.Page", 1000, 1500)) entries.emplace_back(0, page);
  const Id cache = heap.LruMap("com.acme.PageCache", entries);
  heap.App("com.acme.Server").Static("pages", kObject, cache);
  const Report report = heap.Analyze();
  ASSERT_EQ(FindingsOf(report, kRule).size(), 1u);
  EXPECT_EQ(FindingsOf(report, kRule)[0].severity, Severity::kLow);
  EXPECT_EQ(report.verdict, Verdict::kHeapOk);
}

TEST(Accumulation, ListenersAreALeakAlsoWithRoomLeft) {
  JdkDump heap;
  heap.MaxHeap(64 * kMiB);
  const Id list = heap.List(heap.Objects("com.acme.Widget", 1000, 1500));
  const Id bus =
      heap.dump.Instance(heap.App("com.acme.EventBus").Field("listeners", kObject), {list});
  heap.App("com.acme.App").Static("bus", kObject, bus);
  const Report report = heap.Analyze();
  ASSERT_EQ(FindingsOf(report, kRule).size(), 1u);
  const Finding finding = FindingsOf(report, kRule)[0];
  EXPECT_EQ(CutOf(finding), "listeners -> java.util.ArrayList");
  EXPECT_TRUE(HasText(finding.title, "com.acme.EventBus.listeners holds 1,000 Widget"));
  EXPECT_TRUE(HasText(finding.fix[0], "Remove each Widget"));
  EXPECT_EQ(report.verdict, Verdict::kLeak);
}

TEST(Accumulation, ALinkedListOfTheApplication) {
  JdkDump heap;
  heap.MaxHeap(4 * kMiB);
  const Id link = heap.App("com.acme.AuditEvent")
                      .Field("previous", kObject)
                      .Field("a", kLong)
                      .Field("b", kLong);
  Id last = 0;
  for (int i = 0; i < 60'000; ++i) last = heap.dump.Instance(link, {last, 1, 2});
  const Id trail = heap.dump.Instance(heap.App("com.acme.Trail").Field("newest", kObject), {last});
  heap.App("com.acme.Audit").Static("trail", kObject, trail);
  const Report report = heap.Analyze();
  ASSERT_EQ(FindingsOf(report, kRule).size(), 1u);
  const Finding finding = FindingsOf(report, kRule)[0];
  EXPECT_EQ(finding.instances, 59'999u);  // below the newest
  EXPECT_TRUE(HasText(finding.title, "59,999 AuditEvent"));
  EXPECT_EQ(CutOf(finding), "newest -> com.acme.AuditEvent");
}

TEST(Accumulation, ObjectsThatTwoListsShare) {
  JdkDump heap;
  heap.MaxHeap(2 * kMiB);
  const std::vector<Id> rows = heap.Objects("com.acme.Row", 1000, 1500);
  heap.App("com.acme.Reader").Static("all", kObject, heap.List(rows));
  heap.App("com.acme.Writer").Static("recent", kObject, heap.List(rows));
  const Report report = heap.Analyze();
  ASSERT_EQ(FindingsOf(report, kRule).size(), 1u);
  const Finding finding = FindingsOf(report, kRule)[0];
  EXPECT_TRUE(HasText(finding.title, "1,000 Row, held by com.acme."));
  EXPECT_TRUE(HasText(finding.title, "and from elsewhere"));
}

TEST(Accumulation, IndexesOverTheSameObjectsBelongToTheirOwner) {
  JdkDump heap;
  heap.MaxHeap(4 * kMiB);
  const std::vector<Id> rows = heap.Objects("com.acme.Row", 1000, 1500);
  const Id repo_class = heap.App("com.acme.Repo").Field("byId", kObject).Field("byName", kObject);
  const Id repo = heap.dump.Instance(repo_class, {heap.MapOfValues(rows), heap.MapOfValues(rows)});
  heap.App("com.acme.App").Static("repo", kObject, repo);
  const Report report = heap.Analyze();
  ASSERT_EQ(FindingsOf(report, kRule).size(), 1u);
  const Finding finding = FindingsOf(report, kRule)[0];
  EXPECT_TRUE(HasText(finding.title, "com.acme.Repo holds 1,000 Row"));
  EXPECT_EQ(CutOf(finding), "static repo -> com.acme.Repo");
}

TEST(Accumulation, TheQueueOfAnExecutor) {
  JdkDump heap;
  heap.MaxHeap(4 * kMiB);
  const Id task_class =
      heap.dump.Class("java.util.concurrent.FutureTask").Field("callable", kObject);
  std::vector<Id> tasks;
  for (Id job : heap.Objects("com.acme.Mail", 1000, 1500)) {
    tasks.push_back(heap.dump.Instance(task_class, {job}));
  }
  const Id executor_class =
      heap.dump.Class("java.util.concurrent.ThreadPoolExecutor").Field("workQueue", kObject);
  const Id executor = heap.dump.Instance(executor_class, {heap.List(tasks)});
  heap.App("com.acme.Mailer").Static("pool", kObject, executor);
  const Report report = heap.Analyze();
  ASSERT_EQ(FindingsOf(report, kRule).size(), 1u);
  const Finding finding = FindingsOf(report, kRule)[0];
  EXPECT_TRUE(
      HasText(finding.title, "The queue of a ThreadPoolExecutor holds 1,000 FutureTask (Mail)"));
  EXPECT_EQ(CutOf(finding), "ArrayList[x] -> java.util.concurrent.FutureTask");
  EXPECT_EQ(finding.severity, Severity::kHigh);
}

TEST(Accumulation, ThePlatformsOwnTablesAreNormal) {
  JdkDump heap;
  heap.MaxHeap(4 * kMiB);
  std::vector<Id> zones;
  for (int i = 0; i < 1000; ++i) zones.push_back(heap.dump.PrimitiveArray(kByte, 1500));
  heap.dump.Class("sun.util.calendar.ZoneInfoFile")
      .Static("zones", kObject, heap.MapOfValues(zones))
      .Sticky();
  const Report report = heap.Analyze();
  EXPECT_TRUE(report.findings.empty());
  EXPECT_EQ(report.verdict, Verdict::kHeapOk);
}

}  // namespace
}  // namespace leaktrail::testing
