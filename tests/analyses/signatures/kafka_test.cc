#include "tests/analyses/signature_scene.h"

namespace leaktrail::testing {
namespace {

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

}  // namespace
}  // namespace leaktrail::testing
