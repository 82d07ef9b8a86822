// GC logs, crash reports, logs and configurations.
#include "analyses/sidefiles/flink_model.h"
#include "tests/analyses/sidefiles/samples.h"

namespace leaktrail::analyses::sidefiles {
namespace {

TEST(GcLogTest, MetaspaceThatRanOut17And25) {
  for (const std::string name : {"logs/gc-metaspace-17.log", "logs/gc-metaspace-25.log"}) {
    std::vector<Unread> unread;
    const auto log = ParseGcLog(Sample(name), unread);
    ASSERT_TRUE(log) << name;
    EXPECT_TRUE(unread.empty());
    EXPECT_GE(log->for_metadata, 2u);
    EXPECT_EQ(log->max_heap, 64 * kM);
    ASSERT_FALSE(log->last.empty());
    const FullCollection& last = log->last.back();
    EXPECT_EQ(last.cause, "Metadata GC Clear Soft References");
    EXPECT_EQ(last.metaspace_before, last.metaspace_after);
    EXPECT_NEAR(*last.metaspace_after, 21 * kM, kM);
    EXPECT_GT(last.capacity, last.after);
  }
  std::vector<Unread> unread;
  EXPECT_EQ(ParseGcLog(Sample("logs/gc-metaspace-17.log"), unread)->version.feature, 17);
}

TEST(GcLogTest, HeapThatRanOut) {
  std::vector<Unread> unread;
  const auto parallel = ParseGcLog(Sample("logs/gc-heap-parallel-17.log"), unread);
  ASSERT_TRUE(parallel);
  EXPECT_GT(parallel->full, 100u);
  EXPECT_EQ(parallel->for_metadata, 0u);
  EXPECT_EQ(parallel->last.size(), kLastCollections);
  EXPECT_EQ(parallel->last.back().after, 21 * kM);
  EXPECT_EQ(parallel->last.back().capacity, 23 * kM);
  const auto z = ParseGcLog(Sample("logs/gc-heap-z-25.log"), unread);
  ASSERT_TRUE(z);
  EXPECT_GT(z->allocation_stalls, 0u);
  EXPECT_EQ(z->last.back().after, 40 * kM);
  EXPECT_EQ(z->last.back().capacity, 0u) << "it prints a share";
  EXPECT_EQ(z->max_heap, 40 * kM);
  EXPECT_TRUE(unread.empty());
}

// Collectors of JDK 8, in the forms that -XX:+PrintGCDetails gives them.
TEST(GcLogTest, Jdk8) {
  std::vector<Unread> unread;
  const auto log = ParseGcLog(
      "Java HotSpot(TM) 64-Bit Server VM (25.31-b07) for linux-amd64 JRE (1.8.0_31-b13), built\n"
      "CommandLine flags: -XX:InitialHeapSize=1073741824 -XX:MaxHeapSize=4294967296 "
      "-XX:+UseParallelGC \n"
      "2022-04-12T00:02:38.529-0500: 6.045: [GC (Allocation Failure) [PSYoungGen: "
      "262144K->40574K(305664K)] 262144K->40574K(1005056K), 0.1400299 secs] [Times: user=0.17 "
      "sys=0.05, real=0.14 secs] \n"
      "2022-04-12T00:02:44.070-0500: 11.586: [Full GC (Metadata GC Threshold) [PSYoungGen: "
      "43515K->0K(305664K)] [ParOldGen: 736K->273408K(699392K)] 316923K->273408K(4194304K), "
      "[Metaspace: 1025218K->1025215K(2069056K)], 0.3831466 secs] [Times: user=0.67 sys=0.04, "
      "real=0.38 secs] \n",
      unread);
  ASSERT_TRUE(log);
  EXPECT_TRUE(unread.empty());
  EXPECT_EQ(log->collections, 2u);
  EXPECT_EQ(log->full, 1u);
  EXPECT_EQ(log->for_metadata, 1u);
  EXPECT_EQ(log->version.Text(), "JDK 8u31");
  EXPECT_EQ(log->max_heap, 4 * kG);
  const FullCollection& full = log->last[0];
  EXPECT_EQ(full.before, 316923 * kK);
  EXPECT_EQ(full.after, 273408 * kK);
  EXPECT_EQ(full.capacity, 4194304 * kK);
  EXPECT_EQ(full.metaspace_before, 1025218 * kK);
  EXPECT_EQ(full.metaspace_after, 1025215 * kK);
}

TEST(GcLogTest, Jdk8WithG1AndCms) {
  std::vector<Unread> unread;
  const auto log = ParseGcLog(
      "1.033: [GC pause (G1 Evacuation Pause) (young) (to-space exhausted), 0.0045 secs]\n"
      "1.133: [Full GC (Allocation Failure)  3982M->3970M(4096M), 9.1385757 secs]\n"
      "   [Eden: 0.0B(204.0M)->0.0B(204.0M) Survivors: 0.0B->0.0B Heap: "
      "3982.1M(4096.0M)->3970.1M(4096.0M)], [Metaspace: 61000K->60900K(1105920K)]\n"
      "12.3: [Full GC (Allocation Failure) 12.3: [CMS: 1398144K->1398143K(1398144K), 3.1 secs] "
      "2027264K->1398143K(2027264K), [Metaspace: 35000K->35000K(1081344K)], 3.1 secs]\n",
      unread);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->evacuation_failures, 1u);
  ASSERT_EQ(log->last.size(), 2u);
  EXPECT_EQ(log->last[0].after, 3970 * kM);
  EXPECT_EQ(log->last[0].metaspace_after, 60900 * kK);
  EXPECT_EQ(log->last[1].before, 2027264 * kK);
  EXPECT_EQ(log->last[1].after, 1398143 * kK);
  EXPECT_EQ(log->last[1].metaspace_after, 35000 * kK);
}

TEST(GcLogTest, WordsThatAreNoCauseOfTheJvmAreNotKept) {
  std::vector<Unread> unread;
  const auto log = ParseGcLog("[1s][info][gc] GC(1) Pause Full (s3cret) 2M->1M(3M) 1ms\n", unread);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->last[0].cause, "other");
}

TEST(CrashReportTest, OutOfMetaspace17And25) {
  for (const std::string name :
       {"logs/gc-metaspace-17.hs_err.log", "logs/gc-metaspace-25.hs_err.log"}) {
    std::vector<Unread> unread;
    const auto crash = ParseCrashReport(Sample(name), unread);
    ASSERT_TRUE(crash) << name;
    EXPECT_TRUE(unread.empty()) << unread[0].what;
    EXPECT_EQ(crash->kind, CrashKind::kOutOfMemory);
    EXPECT_EQ(crash->memory, "Metaspace");
    EXPECT_EQ(crash->flags.max_heap, 64 * kM);
    EXPECT_EQ(crash->flags.max_metaspace, 24 * kM);
    ASSERT_TRUE(crash->heap);
    EXPECT_EQ(crash->heap->maximum, 64 * kM);
    ASSERT_TRUE(crash->metaspace);
    EXPECT_EQ(crash->metaspace->committed, 24 * kM);
    EXPECT_EQ(crash->metaspace->maximum, 24 * kM);
    ASSERT_TRUE(crash->native);
    EXPECT_EQ(crash->native->Find("Java Heap")->reserved, 64 * kM);
  }
  std::vector<Unread> unread;
  EXPECT_EQ(ParseCrashReport(Sample("logs/gc-metaspace-25.hs_err.log"), unread)->version.feature,
            25);
}

TEST(CrashReportTest, MemoryThatTheSystemRefused) {
  std::vector<Unread> unread;
  const auto crash = ParseCrashReport(
      "#\n# There is insufficient memory for the Java Runtime Environment to continue.\n"
      "# Native memory allocation (mmap) failed to map 1073741824 bytes for committing reserved "
      "memory.\n#  Out of Memory Error (os_linux.cpp:2757), pid=1, tid=0x00007f0000000000\n"
      "# JRE version: OpenJDK Runtime Environment (8.0_292-b10) (build 1.8.0_292-b10)\n"
      "# Java VM: OpenJDK 64-Bit Server VM (25.292-b10 mixed mode linux-amd64 compressed oops)\n"
      "memory_limit_in_bytes: 4194304 k\n",
      unread);
  ASSERT_TRUE(crash);
  EXPECT_EQ(crash->kind, CrashKind::kNativeMemory);
  EXPECT_EQ(crash->refused_bytes, kG);
  EXPECT_EQ(crash->version.Text(), "JDK 8u292");
  EXPECT_EQ(crash->container_limit, 4 * kG);
}

constexpr absl::string_view kTaskManagerLog =
    "jvm_params: -Xmx536870902 -Xms536870902 -XX:MaxDirectMemorySize=268435458 "
    "-XX:MaxMetaspaceSize=268435456\n"
    "INFO  [] - Final TaskExecutor Memory configuration:\n"
    "INFO  [] -   Total Process Memory:          1.688gb (1811939328 bytes)\n"
    "INFO  [] -     Total Flink Memory:          1.250gb (1342177280 bytes)\n"
    "INFO  [] -       Total JVM Heap Memory:     512.000mb (536870902 bytes)\n"
    "INFO  [] -         Framework:               128.000mb (134217728 bytes)\n"
    "INFO  [] -         Task:                    384.000mb (402653174 bytes)\n"
    "INFO  [] -       Total Off-heap Memory:     768.000mb (805306378 bytes)\n"
    "INFO  [] -         Managed:                 512.000mb (536870920 bytes)\n"
    "INFO  [] -         Total JVM Direct Memory: 256.000mb (268435458 bytes)\n"
    "INFO  [] -           Framework:             128.000mb (134217728 bytes)\n"
    "INFO  [] -           Task:                  0 bytes\n"
    "INFO  [] -           Network:               128.000mb (134217730 bytes)\n"
    "INFO  [] -     JVM Metaspace:               256.000mb (268435456 bytes)\n"
    "INFO  [] -     JVM Overhead:                192.000mb (201326592 bytes)\n"
    "\n2022-04-12 10:00:00,000 ERROR x - java.lang.OutOfMemoryError: Metaspace. The metaspace\n"
    "java.lang.OutOfMemoryError: password=hunter2\n";

TEST(JavaLogTest, TheTableOfATaskManagerAndItsErrors) {
  std::vector<Unread> unread;
  const auto log = ParseJavaLog(kTaskManagerLog, unread);
  ASSERT_TRUE(log && log->task_manager);
  EXPECT_TRUE(unread.empty());
  const FlinkMemoryTable& table = *log->task_manager;
  EXPECT_EQ(table.process, 1811939328u);
  EXPECT_EQ(table.framework_heap, 134217728u);
  EXPECT_EQ(table.task_heap, 402653174u);
  EXPECT_EQ(table.managed, 536870920u);
  EXPECT_EQ(table.framework_off_heap, 134217728u);
  EXPECT_EQ(table.task_off_heap, 0u);
  EXPECT_EQ(table.network, 134217730u);
  EXPECT_EQ(table.overhead, 201326592u);
  EXPECT_EQ(table.process, table.framework_heap + table.task_heap + table.managed +
                               table.framework_off_heap + table.task_off_heap + table.network +
                               table.metaspace + table.overhead);
  EXPECT_EQ(log->flags.max_heap, 536870902u);
  EXPECT_EQ(log->errors, (ErrorCounts{{"", 1}, {"Metaspace", 1}}));
}

TEST(FlinkConfigurationTest, FlatAndNested) {
  std::vector<Unread> unread;
  const auto flat = ParseFlinkConfiguration(
      "# comment\ntaskmanager.memory.process.size: 1728m\nstate.backend: rocksdb  # why\n"
      "s3.secret-key: hunter2\nenv.java.opts: -Da: b: c\n",
      unread);
  ASSERT_TRUE(flat);
  EXPECT_EQ(flat->Size("taskmanager.memory.process.size"), 1728 * kM);
  EXPECT_EQ(flat->Word("state.backend"), "rocksdb");
  EXPECT_EQ(flat->values.size(), 2u) << "nothing but memory is kept";
  const auto nested = ParseFlinkConfiguration(
      "taskmanager:\n  memory:\n    process:\n      size: 4g\n    managed:\n      fraction: 0.2\n"
      "state:\n  backend:\n    type: hashmap\n",
      unread);
  ASSERT_TRUE(nested);
  EXPECT_EQ(nested->Size("taskmanager.memory.process.size"), 4 * kG);
  EXPECT_EQ(nested->Fraction("taskmanager.memory.managed.fraction"), 0.2);
  EXPECT_EQ(nested->Word("state.backend.type"), "hashmap");
  EXPECT_TRUE(unread.empty());
}

// Flink itself came to the table above from 1728m and nothing else.
TEST(FlinkModelTest, ComesToWhatFlinkComesTo) {
  std::vector<Unread> unread;
  const auto configuration =
      ParseFlinkConfiguration("taskmanager.memory.process.size: 1728m\n", unread);
  const auto computed = ComputeFlinkMemory(*configuration, false);
  const FlinkMemoryTable table = *ParseJavaLog(kTaskManagerLog, unread)->task_manager;
  ASSERT_TRUE(computed);
  EXPECT_EQ(computed->process, table.process);
  EXPECT_EQ(computed->flink, table.flink);
  EXPECT_EQ(computed->overhead, table.overhead);
  EXPECT_NEAR(computed->network, table.network, 16);  // its fractions are rounded otherwise
  EXPECT_NEAR(computed->managed, table.managed, 16);
  EXPECT_NEAR(computed->task_heap, table.task_heap, 32);
}

TEST(PodTest, FindsLimitsWhereverTheyStand) {
  std::vector<Unread> unread;
  const auto pod = ParsePod(
      "apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n---\napiVersion: apps/v1\nkind: Deployment\n"
      "spec:\n  template:\n    spec:\n      containers:\n      - name: app\n        resources:\n"
      "          limits: {memory: 4Gi, cpu: 2}\n          requests:\n            memory: 2Gi\n"
      "      - name: sidecar\n        resources: {limits: {memory: 100M}}\n",
      unread);
  ASSERT_TRUE(pod);
  ASSERT_EQ(pod->containers.size(), 2u);
  EXPECT_EQ(pod->Largest()->limit, 4 * kG);
  EXPECT_TRUE(unread.empty());
}

TEST(PodTest, KnowsEveryFormOfAQuantity) {
  const struct {
    absl::string_view text;
    std::uint64_t bytes;
  } kCases[] = {{"2e9", 2'000'000'000},
                {"1Ei", std::uint64_t{1} << 60},
                {"128974848000m", 128974848},
                {"4G", 4'000'000'000},
                {"4Gi", 4 * kG},
                {"100M", 100'000'000}};
  for (const auto& test : kCases) {
    std::vector<Unread> unread;
    const auto pod = ParsePod(
        absl::StrCat("spec: {containers: [{resources: {limits: {memory: ", test.text, "}}}]}"),
        unread);
    ASSERT_TRUE(pod) << test.text;
    EXPECT_EQ(pod->Largest()->limit, test.bytes) << test.text;
  }
}

TEST(PodTest, JoinsContainersOfOnePodOnly) {
  std::vector<Unread> unread;
  const auto pods = ParsePod(
      "items:\n- spec:\n    containers:\n    - name: app\n      resources: {limits: {memory: "
      "4Gi}}\n"
      "- spec:\n    containers:\n    - name: app\n      resources: {limits: {memory: 1Gi}}\n"
      "  status:\n    containerStatuses:\n    - name: app\n      lastState: {terminated: {reason: "
      "OOMKilled}}\n",
      unread);
  ASSERT_TRUE(pods);
  ASSERT_EQ(pods->containers.size(), 2u);
  EXPECT_FALSE(pods->Largest()->oom_killed);
}

TEST(PodTest, HostileYamlIsANote) {
  std::vector<Unread> unread;
  std::string deep(100'000, '[');
  EXPECT_FALSE(ParsePod(deep, unread));
  EXPECT_FALSE(unread.empty());
  unread.clear();
  // Aliases of aliases would be a billion values, if anybody resolved them.
  EXPECT_FALSE(ParsePod("a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n", unread));
  EXPECT_FALSE(ParsePod("a: b: c: - d\n\t- e", unread));
  EXPECT_FALSE(unread.empty());
}

TEST(SparkTest, OverheadIsTheLargerOfShareAndMinimum) {
  std::vector<Unread> unread;
  const auto small =
      ParseSparkSettings("# x\nspark.executor.memory   2g\nspark.secret hunter2\n", unread);
  ASSERT_TRUE(small);
  EXPECT_EQ(small->Total(), 2 * kG + 384 * kM);
  const auto large = ParseSparkSettings(
      "spark.executor.memory=8g\nspark.memory.offHeap.size=1073741824\n"
      "spark.memory.offHeap.enabled true\n",
      unread);
  ASSERT_TRUE(large);
  EXPECT_NEAR(large->Total(), 9 * kG + 8 * kG / 10, kM);
  const auto disabled = ParseSparkSettings(
      "spark.executor.memory=8g\nspark.memory.offHeap.size=1073741824\n", unread);
  EXPECT_NEAR(disabled->Total(), 8 * kG + 8 * kG / 10, kM) << "off-heap memory is not enabled";
  const auto named =
      ParseSparkSettings("spark.executor.memory 4096\nspark.executor.memoryOverhead 512\n", unread);
  ASSERT_TRUE(named);
  EXPECT_EQ(named->Total(), 4 * kG + 512 * kM);
}

TEST(SparkTest, ACommandHasManyOnOneLine) {
  std::vector<Unread> unread;
  const auto command = ParseSparkSettings(
      "spark-submit --master k8s://x --conf spark.executor.memory=4g --conf "
      "\"spark.executor.memoryOverhead=1g\" --conf spark.kubernetes.memoryOverheadFactor=0.4 "
      "app.jar\n",
      unread);
  ASSERT_TRUE(command);
  EXPECT_EQ(command->Total(), 5 * kG);
  const auto option =
      ParseSparkSettings("spark-submit --executor-memory 4g --conf a=b app.jar\n", unread);
  ASSERT_TRUE(option);
  EXPECT_EQ(option->memory, 4 * kG);
}

TEST(SparkTest, OverheadFactorOfKubernetes) {
  std::vector<Unread> unread;
  const auto old = ParseSparkSettings(
      "spark.executor.memory 4g\nspark.kubernetes.memoryOverheadFactor 0.4\n", unread);
  EXPECT_NEAR(old->Total(), 4 * kG + 4 * kG * 4 / 10, kM);
  const auto both = ParseSparkSettings(
      "spark.executor.memory 4g\nspark.kubernetes.memoryOverheadFactor 0.4\n"
      "spark.executor.memoryOverheadFactor 0.2\n",
      unread);
  EXPECT_NEAR(both->Total(), 4 * kG + 4 * kG * 2 / 10, kM);
}

TEST(FlinkConfigurationTest, NestedAndFlatInOneFile) {
  std::vector<Unread> unread;
  const auto both = ParseFlinkConfiguration(
      "taskmanager:\n  memory:\n    process:\n      size: 4g\n"
      "state.backend.rocksdb.memory.managed: false\n",
      unread);
  ASSERT_TRUE(both);
  EXPECT_EQ(both->Size("taskmanager.memory.process.size"), 4 * kG);
  EXPECT_EQ(both->Word("state.backend.rocksdb.memory.managed"), "false");
  EXPECT_TRUE(unread.empty());
}

TEST(GcLogTest, CommasOfALocale) {
  std::vector<Unread> unread;
  const auto log = ParseGcLog(
      "1,000: [Full GC (Allocation Failure)  510,5M->509,1M(512,0M), 0,3 secs]\n", unread);
  ASSERT_TRUE(log);
  EXPECT_NEAR(log->last[0].after, 509 * kM + kM / 10, kK);
  EXPECT_EQ(log->last[0].capacity, 512 * kM);
}

}  // namespace
}  // namespace leaktrail::analyses::sidefiles
