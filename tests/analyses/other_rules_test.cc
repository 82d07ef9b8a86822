// heap.big-object, heap.thread-local-data, heap.many-threads, heap.soft-data,
// heap.finalizer-backlog, heap.unreachable: what triggers them, and their benign twins.
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

Report Threads(int count) {
  JdkDump heap;
  heap.MaxHeap(64 * kMiB);
  for (int i = 0; i < count; ++i) heap.dump.Thread(heap.dump.Instance(heap.boot.thread));
  return heap.Analyze();
}

TEST(ManyThreads, FromAThousandOn) {
  const Report report = Threads(1000);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].rule, "heap.many-threads");
  EXPECT_TRUE(HasText(report.findings[0].title, "1,000 threads are alive"));
  EXPECT_TRUE(Threads(999).findings.empty());
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
