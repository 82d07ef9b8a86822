#include "analyses/facts.h"

#include "gtest/gtest.h"
#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::DescribeDump;
using analyses::DescribeMemory;
using analyses::MaxHeapHint;

std::uint64_t HintOf(const JdkDump& heap) {
  const auto snapshot = SnapshotOf(heap.dump);
  return snapshot == nullptr ? 1 : MaxHeapHint(*snapshot);
}

TEST(MaxHeapHint, IsWhatTheJdkNotes) {
  JdkDump heap;
  heap.MaxHeap(64 * kMiB);
  EXPECT_EQ(HintOf(heap), 64 * kMiB);
}

TEST(MaxHeapHint, IsUnknownIfTheFigureIsTheLimitOfDirectMemory) {
  JdkDump heap;
  heap.MaxHeap(64 * kMiB, "67108864");
  EXPECT_EQ(HintOf(heap), 0u);
}

TEST(MaxHeapHint, IsUnknownIfMoreIsLive) {
  JdkDump heap;
  heap.MaxHeap(kMiB);
  heap.App("com.acme.App").Static("array", kObject, heap.Huge(2));
  EXPECT_EQ(HintOf(heap), 0u);
  EXPECT_EQ(HintOf(JdkDump()), 0u);
}

TEST(DescribeMemory, ReadsTheCounterOfDirectBuffers) {
  for (const char* field : {"RESERVED_MEMORY", "reservedMemory"}) {
    JdkDump heap;
    const Id atomic =
        heap.dump.Class("java.util.concurrent.atomic.AtomicLong").Field("value", kLong);
    heap.dump.Class("java.nio.Bits")
        .Static(field, kObject, heap.dump.Instance(atomic, {8 * kMiB}))
        .Sticky();
    const auto snapshot = SnapshotOf(heap.dump);
    ASSERT_NE(snapshot, nullptr);
    EXPECT_EQ(DescribeMemory(*snapshot).direct_reserved, 8 * kMiB) << field;
  }
}

TEST(DescribeDump, SaysWhichThreadRanOutOfMemory) {
  JdkDump heap;
  heap.dump.Class("java.lang.OutOfMemoryError");
  heap.App("com.acme.Job");
  heap.dump.Thread(heap.dump.Instance(heap.boot.thread, {heap.dump.JavaString("other")}))
      .Frame("com.acme.Job", "idle", "Job.java", 1);
  heap.dump.Thread(heap.dump.Instance(heap.boot.thread, {heap.dump.JavaString("main")}))
      .Frame("java.lang.OutOfMemoryError", "<init>", "OutOfMemoryError.java", 48)
      .Frame("com.acme.Job", "run", "Job.java", 7);
  const auto snapshot = SnapshotOf(heap.dump);
  ASSERT_NE(snapshot, nullptr);
  const analyses::DumpFacts facts = DescribeDump(*snapshot);
  EXPECT_EQ(facts.out_of_memory, "thread main in Job.run(Job.java:7)");
  EXPECT_EQ(facts.threads, 2u);
  EXPECT_EQ(facts.format, "1.0.2");
  EXPECT_EQ(facts.loaders, 2u);
  EXPECT_TRUE(facts.complete);
}

TEST(DescribeDump, SaysNothingOfErrorsThatNobodyGot) {
  const auto snapshot = ShopDump().Snapshot();
  EXPECT_EQ(DescribeDump(*snapshot).out_of_memory, "");
}

}  // namespace
}  // namespace leaktrail::testing
