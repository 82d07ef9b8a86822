#include "analyses/owner_path.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "tests/analyses/chain_dump.h"
#include "tests/analyses/shop_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::DescribePath;
using analyses::OwnerPath;
using analyses::PathStep;

// "edge Class (detail)" per step, without the first.
std::string Steps(const OwnerPath& path) {
  std::vector<std::string> steps;
  for (std::size_t i = 1; i < path.steps.size(); ++i) {
    const PathStep& step = path.steps[i];
    steps.push_back(absl::StrCat(step.edge, " ", step.class_name,
                                 step.detail.empty() ? "" : absl::StrCat(" (", step.detail, ")")));
  }
  return absl::StrJoin(steps, "; ");
}

std::string StepsOf(const ChainDump& dump) {
  return dump.ok() ? Steps(DescribePath(dump.snapshot(), dump.path())) : "no snapshot";
}

struct Naming {
  const char* chain;
  const char* steps;
};

// Every kind of collection once, written as its inside is.
constexpr Naming kNamings[] = {
    {"java.util.HashMap .table java.util.HashMap$Node[] [] java.util.HashMap$Node .next "
     "java.util.HashMap$Node .value A",
     "static root java.util.HashMap; HashMap[value] A"},
    {"java.util.HashMap .table java.util.HashMap$Node[] [] java.util.HashMap$TreeNode .left "
     "java.util.HashMap$TreeNode .key A",
     "static root java.util.HashMap; HashMap[key] A"},
    {"java.util.HashSet .map java.util.HashMap .table java.util.HashMap$Node[] [] "
     "java.util.HashMap$Node .key A",
     "static root java.util.HashSet; HashSet[x] A"},
    {"java.util.TreeMap .root java.util.TreeMap$Entry .left java.util.TreeMap$Entry .right "
     "java.util.TreeMap$Entry .value A",
     "static root java.util.TreeMap; TreeMap[value] A"},
    {"java.util.TreeSet .m java.util.TreeMap .root java.util.TreeMap$Entry .key A",
     "static root java.util.TreeSet; TreeSet[x] A"},
    {"java.util.Hashtable .table java.util.Hashtable$Entry[] [] java.util.Hashtable$Entry .value A",
     "static root java.util.Hashtable; Hashtable[value] A"},
    {"java.util.concurrent.ConcurrentHashMap .table java.util.concurrent.ConcurrentHashMap$Node[] "
     "[] java.util.concurrent.ConcurrentHashMap$Node .val A",
     "static root java.util.concurrent.ConcurrentHashMap; ConcurrentHashMap[value] A"},
    {"java.util.concurrent.ConcurrentHashMap$KeySetView .map "
     "java.util.concurrent.ConcurrentHashMap "
     ".table java.util.concurrent.ConcurrentHashMap$Node[] [] "
     "java.util.concurrent.ConcurrentHashMap$Node .key A",
     "static root java.util.concurrent.ConcurrentHashMap$KeySetView; KeySetView[x] A"},
    {"java.util.concurrent.ConcurrentSkipListMap .head "
     "java.util.concurrent.ConcurrentSkipListMap$Index .node "
     "java.util.concurrent.ConcurrentSkipListMap$Node .val A",
     "static root java.util.concurrent.ConcurrentSkipListMap; ConcurrentSkipListMap[value] A"},
    {"java.util.WeakHashMap .table java.util.WeakHashMap$Entry[] [] java.util.WeakHashMap$Entry "
     ".value A",
     "static root java.util.WeakHashMap; WeakHashMap[value] A"},
    {"java.util.IdentityHashMap .table java.lang.Object[] [] A",
     "static root java.util.IdentityHashMap; IdentityHashMap[key] A"},
    {"java.lang.ThreadLocal$ThreadLocalMap .table java.lang.ThreadLocal$ThreadLocalMap$Entry[] [] "
     "java.lang.ThreadLocal$ThreadLocalMap$Entry .value A",
     "static root java.lang.ThreadLocal$ThreadLocalMap; ThreadLocalMap[value] A"},
    {"java.util.ArrayList .elementData java.lang.Object[] [] A",
     "static root java.util.ArrayList; ArrayList[x] A"},
    {"java.util.LinkedList .first java.util.LinkedList$Node .next java.util.LinkedList$Node .next "
     "java.util.LinkedList$Node .item A",
     "static root java.util.LinkedList; LinkedList[x] A"},
    {"java.util.ArrayDeque .elements java.lang.Object[] [] A",
     "static root java.util.ArrayDeque; ArrayDeque[x] A"},
    {"java.util.concurrent.CopyOnWriteArrayList .array java.lang.Object[] [] A",
     "static root java.util.concurrent.CopyOnWriteArrayList (1 element); CopyOnWriteArrayList[x] "
     "A"},
    {"java.util.concurrent.CopyOnWriteArraySet .al java.util.concurrent.CopyOnWriteArrayList "
     ".array java.lang.Object[] [] A",
     "static root java.util.concurrent.CopyOnWriteArraySet (1 element); CopyOnWriteArraySet[x] A"},
    {"java.util.PriorityQueue .queue java.lang.Object[] [] A",
     "static root java.util.PriorityQueue; PriorityQueue[x] A"},
    {"java.util.concurrent.LinkedBlockingQueue .head java.util.concurrent.LinkedBlockingQueue$Node "
     ".next java.util.concurrent.LinkedBlockingQueue$Node .item A",
     "static root java.util.concurrent.LinkedBlockingQueue; LinkedBlockingQueue[x] A"},
    {"java.util.ImmutableCollections$ListN .elements java.lang.Object[] [] A",
     "static root java.util.ImmutableCollections$ListN (1 element); ListN[x] A"},
    // A collection in a collection, and an array as an element of a list, stay what they are.
    {"java.util.HashMap .table java.util.HashMap$Node[] [] java.util.HashMap$Node .value "
     "java.util.ArrayList .elementData java.lang.Object[] [] java.lang.Object[] [] A",
     "static root java.util.HashMap; HashMap[value] java.util.ArrayList; ArrayList[x] "
     "java.lang.Object[] (length 1); [x] A"},
    {"java.util.HashSet .map java.util.HashMap .table java.util.HashMap$Node[] [] "
     "java.util.HashMap$Node .key java.util.HashMap .table java.util.HashMap$Node[] [] "
     "java.util.HashMap$Node .value A",
     "static root java.util.HashSet; HashSet[x] java.util.HashMap; HashMap[value] A"},
    // Ends inside, and leaves by a field that no collection has.
    {"java.util.HashMap .table java.util.HashMap$Node[]",
     "static root java.util.HashMap; table java.util.HashMap$Node[] (length 1)"},
    {"java.util.HashMap .table java.util.HashMap$Node[] [] java.util.HashMap$Node",
     "static root java.util.HashMap; HashMap[...] java.util.HashMap$Node"},
    {"java.util.HashMap .comparator A", "static root java.util.HashMap; comparator A"},
    // Nothing of a collection at all.
    {"com.acme.App .repo com.acme.Repo .rows com.acme.Row[] [] com.acme.Row",
     "static root com.acme.App; repo com.acme.Repo; rows com.acme.Row[] (length 1); [x] "
     "com.acme.Row"},
};

TEST(DescribePath, NamesCollectionsAsPeopleDo) {
  for (const Naming& naming : kNamings) {
    EXPECT_EQ(StepsOf(ChainDump(naming.chain)), naming.steps) << naming.chain;
  }
}

TEST(DescribePath, CallsASubclassByItsOwnName) {
  DumpBuilder dump;
  dump.Boot();
  const Id map = dump.Class("java.util.HashMap").Field("table", kObject).Field("size", kInt);
  const Id cache = dump.Class("com.acme.Lru").Super(map);
  const Id node_class = dump.Class("java.util.HashMap$Node").Field("value", kObject);
  const Id table_class = dump.Class("java.util.HashMap$Node[]");
  const Id value = dump.Instance(dump.Class("A"));
  const Id table = dump.ObjectArray(table_class, {dump.Instance(node_class, {value})});
  dump.JniGlobalRoot(dump.Instance(cache, {table, 1200}));
  const auto snapshot = SnapshotOf(dump);
  ASSERT_NE(snapshot, nullptr);
  const auto path = graph::ShortestPaths(*snapshot).PathTo(snapshot->Find(value));
  const OwnerPath described = DescribePath(*snapshot, path);
  EXPECT_EQ(described.root, "JNI global");
  EXPECT_EQ(described.steps[0].class_name, "com.acme.Lru");
  EXPECT_EQ(described.steps[0].detail, "1,200 entries");
  EXPECT_EQ(Steps(described), "Lru[value] A");
}

TEST(DescribePath, CountsElements) {
  EXPECT_EQ(StepsOf(ChainDump("java.util.ArrayList .elementData java.lang.Object[] [] A",
                              {"java.util.ArrayList.size=120000"})),
            "static root java.util.ArrayList (120,000 elements); ArrayList[x] A");
  EXPECT_EQ(StepsOf(ChainDump("java.util.HashSet .map java.util.HashMap .table "
                              "java.util.HashMap$Node[] [] java.util.HashMap$Node .key A",
                              {"java.util.HashMap.size=1"})),
            "static root java.util.HashSet (1 element); HashSet[x] A");
  // A negative count is no count.
  EXPECT_EQ(StepsOf(ChainDump("java.util.ArrayList .elementData java.lang.Object[] [] A",
                              {"java.util.ArrayList.size=-1"})),
            "static root java.util.ArrayList; ArrayList[x] A");
}

TEST(DescribePath, FoldsRepeatedSteps) {
  std::string chain = "com.acme.List .head com.acme.Link";
  for (int i = 0; i < 20; ++i) absl::StrAppend(&chain, " .next com.acme.Link");
  absl::StrAppend(&chain, " .payload A");
  EXPECT_EQ(StepsOf(ChainDump(chain)),
            "static root com.acme.List; head com.acme.Link; next x 20 com.acme.Link; payload A");
}

TEST(DescribePath, FoldsRepeatedPatterns) {
  std::string chain = "F";
  for (int i = 0; i < 5; ++i) absl::StrAppend(&chain, " .stack G .dependent F");
  EXPECT_EQ(StepsOf(ChainDump(chain)), "static root F; stack, dependent x 5 F");
}

TEST(DescribePath, LeavesShortRepetitionsAlone) {
  EXPECT_EQ(StepsOf(ChainDump("N .next N .next N")), "static root N; next N; next N");
}

// A list of `length` links of a class of the application.
std::unique_ptr<graph::Snapshot> LongList(int length, Id* last) {
  DumpBuilder dump;
  dump.Boot();
  const Id link = dump.Class("com.acme.Link").Field("next", kObject);
  Id next = *last = dump.Instance(link, {0});
  for (int i = 1; i < length; ++i) next = dump.Instance(link, {next});
  dump.Class("com.acme.Holder").Static("first", kObject, next).Sticky();
  return SnapshotOf(dump);
}

TEST(DescribePath, FoldsVeryLongChains) {
  Id last = 0;
  const auto snapshot = LongList(300'000, &last);
  ASSERT_NE(snapshot, nullptr);
  const auto path = graph::ShortestPaths(*snapshot).PathTo(snapshot->Find(last));
  ASSERT_EQ(path.size(), 300'001u);
  EXPECT_EQ(Steps(DescribePath(*snapshot, path)),
            "static first com.acme.Link; next x 299,999 com.acme.Link");
}

TEST(DescribePath, LeavesOutTheMiddleOfLongIrregularPaths) {
  std::string chain = "C0";
  for (int i = 1; i < 400; ++i) absl::StrAppend(&chain, " .f", i, " C", i);
  const ChainDump dump(chain);
  ASSERT_TRUE(dump.ok());
  const OwnerPath path = DescribePath(dump.snapshot(), dump.path());
  EXPECT_EQ(path.steps.size(), 49u);
  EXPECT_EQ(path.steps[1].class_name, "C0");
  EXPECT_EQ(path.steps.back().class_name, "C399");
  EXPECT_EQ(path.steps.back().edge, "f399");
}

TEST(DescribePath, NamesLocalsAndThreads) {
  const ShopDump shop;
  const auto snapshot = shop.Snapshot();
  ASSERT_NE(snapshot, nullptr);
  const auto path = graph::ShortestPaths(*snapshot).PathTo(snapshot->Find(shop.thread_order));
  const OwnerPath described = DescribePath(*snapshot, path);
  EXPECT_EQ(described.root, "thread");
  EXPECT_EQ(described.steps[0].class_name, "java.lang.Thread");
  EXPECT_EQ(described.steps[0].detail, "main");
  EXPECT_EQ(Steps(described), "<local> in Cache.run(Cache.java:12) com.acme.Order");
  EXPECT_EQ(described.steps[1].id, shop.thread_order);
  EXPECT_EQ(described.steps[1].retained, 24u);
}

TEST(DescribePath, SaysWhereNoReferenceIs) {
  const ShopDump shop;
  const auto snapshot = shop.Snapshot();
  const std::vector<graph::ObjectIndex> no_path = {snapshot->Find(shop.cache),
                                                   snapshot->Find(shop.first_order)};
  EXPECT_EQ(Steps(DescribePath(*snapshot, no_path)), "... com.acme.Order");
  EXPECT_TRUE(DescribePath(*snapshot, {}).steps.empty());
}

TEST(FrameText, SaysWhatIsKnown) {
  EXPECT_EQ(analyses::FrameText({"com.acme.Worker", "run", "Worker.java", 12}),
            "Worker.run(Worker.java:12)");
  EXPECT_EQ(analyses::FrameText({"com.acme.Worker", "run", "Worker.java", -1}),
            "Worker.run(Worker.java)");
  EXPECT_EQ(analyses::FrameText({"Worker", "run", "", -1}), "Worker.run");
}

}  // namespace
}  // namespace leaktrail::testing
