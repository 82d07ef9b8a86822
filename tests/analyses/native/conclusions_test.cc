// Every conclusion about memory outside of the heap, where it is true and where it is nearly true:
// a conclusion without both is a failure. Real JVMs wherever there is one that has it.
#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyses/native/native_conclusions.h"
#include "analyses/native_rules.h"
#include "analyses/side_figures.h"
#include "analyses/sidefiles/side_report.h"
#include "gtest/gtest.h"
#include "tests/analyses/native/fixture.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

using analyses::NativeMemory;
using analyses::sidefiles::DumpFigures;
using analyses::sidefiles::SideFiles;

constexpr std::uint64_t kMiB = 1 << 20;

using Ids = std::set<std::string>;
using Scene = std::function<Ids()>;

template <typename Conclusions>
Ids IdsOf(const Conclusions& conclusions) {
  Ids ids;
  for (const auto& each : conclusions) ids.insert(each.id);
  return ids;
}

// --- dumps

// Of fixtures/dumps: a real process.
Scene Dump(const std::string& name) {
  return [name] {
    const auto snapshot = SnapshotOfFixture(name);
    return snapshot == nullptr ? Ids() : IdsOf(analyses::DescribeNative(*snapshot).conclusions);
  };
}

// Figures as a dump might have them.
Scene Figures(const std::function<void(NativeMemory&)>& fill) {
  return [fill] {
    NativeMemory memory;
    fill(memory);
    return IdsOf(analyses::NativeConclusions(memory));
  };
}

Scene Direct(const analyses::DirectMemory& direct) {
  return Figures([direct](NativeMemory& memory) { memory.direct = direct; });
}

// --- files

std::string SidePath(const std::string& name) {
  return absl::StrCat(LEAKTRAIL_FIXTURES, "/sidefiles/", name);
}

// Of fixtures/sidefiles: a real process with all that lies beside it, and its dump if asked for.
Scene Bundle(const std::string& name, bool with_dump) {
  return [=]() -> Ids {
    SideFiles files;
    EXPECT_TRUE(AddBundle(SidePath(name), files).ok());
    if (!with_dump) return IdsOf(MakeSideReport(files, nullptr).conclusions);
    const auto snapshot = SnapshotOf(SidePath(name + "/heap.hprof.zst"));
    if (snapshot == nullptr) return {};
    const DumpFigures dump = FiguresForSideFiles(*snapshot, analyses::DescribeNative(*snapshot));
    return IdsOf(MakeSideReport(files, &dump).conclusions);
  };
}

// One file of fixtures/sidefiles.
Scene File(const std::string& name) {
  return [name] {
    SideFiles files;
    EXPECT_TRUE(AddFile(SidePath(name), name, std::nullopt, files).ok());
    EXPECT_TRUE(files.any()) << name;
    return IdsOf(MakeSideReport(files, nullptr).conclusions);
  };
}

using Texts = std::vector<std::pair<std::string, std::string>>;

// Small files as an incident leaves them.
Scene Written(const Texts& texts) {
  return [texts] {
    const TempDirectory directory;
    for (const auto& [name, text] : texts) directory.Write(name, text);
    SideFiles files;
    EXPECT_TRUE(AddBundle(directory.path(), files).ok());
    EXPECT_TRUE(files.other_files.empty());
    EXPECT_EQ(files.unread_lines, 0u);
    return IdsOf(MakeSideReport(files, nullptr).conclusions);
  };
}

const std::pair<std::string, std::string> kLimit = {"memory.max", "4294967296\n"};

Scene OomKills(int kills) {
  return Written({kLimit, {"memory.events", absl::StrCat("max 9\noom 2\noom_kill ", kills, "\n")}});
}

Scene MaximumHeap(std::uint64_t bytes) {
  return Written({kLimit, {"flags", absl::StrCat("-XX:MaxHeapSize=", bytes, " -XX:+UseG1GC\n")}});
}

Scene PageCache(std::uint64_t file) {
  return Written({kLimit,
                  {"memory.current", "4200000000\n"},
                  {"memory.stat", absl::StrCat("anon 1000000000\nfile ", file, "\nshmem 0\n")}});
}

std::string Tracking(std::uint64_t committed, const std::string& areas) {
  return absl::StrCat("Native Memory Tracking:\n\nTotal: reserved=4000MB, committed=", committed,
                      "MB\n\n", areas);
}
std::string TrackedArea(const std::string& name, std::uint64_t committed) {
  return absl::StrCat("- ", name, " (reserved=", committed, "MB, committed=", committed, "MB)\n");
}
std::string Status(std::uint64_t rss_mib) {
  return absl::StrCat("Name:\tjava\nVmRSS:\t ", rss_mib * 1024, " kB\nThreads:\t60\n");
}

Scene Resident(std::uint64_t rss_mib) {
  return Written({{"status", Status(rss_mib)},
                  {"nmt", Tracking(600, TrackedArea("Java Heap", 512) + TrackedArea("GC", 88))}});
}

Scene Growth(int mib) {
  const std::string change = absl::StrCat(" +", mib, "MB");
  return Written({{"nmt", absl::StrCat("Native Memory Tracking:\n\nTotal: reserved=900MB", change,
                                       ", committed=500MB", change, "\n\n-  Thread (reserved=300MB",
                                       change, ", committed=200MB", change, ")\n")}});
}

Scene Jdk8(int update) {
  return Written({{"version", absl::StrCat("1:\nOpenJDK 64-Bit Server VM version 25.", update,
                                           "-b11\nJDK 8.0_", update, "\n")}});
}

Scene Log(const std::string& message) {
  return Written({{"app.log", absl::StrCat("2026-01-01 00:00:00 ERROR java.lang.OutOfMemoryError: ",
                                           message, "\n\tat com.acme.Job.run(Job.java:7)\n")}});
}

// A TaskManager of 1,728 MiB: 192 MiB of overhead, 256 MiB of metaspace.
Scene Flink(std::uint64_t rss_mib, std::uint64_t metaspace_mib) {
  return Written({{"flink-conf.yaml", "taskmanager.memory.process.size: 1728m\n"},
                  {"status", Status(rss_mib)},
                  {"nmt", Tracking(512 + metaspace_mib, TrackedArea("Java Heap", 512) +
                                                            TrackedArea("Class", metaspace_mib))}});
}

Scene Metaspace(std::uint64_t mib) {
  return Written(
      {{"flags", "-XX:MaxMetaspaceSize=251658240 -XX:+UseG1GC\n"},
       {"nmt", Tracking(512 + mib, TrackedArea("Java Heap", 512) + TrackedArea("Class", mib))}});
}

Scene RocksDbBudget(const std::string& managed) {
  return Written({{"flink-conf.yaml",
                   absl::StrCat("taskmanager.memory.process.size: 1728m\nstate.backend: rocksdb\n"
                                "state.backend.rocksdb.memory.managed: ",
                                managed, "\n")}});
}

Scene Returned(std::uint64_t unreturned) {
  return Figures([=](NativeMemory& memory) {
    memory.flink.emplace();
    memory.flink->network = {.pools = 1, .segments = 1000, .bytes = 32'768'000};
    memory.flink->network.unreturned = unreturned;
  });
}

struct Case {
  const char* id;
  Scene fires, benign;
};

const std::vector<Case>& Cases() {
  static const auto* cases = new std::vector<Case>{
      {"native.oom-killed", OomKills(2), OomKills(0)},
      {"native.heap-near-limit", MaximumHeap(4'000'000'000), MaximumHeap(3'000'000'000)},
      {"native.page-cache", PageCache(3'000'000'000), PageCache(300'000'000)},
      {"native.unexplained", Resident(900), Resident(640)},
      // The arenas of this process are full of compressors that are not ended: its dump says so.
      {"native.malloc-arenas", Bundle("jdk17-leaky", false), Bundle("jdk17-leaky", true)},
      {"native.out-of-memory", File("logs/gc-metaspace-17.hs_err.log"), Log("no more tickets")},
      {"native.memory-refused", File("logs/native-17.hs_err.log"),
       File("logs/gc-metaspace-17.hs_err.log")},
      {"native.gc-overhead", File("logs/gc-heap-parallel-17.log"), File("jdk17-leaky/gc.log")},
      {"native.gc-metadata", File("logs/gc-metaspace-17.log"), File("jdk17-leaky/gc.log")},
      {"native.growth", Growth(90), Growth(3)},
      {"native.old-jdk", Jdk8(131), Jdk8(152)},
      {"native.threads", Dump("many-threads"), Dump("many-threads-few")},
      {"native.metaspace",
       Figures([](NativeMemory& memory) { memory.classes.metaspace.likely = 300 * kMiB; }),
       Dump("generated-classes")},
      {"native.metaspace-limit", Metaspace(200), Metaspace(180)},
      {"native.metaspace-loaders", Bundle("jdk17-leaky", true), Bundle("jdk17-plain", true)},
      {"native.direct-limit", Dump("direct-buffers"), Dump("direct-buffers-jdk25")},
      {"native.direct-garbage",
       Direct({.bytes = 64 * kMiB, .garbage_buffers = 20, .garbage_bytes = 20 * kMiB}),
       Direct({.bytes = 200 * kMiB, .garbage_buffers = 20, .garbage_bytes = 20 * kMiB})},
      {"native.nio-caches", Direct({.caches = 40, .cached_bytes = 80 * kMiB}),
       Dump("direct-buffers")},  // three threads with 7 MiB
      {"native.segments", Direct({.unbooked_segment_bytes = 64 * kMiB}),
       Dump("direct-buffers-jdk25")},  // 4 MiB
      {"native.netty-limit", Figures([](NativeMemory& memory) {
         memory.netty = {{.without_cleaner = 85 * kMiB, .limit = 100 * kMiB}};
       }),
       Dump("netty-buffers-forgotten")},  // 40 of 64 MiB
      {"native.netty-lost", Dump("netty-buffers-forgotten"), Dump("netty-buffers-released")},
      {"native.zip", Bundle("jdk17-leaky", true), Dump("open-handles")},
      {"native.descriptors", Figures([](NativeMemory& memory) { memory.descriptors = 1200; }),
       Dump("open-handles")},
      {"native.rocksdb-iterators", Dump("flink-taskmanager-memory"),
       Dump("rocksdb-iterators-closed")},
      {"native.flink-overhead", Flink(900, 64), Flink(700, 64)},
      {"native.flink-metaspace", Flink(700, 240), Flink(700, 64)},
      {"native.flink-managed", Dump("flink-sliding-windows"), Dump("flink-taskmanager-memory")},
      {"native.flink-network", Dump("flink-taskmanager-memory"), Dump("flink-sliding-windows")},
      {"native.flink-unreturned", Returned(200), Returned(20)},
      {"native.flink-rocksdb-unmanaged", RocksDbBudget("false"), RocksDbBudget("true")},
  };
  return *cases;
}

class ConclusionTest : public ::testing::TestWithParam<std::size_t> {};

TEST_P(ConclusionTest, FiresAndItsTwinDoesNot) {
  const Case& scene = Cases()[GetParam()];
  EXPECT_TRUE(scene.fires().contains(scene.id));
  EXPECT_FALSE(scene.benign().contains(scene.id));
}

std::string NameOf(const ::testing::TestParamInfo<std::size_t>& info) {
  std::string name = Cases()[info.param].id;
  for (char& c : name) {
    if (c == '.' || c == '-') c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, ConclusionTest, ::testing::Range(std::size_t{0}, Cases().size()),
                         NameOf);

TEST(Conclusions, EveryOneHasItsCaseAndEveryCaseAPage) {
  Ids rules, cases;
  for (const analyses::NativeRule& rule : analyses::NativeRules()) {
    EXPECT_TRUE(rules.insert(std::string(rule.id)).second) << rule.id;
  }
  for (const Case& each : Cases()) cases.insert(each.id);
  EXPECT_EQ(cases, rules);
}

// The JVM's books of direct memory are made with the first buffer.
TEST(Conclusions, ADumpWithoutBuffersHasNoDirectMemory) {
  NativeMemory memory;
  const auto direct = [&](bool whole = true) {
    return FiguresForSideFiles(analyses::Loaders(), memory, whole).direct;
  };
  EXPECT_EQ(direct(), 0u);
  EXPECT_FALSE(direct(/*whole=*/false)) << "they may be in what was cut off";
  memory.direct.buffers = 1;  // in books that could not be read
  EXPECT_FALSE(direct());
  memory.direct.reserved = 7;
  EXPECT_EQ(direct(), 7u);
}

// A process where all is well, with everything beside it, gets no conclusion at all.
TEST(Conclusions, NoneOfAProcessThatIsFine) {
  EXPECT_EQ(Bundle("jdk17-plain", true)(), Ids());
  EXPECT_EQ(Bundle("jdk17-plain", false)(), Ids());
}

}  // namespace
}  // namespace leaktrail::testing
