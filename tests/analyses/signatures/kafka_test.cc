#include "tests/analyses/signature_scene.h"
#include "tests/analyses/signatures/sized_collections.h"

namespace leaktrail::testing {
namespace {

constexpr absl::string_view kProducer = "org.apache.kafka.clients.producer.KafkaProducer";
constexpr absl::string_view kSender = "org.apache.kafka.clients.producer.internals.Sender";

void KeepProducers(SignatureScene& scene, int senders, bool running, int producers) {
  scene.Class(kSender).Field("running", kBoolean);
  scene.Class(kProducer).Field("clientId", kObject);
  scene.Keep(senders, kSender, {running ? 1 : 0});
  scene.Keep(producers, kProducer);
}

SIGNATURE_TRIGGERS(KafkaProducers, "kafka.unclosed-producers") {
  KeepProducers(scene, 12, true, 2);
  EXPECT_EQ(scene.Finds(12).severity, analyses::Severity::kMedium);
}

SIGNATURE_BENIGN(KafkaProducersInUse, "kafka.unclosed-producers") {
  KeepProducers(scene, 40, true, 40);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(KafkaProducersClosed, "kafka.unclosed-producers") {
  KeepProducers(scene, 40, false, 0);
  scene.FindsNothing();
}

constexpr absl::string_view kAdmin = "org.apache.kafka.clients.admin.KafkaAdminClient";

void KeepAdminClients(SignatureScene& scene, int count, std::int64_t shutdown_time) {
  scene.Class(kAdmin).Field("hardShutdownTimeMs", kObject);
  for (int i = 0; i < count; ++i) {
    scene.Keep(scene.New(kAdmin, {scene.AtomicLong(shutdown_time)}));
  }
}

SIGNATURE_TRIGGERS(KafkaAdminClients, "kafka.unclosed-admin-clients") {
  KeepAdminClients(scene, 25, -1);
  scene.Finds(25);
}

SIGNATURE_BENIGN(KafkaAdminClientsClosed, "kafka.unclosed-admin-clients") {
  KeepAdminClients(scene, 25, 1700000000000);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(KafkaAdminClientsFew, "kafka.unclosed-admin-clients") {
  KeepAdminClients(scene, 19, -1);
  scene.FindsNothing();
}

constexpr absl::string_view kSensor = "org.apache.kafka.common.metrics.Sensor";
constexpr std::int64_t kNever = 9223372036854775807, kOneHour = 3600000;

void KeepSensors(SignatureScene& scene, int registries, int each, std::int64_t expiry) {
  if (registries == 0) return;
  scene.Class("org.apache.kafka.common.metrics.Metrics");
  scene.Class(kSensor).Field("registry", kObject).Field("inactiveSensorExpirationTimeMs", kLong);
  for (int i = 0; i < registries; ++i) {
    const Id registry = scene.New("org.apache.kafka.common.metrics.Metrics");
    scene.Keep(each, kSensor, {registry, expiry});
  }
}

SIGNATURE_TRIGGERS(KafkaSensors, "kafka.sensors-never-expire") {
  KeepSensors(scene, 1, 10500, kNever);
  scene.Finds(10500);
}

SIGNATURE_BENIGN(KafkaSensorsExpire, "kafka.sensors-never-expire") {
  KeepSensors(scene, 1, 12000, kOneHour);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(KafkaSensorsOfManyClients, "kafka.sensors-never-expire") {
  KeepSensors(scene, 120, 100, kNever);
  scene.FindsNothing();
}

// --- Spark

constexpr absl::string_view kAppInfo = "org.apache.kafka.common.utils.AppInfoParser$AppInfo";
constexpr absl::string_view kSparkConsumer = "org.apache.spark.sql.kafka010.InternalKafkaConsumer";

void RegisterSparkClients(SignatureScene& scene, int clients, int known_to_spark) {
  scene.Class(kAppInfo);
  scene.Class("org.apache.spark.sql.kafka010.KafkaDataConsumer$");
  scene.Class(kSparkConsumer).Field("inUse", kBoolean);
  for (int i = 0; i < clients; ++i) scene.Mbean(scene.New(kAppInfo));
  scene.Keep(1, "org.apache.spark.sql.kafka010.KafkaDataConsumer$");
  scene.Keep(known_to_spark, kSparkConsumer, {1});
}

SIGNATURE_TRIGGERS(SparkKafkaConsumers, "spark.kafka-consumers-not-released") {
  RegisterSparkClients(scene, 90, 4);
  const analyses::Finding finding = scene.Finds(90);
  EXPECT_EQ(finding.severity, analyses::Severity::kHigh);
  EXPECT_TRUE(absl::StrContains(finding.known_issue, "2.3.2"));
}

// Told by the signature of Spark, not twice.
SIGNATURE_BENIGN(KafkaClientsOfSpark, "kafka.unclosed-clients") {
  RegisterSparkClients(scene, 90, 4);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(SparkKafkaConsumersCached, "spark.kafka-consumers-not-released") {
  RegisterSparkClients(scene, 90, 80);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(SparkKafkaConsumersFew, "spark.kafka-consumers-not-released") {
  RegisterSparkClients(scene, 19, 4);
  scene.FindsNothing();
}

constexpr absl::string_view kTaskMemory = "org.apache.spark.memory.TaskMemoryManager";
constexpr absl::string_view kTaskRunner = "org.apache.spark.executor.Executor$TaskRunner";

void KeepTaskMemory(SignatureScene& scene, int managers, int consumers, int tasks) {
  SizedCollections sized(scene);
  scene.Class(kTaskMemory).Field("consumers", kObject);
  scene.Class(kTaskRunner).Field("taskId", kLong);
  for (int i = 0; i < managers; ++i) {
    scene.Keep(scene.New(kTaskMemory, {sized.HashSet(consumers)}));
  }
  scene.Keep(tasks, kTaskRunner);
}

SIGNATURE_TRIGGERS(SparkTaskMemory, "spark.task-memory") {
  KeepTaskMemory(scene, 30, 2, 4);
  EXPECT_EQ(scene.Finds(30).severity, analyses::Severity::kHigh);
}

SIGNATURE_BENIGN(SparkTasksRunning, "spark.task-memory") {
  KeepTaskMemory(scene, 16, 3, 16);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(SparkTaskMemoryFreed, "spark.task-memory") {
  KeepTaskMemory(scene, 30, 0, 0);
  scene.FindsNothing();
}

}  // namespace
}  // namespace leaktrail::testing
