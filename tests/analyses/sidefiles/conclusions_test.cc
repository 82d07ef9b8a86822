// Conclusions that were wrong once, each with its benign twin: bounds that are no figures, joins of
// what does not belong together, and collections that are no trouble.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/analyses/sidefiles/reports.h"

namespace leaktrail::analyses::sidefiles {
namespace {

TEST(HeapNearLimitTest, WhatIsOutsideIsABoundWhereTheHeapIsOne) {
  // A heap of 4 GiB, of which nobody says how much is resident, and 700 MiB beside it.
  const auto report = [](absl::string_view limit) {
    return Report({{"memory.max", absl::StrCat(limit, "\n")},
                   {"nmt", Books({{"Java Heap", 4096}, {"Class", 100}, {"GC", 600}})},
                   {"status", Status(1500)}});
  };
  const SideReport tight = report("4718592000");
  const SideConclusion* conclusion = Find(tight, "native.heap-near-limit");
  ASSERT_NE(conclusion, nullptr);
  EXPECT_TRUE(absl::StrContains(conclusion->text, "but up to 700.0 MiB is used outside"))
      << conclusion->text;
  EXPECT_EQ(Urgency(tight, "native.heap-near-limit"), "medium") << "a bound proves nothing";
  EXPECT_EQ(Urgency(report("8589934592"), "native.heap-near-limit"), "none");
}

TEST(HeapNearLimitTest, WhatTheBooksDoNotKnowIsOutsideToo) {
  // 3 GiB are resident, of which the heap can be one at most.
  const SideReport report = Report({{"memory.max", "3758096384\n"},
                                    {"flags", "-XX:MaxHeapSize=2147483648 -XX:+UseG1GC\n"},
                                    {"nmt", Books({{"Java Heap", 1024}, {"Class", 100}})},
                                    {"status", Status(3072)}});
  const SideConclusion* conclusion = Find(report, "native.heap-near-limit");
  ASSERT_NE(conclusion, nullptr);
  EXPECT_TRUE(absl::StrContains(conclusion->text, "at least 2.0 GiB")) << conclusion->text;
  EXPECT_EQ(Urgency(report, "native.heap-near-limit"), "high");
}

TEST(DirectLimitTest, OfJdk8AndNot) {
  const auto report = [](absl::string_view most) {
    return Report({{"nmt", Books({{"Java Heap", 512}, {"Class", 64}, {"Internal", 410}})},
                   {"flags", absl::StrCat("-XX:MaxDirectMemorySize=", most, "\n")}});
  };
  const SideReport full = report("419430400");
  ASSERT_NE(Find(full, "native.direct-limit"), nullptr);
  EXPECT_TRUE(
      absl::StrContains(Find(full, "native.direct-limit")->text, "up to 400.0 MiB of 400.0 MiB"));
  EXPECT_EQ(Find(report("4g"), "native.direct-limit"), nullptr);
}

// Names of threads that are not known are not shown: those with the same frame read the same.
TEST(ThreadsTest, FamiliesThatReadTheSameAreOne) {
  std::string dump = "Full thread dump OpenJDK 64-Bit Server VM (17.0.15+6 mixed mode):\n\n";
  for (int i = 0; i < 1200; ++i) {
    const int third = i % 3;
    absl::StrAppend(&dump, "\"",
                    third == 0   ? "secret-a-"
                    : third == 1 ? "secret-b-"
                                 : "secret-c-",
                    i, "\" #", i, " prio=5 os_prio=0 tid=0x1 nid=0x1 waiting on condition ",
                    "[0x00007f0000001000]\n\tat com.acme.", third == 2 ? "Other" : "Poller",
                    ".run(Poller.java:7)\n\n");
  }
  const SideReport report = Report({{"threads.txt", dump}});
  ASSERT_NE(Find(report, "native.threads"), nullptr);
  EXPECT_EQ(Find(report, "native.threads")->evidence[0],
            "Most: 800 in com.acme.Poller.run; 400 in com.acme.Other.run.");
}

std::string TaskManagerLog() {
  return "INFO  x - Final TaskExecutor Memory configuration:\n"
         "INFO  x -   Total Process Memory:          4.000gb (4294967296 bytes)\n"
         "INFO  x -     Total Flink Memory:          3.350gb (3597035110 bytes)\n"
         "INFO  x -       Total JVM Heap Memory:     1.500gb (1610612736 bytes)\n"
         "INFO  x -         Task:                    1.500gb (1610612736 bytes)\n"
         "INFO  x -     JVM Metaspace:               256.000mb (268435456 bytes)\n"
         "INFO  x -     JVM Overhead:                409.600mb (429496730 bytes)\n"
         "INFO  x done\n";
}

TEST(FlinkOverheadTest, IsUrgentOnlyNearTheEnd) {
  const auto report = [](int rss, int peak) {
    return Report({{"tm.log", TaskManagerLog()},
                   {"nmt", Books({{"Java Heap", 1536},
                                  {"Metaspace", 113},
                                  {"Thread", 150},
                                  {"Code", 140},
                                  {"GC", 150},
                                  {"Other", 400},
                                  {"Symbol", 65}})},
                   {"status", Status(rss, peak)}});
  };
  const SideReport healthy = report(1400, 1500);
  EXPECT_EQ(Urgency(healthy, "native.flink-overhead"), "low");
  EXPECT_TRUE(
      absl::StrContains(Find(healthy, "native.flink-overhead")->text, "is up to 505.0 MiB"));
  EXPECT_EQ(Urgency(report(1400, 3900), "native.flink-overhead"), "high");
  EXPECT_EQ(Urgency(report(4000, 0), "native.flink-overhead"), "high");
}

constexpr absl::string_view kJobManagerLog =
    "INFO  x - Final Master Memory configuration:\n"
    "INFO  x -   Total Process Memory: 1.563gb (1677721600 bytes)\n"
    "INFO  x -     Total Flink Memory: 1.125gb (1207959552 bytes)\n"
    "INFO  x -       JVM Heap:         1024.000mb (1073741824 bytes)\n"
    "INFO  x -       Off-heap:         128.000mb (134217728 bytes)\n"
    "INFO  x -     JVM Metaspace:      256.000mb (268435456 bytes)\n"
    "INFO  x -     JVM Overhead:       192.000mb (201326592 bytes)\n";
constexpr absl::string_view kBothRoles =
    "jobmanager.memory.process.size: 1600m\ntaskmanager.memory.process.size: 8g\n";

TEST(FlinkRoleTest, AJobManagerIsNotJudgedByTheLimitOfATaskManager) {
  const SideReport job = Report(
      {{"flink-conf.yaml", std::string(kBothRoles)}, {"jm.log", std::string(kJobManagerLog)}});
  EXPECT_EQ(job.table.limit->bytes, 1600 * kM);
  EXPECT_EQ(job.table.Find(Area::kHeap)->allowed->bytes, kG);
  const SideReport task =
      Report({{"flink-conf.yaml", std::string(kBothRoles)}, {"tm.log", TaskManagerLog()}});
  EXPECT_EQ(task.table.limit->bytes, 4 * kG);
}

TEST(FlinkRoleTest, WithoutARoleThereIsNoLimit) {
  const SideReport unknown = Report({{"flink-conf.yaml", std::string(kBothRoles)}});
  EXPECT_FALSE(unknown.table.limit);
  EXPECT_EQ(unknown.flink, "");
  ASSERT_EQ(unknown.table.notes.size(), 1u);
  EXPECT_TRUE(absl::StrContains(unknown.table.notes[0], "TaskManager or a JobManager"));
  const auto limit = [](absl::string_view command) {
    return Report({{"flink-conf.yaml", std::string(kBothRoles)},
                   {"command", absl::StrCat("1:\nVM Arguments:\njvm_args: -XX:+UseG1GC\n"
                                            "java_command: org.apache.flink.runtime.",
                                            command, " -D x=y\n")}})
        .table.limit->bytes;
  };
  EXPECT_EQ(limit("taskexecutor.TaskManagerRunner"), 8 * kG);
  EXPECT_EQ(limit("entrypoint.StandaloneSessionClusterEntrypoint"), 1600 * kM);
}

TEST(FlinkRoleTest, ADeploymentHasTheSizesOfBothRoles) {
  const std::string deployment =
      "apiVersion: flink.apache.org/v1beta1\nkind: FlinkDeployment\nspec:\n"
      "  flinkConfiguration:\n    taskmanager.numberOfTaskSlots: \"2\"\n"
      "  jobManager:\n    resource:\n      memory: \"2048m\"\n"
      "  taskManager:\n    resource:\n      memory: \"4096m\"\n";
  EXPECT_FALSE(Report({{"fd.yaml", deployment}}).table.limit);
  DumpFigures dump;
  dump.flink_managed = kM;
  const SideReport task = Report({{"fd.yaml", deployment}}, &dump);
  EXPECT_EQ(task.table.limit->bytes, 4 * kG);
  EXPECT_TRUE(absl::StartsWith(task.flink, "4.0 GiB (fd.yaml, with Flink's defaults) = heap"));
}

TEST(FlinkModelTest, NetworkHasNoUpperBoundSince117) {
  const SideReport flat = Report({{"flink-conf.yaml", "taskmanager.memory.process.size: 64g\n"}});
  EXPECT_TRUE(absl::StrContains(flat.flink, "network 1.0 GiB")) << flat.flink;
  EXPECT_TRUE(absl::StrContains(flat.flink, "since 1.17 network is 6.3 GiB")) << flat.flink;
  const SideReport nested =
      Report({{"config.yaml", "taskmanager:\n  memory:\n    process:\n      size: 64g\n"}});
  EXPECT_TRUE(absl::StrContains(nested.flink, "network 6.3 GiB")) << nested.flink;
  EXPECT_FALSE(absl::StrContains(nested.flink, "since 1.17")) << nested.flink;
}

std::string Pod(absl::string_view killed) {
  return absl::StrCat(
      "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: app\n    resources:\n"
      "      limits:\n        memory: 4Gi\n  - name: istio-proxy\n    resources:\n"
      "      limits:\n        memory: 64Mi\nstatus:\n  containerStatuses:\n  - name: ",
      killed, "\n    lastState:\n      terminated:\n        reason: OOMKilled\n");
}

TEST(PodTest, AKilledSidecarIsNotTheJvm) {
  const SideReport sidecar = Report({{"pod.yaml", Pod("istio-proxy")}});
  EXPECT_EQ(Urgency(sidecar, "native.oom-killed"), "low");
  EXPECT_TRUE(absl::StrContains(Find(sidecar, "native.oom-killed")->text, "limit of 64.0 MiB"));
  EXPECT_EQ(sidecar.table.limit->source, "pod.yaml, the largest of 2 containers");
  const SideReport app = Report({{"pod.yaml", Pod("app")}});
  EXPECT_EQ(Urgency(app, "native.oom-killed"), "high");
  EXPECT_TRUE(absl::StrContains(Find(app, "native.oom-killed")->text, "limit of 4.0 GiB"));
  EXPECT_EQ(Urgency(Report({{"pod.yaml", Pod("nobody")}}), "native.oom-killed"), "high")
      << "a container without a limit may be it";
}

// 40 loaders of one type with 21 classes each, beside the boot loader.
std::string LoaderStats(absl::string_view type) {
  std::string text =
      "7:\nClassLoader         Parent              CLD*               Classes   ChunkSz   BlockSz  "
      "Type\n";
  for (int i = 0; i < 40; ++i) {
    absl::StrAppend(&text, "0x00007f9c5004", 6000 + i,
                    "  0x0000000000000000  0x00007f9cc4370660      21      4096      3925  ", type,
                    "\n");
  }
  return absl::StrCat(text,
                      "0x0000000000000000  0x0000000000000000  0x00007f9cc4016990     700    "
                      "524288    513000  <boot class loader>\n"
                      "Total = 41                                            1540    688128    "
                      "670000\n");
}

TEST(MetaspaceLoadersTest, OfUrlClassLoadersAndNotOfAccessors) {
  DumpFigures dump;
  dump.loaders = {{"java.net.URLClassLoader", 40, 840, 39, 819, true}};
  const auto text = [&](absl::string_view type) {
    const SideReport report = Report({{"loaders", LoaderStats(type)}}, &dump);
    const SideConclusion* found = Find(report, "native.metaspace-loaders");
    return found == nullptr ? std::string() : found->text;
  };
  EXPECT_TRUE(absl::StartsWith(text("java.net.URLClassLoader"),
                               "39 class loaders of type java.net.URLClassLoader should be gone"));
  EXPECT_EQ(text("jdk.internal.reflect.DelegatingClassLoader"), "");
  EXPECT_EQ(text("sun.reflect.misc.MethodUtil"), "");
}

TEST(MetaspaceLimitTest, IsUrgentFrom95PercentAndNothingWithoutALimit) {
  const auto report = [](int mib, absl::string_view flags) {
    return Report({{"nmt", Books({{"Java Heap", 512}, {"Class", mib}})},
                   {"flags", absl::StrCat(flags, " -XX:+UseG1GC\n")}});
  };
  const SideReport full = report(99, "-XX:MaxMetaspaceSize=104857600");
  EXPECT_EQ(Urgency(full, "native.metaspace-limit"), "high");
  EXPECT_TRUE(absl::StrContains(full.headline, "99.0 MiB of 100.0 MiB")) << full.headline;
  EXPECT_EQ(Urgency(report(85, "-XX:MaxMetaspaceSize=104857600"), "native.metaspace-limit"),
            "medium");
  EXPECT_EQ(Urgency(report(70, "-XX:MaxMetaspaceSize=104857600"), "native.metaspace-limit"),
            "none");
  EXPECT_EQ(
      Urgency(report(99, "-XX:MaxHeapSize=536870912 -XX:MaxMetaspaceSize=18446744073709547520"),
              "native.metaspace-limit"),
      "none");
}

TEST(MemoryTableTest, WhatIsNotOfDirectBuffersIsOfUnsafe) {
  DumpFigures dump;
  const auto table = [&] {
    return Table({{"nmt", Books({{"Java Heap", 64}, {"Class", 1}, {"Other", 300}})}}, &dump);
  };
  EXPECT_EQ(table().Find(Area::kDirect)->committed->bytes, 300 * kM) << "the dump did not tell";
  EXPECT_EQ(table().Find(Area::kUnsafe), nullptr);
  dump.direct = 0;
  EXPECT_EQ(table().Find(Area::kDirect), nullptr);
  EXPECT_EQ(table().Find(Area::kUnsafe)->committed->bytes, 300 * kM);
}

// The heap of 64 MiB, and as much that has no name.
std::string Smaps(int anonymous_mib) {
  const auto mapping = [](absl::string_view range, absl::string_view access, int kib) {
    return absl::StrCat(range, " ", access, " 00000000 00:00 0 \nSize: ", kib, " kB\nRss: ", kib,
                        " kB\nPss: ", kib, " kB\n");
  };
  return absl::StrCat(mapping("fc000000-100000000", "rw-p", 65536),
                      mapping("7f0000000000-7f0000270000", "rwxp", 2496),
                      mapping("7f1000000000-7f1040000000", "rw-p", anonymous_mib * 1024));
}

TEST(UnexplainedTest, WithoutNativeMemoryTrackingOnlyIfItIsMuch) {
  DumpFigures dump;
  dump.direct = 0;
  const auto report = [&](int anonymous_mib, bool with_dump = true) {
    return Report({{"smaps", Smaps(anonymous_mib)},
                   {"status", Status(67 + anonymous_mib)},
                   {"flags", "-XX:MaxHeapSize=67108864 -XX:+UseSerialGC\n"},
                   {"heap_info",
                    "7:\n def new generation   total 19648K, used 9000K [0x00000000fc000000, "
                    "0x00000000fd550000, 0x00000000fd550000)\n tenured generation   total 43712K, "
                    "used 9000K [0x00000000fd550000, 0x0000000100000000, 0x0000000100000000)\n "
                    "Metaspace       used 900K, committed 1024K, reserved 1114112K\n"}},
                  with_dump ? &dump : nullptr);
  };
  const SideReport much = report(300);
  EXPECT_EQ(Urgency(much, "native.unexplained"), "medium") << much.headline;
  EXPECT_TRUE(absl::StrContains(Find(much, "native.unexplained")->advice[0],
                                "NativeMemoryTracking=summary"));
  EXPECT_EQ(Urgency(report(50), "native.unexplained"), "none");
  EXPECT_EQ(Urgency(report(300, false), "native.unexplained"), "none") << "may be direct memory";
}

std::string FullCollection(int metaspace_mib, absl::string_view heap, absl::string_view cause) {
  return absl::StrCat("9.0: [Full GC (", cause,
                      ") [PSYoungGen: 10752K->0K(76288K)] [ParOldGen: ", "9K->9K(9K)] ", heap,
                      ", [Metaspace: ", metaspace_mib * 1024, "K->", metaspace_mib * 1024,
                      "K(1077248K)], 0.28 secs]\n");
}

TEST(GcMetadataTest, AStartIsNoTrouble) {
  const auto report = [](std::initializer_list<int> sizes, absl::string_view flags = "") {
    std::string log = absl::StrCat("CommandLine flags: -XX:MaxHeapSize=4g ", flags, "\n");
    for (const int size : sizes) {
      log += FullCollection(size, "180752K->178000K(4000000K)", "Metadata GC Threshold");
    }
    return Report({{"gc.log", log}});
  };
  // The threshold grows with the classes of a large service.
  EXPECT_EQ(Urgency(report({20, 34, 57, 96, 160}), "native.gc-metadata"), "none");
  EXPECT_EQ(Urgency(report({20, 34, 156, 158, 160}), "native.gc-metadata"), "high");
  EXPECT_EQ(
      Urgency(report({100, 130, 160, 200, 250}, "-XX:MaxMetaspaceSize=256m"), "native.gc-metadata"),
      "high");
}

// JDK 8 before an OutOfMemoryError: Metaspace.
TEST(GcMetadataTest, ALastDitchCollectionThatFreesNothingIs) {
  const auto report = [](absl::string_view cause) {
    return Report({{"gc.log", absl::StrCat("CommandLine flags: -XX:MaxHeapSize=4g\n",
                                           FullCollection(64, "21504K->20470K(99328K)", cause),
                                           FullCollection(64, "20470K->20460K(99328K)", cause))}});
  };
  EXPECT_EQ(Urgency(report("Last ditch collection"), "native.gc-metadata"), "high");
  EXPECT_EQ(Urgency(report("Metadata GC Threshold"), "native.gc-metadata"), "none");
  EXPECT_EQ(Urgency(report("Ergonomics"), "native.gc-metadata"), "none");
}

TEST(GcOverheadTest, AHeapThatGrowsIsNoTrouble) {
  const auto report = [](std::initializer_list<absl::string_view> heaps, absl::string_view flags,
                         absl::string_view after = "") {
    std::string log = absl::StrCat("CommandLine flags: ", flags, "\n");
    for (const absl::string_view heap : heaps) log += FullCollection(30, heap, "Ergonomics");
    return Report({{"gc.log", absl::StrCat(log, after)}});
  };
  const auto growing = {absl::string_view("180752K->178000K(200000K)"),
                        absl::string_view("350752K->346000K(400000K)"),
                        absl::string_view("700752K->696000K(800000K)")};
  const auto full = {absl::string_view("7990000K->7980000K(8000000K)"),
                     absl::string_view("7990000K->7981000K(8000000K)"),
                     absl::string_view("7990000K->7982000K(8000000K)")};
  EXPECT_EQ(Urgency(report(growing, "-XX:MaxHeapSize=8589934592"), "native.gc-overhead"), "none");
  EXPECT_EQ(Urgency(report(growing, "-XX:+UseParallelGC"), "native.gc-overhead"), "none");
  EXPECT_EQ(Urgency(report(full, "-XX:MaxHeapSize=8589934592"), "native.gc-overhead"), "high");
  EXPECT_EQ(Urgency(report(full, "-XX:+UseParallelGC"), "native.gc-overhead"), "high");
  // It was a load that ended.
  const absl::string_view room =
      "90.0: [GC (Allocation Failure) [PSYoungGen: 10752K->0K(76288K)] "
      "7990000K->500000K(8000000K), "
      "0.28 secs]\n";
  EXPECT_EQ(Urgency(report(full, "-XX:MaxHeapSize=8589934592", room), "native.gc-overhead"),
            "none");
}

TEST(GcOverheadTest, OfJstat) {
  const auto report = [](absl::string_view old, int full) {
    std::string text =
        "  S0     S1     E      O      M     CCS    YGC     YGCT     FGC    FGCT    CGC    CGCT    "
        " GCT\n";
    for (int i = 0; i < 4; ++i) {
      absl::StrAppend(&text, " 0.00 0.00 99.00 ", old, " 95.00 90.00 10 1.0 ", 100 + i * full,
                      " 5.0 0 0.0 6.0\n");
    }
    return Report({{"jstat.txt", text}});
  };
  EXPECT_EQ(Urgency(report("99.80", 2), "native.gc-overhead"), "medium");
  EXPECT_EQ(Urgency(report("99.80", 0), "native.gc-overhead"), "none");
  EXPECT_EQ(Urgency(report("40.00", 2), "native.gc-overhead"), "none");
}

TEST(OutOfMemoryTest, ErrorsAreFoundInEveryFile) {
  const std::string error = "java.lang.OutOfMemoryError: Metaspace\n";
  const std::string gc = "[1s][info][gc] GC(2) Pause Young (Normal) 3M->1M(9M)\n";
  const std::string dump =
      "Full thread dump OpenJDK 64-Bit Server VM (17.0.15+6 mixed mode):\n\n"
      "\"main\" #1 prio=5 os_prio=0 tid=0x1 nid=0x1 waiting [0x00007f0000001000]\n";
  for (const std::string& text : {gc, dump}) {
    EXPECT_EQ(Urgency(Report({{"stdout.log", error + text}}), "native.out-of-memory"), "high");
    EXPECT_EQ(Urgency(Report({{"stdout.log", text}}), "native.out-of-memory"), "none");
  }
}

TEST(OutOfMemoryTest, OfNettyToo) {
  const SideReport report = Report(
      {{"app.log",
        "io.netty.util.internal.OutOfDirectMemoryError: failed to allocate 16777216 byte(s) of "
        "direct memory (used: 1056964615, max: 1073741824)\n"}});
  ASSERT_NE(Find(report, "native.out-of-memory"), nullptr);
  EXPECT_TRUE(absl::StrContains(report.headline, "direct memory of netty"));
}

TEST(OutOfMemoryTest, WhatOnlySpeaksOfOneIsNone) {
  const SideReport report = Report(
      {{"app.log",
        "configured -XX:OnOutOfMemoryError handler for java.lang.OutOfMemoryError: Metaspace "
        "and others\n"}});
  EXPECT_EQ(Urgency(report, "native.out-of-memory"), "low");
}

TEST(OutOfMemoryTest, ATraceIsOneError) {
  ErrorCounter errors;
  for (const absl::string_view line :
       {"2026-01-01 10:00:00 ERROR job failed: java.lang.RuntimeException: "
        "java.lang.OutOfMemoryError: Metaspace",
        "\tat com.acme.Job.run(Job.java:7)", "Caused by: java.lang.OutOfMemoryError: Metaspace",
        "\t... 7 more", "2026-01-01 10:00:01 java.lang.OutOfMemoryError: Metaspace",
        "Terminating due to java.lang.OutOfMemoryError: Java heap space",
        "10:00:02 ERROR java.lang.OutOfMemoryError: Java heap space"}) {
    errors.Line(line);
  }
  EXPECT_EQ(errors.errors(), (ErrorCounts{{"Java heap space", 2}, {"Metaspace", 2}}));
  EXPECT_TRUE(errors.mentions().empty());
}

}  // namespace
}  // namespace leaktrail::analyses::sidefiles
