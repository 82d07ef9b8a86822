// What jcmd and jstat print, on what JVMs 17 and 25 printed of one process at one moment (made by
// fixtures/make-side-files), and in the forms of JDK 8.
#include <limits>

#include "absl/strings/str_cat.h"
#include "tests/analyses/sidefiles/samples.h"

namespace leaktrail::analyses::sidefiles {
namespace {

template <typename Parse>
auto Parsed(Parse&& parse, absl::string_view text, std::size_t problems = 0) {
  std::vector<Unread> unread;
  auto result = parse(text, unread);
  EXPECT_EQ(unread.size(), problems) << (unread.empty() ? "" : unread[0].what);
  return result;
}

TEST(NativeTrackingTest, CategoriesSumUpToTheTotal) {
  for (const std::string& process : Processes()) {
    const auto report = Parsed(ParseNativeTracking, Sample(process + "/native_memory.txt"));
    ASSERT_TRUE(report) << process;
    EXPECT_FALSE(report->diff);
    EXPECT_EQ(report->scale, kK);
    std::uint64_t committed = 0;
    for (const TrackedCategory& each : report->categories) {
      committed += each.committed;
    }
    // Each figure is rounded down to a KB.
    EXPECT_NEAR(committed, report->committed, report->categories.size() * kK) << process;
    ASSERT_NE(report->Find("Other"), nullptr);
    EXPECT_EQ(report->Find("Other")->committed, 65538 * kK) << "64 MiB of direct buffers";
    EXPECT_EQ(report->Find("Java Heap")->reserved, 96 * kM);
    EXPECT_GT(report->malloc, 64 * kM);
  }
}

TEST(NativeTrackingTest, CountsClassesAndThreads) {
  const auto report = Parsed(ParseNativeTracking, Sample("jdk17-leaky/native_memory.txt"));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->classes, 1800u);
  EXPECT_NEAR(report->threads, 160, 2);  // 100 wait, 40 compress, the others are the JVM's
}

TEST(NativeTrackingTest, ScalesAgree) {
  for (const std::string& process : Processes()) {
    const auto kilo = Parsed(ParseNativeTracking, Sample(process + "/native_memory.txt"));
    const auto mega = Parsed(ParseNativeTracking, Sample(process + "/native_memory_mb.txt"));
    ASSERT_TRUE(kilo && mega);
    EXPECT_EQ(mega->scale, kM);
    // Not the totals: the compiler's arenas come and go between two looks.
    EXPECT_NEAR(mega->Find("Java Heap")->committed, kilo->Find("Java Heap")->committed, kM);
    EXPECT_NEAR(mega->Find("Other")->committed, 64 * kM, kM);
  }
}

TEST(NativeTrackingTest, ADifferenceTellsWhatChanged) {
  const auto report = Parsed(ParseNativeTracking, Sample("jdk17-leaky/native_memory_diff.txt"));
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->diff);
  const auto grown =
      Parsed(ParseNativeTracking,
             "Native Memory Tracking:\n\nTotal: reserved=200MB +20MB, committed=90MB "
             "-3MB\n\n-  Thread (reserved=80MB +20MB, committed=30MB +17MB)\n"
             "-  Java Heap (reserved=120MB, committed=60MB -20MB)\n");
  ASSERT_TRUE(grown && grown->diff);
  EXPECT_EQ(grown->committed_change, -3 * static_cast<std::int64_t>(kM));
  EXPECT_EQ(grown->Find("Thread")->committed_change, 17 * static_cast<std::int64_t>(kM));
  EXPECT_EQ(grown->Find("Java Heap")->committed_change, -20 * static_cast<std::int64_t>(kM));
}

TEST(NativeTrackingTest, ReadsJdk8AndSaysWhenItWasOff) {
  const auto old =
      Parsed(ParseNativeTracking,
             "4711:\n\nNative Memory Tracking:\n\nTotal: reserved=6649506KB, "
             "committed=415302KB\n-                 Java Heap (reserved=5064704KB, "
             "committed=317440KB)\n                            (mmap: "
             "reserved=5064704KB, committed=317440KB) \n \n-                  Internal "
             "(reserved=409600KB, committed=409600KB)\n");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->Find("Internal")->committed, 400 * kM);
  EXPECT_EQ(old->malloc, 0u);
  EXPECT_FALSE(Parsed(ParseNativeTracking, "1:\nNative memory tracking is not enabled\n", 1));
  EXPECT_FALSE(Parsed(ParseNativeTracking, "nothing of the kind"));
}

TEST(NativeTrackingTest, SaysWhichLineItCannotRead) {
  std::vector<Unread> unread;
  const auto report = ParseNativeTracking(
      "Total: reserved=1KB, committed=1KB\n- Class (reserved=, committed=12KB)\n- Code "
      "(reserved=9KB, committed=8KB)\n",
      unread);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->categories.size(), 1u);
  ASSERT_EQ(unread.size(), 1u);
  EXPECT_EQ(unread[0].line, 2u);
}

TEST(MetaspaceReportTest, AgreesWithNativeTracking) {
  for (const std::string& process : Processes()) {
    const auto metaspace = Parsed(ParseMetaspaceReport, Sample(process + "/metaspace.txt"));
    const auto native = Parsed(ParseNativeTracking, Sample(process + "/native_memory.txt"));
    ASSERT_TRUE(metaspace && native);
    EXPECT_GE(metaspace->committed, metaspace->used);
    EXPECT_EQ(metaspace->maximum, 0u);
    // Class and Metaspace of NMT have some malloc for tables beside the space itself.
    const std::uint64_t tracked =
        native->Find("Class")->committed + native->Find("Metaspace")->committed;
    EXPECT_NEAR(tracked, metaspace->committed, 512 * kK) << process;
  }
}

TEST(ClassLoaderStatsTest, AgreesWithVmMetaspace) {
  for (const std::string& process : Processes()) {
    const auto stats = Parsed(ParseClassLoaderStats, Sample(process + "/classloader_stats.txt"));
    const auto metaspace = Parsed(ParseMetaspaceReport, Sample(process + "/metaspace.txt"));
    ASSERT_TRUE(stats && metaspace);
    const auto native = Parsed(ParseNativeTracking, Sample(process + "/native_memory.txt"));
    EXPECT_EQ(stats->classes, native->classes);
    // JDK 17 prints words here, JDK 25 bytes: both come to what the space itself says.
    EXPECT_NEAR(stats->block_bytes, metaspace->used, metaspace->used / 20) << process;
  }
}

TEST(ClassLoaderStatsTest, GroupsLoadersOfOneType) {
  for (const std::string process : {"jdk17-leaky", "jdk25-leaky"}) {
    const auto stats = Parsed(ParseClassLoaderStats, Sample(process + "/classloader_stats.txt"));
    ASSERT_TRUE(stats);
    const auto jobs = std::find_if(stats->types.begin(), stats->types.end(), [](const auto& t) {
      return t.type == "com.example.fixtures.OutsideTheHeap$JobClassLoader";
    });
    ASSERT_NE(jobs, stats->types.end()) << process;
    EXPECT_EQ(jobs->loaders, 23u);
    EXPECT_EQ(jobs->classes, 23u * 40);
    EXPECT_EQ(jobs->usual_classes, 40u);
    EXPECT_EQ(jobs->usual_loaders, 23u);
    // A class of eight methods takes some KiB.
    EXPECT_GT(jobs->chunk_bytes / jobs->classes, 2 * kK);
    EXPECT_LT(jobs->chunk_bytes / jobs->classes, 9 * kK);
  }
}

TEST(ClassLoaderStatsTest, SaysThatItWasCut) {
  std::string text = Sample("jdk17-leaky/classloader_stats.txt");
  text.resize(text.size() / 2);
  std::vector<Unread> unread;
  const auto stats = ParseClassLoaderStats(text, unread);
  ASSERT_TRUE(stats);
  ASSERT_FALSE(unread.empty());
  EXPECT_EQ(unread.back().what, "the statistics end before their total");
}

TEST(HeapInfoTest, KnowsEveryCollector) {
  const auto g1 = Parsed(ParseHeapInfo, Sample("jdk17-leaky/heap_info.txt"));
  ASSERT_TRUE(g1);
  EXPECT_EQ(g1->committed, 27648 * kK);
  EXPECT_EQ(g1->maximum, 96 * kM);
  ASSERT_EQ(g1->ranges.size(), 1u);
  EXPECT_EQ(g1->ranges[0].begin, 0xfa000000u);
  const auto g1_25 = Parsed(ParseHeapInfo, Sample("jdk25-leaky/heap_info.txt"));
  ASSERT_TRUE(g1_25);
  EXPECT_LT(g1_25->committed, 96 * kM);
  EXPECT_EQ(g1_25->maximum, 96 * kM);
  const auto parallel = Parsed(ParseHeapInfo, Sample("jdk17-plain/heap_info.txt"));
  ASSERT_TRUE(parallel);
  EXPECT_EQ(parallel->committed, 96 * kM) << "with both survivor spaces";
  EXPECT_EQ(parallel->maximum, 96 * kM);
  const auto z =
      Parsed(ParseHeapInfo, " ZHeap           used 38M, capacity 256M, max capacity 3912M\n");
  ASSERT_TRUE(z);
  EXPECT_EQ(z->committed, 256 * kM);
  EXPECT_EQ(z->maximum, 3912 * kM);
  const auto shenandoah = Parsed(
      ParseHeapInfo, "Shenandoah Heap\n 3912M max, 3912M soft max, 248M committed, 40M used\n");
  ASSERT_TRUE(shenandoah);
  EXPECT_EQ(shenandoah->committed, 248 * kM);
  EXPECT_EQ(shenandoah->used, 40 * kM);
}

TEST(HeapInfoTest, OfSeveralOutputsTheLastCounts) {
  const std::string one =
      " PSYoungGen      total 28672K, used 1K [0x00000000fe000000, 0x0000000100000000, "
      "0x0000000100000000)\n ParOldGen       total 65536K, used 811K [0x00000000fa000000, "
      "0x00000000fe000000, 0x00000000fe000000)\n Metaspace       used 733K, committed 832K, "
      "reserved 1114112K\n";
  const auto heap = Parsed(ParseHeapInfo, one + "2:\n" + one + one);
  ASSERT_TRUE(heap);
  EXPECT_EQ(heap->committed, 96 * kM);
  EXPECT_EQ(heap->maximum, 96 * kM);
  EXPECT_EQ(heap->used, 812 * kK);
  EXPECT_EQ(heap->ranges.size(), 2u);
  // The end of the file is in the middle of the last.
  const auto cut = Parsed(ParseHeapInfo, one + one.substr(0, one.find(" ParOldGen")));
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->committed, 96 * kM);
}

TEST(HeapInfoTest, ShenandoahSaysWhereItLies) {
  const auto heap = Parsed(ParseHeapInfo, Sample("jdk17-shenandoah/heap_info.txt"));
  ASSERT_TRUE(heap);
  EXPECT_EQ(heap->committed, 256 * kM);
  ASSERT_EQ(heap->ranges.size(), 1u);
  EXPECT_EQ(heap->ranges[0].begin, 0xf0000000u);
  EXPECT_EQ(heap->ranges[0].end, 0x100000000u);
}

TEST(NativeTrackingTest, OfSeveralReportsTheLastCounts) {
  const std::string one =
      "Total: reserved=9KB, committed=8KB\n- Code (reserved=9KB, committed=8KB)\n";
  const auto report =
      Parsed(ParseNativeTracking, one +
                                      "Total: reserved=9KB, committed=7KB\n- Code (reserved=9KB, "
                                      "committed=7KB)\n");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->committed, 7 * kK);
  EXPECT_EQ(report->categories.size(), 1u);
}

TEST(NativeTrackingTest, ChangesBeyondAllNumbersAreTheLargest) {
  const auto report = Parsed(ParseNativeTracking,
                             "Total: reserved=1KB, committed=9007199254740992KB "
                             "-9007199254740992KB\n- Code (reserved=9KB, committed=8KB "
                             "+9007199254740992KB)\n");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->committed_change, -std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(report->Find("Code")->committed_change, std::numeric_limits<std::int64_t>::max());
}

TEST(ThreadDumpTest, OfSeveralTheLastCounts) {
  const auto dump = [](int threads) {
    std::string text = "Full thread dump OpenJDK 64-Bit Server VM (17.0.15+6 mixed mode):\n\n";
    for (int i = 0; i < threads; ++i) {
      absl::StrAppend(&text, "\"t\" #", i, " prio=5 os_prio=0 tid=0x1 nid=0x2 runnable [0x0]\n");
    }
    return text;
  };
  EXPECT_EQ(Parsed(ParseThreadDump, dump(7) + dump(3))->java, 3u);
  const std::string deadlock = "Found one Java-level deadlock:\n\"t\":\n  waiting to lock\n";
  EXPECT_FALSE(Parsed(ParseThreadDump, dump(7) + deadlock + dump(3))->deadlock);
  EXPECT_TRUE(Parsed(ParseThreadDump, dump(7) + dump(3) + deadlock)->deadlock);
}

TEST(ThreadDumpTest, CountsAsTheKernelDoes) {
  for (const std::string& process : Processes()) {
    const auto dump = Parsed(ParseThreadDump, Sample(process + "/threads.txt"));
    const auto status = Parsed(ParseProcessStatus, Sample(process + "/status.txt"));
    ASSERT_TRUE(dump && status);
    // The launcher's first thread waits for main and is in no dump; jcmd's came and went.
    EXPECT_NEAR(dump->java + dump->jvm, status->threads, 3) << process;
    EXPECT_GT(dump->stack_pointers.size(), 100u);
    ASSERT_FALSE(dump->families.empty());
    EXPECT_EQ(dump->families[0].threads, 100u);
    EXPECT_EQ(dump->families[0].name, "") << "worker-# is nobody's well-known name";
    EXPECT_EQ(dump->families[0].frame, "com.example.fixtures.OutsideTheHeap.waitForEver");
  }
}

TEST(ThreadDumpTest, ReadsJdk8AndNamesWithQuotes) {
  const auto dump = Parsed(
      ParseThreadDump,
      "2016-02-09 00:02:38\nFull thread dump OpenJDK 64-Bit Server VM (25.131-b11 mixed mode):\n\n"
      "\"a \"quoted\" name\" #12 daemon prio=5 os_prio=0 tid=0x1 nid=0x2 runnable "
      "[0x00007f0000001000]\n   java.lang.Thread.State: RUNNABLE\n\tat "
      "com.acme.Work.run(Work.java:1)\n\n\"VM Thread\" os_prio=0 tid=0x1 nid=0x2 runnable \n\n");
  ASSERT_TRUE(dump);
  EXPECT_EQ(dump->java, 1u);
  EXPECT_EQ(dump->jvm, 1u);
  EXPECT_EQ(dump->families[0].frame, "com.acme.Work.run");
}

TEST(JstatTest, ReadsColumnsByTheirHeads) {
  for (const std::string& process : Processes()) {
    const auto gc = Parsed(ParseJstat, Sample(process + "/jstat_gc.txt"));
    const auto heap = Parsed(ParseHeapInfo, Sample(process + "/heap_info.txt"));
    const auto metaspace = Parsed(ParseMetaspaceReport, Sample(process + "/metaspace.txt"));
    ASSERT_TRUE(gc && heap && metaspace);
    EXPECT_EQ(gc->samples, 3u);
    EXPECT_EQ(gc->heap_committed, heap->committed) << process;
    EXPECT_NEAR(*gc->metaspace_committed, metaspace->committed, 64 * kK);
    const auto util = Parsed(ParseJstat, Sample(process + "/jstat_gcutil.txt"));
    ASSERT_TRUE(util && util->least_old);
    EXPECT_NEAR(*util->least_old, *gc->least_old, 2);
    EXPECT_EQ(util->full_last, gc->full_last);
    EXPECT_FALSE(util->heap_committed);
    const auto capacity = Parsed(ParseJstat, Sample(process + "/jstat_gcmetacapacity.txt"));
    ASSERT_TRUE(capacity);
    EXPECT_EQ(capacity->metaspace_committed, gc->metaspace_committed);
  }
}

TEST(JvmFactsTest, KnowsVersionsApart) {
  const struct {
    absl::string_view text, version;
  } kCases[] = {
      {"OpenJDK 64-Bit Server VM version 17.0.15+6-Debian-1deb12u1\nJDK 17.0.15\n", "JDK 17.0.15"},
      {"OpenJDK 64-Bit Server VM version 25.0.3+9-LTS\nJDK 25.0.3\n", "JDK 25.0.3"},
      {"Java HotSpot(TM) 64-Bit Server VM (25.131-b11) for linux-amd64 JRE (1.8.0_131-b11), built",
       "JDK 8u131"},
      {"Full thread dump OpenJDK 64-Bit Server VM (25.131-b11 mixed mode):", "JDK 8u131"},
      {"# JRE version: OpenJDK Runtime Environment (17.0.15+6) (build 17.0.15+6)\n# Java VM: "
       "OpenJDK 64-Bit Server VM (17.0.15+6, mixed mode)",
       "JDK 17.0.15"},
      {"[0.005s][info][gc,init] Version: 17.0.15+6-Debian-1deb12u1 (release)", "JDK 17.0.15"},
      {"nothing", ""}};
  for (const auto& test : kCases) {
    EXPECT_EQ(FindJvmVersion(test.text).Text(), test.version) << test.text;
  }
}

TEST(JvmFactsTest, ReadsFlagsOfEveryForm) {
  VmFlags flags;
  ReadVmFlags(Sample("jdk17-leaky/vm_flags.txt"), flags);
  EXPECT_EQ(flags.max_heap, 96 * kM);
  EXPECT_EQ(flags.max_direct, 66 * kM);
  EXPECT_EQ(flags.thread_stack, 512 * kK);
  EXPECT_EQ(flags.code_cache, 251658240u);
  EXPECT_EQ(flags.max_metaspace, std::nullopt);
  EXPECT_EQ(flags.collector, "G1");
  VmFlags line;
  ReadVmFlags("jvm_args: -Xmx2g -Xss512k -XX:MaxMetaspaceSize=256m -XX:+UseConcMarkSweepGC", line);
  EXPECT_EQ(line.max_heap, 2 * kG);
  EXPECT_EQ(line.thread_stack, 512 * kK);
  EXPECT_EQ(line.max_metaspace, 256 * kM);
  EXPECT_EQ(line.collector, "CMS");
  VmFlags table;
  ReadVmFlags(
      "   size_t MaxMetaspaceSize                 = 18446744073709547520   {product}\n"
      "   size_t MaxHeapSize    = 1073741824   {product} {ergonomic}\n",
      table);
  EXPECT_EQ(table.max_metaspace, std::nullopt) << "that is without a limit";
  EXPECT_EQ(table.max_heap, kG);
}

}  // namespace
}  // namespace leaktrail::analyses::sidefiles
