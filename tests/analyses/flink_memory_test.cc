// What the heap tells of a Flink TaskManager's memory outside of it, and flink.memory.
#include "analyses/flink_memory.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/analyze.h"
#include "graph/snapshot.h"
#include "gtest/gtest.h"
#include "tests/analyses/flink_dump.h"
#include "tests/analyses/has_text.h"

namespace leaktrail::testing {
namespace {

using analyses::Claim;
using analyses::Finding;
using analyses::FlinkMemory;
using analyses::Report;
using analyses::Severity;
using analyses::Verdict;

constexpr char kRule[] = "flink.memory";
constexpr std::int64_t kSegment = 32 << 10;

std::string Evidence(const Finding& finding) { return absl::StrJoin(finding.evidence, "\n"); }
std::string Fix(const Finding& finding) { return absl::StrJoin(finding.fix, "\n"); }

// The finding of a heap that has exactly one.
Finding Only(const Report& report) {
  const auto findings = FindingsOf(report, kRule);
  EXPECT_EQ(findings.size(), 1u);
  return findings.empty() ? Finding() : findings.front();
}

TEST(FlinkMemory, ReadsTheBooks) {
  TaskManagerDump dump;
  dump.Pool(512, kSegment, 500);
  dump.Pool(2048, kSegment, 0, /*destroyed=*/1);
  dump.LocalPool(7, 0);
  dump.LocalPool(5, 0);
  dump.LocalPool(0, 0);
  dump.LocalPool(3, 1);
  dump.Manager(48 * kMiB, 8 * kMiB, {dump.RocksDBLease(30 * kMiB)});
  dump.Manager(48 * kMiB, 48 * kMiB);
  dump.Manager(48 * kMiB, 47 * kMiB, {}, /*shut_down=*/1);
  dump.Handles(dump.iterator, 3, 2);
  dump.Handles(dump.database, 1, 0);
  dump.Slices(4, 1);
  dump.Direct(17 * kMiB, 96 * kMiB);
  dump.Model(
      {kMiB, 2 * kMiB, 4 * kMiB, 0, 8 * kMiB, 16 * kMiB, 32 * kMiB, 64 * kMiB, 0, 128 * kMiB});
  const auto memory = dump.Read();
  ASSERT_TRUE(memory.has_value());

  EXPECT_EQ(memory->network.pools, 1u);
  EXPECT_EQ(memory->network.segments, 512u);
  EXPECT_EQ(memory->network.segment_bytes, 32768u);
  EXPECT_EQ(memory->network.bytes, 16 * kMiB);
  EXPECT_EQ(memory->network.taken, 12u);
  EXPECT_EQ(memory->network.local_pools, 2u);
  EXPECT_EQ(memory->network.destroyed_pools, 1u);
  EXPECT_EQ(memory->network.unreturned, 3u);

  EXPECT_EQ(memory->managed.managers, 2u);
  EXPECT_EQ(memory->managed.bytes, 96 * kMiB);
  EXPECT_EQ(memory->managed.used, 40 * kMiB);
  EXPECT_EQ(memory->managed.unreturned, kMiB);
  ASSERT_EQ(memory->managed.reservations.size(), 1u);
  EXPECT_EQ(memory->managed.reservations[0].class_name,
            "org.apache.flink.contrib.streaming.state.RocksDBSharedResources");
  EXPECT_EQ(memory->managed.reservations[0].bytes, 30 * kMiB);

  ASSERT_EQ(memory->handles.size(), 3u);  // most open ones first: Slice, RocksIterator, RocksDB
  EXPECT_EQ(memory->handles[0].open, 4u);
  EXPECT_EQ(memory->handles[0].closed, 1u);
  EXPECT_EQ(memory->handles[1].open, 3u);
  EXPECT_EQ(memory->handles[1].closed, 2u);
  EXPECT_EQ(memory->handles[1].retained, 3u * (16 + 16));  // with their AtomicBooleans
  EXPECT_EQ(memory->handles[2].open, 1u);

  EXPECT_EQ(memory->max_direct, 96 * kMiB);
  EXPECT_EQ(memory->model.heap, 3 * kMiB);
  EXPECT_EQ(memory->model.off_heap, 4 * kMiB);
  EXPECT_EQ(memory->model.network, 8 * kMiB);
  EXPECT_EQ(memory->model.managed, 16 * kMiB);
  EXPECT_EQ(memory->model.metaspace, 32 * kMiB);
  EXPECT_EQ(memory->model.overhead, 64 * kMiB);
  EXPECT_EQ(memory->model.process, 128 * kMiB);
}

TEST(FlinkMemory, RelocatedClassesCount) {
  TaskManagerDump dump("com.acme.shaded.org.apache.flink.");
  dump.Pool(10, kSegment, 10);
  EXPECT_TRUE(dump.Read().has_value());
}

TEST(FlinkMemory, NeedsATaskManager) {
  TaskManagerDump only_rocksdb;  // classes of Flink without instances, and RocksDB on its own
  only_rocksdb.Handles(only_rocksdb.iterator, 200, 0);
  EXPECT_FALSE(only_rocksdb.Read().has_value());
  JdkDump other;
  other.App("com.acme.MyNetworkBufferPool").Field("totalNumberOfMemorySegments", kInt);
  EXPECT_FALSE(analyses::ReadFlinkMemory(*SnapshotOf(other.dump)).has_value());
  EXPECT_TRUE(FindingsOf(other.Analyze(), kRule).empty());
}

// Figures that cannot be are left out, and what is right stays.
TEST(FlinkMemory, DoesNotBelieveEverything) {
  TaskManagerDump dump;
  dump.Pool(-1, kSegment, 0);
  dump.Pool(0x7fffffff, 0x7fffffff, 0);     // 4 EiB
  dump.Manager(48 * kMiB, 49 * kMiB);       // more free than there is
  dump.Manager(std::uint64_t{1} << 63, 0);  // negative
  dump.Manager(std::uint64_t{1} << 50, 0);  // more than any machine has
  dump.LocalPool(-5, 1);
  dump.Pool(100, kSegment, 200);  // more free than there are
  const auto memory = dump.Read();
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->network.pools, 1u);
  EXPECT_EQ(memory->network.segments, 100u);
  EXPECT_FALSE(memory->network.taken.has_value());
  EXPECT_EQ(memory->network.unreturned, 0u);
  EXPECT_EQ(memory->managed.managers, 0u);
}

TEST(FlinkMemory, FieldsOfOtherTypesAreNoFigures) {
  JdkDump dump;
  const std::string runtime = "org.apache.flink.runtime.";
  const Id pool = dump.App(runtime + "io.network.buffer.NetworkBufferPool")
                      .Field("totalNumberOfMemorySegments", kObject)
                      .Field("memorySegmentSize", kInt);
  const Id manager = dump.App(runtime + "memory.MemoryManager").Field("memoryBudget", kLong);
  const Id old_manager = dump.App("old.flink.runtime.memory.MemoryManager");
  const Id kept = dump.List({dump.dump.Instance(pool, {0x1234, 32768}),
                             dump.dump.Instance(manager, {77}), dump.dump.Instance(old_manager)});
  dump.App("com.acme.Runner").Static("kept", kObject, kept).Sticky();
  EXPECT_FALSE(analyses::ReadFlinkMemory(*SnapshotOf(dump.dump)).has_value());
  EXPECT_TRUE(FindingsOf(dump.Analyze(), kRule).empty());
}

// A map of resources that leads in a circle ends.
TEST(FlinkMemory, ACircleOfReservationsEnds) {
  TaskManagerDump dump;
  const Id node_class =
      dump.dump.Class("com.acme.Node").Field("value", kObject).Field("next", kObject);
  const Id node = dump.dump.NewId(32);
  dump.dump.Instance(node_class, {dump.RocksDBLease(kMiB), node}, node);
  const Id table = dump.dump.ObjectArray(dump.table_class, {node, 0, node});
  dump.ManagerWith(dump.dump.Instance(dump.map_class, {table, 1}), 64 * kMiB, 0);
  const auto memory = dump.Read();
  ASSERT_TRUE(memory.has_value());
  ASSERT_EQ(memory->managed.reservations.size(), 1u);
  EXPECT_GE(memory->managed.reservations[0].bytes, kMiB);
  EXPECT_EQ(memory->managed.used, 64 * kMiB);
}

TEST(FlinkMemory, WithoutALimitThereIsNoModel) {
  TaskManagerDump dump;
  dump.Pool(10, kSegment, 10);
  constexpr std::uint64_t kTiB = std::uint64_t{1} << 40;
  dump.Model({128 * kMiB, kTiB, 0, 0, 64 * kMiB, 0, 0, 0, 0, 2 * kTiB});
  const auto memory = dump.Read();
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->model.heap, 0u);
  EXPECT_EQ(memory->model.process, 0u);
  EXPECT_EQ(memory->model.network, 64 * kMiB);
}

// --- the rule

TEST(FlinkMemoryRule, IsInformationWhereAllIsUsed) {
  TaskManagerDump dump;
  dump.MaxHeap(64 * kMiB);
  dump.Pool(4096, kSegment, 1024);
  dump.Manager(100 * kMiB, 0, {dump.RocksDBLease(75 * kMiB)});
  dump.Handles(dump.database, 2, 0);
  dump.Direct(130 * kMiB, 256 * kMiB);
  const Report report = dump.Report();
  const Finding finding = Only(report);
  EXPECT_EQ(finding.severity, Severity::kInfo);
  EXPECT_EQ(finding.claim, Claim::kInformation);
  EXPECT_EQ(finding.retained, 0u);
  EXPECT_EQ(finding.title,
            "Flink's memory outside of the heap: network 128.0 MiB (75.0% in use), managed 100.0 "
            "MiB (100.0% reserved, by RocksDB), RocksDB 2 databases");
  const std::string evidence = Evidence(finding);
  EXPECT_TRUE(
      HasText(evidence, "Network: 4,096 segments of 32.0 KiB = 128.0 MiB; 3,072 (75.0%) in use"));
  EXPECT_TRUE(HasText(evidence,
                      "Managed: 100.0 MiB, 1 slot in use; 75.0 MiB reserved by "
                      "RocksDBSharedResources, 25.0 MiB by operators."));
  EXPECT_TRUE(HasText(evidence,
                      "Direct buffers: 130.0 MiB of 256.0 MiB allowed; network is 128.0 "
                      "MiB of it, 2.0 MiB framework and task off-heap"));
  EXPECT_TRUE(HasText(evidence, "Not in any heap dump: RocksDB's real bytes"));
  EXPECT_FALSE(HasText(Fix(finding), "network.fraction"));
  EXPECT_FALSE(HasText(Fix(finding), "managed"));
  EXPECT_TRUE(HasText(Fix(finding), "taskmanager.memory.jvm-overhead.fraction"));
  EXPECT_EQ(report.verdict, Verdict::kHeapOk) << report.headline;
  ASSERT_FALSE(report.advice.empty());
  EXPECT_TRUE(HasText(report.advice[0], "flink.memory"));
}

TEST(FlinkMemoryRule, NamesTheKeysOfWhatIsTooLarge) {
  TaskManagerDump dump;
  dump.MaxHeap(64 * kMiB);
  dump.Pool(2048, kSegment, 2048 - 102);  // 4.98 %
  dump.Manager(64 * kMiB, 64 * kMiB);
  dump.Model({kMiB, kMiB, 0, kMiB, 64 * kMiB, 128 * kMiB, 256 * kMiB, 192 * kMiB, 0, 1024 * kMiB});
  const Report report = dump.Report();
  const Finding finding = Only(report);
  EXPECT_EQ(finding.severity, Severity::kLow);
  EXPECT_EQ(finding.claim, Claim::kInformation);
  EXPECT_TRUE(HasText(finding.title, "network 64.0 MiB (5.0% in use), managed 64.0 MiB (unused)"));
  EXPECT_TRUE(HasText(Fix(finding), "taskmanager.memory.network.fraction"));
  EXPECT_TRUE(HasText(Fix(finding), "taskmanager.memory.managed.size: 0"));
  EXPECT_TRUE(HasText(Evidence(finding), "Managed: 64.0 MiB of 128.0 MiB, 1 slot in use"));
  EXPECT_TRUE(
      HasText(Evidence(finding),
              "Configured: process 1.0 GiB = heap 2.0 MiB + managed 128.0 MiB + network "
              "64.0 MiB + off-heap 1.0 MiB + metaspace 256.0 MiB + JVM overhead 192.0 MiB"));
  EXPECT_TRUE(HasText(Evidence(finding), "limit 256.0 MiB"));
  EXPECT_EQ(report.verdict, Verdict::kHeapOk);
  EXPECT_FALSE(HasText(report.headline, "Most of it")) << report.headline;
}

// Unused managed memory matters if it is much, or if the heap could use it.
TEST(FlinkMemoryRule, UnusedManagedMemory) {
  const auto severity = [](std::uint64_t managed, std::uint64_t max_heap) {
    TaskManagerDump dump;
    dump.Keep(dump.Huge(1));
    dump.MaxHeap(max_heap);
    dump.Manager(managed, managed);
    const Finding finding = Only(dump.Report());
    EXPECT_TRUE(HasText(Fix(finding), "taskmanager.memory.managed.size: 0"));
    return finding.severity;
  };
  EXPECT_EQ(severity(64 * kMiB, 100 * kMiB), Severity::kInfo);
  EXPECT_EQ(severity(64 * kMiB, 3 * kMiB / 2), Severity::kLow);
  EXPECT_EQ(severity(256 * kMiB, 100 * kMiB), Severity::kLow);
  EXPECT_EQ(severity(256 * kMiB - 1, 100 * kMiB), Severity::kInfo);
}

TEST(FlinkMemoryRule, IsNoAdviceForWhatIsSmallOrUsed) {
  TaskManagerDump at_five_percent;
  at_five_percent.Pool(2048, kSegment, 2048 - 103);  // 5.03 %
  EXPECT_EQ(Only(at_five_percent.Report()).severity, Severity::kInfo);
  TaskManagerDump small;
  small.Pool(2047, kSegment, 2047);
  small.Manager(64 * kMiB - 1, 64 * kMiB - 1);
  const Finding finding = Only(small.Report());
  EXPECT_EQ(finding.severity, Severity::kInfo);
  EXPECT_FALSE(HasText(Fix(finding), "network.fraction"));
}

TEST(FlinkMemoryRule, RocksDBThatDoesNotUseManagedMemory) {
  TaskManagerDump dump;
  dump.Manager(64 * kMiB, 64 * kMiB);
  dump.Handles(dump.database, 1, 0);
  const Finding finding = Only(dump.Report());
  EXPECT_TRUE(HasText(Fix(finding), "state.backend.rocksdb.memory.managed: true"));
  EXPECT_FALSE(HasText(Fix(finding), "managed.size"));
}

TEST(FlinkMemoryRule, OpenIterators) {
  TaskManagerDump dump;
  dump.Pool(100, kSegment, 50);
  dump.Handles(dump.iterator, 100, 7);
  const Finding finding = Only(dump.Report());
  EXPECT_TRUE(HasText(finding.title, "RocksDB 100 open iterators"));
  EXPECT_TRUE(HasText(Evidence(finding), "open/closed: RocksIterator 100/7. What iterators pin"));
  ASSERT_EQ(finding.parts.size(), 1u);
  EXPECT_EQ(finding.parts[0].count, 100u);
  EXPECT_TRUE(HasText(Fix(finding), "close iterators"));
}

TEST(FlinkMemoryRule, WhatIsNotGivenBack) {
  TaskManagerDump few;  // a finished producer whose consumers still read
  few.Pool(1000, kSegment, 900);
  few.LocalPool(99, 1);
  const Finding information = Only(few.Report());
  EXPECT_EQ(information.severity, Severity::kInfo);
  EXPECT_TRUE(HasText(Evidence(information),
                      "Not given back: 99 network segments by 1 destroyed buffer pool."));
  TaskManagerDump many;
  many.Pool(1000, kSegment, 900);
  many.LocalPool(100, 1);
  EXPECT_EQ(Only(many.Report()).severity, Severity::kLow);
  TaskManagerDump slot;
  slot.Pool(1000, kSegment, 900);
  slot.Manager(8 * kMiB, 6 * kMiB, {}, /*shut_down=*/1);
  const Finding low = Only(slot.Report());
  EXPECT_EQ(low.severity, Severity::kLow);
  EXPECT_TRUE(HasText(Evidence(low), "2.0 MiB of managed memory by slots that are shut down"));
}

// --- real TaskManagers, see fixtures/README.md

std::unique_ptr<graph::Snapshot> Fixture(absl::string_view name) {
  hprof::ImportHealth health;
  auto file = hprof::DumpFile::Open(absl::StrCat(LEAKTRAIL_FIXTURES, "/dumps/", name, ".hprof.zst"),
                                    {}, health);
  if (!file.ok()) {
    ADD_FAILURE() << file.status().message();
    return nullptr;
  }
  auto snapshot = graph::Snapshot::Build(*std::move(file), health, {});
  return snapshot.ok() ? *std::move(snapshot) : nullptr;
}

TEST(FlinkMemoryFixture, TaskManagerWithRocksDB) {
  const auto snapshot = Fixture("flink-taskmanager-memory");
  ASSERT_NE(snapshot, nullptr);
  const auto memory = analyses::ReadFlinkMemory(*snapshot);
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->network.segments, 2048u);
  EXPECT_EQ(memory->network.segment_bytes, 32768u);
  EXPECT_EQ(memory->network.taken, 3u);
  EXPECT_EQ(memory->network.local_pools, 2u);
  EXPECT_EQ(memory->managed.managers, 1u);
  EXPECT_EQ(memory->managed.bytes, 50'331'648u);
  EXPECT_EQ(memory->managed.used, 50'331'648u);
  ASSERT_EQ(memory->managed.reservations.size(), 1u);
  EXPECT_EQ(memory->managed.reservations[0].bytes, 50'331'648u);
  EXPECT_EQ(memory->Open(*snapshot, "RocksIterator"), 300u);
  EXPECT_EQ(memory->Open(*snapshot, "ReadOptions"), 302u);
  EXPECT_EQ(memory->Open(*snapshot, "RocksDB"), 2u);
  EXPECT_EQ(memory->Open(*snapshot, "LRUCache"), 1u);
  EXPECT_EQ(memory->Open(*snapshot, "WriteBufferManager"), 1u);
  EXPECT_EQ(memory->Open(*snapshot, "ColumnFamilyHandle"), 4u);
  for (const auto& each : memory->handles) {
    const std::string& name = snapshot->classes().Name(each.c);
    if (name == "org.rocksdb.RocksIterator" || name == "org.rocksdb.ReadOptions") {
      EXPECT_EQ(each.closed, 40u) << name;
    }
  }
  EXPECT_EQ(memory->model.managed, 96 * kMiB);
  EXPECT_EQ(memory->model.network, 64 * kMiB);
  EXPECT_EQ(memory->max_direct, 96 * kMiB);

  const Report report = analyses::Analyze(*snapshot, {});
  const Finding finding = Only(report);
  EXPECT_EQ(finding.title,
            "Flink's memory outside of the heap: network 64.0 MiB (0.1% in use), managed 48.0 MiB "
            "(100.0% reserved, by RocksDB), RocksDB 300 open iterators");
  EXPECT_EQ(finding.severity, Severity::kLow);
}

TEST(FlinkMemoryFixture, TaskManagerWithoutALeak) {
  const auto snapshot = Fixture("flink-jobs-clean");
  ASSERT_NE(snapshot, nullptr);
  const Report report = analyses::Analyze(*snapshot, {});
  EXPECT_EQ(report.verdict, Verdict::kHeapOk) << report.headline;
  ASSERT_FALSE(report.advice.empty());
  EXPECT_TRUE(HasText(report.advice[0], "flink.memory"));
  const Finding finding = Only(report);
  EXPECT_EQ(finding.title,
            "Flink's memory outside of the heap: network 8.0 MiB (5.5% in use), managed 128.0 MiB "
            "(unused)");
  EXPECT_EQ(finding.severity, Severity::kInfo);
}

}  // namespace
}  // namespace leaktrail::testing
