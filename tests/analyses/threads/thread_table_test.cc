// Threads on small built heaps, where every figure can be counted by hand, and on real ones whose
// programs say what their threads do.
#include "analyses/threads/thread_table.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/analyses/native/fixture.h"
#include "tests/analyses/shop_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::DescribeThreads;
using analyses::FrameRow;
using analyses::LocalRow;
using analyses::ThreadGroup;
using analyses::ThreadKind;
using analyses::ThreadsOptions;
using analyses::ThreadTable;

ThreadTable Table(const graph::Snapshot& snapshot, const ThreadsOptions& options = {},
                  absl::string_view target = "") {
  if (target.empty()) return *DescribeThreads(snapshot, nullptr, options);
  const auto found = analyses::ResolveTarget(snapshot, target);
  EXPECT_TRUE(found.ok()) << found.status();
  const auto table = DescribeThreads(snapshot, &*found, options);
  EXPECT_TRUE(table.ok()) << table.status();
  return table.ok() ? *table : ThreadTable();
}

// "Order 1 x 24 of 24, Order[] ...": what a frame holds, briefly.
std::string Locals(const FrameRow& frame) {
  std::string out;
  for (const LocalRow& row : frame.locals) {
    absl::StrAppend(&out, out.empty() ? "" : "; ", row.objects, " ", row.class_name, " retain ",
                    row.retained, row.only_here < row.objects ? " shared" : "",
                    row.outer ? " outer" : "", row.native ? " native" : "");
  }
  return out;
}

// JDK 17 has its fields in Thread itself.
struct ThreadDump {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  // Classes with roots of their own: else the last instances would keep them, too.
  Id order = dump.Class("com.acme.Order").Field("payload", kObject).Sticky();
  Id worker = dump.Class("com.acme.Worker")
                  .Super(boot.thread)
                  .Field("threadStatus", kInt)
                  .Field("daemon", kBoolean)
                  .Field("priority", kInt)
                  .Field("parkBlocker", kObject)
                  .Sticky();

  ThreadDump() { dump.Class("com.acme.Job"); }

  // An order that keeps `bytes` alive beside its own 16.
  Id Order(int bytes) { return dump.Instance(order, {dump.PrimitiveArray(kByte, bytes)}); }
  Id Worker(absl::string_view name, int status = 0x5, Id blocker = 0) {
    return dump.Instance(worker, {status, 1, 5, blocker, dump.JavaString(name)});
  }
};

constexpr std::uint64_t kOrder1000 = 16 + 1016;  // the order, its byte[1000] with the header

TEST(Threads, LocalsStandAtTheOutermostFrameThatHasThem) {
  ThreadDump heap;
  const Id passed = heap.Order(1000), own = heap.Order(2000);
  heap.dump.Thread(heap.Worker("x"))
      .Frame("com.acme.Job", "inner", "Job.java", 3)
      .Local(passed)
      .Local(passed)
      .Frame("com.acme.Job", "outer", "Job.java", 9)
      .Local(own)
      .Local(passed);
  const auto snapshot = SnapshotOf(heap.dump);
  ASSERT_NE(snapshot, nullptr);
  const ThreadTable table = Table(*snapshot);
  ASSERT_EQ(table.groups.size(), 1u);
  const ThreadGroup& group = table.groups[0];
  ASSERT_EQ(group.frames.size(), 2u);
  EXPECT_EQ(group.frames[0].text, "Job.inner(Job.java:3)");
  EXPECT_EQ(Locals(group.frames[0]), "1 com.acme.Order retain 1032 outer");
  EXPECT_EQ(Locals(group.frames[1]), "1 com.acme.Order retain 2032; 1 com.acme.Order retain 1032");
  EXPECT_EQ(group.locals_retain, 2032u + kOrder1000);
  EXPECT_EQ(group.retained, snapshot->RetainedSize(snapshot->threads()[0].object));
  EXPECT_EQ(group.states.at(0).words, "RUNNABLE");
  EXPECT_EQ(group.daemons, 1u);
  EXPECT_EQ(group.priority, 5u);
}

TEST(Threads, WhatOthersHoldTooIsShared) {
  ThreadDump heap;
  const Id shared = heap.Order(1000), inside = heap.Order(1000);
  const Id array = heap.dump.ObjectArray(heap.boot.object_array, {inside});
  heap.dump.JniGlobalRoot(shared);
  heap.dump.Thread(heap.Worker("x"))
      .Frame("com.acme.Job", "run")
      .Local(shared)
      .Local(array)
      .Local(inside)
      .JniLocal(heap.Order(10));
  const auto snapshot = SnapshotOf(heap.dump);
  ASSERT_NE(snapshot, nullptr);
  const ThreadTable table = Table(*snapshot);
  EXPECT_EQ(Locals(table.groups.at(0).frames.at(0)),
            "1 com.acme.Order retain 1032 shared; 1 com.acme.Order retain 1032; "
            "1 com.acme.Order retain 48 native; 1 java.lang.Object[] retain 24");
}

TEST(Threads, EqualStacksAreOneRow) {
  ThreadDump heap;
  const Id common = heap.Order(500);
  for (int i = 0; i < 30; ++i) {
    heap.dump.Thread(heap.Worker(absl::StrCat("worker-", i)))
        .Frame("com.acme.Job", i % 3 == 0 ? "read" : "write", "Job.java", 5)
        .Local(heap.Order(1000))
        .Local(common);
  }
  const auto snapshot = SnapshotOf(heap.dump);
  ASSERT_NE(snapshot, nullptr);
  const ThreadTable table = Table(*snapshot);
  EXPECT_EQ(table.platform, 30u);
  ASSERT_EQ(table.groups.size(), 2u);
  EXPECT_EQ(table.groups[0].threads, 20u);
  EXPECT_EQ(table.groups[1].threads, 10u);
  // Twenty orders and the common one, which other rows hold, too: what goes if these go.
  const LocalRow& row = table.groups[0].frames.at(0).locals.at(0);
  EXPECT_EQ(row.objects, 21u);
  EXPECT_EQ(row.only_here, 20u);
  EXPECT_EQ(row.retained, 20 * kOrder1000 + 16 + 520);
  std::uint64_t threads = 0;
  for (const auto& thread : snapshot->threads()) threads += snapshot->RetainedSize(thread.object);
  EXPECT_EQ(table.groups[0].retained + table.groups[1].retained, threads);
  EXPECT_EQ(table.retained, threads + 16 + 520);  // together they hold the common one

  const ThreadTable by_name = Table(*snapshot, {.by = ThreadsOptions::By::kName});
  ASSERT_EQ(by_name.groups.size(), 1u);
  EXPECT_EQ(by_name.groups[0].threads, 30u);
  EXPECT_EQ(by_name.groups[0].stacks, 2u);
  EXPECT_EQ(by_name.groups[0].stack_threads, 20u);
  EXPECT_EQ(by_name.groups[0].frames.at(0).method, "write");
  EXPECT_EQ(by_name.groups[0].retained, table.retained);
}

TEST(Threads, TheOneOutOfMemoryComesFirst) {
  ThreadDump heap;
  heap.dump.Class("java.lang.OutOfMemoryError");
  heap.dump.Thread(heap.Worker("a")).Frame("com.acme.Job", "big").Local(heap.Order(9000));
  heap.dump.Thread(heap.Worker("b"))
      .Frame("java.lang.OutOfMemoryError", "<init>")
      .Frame("com.acme.Job", "small");
  const auto snapshot = SnapshotOf(heap.dump);
  ASSERT_NE(snapshot, nullptr);
  const ThreadTable table = Table(*snapshot, {.limit = 1});
  ASSERT_EQ(table.groups.size(), 1u);
  EXPECT_EQ(table.total_groups, 2u);
  EXPECT_TRUE(table.groups[0].out_of_memory);
  EXPECT_EQ(table.groups[0].frames.at(1).method, "small");
}

TEST(Threads, NamesAreToldOnlyOnDemand) {
  ThreadDump heap;
  const Id text = heap.dump.JavaString("SELECT secret");
  heap.dump.Thread(heap.Worker("jane@example.org 4711")).Frame("com.acme.Job", "run").Local(text);
  heap.dump.Thread(heap.Worker("pool-7-thread-12")).Frame("com.acme.Job", "wait");
  const auto snapshot = SnapshotOf(heap.dump);
  ASSERT_NE(snapshot, nullptr);
  const ThreadTable masked = Table(*snapshot);
  EXPECT_EQ(masked.groups.at(0).name, "");
  EXPECT_EQ(masked.groups.at(0).frames.at(0).locals.at(0).text, "");
  EXPECT_EQ(masked.groups.at(1).name, "pool-#-thread-#");
  const ThreadTable shown = Table(*snapshot, {.show_strings = true});
  EXPECT_EQ(shown.groups.at(0).name, "jane@example.org 4711");
  EXPECT_EQ(shown.groups.at(0).frames.at(0).locals.at(0).text, "SELECT secret");
  EXPECT_EQ(shown.groups.at(1).name, "pool-7-thread-12");
}

TEST(Threads, DeadlocksOfLocks) {
  ThreadDump heap;
  const Id lock = heap.dump.Class("com.acme.Lock$Sync").Field("exclusiveOwnerThread", kObject);
  const Id first = heap.dump.NewId(16), second = heap.dump.NewId(16), free = heap.dump.NewId(16);
  const Id a = heap.Worker("a", 0x291, second), b = heap.Worker("b", 0x291, first);
  const Id c = heap.Worker("c", 0x291, first), d = heap.Worker("d", 0x291, free);
  heap.dump.Instance(lock, {a}, first);
  heap.dump.Instance(lock, {b}, second);
  heap.dump.Instance(lock, {0}, free);
  for (const Id thread : {a, b, c, d}) heap.dump.Thread(thread).Frame("com.acme.Job", "take");
  const auto snapshot = SnapshotOf(heap.dump);
  ASSERT_NE(snapshot, nullptr);
  const ThreadTable table = Table(*snapshot);
  ASSERT_EQ(table.deadlocks.size(), 1u);
  ASSERT_EQ(table.deadlocks[0].links.size(), 2u);  // c waits, but nobody for it
  EXPECT_TRUE(absl::StartsWith(table.deadlocks[0].links[0].thread, "com.acme.Worker @0x"));
  EXPECT_TRUE(absl::StartsWith(table.deadlocks[0].links[0].lock, "com.acme.Lock$Sync @0x"));
  EXPECT_EQ(table.deadlocks[0].links[0].where, "Job.take");
  EXPECT_EQ(table.groups.at(0).states.at(0).words, "WAITING (parking)");
}

TEST(Threads, OneThreadOrThoseOfAClass) {
  ThreadDump heap;
  const Id main = heap.dump.Instance(heap.boot.thread, {heap.dump.JavaString("main")});
  heap.dump.Thread(main).Frame("com.acme.Job", "main");
  const Id one = heap.Worker("a");
  heap.dump.Thread(one).Frame("com.acme.Job", "run");
  heap.dump.Thread(heap.Worker("b")).Frame("com.acme.Job", "stop");
  const auto snapshot = SnapshotOf(heap.dump);
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(Table(*snapshot, {}, "com.acme.Worker").platform, 2u);
  const ThreadTable table = Table(*snapshot, {}, absl::StrCat("@0x", absl::Hex(one)));
  ASSERT_EQ(table.groups.size(), 1u);
  EXPECT_EQ(table.groups[0].frames.at(0).method, "run");
  const auto order = analyses::ResolveTarget(*snapshot, "com.acme.Order");
  ASSERT_TRUE(order.ok());
  EXPECT_FALSE(DescribeThreads(*snapshot, &*order, {}).ok());
}

TEST(PlatformStateWords, AreThoseOfAThreadDump) {
  EXPECT_EQ(analyses::PlatformStateWords(0), "NEW");
  EXPECT_EQ(analyses::PlatformStateWords(0x2), "TERMINATED");
  EXPECT_EQ(analyses::PlatformStateWords(0x5), "RUNNABLE");
  EXPECT_EQ(analyses::PlatformStateWords(0x401), "BLOCKED (on object monitor)");
  EXPECT_EQ(analyses::PlatformStateWords(0x191), "WAITING (on object monitor)");
  EXPECT_EQ(analyses::PlatformStateWords(0x1a1), "TIMED_WAITING (on object monitor)");
  EXPECT_EQ(analyses::PlatformStateWords(0x291), "WAITING (parking)");
  EXPECT_EQ(analyses::PlatformStateWords(0x2a1), "TIMED_WAITING (parking)");
  EXPECT_EQ(analyses::PlatformStateWords(0xe1), "TIMED_WAITING (sleeping)");
}

// --- real dumps

TEST(ThreadsOfFixtures, LocalsOfAHundredFrames) {
  const auto snapshot = SnapshotOfFixture("frame-locals");
  ASSERT_NE(snapshot, nullptr);
  const ThreadTable table = Table(*snapshot, {.limit = 0});
  EXPECT_EQ(table.platform, 11u);
  std::uint64_t frames = 0;
  for (const ThreadGroup& group : table.groups) {
    for (const FrameRow& frame : group.frames) {
      for (const LocalRow& row : frame.locals) {
        if (!absl::EndsWith(row.class_name, "$HeldByFrame")) continue;
        ++frames;
        EXPECT_EQ(frame.method, "holdInFrames");
        EXPECT_EQ(row.retained, 16u + 120);  // the object, its byte[100]
        EXPECT_EQ(row.only_here, 1u);
      }
    }
  }
  EXPECT_EQ(frames, 100u);
}

TEST(ThreadsOfFixtures, TwoThousandThatDoTheSame) {
  const auto snapshot = SnapshotOfFixture("many-threads-jdk25");
  ASSERT_NE(snapshot, nullptr);
  const ThreadGroup group = Table(*snapshot, {.limit = 1}).groups.at(0);
  EXPECT_EQ(group.threads, 2000u);
  EXPECT_EQ(group.name, "");  // "session-listener-#" is contents of the dump
  EXPECT_EQ(group.daemons, 2000u);
  EXPECT_EQ(group.states.at(0).words, "WAITING (parking)");
  EXPECT_EQ(group.states.at(0).count, 2000u);
  ASSERT_EQ(group.waits_for.size(), 1u);  // all for one latch
  EXPECT_EQ(group.waits_for[0].count, 2000u);
  EXPECT_TRUE(
      absl::StartsWith(group.waits_for[0].words, "java.util.concurrent.CountDownLatch$Sync @0x"));
}

TEST(ThreadsOfFixtures, ParkedVirtualThreads) {
  const Truth truth("virtual-threads-jdk25");
  const auto snapshot = SnapshotOfFixture("virtual-threads-jdk25");
  ASSERT_NE(snapshot, nullptr);
  const ThreadTable table = Table(*snapshot, {.limit = 3});
  EXPECT_EQ(table.unmounted, truth["virtual"]);
  EXPECT_EQ(table.mounted, 0u);
  const ThreadGroup& latch = table.groups.at(0);
  EXPECT_EQ(latch.kind, ThreadKind::kUnmounted);
  EXPECT_EQ(latch.threads, truth["on-latch"]);
  EXPECT_EQ(latch.states.at(0).words, "parked");
  const ThreadGroup& lock = table.groups.at(1);
  EXPECT_EQ(lock.threads, truth["on-lock"]);
  ASSERT_EQ(lock.waits_for.size(), 1u);
  EXPECT_TRUE(absl::StrContains(lock.waits_for[0].words, ", held by main @0x"))
      << lock.waits_for[0].words;
}

}  // namespace
}  // namespace leaktrail::testing
