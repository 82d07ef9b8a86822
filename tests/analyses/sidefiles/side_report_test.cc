// The table and what follows from it: on real processes, whose sources must agree, and on small
// made-up incidents, each conclusion with its benign twin.
#include "analyses/sidefiles/side_report.h"

#include <unistd.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyses/sidefiles/collect_plan.h"
#include "tests/analyses/sidefiles/reports.h"

namespace leaktrail::analyses::sidefiles {
namespace {

// What the dump of OutsideTheHeap has, but for the compressors.
DumpFigures KnownDump() {
  DumpFigures dump;
  dump.heap_live = 7 * kM;
  dump.direct = 64 * kM + 1;
  dump.mapped = 32 * kM;
  return dump;
}

TEST(BundleTest, TakesEverythingForWhatItIs) {
  const SideFiles files = FilesOf("jdk17-leaky");
  EXPECT_TRUE(files.native && files.native_change && files.metaspace && files.class_loaders);
  EXPECT_TRUE(files.heap && files.threads && files.smaps && files.rollup && files.status);
  EXPECT_TRUE(files.gc_log && files.jstat);
  EXPECT_EQ(files.native->value.scale, kK) << "the finer one";
  EXPECT_EQ(files.flags.max_direct, 66 * kM);
  EXPECT_EQ(files.version.Text(), "JDK 17.0.15");
  ASSERT_EQ(files.dumps.size(), 1u);
  EXPECT_TRUE(files.unread.empty());
  EXPECT_TRUE(files.other_files.empty());
}

TEST(BundleTest, LeavesLinksAndForeignFilesAlone) {
  const TempDirectory directory;
  directory.Write("notes.txt", "call Bob, password hunter2\n");
  directory.Write("picture", std::string("\x89PNG\0\0", 6));
  ASSERT_EQ(symlink("/proc/self/status", directory.File("status").c_str()), 0);
  SideFiles files;
  ASSERT_TRUE(AddBundle(directory.path(), files).ok());
  EXPECT_TRUE(files.taken.empty());
  EXPECT_EQ(files.other_files.size(), 2u);
  ASSERT_EQ(files.unread.size(), 1u);
  EXPECT_EQ(files.unread[0].what, "a link: not followed");
  EXPECT_FALSE(AddBundle(directory.File("nothing"), files).ok());
}

TEST(BundleTest, ANamedFileThatIsSomethingElseIsAnError) {
  SideFiles files;
  const std::string path = SamplePath("jdk17-leaky/status.txt");
  EXPECT_FALSE(AddFile(path, path, SideKind::kNativeTracking, files).ok());
  EXPECT_TRUE(AddFile(path, path, SideKind::kStatus, files).ok());
}

TEST(MemoryTableTest, SourcesOfOneProcessAgree) {
  for (const std::string& process : Processes()) {
    const SideFiles files = FilesOf(process);
    const DumpFigures dump = KnownDump();
    const MemoryTable table = MakeMemoryTable(files, &dump);
    ASSERT_TRUE(table.rss);
    EXPECT_EQ(table.Find(Area::kDirect)->committed->bytes, 64 * kM + 1);
    EXPECT_EQ(table.Find(Area::kUnsafe), nullptr) << "NMT has no more of it than the dump";
    EXPECT_EQ(table.Find(Area::kMapped)->resident->bytes, 32 * kM);
    // All that NMT has, but for the archive of shared classes, which smaps has as a file.
    std::uint64_t shared = 0;
    if (const auto* category = files.native->value.Find("Shared class space")) {
      shared = category->committed;
    }
    EXPECT_NEAR(table.committed + shared, files.native->value.committed, 32 * kK) << process;
    // What is resident of an area is no more than what is committed of it.
    for (const Area area : {Area::kHeap, Area::kCode}) {
      EXPECT_LE(table.Find(area)->resident->bytes, table.Find(area)->committed->bytes) << process;
    }
    // Rows and what is unexplained are all that is resident; what is over is said.
    std::uint64_t sum = 0;
    for (const TableRow& row : table.rows) sum += row.resident ? row.resident->bytes : 0;
    EXPECT_EQ(sum - table.over, table.rss->bytes) << process;
    if (table.over > 0) {
      EXPECT_TRUE(absl::StrContains(table.rows.back().doubt, "more than what is resident"));
    }
  }
}

// 400 compressors of 256 KiB are in nobody's books: the leaky process has as much more unexplained.
TEST(MemoryTableTest, WhatLibrariesTakeIsUnexplained) {
  const DumpFigures dump = KnownDump();
  const std::uint64_t leaky = *MakeMemoryTable(FilesOf("jdk17-leaky"), &dump).unexplained;
  const std::uint64_t plain = *MakeMemoryTable(FilesOf("jdk17-plain"), &dump).unexplained;
  EXPECT_GT(leaky, 40 * kM);
  EXPECT_LT(leaky, 100 * kM);
  EXPECT_EQ(plain, 0u);
}

TEST(MemoryTableTest, WithoutFiguresOfResidenceTellsNothingUnexplained) {
  SideFiles files;
  files.named_limit = kG;
  const DumpFigures dump = KnownDump();
  const MemoryTable table = MakeMemoryTable(files, &dump);
  EXPECT_FALSE(table.unexplained);
  EXPECT_EQ(table.Find(Area::kUnexplained), nullptr);
  EXPECT_EQ(table.limit->bytes, kG);
}

TEST(ConclusionsTest, OfTheLeakyProcessAndNotOfItsTwin) {
  const DumpFigures known = KnownDump();
  for (const std::string process : {"jdk17-leaky", "jdk25-leaky"}) {
    DumpFigures dump = known;
    dump.loaders = {{"com.example.fixtures.OutsideTheHeap$JobClassLoader", 23, 920, 22, 880, true}};
    dump.zip_least = 400 * 80 * kK;  // as its real dump has it
    dump.zip_bytes = 400 * 264 * kK;
    const SideReport report = MakeSideReport(FilesOf(process), &dump);
    EXPECT_EQ(Find(report, "native.malloc-arenas"), nullptr) << "zlib filled them in " << process;
    const SideReport files_alone = MakeSideReport(FilesOf(process), nullptr);
    EXPECT_NE(Find(files_alone, "native.malloc-arenas"), nullptr) << process;
    EXPECT_NE(Find(report, "native.direct-limit"), nullptr);
    const SideConclusion* loaders = Find(report, "native.metaspace-loaders");
    ASSERT_NE(loaders, nullptr);
    EXPECT_TRUE(absl::StrContains(loaders->text, "22 class loaders")) << loaders->text;
    EXPECT_TRUE(absl::StrContains(loaders->evidence[1], "as many: 23 loaders"));
    EXPECT_TRUE(absl::StartsWith(report.headline, "The heap is not the problem"))
        << report.headline;
  }
  const SideReport twin = MakeSideReport(FilesOf("jdk17-plain"), &known);
  EXPECT_TRUE(twin.conclusions.empty()) << twin.conclusions[0].text;
}

const std::pair<std::string, std::string> kLimit = {"memory.max", "4294967296\n"};

TEST(ConclusionsTest, KilledByTheKernelOrNot) {
  DumpFigures dump = KnownDump();
  dump.heap_maximum = 2 * kG;
  const SideReport killed =
      Report({kLimit, {"memory.events", "max 9\noom 2\noom_kill 2\n"}}, &dump);
  const SideConclusion* conclusion = Find(killed, "native.oom-killed");
  ASSERT_NE(conclusion, nullptr);
  EXPECT_TRUE(absl::StrContains(conclusion->evidence[1], "The heap is not the problem"));
  EXPECT_TRUE(absl::StartsWith(killed.headline, "The heap is not the problem (7.0 MiB live"));
  EXPECT_EQ(Find(Report({kLimit, {"memory.events", "max 9\noom 0\noom_kill 0\n"}}, &dump),
                 "native.oom-killed"),
            nullptr);
}

TEST(ConclusionsTest, HeapTooCloseToTheLimitOrNot) {
  const auto report = [](absl::string_view heap) {
    return Report({kLimit, {"flags", absl::StrCat("-XX:MaxHeapSize=", heap, " -XX:+UseG1GC\n")}});
  };
  EXPECT_EQ(Find(report("4000000000"), "native.heap-near-limit")->severity, Severity::kMedium);
  EXPECT_EQ(Find(report("5000000000"), "native.heap-near-limit")->severity, Severity::kHigh);
  EXPECT_EQ(Find(report("2000000000"), "native.heap-near-limit"), nullptr);
}

TEST(ConclusionsTest, PageCacheOfTheContainerOrNot) {
  const auto report = [](absl::string_view file) {
    return Report({kLimit,
                   {"memory.current", "4200000000\n"},
                   {"memory.stat",
                    absl::StrCat("anon 1000000000\nfile ", file, "\nfile_mapped 100\nshmem 0\n")}});
  };
  EXPECT_NE(Find(report("3000000000"), "native.page-cache"), nullptr);
  EXPECT_EQ(Find(report("300000000"), "native.page-cache"), nullptr);
}

TEST(ConclusionsTest, ManyThreadsOrNot) {
  const auto report = [](int threads) {
    return Report(
        {{"status", absl::StrCat("Name:\tjava\nVmRSS:\t 100000 kB\nThreads:\t", threads, "\n")}});
  };
  EXPECT_NE(Find(report(2000), "native.threads"), nullptr);
  EXPECT_EQ(Find(report(200), "native.threads"), nullptr);
}

TEST(ConclusionsTest, OldJdkOrNot) {
  const auto report = [](int update) {
    return Report({{"version", absl::StrCat("1:\nOpenJDK 64-Bit Server VM version 25.", update,
                                            "-b11\nJDK 8.0_", update, "\n")}});
  };
  EXPECT_NE(Find(report(131), "native.old-jdk"), nullptr);
  EXPECT_EQ(Find(report(152), "native.old-jdk"), nullptr);
}

TEST(ConclusionsTest, CollectionsThatFreeNothingOrDo) {
  const SideReport metaspace = Report({{"gc.log", Sample("logs/gc-metaspace-17.log")}});
  EXPECT_NE(Find(metaspace, "native.gc-metadata"), nullptr);
  EXPECT_EQ(Find(metaspace, "native.gc-overhead"), nullptr);
  for (const std::string name : {"logs/gc-heap-parallel-17.log", "logs/gc-heap-z-25.log"}) {
    const SideReport heap = Report({{"gc.log", Sample(name)}});
    EXPECT_NE(Find(heap, "native.gc-overhead"), nullptr) << name;
    EXPECT_EQ(Find(heap, "native.gc-metadata"), nullptr) << name;
  }
  // A start: metaspace grows over its first threshold, and nothing of it is garbage.
  EXPECT_TRUE(
      Report({{"gc.log",
               "[1s][info][gc] GC(0) Metaspace: 20900K(21000K)->20900K(21000K)\n"
               "[1s][info][gc] GC(0) Pause Full (Metadata GC Threshold) 40M->30M(256M) 9ms\n"}})
          .conclusions.empty());
}

TEST(ConclusionsTest, GrowthSinceTheBaselineOrNoise) {
  const auto report = [](absl::string_view change) {
    return Report({{"nmt", absl::StrCat("Native Memory Tracking:\n\nTotal: reserved=900MB +1MB, "
                                        "committed=500MB ",
                                        change,
                                        "\n\n-  Thread (reserved=300MB, "
                                        "committed=200MB ",
                                        change, ")\n")}});
  };
  EXPECT_NE(Find(report("+90MB"), "native.growth"), nullptr);
  EXPECT_EQ(Find(report("+3MB"), "native.growth"), nullptr);
}

TEST(ConclusionsTest, FlinkBudgetsWithTheArithmetic) {
  DumpFigures dump = KnownDump();
  dump.flink_managed = 512 * kM;
  const auto report = [&](const std::string& threads) {
    return Report({{"flink-conf.yaml", "taskmanager.memory.process.size: 1728m\n"},
                   {"status", "Name:\tjava\nVmRSS:\t 900000 kB\nThreads:\t60\n"},
                   {"nmt", absl::StrCat("Native Memory Tracking:\n\nTotal: reserved=900MB, "
                                        "committed=",
                                        threads,
                                        "MB\n\n- Java Heap (reserved=512MB, "
                                        "committed=512MB)\n- Thread (reserved=",
                                        threads, "MB, committed=", threads,
                                        "MB)\n- Other (reserved=64MB, "
                                        "committed=64MB)\n")}},
                  &dump);
  };
  const SideReport over = report("260");
  const SideConclusion* overhead = Find(over, "native.flink-overhead");
  ASSERT_NE(overhead, nullptr);
  // 900000 kB - 512 MiB of heap - 64 MiB direct = 302.9 MiB; a fifth more, in steps of 64: 384.
  EXPECT_TRUE(absl::StrContains(overhead->advice[0], "min and .max: 384m")) << overhead->advice[0];
  EXPECT_TRUE(absl::StrContains(overhead->advice[0], "process.size: 1920m")) << overhead->advice[0];
  const SideConclusion* managed = Find(over, "native.flink-managed");
  ASSERT_NE(managed, nullptr);
  EXPECT_TRUE(absl::StrContains(managed->advice[0], "512.0 MiB + 512.0 MiB = 1.0 GiB"));
  dump.flink_managed_used = 1;
  EXPECT_EQ(Find(report("260"), "native.flink-managed"), nullptr);
}

TEST(SideReportTest, TellsNoContentsOfItsFiles) {
  const std::string secret = "hunter2";
  const SideReport report = Report(
      {{"flink-conf.yaml", absl::StrCat("taskmanager.memory.process.size: ", secret,
                                        "\ns3.secret-key: ", secret, "\n")},
       {"app.log", absl::StrCat("java.lang.OutOfMemoryError: ", secret, "\n-Dpassword=", secret)},
       {"gc.log", absl::StrCat("[1s][info][gc] GC(1) Pause Full (", secret, ") ", secret, "->1M\n",
                               "[1s][info][gc] GC(2) Pause Young (Normal) 3M->1M(9M)\n")}});
  std::string all = report.headline;
  for (const auto& each : report.unread) absl::StrAppend(&all, each.what);
  for (const auto& each : report.conclusions) {
    absl::StrAppend(&all, each.text);
    for (const auto& text : each.evidence) absl::StrAppend(&all, text);
    for (const auto& text : each.advice) absl::StrAppend(&all, text);
  }
  EXPECT_FALSE(absl::StrContains(all, secret)) << all;
}

// Every sample cut at many places, and with bytes turned over: an answer or none, but no crash.
TEST(SideReportTest, SurvivesCutAndDamagedFiles) {
  for (const std::string name :
       {"native_memory.txt", "native_memory_diff.txt", "metaspace.txt", "classloader_stats.txt",
        "heap_info.txt", "jstat_gc.txt", "smaps_rollup.txt", "status.txt", "vm_flags.txt", "gc.log",
        "smaps.txt", "threads.txt", "../logs/gc-metaspace-25.hs_err.log",
        "../logs/gc-heap-z-25.log"}) {
    const std::string whole = Sample("jdk25-leaky/" + name);
    unsigned state = 1;
    for (std::size_t step = 0; step < 60; ++step) {
      std::string text = whole.substr(0, whole.size() * step / 60);
      for (int i = 0; i < 20 && !text.empty() && step % 2 == 1; ++i) {
        state = state * 1664525u + 1013904223u;
        text[state % text.size()] = static_cast<char>(state >> 24);
      }
      const TempDirectory directory;
      directory.Write("file", text);
      SideFiles files;
      ASSERT_TRUE(AddBundle(directory.path(), files).ok());
      MakeSideReport(files, nullptr);
    }
  }
}

TEST(CollectTest, NextTimeWhatWasMissing) {
  const SideFiles nothing;
  EXPECT_GE(CollectNextTime(nothing, false).size(), 8u);
  EXPECT_LE(CollectNextTime(FilesOf("jdk17-leaky"), true).size(), 1u);  // the limit
}

}  // namespace
}  // namespace leaktrail::analyses::sidefiles
