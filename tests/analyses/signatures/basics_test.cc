#include "tests/analyses/signature_scene.h"

namespace leaktrail::testing {
namespace {

// --- kafka.unclosed-clients

constexpr absl::string_view kAppInfo = "org.apache.kafka.common.utils.AppInfoParser$AppInfo";
constexpr absl::string_view kConsumer = "org.apache.kafka.clients.consumer.KafkaConsumer";

// As with kafka-clients of any version: the consumers are gone, their MBeans are not.
void RegisterClients(SignatureScene& scene, int count, absl::string_view app_info) {
  scene.Class(app_info);
  scene.Class(kConsumer).Field("clientId", kObject);
  for (int i = 0; i < count; ++i) scene.Mbean(scene.New(app_info));
}

SIGNATURE_TRIGGERS(KafkaUnclosedClients, "kafka.unclosed-clients") {
  RegisterClients(scene, 140, kAppInfo);
  const analyses::Finding finding = scene.Finds(140);
  EXPECT_TRUE(absl::StartsWith(finding.title, "140 Kafka clients were never closed: "));
}

SIGNATURE_TRIGGERS(KafkaShadedUnclosedClients, "kafka.unclosed-clients") {
  RegisterClients(scene, 25, absl::StrCat("com.acme.shaded.", kAppInfo));
  scene.Finds(25);
}

// Many consumers, all in use.
SIGNATURE_BENIGN(KafkaManyConsumersInUse, "kafka.unclosed-clients") {
  RegisterClients(scene, 140, kAppInfo);
  scene.Keep(140, kConsumer);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(KafkaFewClients, "kafka.unclosed-clients") {
  RegisterClients(scene, 19, kAppInfo);
  scene.FindsNothing();
}

// --- jdk.delete-on-exit

void DeleteOnExit(SignatureScene& scene, int paths) {
  std::vector<std::pair<Id, Id>> entries;
  for (int i = 0; i < paths; ++i) entries.emplace_back(scene.String("/tmp/upload"), 0);
  const Id set = scene.jdk.dump.Class("java.util.HashSet").Field("map", kObject);
  const Id linked = scene.jdk.dump.Class("java.util.LinkedHashSet").Super(set);
  const Id files = scene.jdk.dump.Instance(linked, {scene.jdk.Map(entries)});
  scene.jdk.dump.Class("java.io.DeleteOnExitHook").Static("files", kObject, files).Sticky();
}

SIGNATURE_TRIGGERS(JdkDeleteOnExit, "jdk.delete-on-exit") {
  DeleteOnExit(scene, 1200);
  const analyses::Finding finding = scene.Finds(1200);
  EXPECT_EQ(CutOf(finding), "static files -> java.util.LinkedHashSet");
  EXPECT_EQ(finding.severity, analyses::Severity::kLow);  // it costs less than a mebibyte
}

SIGNATURE_BENIGN(JdkFewDeleteOnExit, "jdk.delete-on-exit") {
  DeleteOnExit(scene, 999);
  scene.FindsNothing();
}

// --- jdk.cancelled-scheduled-tasks

constexpr absl::string_view kTask =
    "java.util.concurrent.ScheduledThreadPoolExecutor$ScheduledFutureTask";
constexpr int kWaiting = 0, kCancelled = 4;  // FutureTask.state

void DeclareTasks(SignatureScene& scene) {
  scene.Class("java.util.concurrent.FutureTask").Field("callable", kObject).Field("state", kInt);
  scene.Class(kTask).Super(scene.Of("java.util.concurrent.FutureTask")).Field("heapIndex", kInt);
}

SIGNATURE_TRIGGERS(JdkCancelledTasks, "jdk.cancelled-scheduled-tasks") {
  DeclareTasks(scene);
  scene.Keep(1500, kTask, {7, 0, kCancelled});
  scene.Keep(300, kTask, {7, 0, kWaiting});
  const analyses::Finding finding = scene.Finds(1500);
  EXPECT_TRUE(
      absl::StartsWith(finding.evidence[0], "Of 1,800 scheduled tasks 1,500 are cancelled"));
}

// Thousands wait; some were cancelled; others were removed, and somebody still holds the future.
SIGNATURE_BENIGN(JdkTasksInUse, "jdk.cancelled-scheduled-tasks") {
  DeclareTasks(scene);
  scene.Keep(5000, kTask, {7, 0, kWaiting});
  scene.Keep(900, kTask, {7, 0, kCancelled});
  scene.Keep(2000, kTask, {-1, 0, kCancelled});
  scene.FindsNothing();
}

// --- jdk.executor-orphaned-tasks

constexpr absl::string_view kExecutor = "java.util.concurrent.ThreadPoolExecutor";
constexpr std::int64_t kRunning = -1, kTerminated = 3;  // state in ThreadPoolExecutor.ctl

void KeepExecutor(SignatureScene& scene, std::int64_t state, int workers, std::size_t tasks) {
  scene.Class(kExecutor).Field("ctl", kObject).Field("workQueue", kObject);
  const Id ctl = scene.AtomicInteger(state * (1 << 29) + workers);
  scene.Keep(scene.New(kExecutor, {ctl, scene.ListOf(tasks)}));
}

SIGNATURE_TRIGGERS(JdkOrphanedTasks, "jdk.executor-orphaned-tasks") {
  KeepExecutor(scene, kRunning, 0, 250);
  EXPECT_EQ(scene.Finds(250).severity, analyses::Severity::kHigh);  // proven, however small
}

SIGNATURE_TRIGGERS(JdkOrphanedTasksAfterShutdown, "jdk.executor-orphaned-tasks") {
  KeepExecutor(scene, 0, 0, 100);
  scene.Finds(100);
}

SIGNATURE_BENIGN(JdkBusyExecutor, "jdk.executor-orphaned-tasks") {
  KeepExecutor(scene, kRunning, 8, 5000);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(JdkTerminatedExecutor, "jdk.executor-orphaned-tasks") {
  KeepExecutor(scene, kTerminated, 0, 5000);
  scene.FindsNothing();
}

// --- hikari.many-pools

constexpr absl::string_view kPool = "com.zaxxer.hikari.pool.HikariPool";

void DeclarePools(SignatureScene& scene) {
  scene.Class("com.zaxxer.hikari.HikariConfig").Field("jdbcUrl", kObject);
  scene.Class("com.zaxxer.hikari.pool.PoolBase").Field("config", kObject);
  scene.Class(kPool).Super(scene.Of("com.zaxxer.hikari.pool.PoolBase")).Field("poolState", kInt);
}

void KeepPools(SignatureScene& scene, int count, absl::string_view url, int state) {
  for (int i = 0; i < count; ++i) {
    const Id config = scene.New("com.zaxxer.hikari.HikariConfig", {scene.String(url)});
    scene.Keep(scene.New(kPool, {state, config}));
  }
}

SIGNATURE_TRIGGERS(HikariManyPools, "hikari.many-pools") {
  DeclarePools(scene);
  KeepPools(scene, 7, "jdbc:secret:orders", 0);
  KeepPools(scene, 3, "jdbc:secret:users", 0);
  const analyses::Finding finding = scene.Finds(7);
  EXPECT_EQ(finding.evidence[0],
            "7 of 10 open pools have the same jdbcUrl; different URLs in all: 2.");
}

SIGNATURE_BENIGN(HikariPoolPerDatabase, "hikari.many-pools") {
  DeclarePools(scene);
  for (const char* url : {"jdbc:a", "jdbc:b", "jdbc:c", "jdbc:d"}) KeepPools(scene, 4, url, 0);
  KeepPools(scene, 20, "jdbc:a", 2);  // shut down
  scene.FindsNothing();
}

// --- groovy.script-loaders

constexpr absl::string_view kInnerLoader = "groovy.lang.GroovyClassLoader$InnerLoader";

void KeepScripts(SignatureScene& scene, int count) {
  scene.Class(kInnerLoader).Super(scene.jdk.boot.class_loader);
  for (int i = 0; i < count; ++i) {
    const Id loader = scene.Keep(scene.New(kInnerLoader));
    scene.jdk.dump.Class(absl::StrCat("Script", i)).Loader(loader);
  }
}

SIGNATURE_TRIGGERS(GroovyScripts, "groovy.script-loaders") {
  KeepScripts(scene, 260);
  EXPECT_EQ(scene.Finds(260).severity, analyses::Severity::kLow);
}

SIGNATURE_BENIGN(GroovyFewScripts, "groovy.script-loaders") {
  KeepScripts(scene, 150);
  scene.FindsNothing();
}

}  // namespace
}  // namespace leaktrail::testing
