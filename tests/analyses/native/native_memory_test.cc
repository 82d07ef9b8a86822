// What real JVMs 17 and 25 have outside of their heaps, against what they said of it themselves.
#include "analyses/native/native_memory.h"

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyses/analyze.h"
#include "analyses/sidefiles/side_files.h"
#include "gtest/gtest.h"
#include "tests/analyses/has_text.h"
#include "tests/analyses/native/fixture.h"

namespace leaktrail::testing {
namespace {

using analyses::DescribeNative;
using analyses::DirectMemory;
using analyses::HandleRow;
using analyses::NativeMemory;
using analyses::Severity;

constexpr std::uint64_t kMiB = 1 << 20;

NativeMemory Describe(absl::string_view fixture) {
  const auto snapshot = SnapshotOfFixture(fixture);
  return snapshot == nullptr ? NativeMemory() : DescribeNative(*snapshot);
}

// Of the conclusion with this id; "" if there is none.
std::string TextOf(const NativeMemory& memory, absl::string_view id) {
  for (const auto& conclusion : memory.conclusions) {
    if (conclusion.id == id) return conclusion.text;
  }
  return "";
}

void ExpectOwner(const DirectMemory& direct, std::size_t i, absl::string_view name,
                 std::uint64_t buffers, std::uint64_t bytes) {
  ASSERT_GT(direct.owners.size(), i);
  EXPECT_EQ(direct.owners[i].name, name);
  EXPECT_EQ(direct.owners[i].count, buffers);
  EXPECT_EQ(direct.owners[i].bytes, bytes);
}

void ExpectKnownOwners(const DirectMemory& direct) {
  ExpectOwner(direct, 0, "com.example.fixtures.DirectBuffers$Blobs.PAGES", 48, 48 * kMiB);
  ExpectOwner(direct, 1,
              "com.example.fixtures.DirectBuffers.SESSIONS (DirectBuffers$Session.inbox)", 32,
              8 * kMiB);
  ASSERT_EQ(direct.owners.size(), 3u);
  EXPECT_TRUE(absl::StartsWith(direct.owners[2].name, "a local variable in DirectBuffers.main("));
  EXPECT_EQ(direct.owners[2].bytes, kMiB);
}

TEST(NativeMemory, BuffersAddUpToTheBooksOfTheJvm) {
  const Truth truth("direct-buffers");
  const NativeMemory memory = Describe("direct-buffers");
  const DirectMemory& direct = memory.direct;
  EXPECT_EQ(direct.reserved, truth["direct.memory"]);
  EXPECT_EQ(direct.capacity, truth["direct.capacity"]);
  EXPECT_EQ(direct.count, truth["direct.count"]);
  EXPECT_EQ(direct.bytes, truth["direct.memory"]);
  EXPECT_EQ(direct.buffers, truth["direct.count"]);
  EXPECT_EQ(direct.garbage_buffers, 0u);
  EXPECT_EQ(direct.views, 100u);
  EXPECT_EQ(direct.cached_buffers, 3u);
  EXPECT_EQ(direct.cached_bytes, 7 * kMiB);
  EXPECT_EQ(direct.cached_unbooked_bytes, 0u);
  EXPECT_EQ(direct.limit, 72 * kMiB);
  EXPECT_EQ(direct.limit_source, DirectMemory::LimitSource::kFlag);
  ExpectKnownOwners(direct);
  EXPECT_EQ(memory.mapped.counted, truth["mapped.count"]);
  EXPECT_EQ(memory.mapped.counted_bytes, truth["mapped.memory"]);
  EXPECT_EQ(memory.mapped.bytes, truth["mapped.memory"]);
  ASSERT_EQ(memory.mapped.owners.size(), 1u);
  EXPECT_EQ(memory.mapped.owners[0].name, "com.example.fixtures.DirectBuffers.MAPPED");
  EXPECT_EQ(TextOf(memory, "native.direct-limit"),
            "direct buffers are near their limit (-XX:MaxDirectMemorySize): 64.0 MiB of 72.0 MiB "
            "(88.9%)");
}

// JDK 25: caches of threads and segments of shared arenas are in no books, and the limit is far.
TEST(NativeMemory, WhatNewerJvmsDoNotBookIsFoundAllTheSame) {
  const Truth truth("direct-buffers-jdk25");
  const NativeMemory memory = Describe("direct-buffers-jdk25");
  const DirectMemory& direct = memory.direct;
  EXPECT_EQ(direct.reserved, truth["direct.memory"]);
  EXPECT_EQ(direct.bytes + direct.booked_segment_bytes, truth["direct.memory"]);
  EXPECT_EQ(direct.booked_segment_bytes, 2 * kMiB);
  EXPECT_EQ(direct.unbooked_segment_bytes, 4 * kMiB);
  EXPECT_EQ(direct.cached_bytes, 7 * kMiB);
  EXPECT_EQ(direct.cached_unbooked_bytes, 7 * kMiB);
  EXPECT_EQ(direct.limit_source, DirectMemory::LimitSource::kMaximumHeap);
  ExpectKnownOwners(direct);
  EXPECT_EQ(memory.mapped.bytes, truth["mapped.memory"]);
  EXPECT_TRUE(memory.conclusions.empty());
}

TEST(NativeMemory, TheReportOfAFineHeapPointsOutside) {
  const auto near = SnapshotOfFixture("direct-buffers");
  const auto far = SnapshotOfFixture("direct-buffers-jdk25");
  ASSERT_TRUE(near != nullptr && far != nullptr);
  const analyses::Report report = analyses::Analyze(*near, {});
  EXPECT_EQ(report.verdict, analyses::Verdict::kHeapOk);
  EXPECT_TRUE(HasText(report.headline, "Look outside of it: direct buffers are near their limit"));
  ASSERT_FALSE(report.findings.empty());
  EXPECT_EQ(report.findings[0].rule, "native.memory");
  const analyses::Report benign = analyses::Analyze(*far, {});
  EXPECT_FALSE(HasText(benign.headline, "Look outside of it"));
}

TEST(NativeMemory, NettyWithoutCleanerAndLostBuffers) {
  const Truth truth("netty-buffers-forgotten");
  const NativeMemory memory = Describe("netty-buffers-forgotten");
  ASSERT_EQ(memory.netty.size(), 1u);
  const analyses::NettyMemory& netty = memory.netty[0];
  EXPECT_EQ(netty.package, "io.netty");
  EXPECT_EQ(netty.without_cleaner, truth["without-cleaner"]);
  EXPECT_EQ(netty.limit, truth["limit"]);
  EXPECT_EQ(netty.direct.bytes, truth["chunks.bytes"]);
  EXPECT_EQ(netty.direct.used, truth["used.bytes"]);
  EXPECT_EQ(netty.buffers, truth["buffers"]);
  EXPECT_EQ(netty.unaccounted, 600u * 65'536);
  EXPECT_EQ(memory.direct.reserved, truth["direct.memory"]);  // none of it is in there
  EXPECT_TRUE(HasText(TextOf(memory, "native.netty-lost"), "37.5 MiB of the 38.8 MiB"));
}

// Netty 4.2: what the adaptive allocator counts, and which of its chunks are still there. With JDK
// 25 there is no counter of PlatformDependent, and none of the JVM's.
TEST(NativeMemory, ChunksOfTheAdaptiveAllocatorThatAreLost) {
  for (const std::string fixture : {"netty-adaptive-forgotten", "netty-adaptive-forgotten-jdk25"}) {
    const Truth truth(fixture);
    const NativeMemory memory = Describe(fixture);
    ASSERT_EQ(memory.netty.size(), 1u);
    const analyses::NettyMemory& netty = memory.netty[0];
    EXPECT_EQ(netty.adaptive, truth["chunks.bytes"]);
    EXPECT_EQ(memory.direct.reserved.value_or(0), truth["direct.memory"]);
    EXPECT_GE(netty.adaptive_found, truth["buffers"] * 65'536);
    EXPECT_LT(netty.adaptive_found, truth["chunks.bytes"] / 4);
    const auto area = std::find_if(memory.areas.begin(), memory.areas.end(),
                                   [](const analyses::NativeArea& each) {
                                     return each.kind == analyses::NativeArea::Kind::kNetty;
                                   });
    ASSERT_NE(area, memory.areas.end()) << fixture;
    EXPECT_EQ(area->bytes, truth["chunks.bytes"]);
    EXPECT_TRUE(HasText(TextOf(memory, "native.netty-lost"), "of the 39.0 MiB in chunks"));
  }
}

TEST(NativeMemory, NettyWithCleanerIsInTheBooks) {
  for (const char* fixture : {"netty-buffers-released", "netty-buffers-unreleased"}) {
    const NativeMemory memory = Describe(fixture);
    ASSERT_EQ(memory.netty.size(), 1u) << fixture;
    EXPECT_FALSE(memory.netty[0].without_cleaner.has_value()) << fixture;
    EXPECT_GE(memory.direct.reserved.value_or(0), memory.netty[0].direct.bytes) << fixture;
    EXPECT_EQ(TextOf(memory, "native.netty-lost"), "") << fixture;
  }
}

const HandleRow& Row(const NativeMemory& memory, absl::string_view class_name) {
  static const HandleRow kNone;
  const auto found =
      std::find_if(memory.handles.begin(), memory.handles.end(),
                   [&](const HandleRow& row) { return row.class_name == class_name; });
  return found == memory.handles.end() ? kNone : *found;
}

TEST(NativeMemory, HandlesAreOpenOrClosedAsTheProgramSays) {
  const Truth truth("open-handles");
  const NativeMemory memory = Describe("open-handles");
  struct Kind {
    const char* truth;
    const char* class_name;
    std::uint64_t others;  // that the program does not make for the list: servers, class path
  };
  for (const Kind& kind :
       {Kind{"inflater", "java.util.zip.Inflater", 1},
        Kind{"deflater", "java.util.zip.Deflater", 0},
        Kind{"selector", "sun.nio.ch.EPollSelectorImpl", 0},
        Kind{"input", "java.io.FileInputStream", 0}, Kind{"output", "java.io.FileOutputStream", 0},
        Kind{"file-channel", "sun.nio.ch.FileChannelImpl", 0},
        Kind{"channel", "sun.nio.ch.SocketChannelImpl", 0},
        Kind{"datagram", "sun.nio.ch.DatagramChannelImpl", 0},
        Kind{"socket", "sun.nio.ch.NioSocketImpl", 1}}) {
    const HandleRow& row = Row(memory, kind.class_name);
    const std::string name = kind.truth;
    EXPECT_EQ(row.open, truth[name + ".open"] + kind.others) << name;
    EXPECT_EQ(row.closed, truth[name + ".closed"]) << name;
  }
  const HandleRow& deflaters = Row(memory, "java.util.zip.Deflater");
  ASSERT_EQ(deflaters.owners.size(), 1u);
  EXPECT_EQ(deflaters.owners[0].name, "com.example.fixtures.OpenHandles.DEFLATERS");
  EXPECT_EQ(deflaters.least, 20u * (80 << 10));
  // All that Java objects hold, and no more than the process has: 30 + 6 + 8 files, 3 + 15 + 9
  // sockets and 2 that listen, two for each of 12 selectors, and app.jar.
  EXPECT_EQ(memory.descriptors, 98u);
  EXPECT_LE(memory.descriptors, truth["descriptors"]);
}

TEST(NativeMemory, IteratorsOfRocksDB) {
  const NativeMemory open = Describe("flink-taskmanager-memory");
  const HandleRow& row = Row(open, "org.rocksdb.RocksIterator");
  EXPECT_EQ(row.open, 300u);
  EXPECT_EQ(row.closed, 40u);
  EXPECT_TRUE(row.finalizer);  // RocksDB 6
  ASSERT_FALSE(row.owners.empty());
  EXPECT_TRUE(HasText(row.owners[0].name, "PriceOrders.cursors"));
  EXPECT_TRUE(HasText(TextOf(open, "native.rocksdb-iterators"), "300 RocksDB iterators are open"));
  const NativeMemory closed = Describe("rocksdb-iterators-closed");
  EXPECT_EQ(Row(closed, "org.rocksdb.RocksIterator").open, 2u);
  EXPECT_EQ(TextOf(closed, "native.rocksdb-iterators"), "");
}

TEST(NativeMemory, ThreadsWithTheStacksTheyAskedFor) {
  for (const char* fixture : {"many-threads", "many-threads-jdk25"}) {
    const NativeMemory memory = Describe(fixture);
    ASSERT_FALSE(memory.threads.families.empty());
    EXPECT_EQ(memory.threads.families[0].threads, 2000u) << fixture;
    EXPECT_EQ(memory.threads.families[0].stack_reserve, 2000u * (128 << 10)) << fixture;
    EXPECT_NE(TextOf(memory, "native.threads"), "") << fixture;
  }
  EXPECT_EQ(TextOf(Describe("many-threads-few"), "native.threads"), "");
}

TEST(NativeMemory, VirtualThreadsByStateAndBlocker) {
  const Truth truth("virtual-threads-jdk25");
  const NativeMemory memory = Describe("virtual-threads-jdk25");
  const analyses::VirtualThreadMemory& threads = memory.virtual_threads;
  EXPECT_EQ(threads.threads, truth["virtual"]);
  ASSERT_EQ(threads.states.size(), 1u);
  EXPECT_EQ(threads.states[0].name, "parked");
  ASSERT_EQ(threads.blockers.size(), 2u);
  EXPECT_EQ(threads.blockers[0].count, truth["on-latch"]);
  EXPECT_EQ(threads.blockers[1].count, truth["on-lock"]);
  EXPECT_EQ(threads.chunks, 5000u);
  // GC.class_histogram: 10,516,144 bytes, with headers and a bitmap of 64 bytes for each.
  EXPECT_EQ(threads.chunk_bytes / 1'000'000, 9u);
  EXPECT_LT(memory.threads.platform, 20u);
}

TEST(NativeMemory, ClassesByLoaderAndFamily) {
  const NativeMemory memory = Describe("generated-classes");
  const auto& rows = memory.classes.by_loader;
  const auto accessors = std::find_if(rows.begin(), rows.end(), [](const auto& row) {
    return absl::EndsWith(row.type, "DelegatingClassLoader");
  });
  ASSERT_NE(accessors, rows.end());
  EXPECT_EQ(accessors->loaders, 1501u);
  EXPECT_EQ(accessors->classes, 1501u);
  ASSERT_FALSE(memory.classes.families.empty());
  EXPECT_GE(memory.classes.families[0].count, 2000u);
  EXPECT_LT(memory.classes.metaspace.least, memory.classes.metaspace.likely);
  EXPECT_LT(memory.classes.metaspace.likely, memory.classes.metaspace.most);
}

// Of the same process at the same moment, and 12,000 classes of as many loaders are in no fixture:
// measured, JDK 17, 91.4 MiB of an estimated 70.8 (35.5 to 109.7).
TEST(NativeMemory, MetaspaceIsWithinTheRange) {
  for (const std::string process : {"jdk17-leaky", "jdk17-plain", "jdk25-leaky"}) {
    const std::string folder = absl::StrCat(LEAKTRAIL_FIXTURES, "/sidefiles/", process, "/");
    analyses::sidefiles::SideFiles files;
    ASSERT_TRUE(AddFile(folder + "metaspace.txt", "metaspace.txt", std::nullopt, files).ok());
    const auto snapshot = SnapshotOf(folder + "heap.hprof.zst");
    ASSERT_NE(snapshot, nullptr);
    const analyses::Estimate estimate = DescribeNative(*snapshot).classes.metaspace;
    const std::uint64_t committed = files.metaspace->value.committed;
    EXPECT_LE(estimate.least, committed) << process;
    EXPECT_GE(estimate.most, committed) << process;
  }
}

TEST(NativeMemory, FlinkStatesWithTheirWindows) {
  const NativeMemory sliding = Describe("flink-sliding-windows");
  ASSERT_FALSE(sliding.flink_states.empty());
  const analyses::FlinkState& state = sliding.flink_states[0];
  EXPECT_EQ(state.name, "window-contents");
  EXPECT_EQ(state.entries, 26'700u);
  EXPECT_EQ(state.keys, 300u);
  EXPECT_EQ(state.entries, state.keys * state.windows);
  EXPECT_EQ(state.copies, 60u);
  const NativeMemory tumbling = Describe("flink-tumbling-windows");
  ASSERT_FALSE(tumbling.flink_states.empty());
  EXPECT_EQ(tumbling.flink_states[0].copies, 1u);
}

TEST(NativeMemory, NothingStandsOutInAHealthyService) {
  for (const char* fixture : {"healthy-service", "healthy-service-jdk25"}) {
    const NativeMemory memory = Describe(fixture);
    EXPECT_TRUE(memory.conclusions.empty()) << fixture;
    EXPECT_TRUE(HasText(memory.headline, "the heap is not the problem")) << fixture;
    EXPECT_TRUE(HasText(memory.headline, "nothing stands out")) << fixture;
  }
}

}  // namespace
}  // namespace leaktrail::testing
