// The real dumps of fixtures/dumps, and what fixtures/README.md knows about them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "graph/retained_sets.h"
#include "graph/shortest_paths.h"
#include "graph/snapshot.h"
#include "tests/graph/jvm_histogram.h"

namespace leaktrail::testing {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Reachability;
using graph::Snapshot;

std::string ReadText(const std::string& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in.good()) << path;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Fixture {
  explicit Fixture(absl::string_view name) {
    const std::string base = absl::StrCat(LEAKTRAIL_FIXTURES, "/dumps/", name);
    hprof::ImportHealth health;
    auto file = hprof::DumpFile::Open(absl::StrCat(base, ".hprof.zst"), {}, health);
    if (!file.ok()) {
      ADD_FAILURE() << file.status();
      std::abort();
    }
    auto built = Snapshot::Build(*std::move(file), health, {.threads = 2});
    if (!built.ok()) {
      ADD_FAILURE() << built.status();
      std::abort();
    }
    snapshot = *std::move(built);
    jvm = ParseJvmHistogram(ReadText(absl::StrCat(base, ".histogram.txt")), &jvm_total);
  }

  // All objects of the class whose name ends like this.
  std::vector<ObjectIndex> Instances(absl::string_view suffix) const {
    std::vector<bool> wanted(snapshot->classes().size());
    for (std::uint32_t c = 0; c < wanted.size(); ++c) {
      wanted[c] = absl::EndsWith(snapshot->classes().Name(ClassIndex(c)), suffix);
    }
    std::vector<ObjectIndex> instances;
    snapshot->ForEachObject([&](ObjectIndex o, ClassIndex c, std::uint64_t) {
      if (wanted[c.value()]) instances.push_back(o);
    });
    return instances;
  }
  std::uint64_t CountLive(absl::string_view suffix) const {
    const std::vector<ObjectIndex> all = Instances(suffix);
    return static_cast<std::uint64_t>(std::count_if(all.begin(), all.end(), [&](ObjectIndex o) {
      return snapshot->LevelOf(o) != Reachability::kUnreachable;
    }));
  }
  double ShareOfStrong(std::uint64_t bytes) const {
    return static_cast<double>(bytes) /
           static_cast<double>(snapshot->amount(Reachability::kStrong).bytes);
  }

  std::unique_ptr<Snapshot> snapshot;
  Histogram jvm;
  HistogramRow jvm_total;
};

struct HistogramCase {
  const char* name;
  std::uint64_t objects, bytes;   // the first table of the README
  std::uint64_t dormant_mirrors;  // of classes that wait in the archive of the JVM
  std::uint64_t fillers;
};
void PrintTo(const HistogramCase& fixture, std::ostream* out) { *out << fixture.name; }

class FixtureHistogramTest : public ::testing::TestWithParam<HistogramCase> {};

TEST_P(FixtureHistogramTest, EqualsThatOfTheJvm) {
  const HistogramCase& expected = GetParam();
  const Fixture fixture(expected.name);
  EXPECT_EQ(fixture.jvm_total, (HistogramRow{expected.objects, expected.bytes}));
  EXPECT_EQ(Total(fixture.jvm), fixture.jvm_total);
  const Histogram dump = HistogramOf(*fixture.snapshot);
  const HistogramComparison comparison = CompareHistograms(fixture.jvm, dump);
  EXPECT_TRUE(comparison.differences.empty()) << absl::StrJoin(comparison.differences, "\n");
  EXPECT_GT(comparison.equal_classes, 230u);
  EXPECT_EQ(comparison.fillers.instances, expected.fillers);
  EXPECT_EQ(Total(dump), fixture.jvm_total);
  EXPECT_EQ(fixture.snapshot->dormant_mirrors().objects, expected.dormant_mirrors);
  for (const hprof::ImportHealth::Entry& entry : fixture.snapshot->health().entries()) {
    EXPECT_EQ(hprof::Describe(entry.oddity).severity, hprof::Severity::kNote)
        << hprof::Describe(entry.oddity).meaning;
  }
  EXPECT_EQ(fixture.snapshot->layout().verdict().trust, graph::LayoutVerdict::Trust::kExact)
      << fixture.snapshot->layout().verdict().summary;
}

INSTANTIATE_TEST_SUITE_P(
    Dumps, FixtureHistogramTest,
    ::testing::Values(HistogramCase{"kafka-consumers-unclosed", 177'243, 6'591'216, 0, 0},
                      HistogramCase{"kafka-consumers-unclosed-3x", 155'447, 6'567'624, 0, 0},
                      HistogramCase{"kafka-consumers-closed", 38'939, 1'788'664, 0, 0},
                      HistogramCase{"growing-cache", 114'334, 4'227'352, 0, 0},
                      HistogramCase{"healthy-service", 61'380, 2'719'200, 645, 0},
                      HistogramCase{"healthy-service-jdk25", 65'145, 2'905'848, 722, 323},
                      HistogramCase{"frame-locals", 25'102, 3'342'616, 0, 0},
                      HistogramCase{"layouts-wide", 14'927, 986'440, 0, 0},
                      HistogramCase{"layouts-wide-classes", 14'933, 803'472, 0, 0},
                      HistogramCase{"layouts-z", 14'886, 984'520, 0, 0},
                      HistogramCase{"layouts-compact-jdk25", 16'949, 789'512, 0, 0},
                      HistogramCase{"layouts-compact-wide-jdk25", 16'931, 1'094'592, 0, 3},
                      HistogramCase{"layouts-align16-jdk25", 16'940, 934'224, 0, 0},
                      HistogramCase{"layouts-z-jdk25", 16'933, 1'168'952, 0, 0},
                      HistogramCase{"layouts-garbage-jdk25", 21'523, 1'068'368, 3, 12},
                      HistogramCase{"loader-routes", 60'329, 4'361'488, 0, 0},
                      HistogramCase{"plugin-loaders", 41'268, 2'723'016, 0, 0},
                      HistogramCase{"thread-local-values", 26'658, 5'510'848, 0, 0},
                      HistogramCase{"thread-local-small", 14'843, 751'368, 0, 0},
                      HistogramCase{"listeners", 101'114, 4'746'744, 0, 0},
                      HistogramCase{"listeners-few", 11'180, 549'832, 0, 0},
                      HistogramCase{"executor-backlog", 131'256, 5'353'800, 0, 0},
                      HistogramCase{"executor-busy", 12'327, 608'320, 0, 0},
                      HistogramCase{"cancelled-tasks", 32'066, 2'125'336, 0, 0},
                      HistogramCase{"scheduled-tasks", 13'012, 727'456, 0, 0},
                      HistogramCase{"finalizer-queue", 71'105, 5'986'848, 0, 0},
                      HistogramCase{"finalizers-idle", 14'070, 822'040, 0, 0},
                      HistogramCase{"shutdown-hooks", 16'950, 2'945'232, 0, 0},
                      HistogramCase{"delete-on-exit", 103'899, 4'044'360, 0, 0},
                      HistogramCase{"timer-threads", 15'585, 3'381'800, 0, 0},
                      HistogramCase{"hooks-and-timers-few", 14'382, 729'200, 0, 0},
                      HistogramCase{"cache-at-limit", 31'723, 2'387'504, 0, 0},
                      HistogramCase{"big-bounded-heap", 26'435, 9'255'744, 0, 0},
                      HistogramCase{"netty-adaptive-forgotten", 43'278, 2'404'312, 0, 0},
                      HistogramCase{"netty-adaptive-forgotten-jdk25", 47'046, 2'546'472, 0, 4},
                      HistogramCase{"many-threads", 31'875, 3'892'448, 0, 0},
                      HistogramCase{"many-threads-few", 15'647, 983'472, 0, 0},
                      HistogramCase{"weak-map-ring", 91'105, 4'677'672, 0, 0},
                      HistogramCase{"weak-map-in-use", 13'109, 775'872, 0, 0},
                      HistogramCase{"unclosed-streams", 29'088, 2'220'992, 0, 0},
                      HistogramCase{"closed-streams", 13'563, 784'776, 0, 0},
                      HistogramCase{"loader-routes-jdk25", 60'916, 4'512'528, 0, 0},
                      HistogramCase{"many-threads-jdk25", 30'835, 3'388'512, 0, 0},
                      HistogramCase{"tomcat-redeploys", 160'813, 6'596'240, 0, 0},
                      HistogramCase{"tomcat-routes", 176'408, 7'110'032, 0, 0},
                      HistogramCase{"tomcat-live", 128'185, 5'622'464, 0, 0},
                      HistogramCase{"http-sessions", 343'437, 13'468'408, 0, 0},
                      HistogramCase{"http-sessions-bounded", 112'084, 5'003'312, 0, 0},
                      HistogramCase{"janino-expressions", 160'980, 6'362'888, 0, 0},
                      HistogramCase{"script-loaders", 48'810, 2'218'264, 0, 0},
                      HistogramCase{"groovy-scripts", 229'617, 10'116'440, 0, 0},
                      HistogramCase{"generated-classes", 213'582, 9'863'040, 0, 0},
                      HistogramCase{"kafka-epoll-arrays", 342'511, 32'076'176, 0, 0},
                      HistogramCase{"kafka-consumers-live", 57'368, 3'754'144, 0, 0},
                      HistogramCase{"library-shapes", 33'363, 1'517'152, 0, 0},
                      HistogramCase{"guava-cache-unbounded", 99'515, 5'167'200, 0, 0},
                      HistogramCase{"guava-cache-bounded", 39'952, 2'128'272, 0, 0},
                      HistogramCase{"caffeine-cache-unbounded", 87'259, 4'965'976, 0, 0},
                      HistogramCase{"caffeine-cache-bounded", 41'607, 2'213'552, 0, 0},
                      HistogramCase{"netty-buffers-unreleased", 31'461, 8'923'736, 0, 0},
                      HistogramCase{"netty-buffers-released", 23'936, 5'476'952, 0, 0},
                      HistogramCase{"hikari-pools", 96'763, 4'788'616, 0, 0},
                      HistogramCase{"hikari-connections", 97'693, 4'288'712, 0, 0},
                      HistogramCase{"hikari-one-pool", 37'197, 2'407'880, 0, 0},
                      HistogramCase{"meters-per-id", 90'007, 3'052'944, 0, 0},
                      HistogramCase{"meters-per-region", 17'320, 909'792, 0, 0},
                      HistogramCase{"spark-kafka-unreleased", 259'996, 10'375'552, 0, 0},
                      HistogramCase{"flink-job-loaders", 301'742, 23'665'400, 0, 0},
                      HistogramCase{"flink-jobs-clean", 256'527, 17'798'496, 0, 0},
                      HistogramCase{"flink-sliding-windows", 416'214, 34'135'168, 0, 0},
                      HistogramCase{"flink-sliding-windows-restored", 414'047, 28'464'528, 0, 0},
                      HistogramCase{"flink-tumbling-windows", 274'750, 18'958'032, 0, 0},
                      HistogramCase{"flink-taskmanager-memory", 254'224, 16'693'784, 0, 0},
                      HistogramCase{"rocksdb-iterators-closed", 23'600, 2'414'528, 0, 0},
                      HistogramCase{"series-cache-1", 28'995, 8'296'296, 0, 0},
                      HistogramCase{"series-cache-2", 41'288, 14'611'920, 0, 0},
                      HistogramCase{"series-cache-3", 53'661, 15'884'056, 0, 0},
                      HistogramCase{"series-steady-1", 16'649, 2'195'712, 0, 0},
                      HistogramCase{"series-steady-2", 17'111, 2'366'456, 0, 0},
                      HistogramCase{"series-steady-3", 16'707, 2'178'080, 0, 0},
                      HistogramCase{"series-loaders-1", 22'178, 1'797'840, 0, 0},
                      HistogramCase{"series-loaders-2", 26'104, 3'249'616, 0, 0},
                      HistogramCase{"series-loaders-3", 33'980, 6'153'696, 0, 0},
                      HistogramCase{"series-kafka-1", 55'595, 2'367'224, 0, 0},
                      HistogramCase{"series-kafka-2", 96'109, 3'773'848, 0, 0},
                      HistogramCase{"series-kafka-3", 177'225, 6'591'776, 0, 0}),
    [](const ::testing::TestParamInfo<HistogramCase>& fixture) {
      std::string name = fixture.param.name;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

// Shared by the tests of one dump, which only read it.
const Fixture& Locals() {
  static const Fixture* fixture = new Fixture("frame-locals");
  return *fixture;
}

TEST(FrameLocalsTest, EveryClassIsAtItsLevel) {
  struct Row {
    absl::string_view name;
    std::size_t count;
    std::uint64_t bytes;
    Reachability level;
  };
  constexpr Row kRows[] = {
      {"HeldByFrame", 100, 13'600, Reachability::kStrong},
      {"HeldByLocalArray", 50, 11'600, Reachability::kStrong},
      {"HeldByLocalMap", 20, 6'720, Reachability::kStrong},
      {"WaitedOn", 1, 80, Reachability::kStrong},
      {"SoftOnly", 1'000, 96'000, Reachability::kSoft},
      {"WeakOnly", 500, 80'000, Reachability::kWeak},
      {"PhantomOnly", 250, 72'000, Reachability::kWeak},
      {"Finalizable", 300, 163'200, Reachability::kFinalizer},
      {"FinalizablePending", 100, 105'600, Reachability::kFinalizer},
      {"FinalizerBlocker", 1, 16, Reachability::kStrong},
      {"Garbage", 200, 416'000, Reachability::kUnreachable},
  };
  const Snapshot& snapshot = *Locals().snapshot;
  for (const Row& row : kRows) {
    const std::vector<ObjectIndex> instances =
        Locals().Instances(absl::StrCat("FrameLocals$", row.name));
    EXPECT_EQ(instances.size(), row.count) << row.name;
    std::uint64_t bytes = 0;
    for (const ObjectIndex o : instances) {
      ASSERT_EQ(snapshot.LevelOf(o), row.level) << row.name;
      const ObjectIndex payload = snapshot.FieldReference(o, "payload");
      bytes += snapshot.ShallowSize(o);
      if (!payload.valid()) continue;
      bytes += snapshot.ShallowSize(payload);
      ASSERT_EQ(snapshot.LevelOf(payload), row.level) << row.name;
      if (row.level == Reachability::kUnreachable) continue;
      ASSERT_EQ(snapshot.ImmediateDominator(payload), o) << row.name;
      ASSERT_EQ(snapshot.RetainedSize(o), snapshot.ShallowSize(o) + snapshot.ShallowSize(payload));
    }
    EXPECT_EQ(bytes, row.bytes) << row.name;
  }
}

TEST(FrameLocalsTest, LocalsBelongToTheirThread) {
  const Snapshot& snapshot = *Locals().snapshot;
  std::map<std::string, const graph::ThreadInfo*> threads;
  for (const graph::ThreadInfo& thread : snapshot.threads()) {
    const ObjectIndex name = snapshot.FieldReference(thread.object, "name");
    threads[snapshot.StringValue(name).value_or("?")] = &thread;
  }
  const graph::ThreadInfo* worker = threads.at("worker-with-locals");
  std::set<std::int32_t> frames;
  for (const graph::Local& local : worker->locals) {
    if (snapshot.classes().Name(snapshot.ClassOf(local.object)).ends_with("HeldByFrame")) {
      EXPECT_EQ(snapshot.ImmediateDominator(local.object), worker->object);
      EXPECT_EQ(local.kind, graph::RootKind::kJavaFrame);
      frames.insert(local.frame);
    }
  }
  EXPECT_EQ(frames.size(), 100u);
  EXPECT_GE(snapshot.RetainedSize(worker->object), 13'600u);
  for (const auto& [name, instances] :
       {std::pair("worker-with-array", Locals().Instances("FrameLocals$HeldByLocalArray")),
        std::pair("worker-with-map", Locals().Instances("FrameLocals$HeldByLocalMap"))}) {
    for (ObjectIndex o : instances) {
      while (snapshot.ImmediateDominator(o).valid()) o = snapshot.ImmediateDominator(o);
      ASSERT_EQ(o, threads.at(name)->object);
    }
  }
  const ObjectIndex waited_on = Locals().Instances("FrameLocals$WaitedOn").at(0);
  const auto& locals = threads.at("worker-with-monitor")->locals;
  EXPECT_EQ(std::count_if(locals.begin(), locals.end(),
                          [&](const graph::Local& local) { return local.object == waited_on; }),
            3);
}

const Fixture& Unclosed() {
  static const Fixture* fixture = new Fixture("kafka-consumers-unclosed");
  return *fixture;
}

TEST(KafkaConsumersUnclosedTest, HoldsEverythingOfItsConsumersButThem) {
  const std::string kafka = "org.apache.kafka.";
  for (const char* name :
       {"common.network.Selector", "clients.NetworkClient", "clients.Metadata",
        "common.metrics.Metrics", "common.metrics.JmxReporter",
        "common.utils.AppInfoParser$AppInfo", "clients.consumer.internals.Fetcher",
        "clients.consumer.internals.ConsumerNetworkClient",
        "clients.consumer.internals.ConsumerCoordinator",
        "clients.consumer.internals.SubscriptionState", "clients.consumer.internals.Heartbeat"}) {
    EXPECT_EQ(Unclosed().CountLive(kafka + name), 140u) << name;
  }
  EXPECT_EQ(Unclosed().CountLive("sun.nio.ch.EPollSelectorImpl"), 140u);
  EXPECT_EQ(Unclosed().CountLive("JmxReporter$KafkaMbean"), 560u);
  EXPECT_EQ(Unclosed().CountLive("metrics.KafkaMetric"), 5'600u);
  EXPECT_EQ(Unclosed().Instances("clients.consumer.KafkaConsumer").size(), 0u);
}

void CheckMbeans(const Fixture& fixture, std::uint64_t retained, double share) {
  const Snapshot& snapshot = *fixture.snapshot;
  EXPECT_EQ(graph::RetainedBySet(snapshot, fixture.Instances("JmxReporter$KafkaMbean")), retained);
  EXPECT_NEAR(fixture.ShareOfStrong(retained), share, 0.005);
  std::vector<std::uint32_t> colours(snapshot.classes().size(), graph::kNoColour);
  for (std::uint32_t c = 0; c < colours.size(); ++c) {
    const std::string& name = snapshot.classes().Name(ClassIndex(c));
    if (absl::EndsWith(name, "JmxReporter$KafkaMbean")) colours[c] = 0;
  }
  EXPECT_EQ(graph::RetainedByColour(snapshot, colours, 1)[0], retained);
  EXPECT_LE(graph::DominatedByColour(snapshot, colours, 1)[0], retained);
}

TEST(KafkaConsumersUnclosedTest, IsHeldByItsMbeans) { CheckMbeans(Unclosed(), 4'636'008, 0.717); }

// Names of the references along the way to the first object of a class.
std::string WayTo(const Fixture& fixture, absl::string_view class_suffix) {
  const Snapshot& snapshot = *fixture.snapshot;
  const graph::ShortestPaths paths(snapshot);
  const std::vector<ObjectIndex> path = paths.PathTo(fixture.Instances(class_suffix).at(0));
  std::string way = snapshot.classes().Name(snapshot.MirroredClass(path.at(0)));
  for (std::size_t i = 1; i < path.size(); ++i) {
    for (const graph::NamedReference& reference : snapshot.NamedReferences(path[i - 1])) {
      if (reference.target != path[i]) continue;
      absl::StrAppend(&way, " - ", reference.index >= 0 ? "[x]" : reference.name);
      break;
    }
  }
  return way;
}

TEST(KafkaConsumersUnclosedTest, IsReachedThroughThePlatformMBeanServer) {
  EXPECT_EQ(
      WayTo(Unclosed(), "common.network.Selector"),
      "java.lang.management.ManagementFactory - platformMBeanServer - mbsInterceptor - "
      "repository - domainTb - table - [x] - value - table - [x] - value - object - metrics - "
      "table - [x] - value - measurable - val$this$0");
}

TEST(KafkaConsumersUnclosed3xTest, HoldsEverythingOfItsConsumersButThem) {
  const Fixture fixture("kafka-consumers-unclosed-3x");
  for (const char* name :
       {"common.network.Selector", "clients.NetworkClient", "internals.ConsumerMetadata",
        "common.metrics.Metrics", "common.metrics.JmxReporter", "AppInfoParser$AppInfo",
        "internals.ConsumerNetworkClient", "internals.ConsumerCoordinator",
        "internals.SubscriptionState", "internals.Heartbeat"}) {
    EXPECT_EQ(fixture.CountLive(absl::StrCat(".", name)), 30u) << name;
  }
  for (const char* name : {".Fetcher", ".ClassicKafkaConsumer", ".KafkaConsumer"}) {
    EXPECT_EQ(fixture.CountLive(name), 0u) << name;
  }
  EXPECT_EQ(fixture.CountLive("JmxReporter$KafkaMbean"), 150u);
  EXPECT_EQ(fixture.CountLive("metrics.KafkaMetric"), 2'820u);
  CheckMbeans(fixture, 3'814'488, 0.597);
}

TEST(KafkaConsumersClosedTest, HoldsItsThreeConsumersWithoutTheMbeans) {
  const Fixture fixture("kafka-consumers-closed");
  const Snapshot& snapshot = *fixture.snapshot;
  EXPECT_EQ(fixture.CountLive("JmxReporter$KafkaMbean"), 12u);
  EXPECT_EQ(fixture.CountLive("metrics.KafkaMetric"), 120u);
  const std::vector<ObjectIndex> mbeans = fixture.Instances("JmxReporter$KafkaMbean");
  const std::uint64_t without = graph::RetainedBySet(snapshot, mbeans);
  for (const char* name : {"consumer.KafkaConsumer", "network.Selector", "ConsumerCoordinator",
                           "internals.Fetcher", "clients.NetworkClient"}) {
    const std::vector<ObjectIndex> parts = fixture.Instances(absl::StrCat(".", name));
    EXPECT_EQ(parts.size(), 3u) << name;
    // A part that only the mbeans held would not add all of itself to the set.
    for (const ObjectIndex part : parts) {
      std::vector<ObjectIndex> both = mbeans;
      both.push_back(part);
      EXPECT_GE(graph::RetainedBySet(snapshot, both), without + snapshot.ShallowSize(part)) << name;
    }
  }
}

// Ten stacks of virtual threads, all larger than their class says.
TEST(LayoutsTest, StacksOfVirtualThreadsHaveTheirSize) {
  const Fixture fixture("layouts-z-jdk25");
  std::uint64_t bytes = 0;
  const std::vector<ObjectIndex> stacks = fixture.Instances("jdk.internal.vm.StackChunk");
  for (const ObjectIndex stack : stacks) bytes += fixture.snapshot->ShallowSize(stack);
  const HistogramRow& jvm = fixture.jvm.at("jdk.internal.vm.StackChunk");
  EXPECT_EQ(stacks.size(), jvm.instances);
  EXPECT_EQ(bytes, jvm.bytes);
  EXPECT_GT(bytes, stacks.size() * 200);
}

TEST(LayoutsTest, FillersHaveTheirNameWhereThereIsNoGarbage) {
  const Fixture fixture("layouts-compact-wide-jdk25");
  std::uint64_t bytes = 0;
  const auto fillers = fixture.Instances("jdk.internal.vm.FillerElement[]");
  for (const ObjectIndex filler : fillers) {
    bytes += fixture.snapshot->ShallowSize(filler);
    EXPECT_EQ(fixture.snapshot->LevelOf(filler), Reachability::kUnreachable);
  }
  const HistogramRow& jvm = fixture.jvm.at("jdk.internal.vm.FillerElement[]");
  EXPECT_EQ((HistogramRow{fillers.size(), bytes}), jvm);
  EXPECT_TRUE(Fixture("layouts-garbage-jdk25").Instances("FillerElement[]").empty());
}

TEST(GrowingCacheTest, ItsMapRetainsTheHeap) {
  const Fixture fixture("growing-cache");
  const Snapshot& snapshot = *fixture.snapshot;
  EXPECT_EQ(fixture.CountLive("GrowingCache$Session"), 12'000u);
  EXPECT_EQ(fixture.CountLive("GrowingCache$Article"), 3'000u);
  const ClassIndex cache =
      snapshot.classes().FindByName("com.example.fixtures.GrowingCache$SessionCache");
  const ObjectIndex sessions = snapshot.FieldReference(snapshot.MirrorOf(cache), "SESSIONS");
  ASSERT_TRUE(sessions.valid());
  EXPECT_EQ(snapshot.RetainedSize(sessions), 3'136'800u);
  EXPECT_NEAR(fixture.ShareOfStrong(3'136'800), 0.744, 0.005);
}

TEST(HealthyServiceTest, NothingStandsOut) {
  for (const char* name : {"healthy-service", "healthy-service-jdk25"}) {
    const Fixture fixture(name);
    const Snapshot& snapshot = *fixture.snapshot;
    const ClassIndex pages =
        snapshot.classes().FindByName("com.example.fixtures.HealthyService$PageCache");
    const ObjectIndex cache = snapshot.FieldReference(snapshot.MirrorOf(pages), "INSTANCE");
    EXPECT_EQ(snapshot.FieldBits(cache, "size"), 800u);
    EXPECT_NEAR(static_cast<double>(snapshot.RetainedSize(cache)) / 1e6, 0.5, 0.005) << name;
    // The application's loader dominates its classes, and their statics are the service.
    const ObjectIndex loader = snapshot.LoaderOf(pages);
    EXPECT_NEAR(static_cast<double>(snapshot.RetainedSize(loader)) / 1e6, 1.5, 0.1) << name;
  }
}

}  // namespace
}  // namespace leaktrail::testing
