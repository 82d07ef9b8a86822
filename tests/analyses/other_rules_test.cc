// heap.big-object, heap.thread-local-data, heap.many-threads, heap.soft-data,
// heap.finalizer-backlog, heap.unreachable: what triggers them, and their benign twins.
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/analyses/has_text.h"
#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::Claim;
using analyses::Finding;
using analyses::Report;
using analyses::Severity;
using analyses::Verdict;

Report OneArray(int mebibytes, std::uint64_t max_heap) {
  JdkDump heap;
  heap.MaxHeap(max_heap);
  const Id index = heap.dump.Instance(heap.App("com.acme.Index").Field("table", kObject),
                                      {heap.Huge(mebibytes)});
  heap.App("com.acme.Search").Static("index", kObject, index);
  return heap.Analyze();
}

TEST(BigObject, OneArrayInATightHeap) {
  const Report report = OneArray(20, 30 * kMiB);
  ASSERT_EQ(FindingsOf(report, "heap.big-object").size(), 1u);
  const Finding finding = FindingsOf(report, "heap.big-object")[0];
  EXPECT_EQ(finding.severity, Severity::kMedium);
  EXPECT_EQ(finding.claim, Claim::kMuchInUse);
  EXPECT_TRUE(HasText(finding.title, "com.acme.Index.table is one long[] of length 2,621,440"));
  EXPECT_EQ(CutOf(finding), "table -> long[]");
  EXPECT_EQ(report.verdict, Verdict::kFullButNoLeak);
}

TEST(BigObject, IsFineWithRoomLeft) {
  const Report report = OneArray(20, 200 * kMiB);
  ASSERT_EQ(FindingsOf(report, "heap.big-object").size(), 1u);
  EXPECT_EQ(FindingsOf(report, "heap.big-object")[0].severity, Severity::kLow);
  EXPECT_EQ(report.verdict, Verdict::kHeapOk);
}

TEST(BigObject, SmallArraysAreBuffers) { EXPECT_TRUE(OneArray(10, 20 * kMiB).findings.empty()); }

TEST(BigObject, AHandfulBehindOneOwner) {
  JdkDump heap;
  heap.MaxHeap(40 * kMiB);
  std::vector<Id> segments;
  for (int i = 0; i < 24; ++i) segments.push_back(heap.Huge(1));
  heap.App("com.acme.Store").Static("segments", kObject, heap.List(segments));
  const Report report = heap.Analyze();
  ASSERT_EQ(FindingsOf(report, "heap.big-object").size(), 1u);
  EXPECT_TRUE(HasText(FindingsOf(report, "heap.big-object")[0].title,
                      "com.acme.Store.segments holds 24 long[]: 24.0 MiB"));
}

// `threads` threads, each with a ThreadLocal that holds a list of 200 arrays of `bytes`.
Report ThreadLocals(int threads, int bytes, std::uint64_t max_heap) {
  JdkDump heap;
  heap.MaxHeap(max_heap);
  DumpBuilder& dump = heap.dump;
  const Id map_class = dump.Class("java.lang.ThreadLocal$ThreadLocalMap").Field("table", kObject);
  const Id entry_class =
      dump.Class("java.lang.ThreadLocal$ThreadLocalMap$Entry").Field("value", kObject);
  const Id table_class = dump.Class("java.lang.ThreadLocal$ThreadLocalMap$Entry[]");
  const Id context = heap.App("com.acme.Context").Field("log", kObject);
  for (int t = 0; t < threads; ++t) {
    std::vector<Id> lines;
    for (int i = 0; i < 200; ++i) lines.push_back(dump.PrimitiveArray(kByte, bytes));
    const Id value = dump.Instance(context, {heap.List(lines)});
    const Id table = dump.ObjectArray(table_class, {dump.Instance(entry_class, {value})});
    const Id name = dump.JavaString(absl::StrCat("pool-1-thread-", t));
    const Id thread = dump.Instance(heap.boot.thread, {name, 0, dump.Instance(map_class, {table})});
    dump.Thread(thread);
  }
  return heap.Analyze();
}

TEST(ThreadLocalData, EqualValuesOfManyThreadsAreOneFinding) {
  const Report report = ThreadLocals(8, 1000, 4 * kMiB);
  ASSERT_EQ(report.findings.size(), 1u);
  const Finding& finding = report.findings[0];
  EXPECT_EQ(finding.rule, "heap.thread-local-data");
  EXPECT_EQ(finding.claim, Claim::kLeak);
  EXPECT_EQ(finding.severity, Severity::kMedium);
  EXPECT_EQ(finding.instances, 1600u);
  EXPECT_TRUE(HasText(finding.title, "Thread-local variables of 8 threads hold 1,600 byte[]"));
  EXPECT_EQ(CutOf(finding), "ThreadLocalMap[value] -> com.acme.Context");
  EXPECT_TRUE(HasText(finding.evidence[0], "in all 8 threads (pool-#-thread-#)"));
  EXPECT_EQ(report.verdict, Verdict::kLeak);
}

TEST(ThreadLocalData, SmallValuesAreNormal) {
  EXPECT_TRUE(ThreadLocals(8, 100, 4 * kMiB).findings.empty());
}

// A thread in com.acme.Report.write with a list of 400 rows as a local variable.
Report LocalRows(int bytes, std::uint64_t max_heap) {
  JdkDump heap;
  heap.MaxHeap(max_heap);
  const Id rows = heap.List(heap.Objects("com.acme.Row", 400, bytes));
  heap.App("com.acme.Report");
  const Id thread = heap.dump.Instance(heap.boot.thread, {heap.dump.JavaString("secret-4711")});
  heap.dump.Thread(thread)
      .Frame("java.lang.Thread", "sleep", "Thread.java", 1)
      .Frame("com.acme.Report", "write", "Report.java", 7)
      .Local(rows);
  return heap.Analyze();
}

TEST(ThreadLocalData, LocalVariablesAreWorkInProgress) {
  const Report report = LocalRows(10'000, 5 * kMiB);
  ASSERT_EQ(report.findings.size(), 1u);
  const Finding& finding = report.findings[0];
  EXPECT_EQ(finding.rule, "heap.thread-local-data");
  EXPECT_EQ(finding.claim, Claim::kMuchInUse);
  EXPECT_EQ(finding.severity, Severity::kHigh);
  EXPECT_TRUE(
      HasText(finding.title, "A local variable in Report.write(Report.java:7) holds 400 Row"));
  EXPECT_EQ(CutOf(finding), "<local> in Report.write(Report.java:7) -> java.util.ArrayList");
  EXPECT_TRUE(HasText(finding.evidence[0], "of a thread: Report.write(Report.java:7)"));
  EXPECT_EQ(report.verdict, Verdict::kFullButNoLeak);
}

TEST(ThreadLocalData, LocalVariablesAreFineWithRoomLeft) {
  const Report report = LocalRows(10'000, 100 * kMiB);
  EXPECT_TRUE(report.findings.empty());
  EXPECT_EQ(report.verdict, Verdict::kHeapOk);
}

// The request that fills the heap comes before the cache beside it, in the headline too.
TEST(ThreadLocalData, AFullHeapIsNotBlamedOnTheSmallerCache) {
  JdkDump heap;
  heap.MaxHeap(6 * kMiB);
  const Id rows = heap.List(heap.Objects("com.acme.Row", 400, 10'000));
  heap.App("com.acme.Cache")
      .Static("map", kObject, heap.List(heap.Objects("com.acme.Page", 150, 8'000)));
  heap.App("com.acme.Report");
  heap.dump.Thread(heap.dump.Instance(heap.boot.thread))
      .Frame("com.acme.Report", "write", "Report.java", 7)
      .Local(rows);
  const Report report = heap.Analyze();
  ASSERT_GE(report.findings.size(), 2u);
  EXPECT_EQ(report.findings[0].rule, "heap.thread-local-data");
  EXPECT_EQ(report.findings[1].rule, "heap.accumulation");
  EXPECT_EQ(report.verdict, Verdict::kFullButNoLeak);
  EXPECT_TRUE(HasText(report.headline, "Report.write"));
}

TEST(ThreadLocalData, NamesOfThreadsAreHiddenUnlessAskedFor) {
  JdkDump heap;
  heap.dump.Thread(heap.dump.Instance(heap.boot.thread, {heap.dump.JavaString("secret-4711")}));
  const auto snapshot = SnapshotOf(heap.dump);
  ASSERT_NE(snapshot, nullptr);
  analyses::AnalyzeOptions options;
  ASSERT_EQ(analyses::Analyze(*snapshot, options).threads.size(), 1u);
  EXPECT_EQ(analyses::Analyze(*snapshot, options).threads[0].name, "");
  options.show_strings = true;
  EXPECT_EQ(analyses::Analyze(*snapshot, options).threads[0].name, "secret-4711");
}

// Threads with names of `kinds` patterns; their digits make no difference.
Report Threads(int count, int kinds) {
  JdkDump heap;
  heap.MaxHeap(64 * kMiB);
  for (int i = 0; i < count; ++i) {
    const std::string name =
        absl::StrCat(std::string(1, static_cast<char>('a' + i % kinds)), "-secret-", i);
    heap.dump.Thread(heap.dump.Instance(heap.boot.thread, {heap.dump.JavaString(name)}));
  }
  return heap.Analyze();
}

TEST(ManyThreads, OfOneKindAreALeakFromFiveHundredOn) {
  const Report report = Threads(500, 1);
  ASSERT_EQ(FindingsOf(report, "heap.many-threads").size(), 1u);
  const Finding finding = FindingsOf(report, "heap.many-threads")[0];
  EXPECT_EQ(finding.claim, Claim::kLeak);
  EXPECT_EQ(finding.severity, Severity::kMedium);
  EXPECT_TRUE(HasText(finding.title, "500 of 500 threads do the same"));
  EXPECT_FALSE(HasText(finding.title, "secret"));
  EXPECT_TRUE(Threads(499, 1).findings.empty());
}

TEST(ManyThreads, OfManyKindsAreWorthAWordFromAThousandOn) {
  const Report report = Threads(1000, 4);
  ASSERT_EQ(FindingsOf(report, "heap.many-threads").size(), 1u);
  EXPECT_EQ(FindingsOf(report, "heap.many-threads")[0].claim, Claim::kMuchInUse);
  EXPECT_TRUE(HasText(FindingsOf(report, "heap.many-threads")[0].title, "1,000 threads are alive"));
  EXPECT_TRUE(Threads(999, 4).findings.empty());
}

TEST(ManyThreads, VirtualOnesAreMeantToBeMany) {
  JdkDump heap;
  heap.MaxHeap(64 * kMiB);
  const Id virtual_thread = heap.dump.Class("java.lang.VirtualThread").Super(heap.boot.thread);
  for (int i = 0; i < 1500; ++i) heap.dump.Thread(heap.dump.Instance(virtual_thread));
  for (int i = 0; i < 499; ++i) heap.dump.Thread(heap.dump.Instance(heap.boot.thread));
  EXPECT_TRUE(heap.Analyze().findings.empty());
}

TEST(SoftData, IsInformation) {
  JdkDump heap;
  heap.MaxHeap(12 * kMiB);
  const Id soft = heap.dump.Instance(heap.boot.soft_reference, {0, heap.Huge(10)});
  heap.App("com.acme.Cache").Static("image", kObject, soft);
  const Report report = heap.Analyze();
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].rule, "heap.soft-data");
  EXPECT_EQ(report.findings[0].severity, Severity::kInfo);
  EXPECT_EQ(report.memory.soft, 10 * kMiB + 16);
}

TEST(SoftData, IsNotWhatIsHeldStronglyToo) {
  JdkDump heap;
  heap.MaxHeap(100 * kMiB);
  const Id array = heap.Huge(10);
  const Id soft = heap.dump.Instance(heap.boot.soft_reference, {0, array});
  heap.App("com.acme.Cache").Static("image", kObject, soft).Static("strong", kObject, array);
  EXPECT_TRUE(heap.Analyze().findings.empty());
}

Report FinalizerHeap(bool garbage) {
  JdkDump heap;
  heap.MaxHeap(64 * kMiB);
  const Id resource =
      heap.dump.Instance(heap.App("com.acme.Resource").Field("buffer", kObject), {heap.Huge(9)});
  const Id finalizer = heap.dump.Instance(heap.boot.finalizer, {0, 0, resource});
  heap.dump.JniGlobalRoot(finalizer);
  if (garbage) heap.Huge(9);
  return heap.Analyze();
}

TEST(FinalizerBacklog, InALiveDump) {
  const Report report = FinalizerHeap(false);
  ASSERT_EQ(FindingsOf(report, "heap.finalizer-backlog").size(), 1u);
  EXPECT_EQ(FindingsOf(report, "heap.finalizer-backlog")[0].claim, Claim::kLeak);
  EXPECT_EQ(report.verdict, Verdict::kLeak);
}

TEST(FinalizerBacklog, IsInformationInADumpWithGarbage) {
  const Report report = FinalizerHeap(true);
  ASSERT_EQ(FindingsOf(report, "heap.finalizer-backlog").size(), 1u);
  EXPECT_EQ(FindingsOf(report, "heap.finalizer-backlog")[0].severity, Severity::kInfo);
  EXPECT_EQ(report.verdict, Verdict::kHeapOk);
}

// `pending` dead objects in the queue of the finalizer thread, which is in a finalizer if `stuck`.
Report FinalizerQueueHeap(int pending, bool stuck) {
  JdkDump heap;
  heap.MaxHeap(64 * kMiB);
  const Id queue_class = heap.dump.Class("java.lang.ref.ReferenceQueue")
                             .Field("head", kObject)
                             .Field("queueLength", kLong);
  const Id connection = heap.App("com.acme.Connection").Field("buffer", kObject);
  Id head = 0;
  for (int i = 0; i < pending; ++i) {
    const Id dead = heap.dump.Instance(connection, {heap.dump.PrimitiveArray(kByte, 2000)});
    const Id finalizer = heap.dump.NewId(64);
    // next, prev of the list of all finalizers; referent, queue, next, discovered of Reference.
    heap.dump.Instance(heap.boot.finalizer, {0, 0, dead, 0, head == 0 ? finalizer : head},
                       finalizer);
    head = finalizer;
  }
  const Id queue = heap.dump.Instance(queue_class, {head, pending});
  heap.dump.Known(heap.boot.finalizer).Static("queue", kObject, queue);
  const Id thread = heap.dump.Instance(
      heap.dump.Class("java.lang.ref.Finalizer$FinalizerThread").Super(heap.boot.thread));
  heap.App("com.acme.Slow");
  ThreadBuilder stack = heap.dump.Thread(thread);
  stack.Frame("java.lang.Object", "wait", "Object.java", 1);
  if (stuck) stack.Frame("com.acme.Slow", "finalize", "Slow.java", 7);
  return heap.Analyze();
}

TEST(FinalizerQueue, NamesTheFinalizerThatBlocksIt) {
  const Report report = FinalizerQueueHeap(1000, true);
  ASSERT_EQ(FindingsOf(report, "heap.finalizer-backlog").size(), 1u);
  const Finding finding = FindingsOf(report, "heap.finalizer-backlog")[0];
  EXPECT_EQ(finding.instances, 1000u);
  EXPECT_EQ(finding.severity, Severity::kHigh);
  EXPECT_TRUE(HasText(finding.title,
                      "1,000 dead objects wait in the finalizer's queue, most of "
                      "them Connection"));
  EXPECT_TRUE(HasText(finding.evidence[0], "Slow.finalize(Slow.java:7)"));
  EXPECT_GT(finding.retained, 2'000'000u);
  EXPECT_EQ(report.verdict, Verdict::kLeak);
}

TEST(FinalizerQueue, ThatIsShortIsNormal) {
  EXPECT_TRUE(FindingsOf(FinalizerQueueHeap(999, false), "heap.finalizer-backlog").empty());
}

TEST(FinalizerQueue, ThatIsLongWithoutACulpritIsLessSure) {
  const Report report = FinalizerQueueHeap(1000, false);
  ASSERT_EQ(FindingsOf(report, "heap.finalizer-backlog").size(), 1u);
  EXPECT_EQ(FindingsOf(report, "heap.finalizer-backlog")[0].severity, Severity::kMedium);
}

TEST(Unreachable, MuchGarbageIsMentioned) {
  JdkDump heap;
  heap.MaxHeap(64 * kMiB);
  heap.Huge(9);
  const Report report = heap.Analyze();
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].rule, "heap.unreachable");
  EXPECT_EQ(report.findings[0].severity, Severity::kInfo);
  EXPECT_EQ(report.verdict, Verdict::kHeapOk);
  ASSERT_FALSE(report.unreachable.empty());
  EXPECT_EQ(report.unreachable[0].class_name, "long[]");
}

TEST(Unreachable, LittleGarbageIsNot) {
  JdkDump heap;
  heap.Huge(7);
  EXPECT_TRUE(heap.Analyze().findings.empty());
}

}  // namespace
}  // namespace leaktrail::testing
