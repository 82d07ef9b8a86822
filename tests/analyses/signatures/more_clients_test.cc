#include "tests/analyses/signature_scene.h"

namespace leaktrail::testing {
namespace {

// Instances with a flag, some with one value and some with another.
void KeepFlagged(SignatureScene& scene, absl::string_view name, absl::string_view flag, int leaked,
                 bool leaked_value, int fine) {
  scene.Class(name).Field(flag, kBoolean);
  scene.Keep(leaked, name, {leaked_value});
  scene.Keep(fine, name, {!leaked_value});
}

// --- quartz.unclosed-schedulers

constexpr absl::string_view kScheduler = "org.quartz.core.QuartzScheduler";

SIGNATURE_TRIGGERS(QuartzSchedulers, "quartz.unclosed-schedulers") {
  KeepFlagged(scene, kScheduler, "closed", 12, false, 3);
  scene.Finds(12);
}

SIGNATURE_BENIGN(QuartzShutDown, "quartz.unclosed-schedulers") {
  KeepFlagged(scene, kScheduler, "closed", 3, false, 60);
  scene.FindsNothing();
}

// --- mongodb.unclosed-clients

constexpr absl::string_view kCluster = "com.mongodb.internal.connection.BaseCluster";

SIGNATURE_TRIGGERS(MongoClients, "mongodb.unclosed-clients") {
  KeepFlagged(scene, kCluster, "isClosed", 25, false, 3);
  scene.Finds(25);
}

SIGNATURE_BENIGN(MongoClosedClients, "mongodb.unclosed-clients") {
  KeepFlagged(scene, kCluster, "isClosed", 10, false, 100);
  scene.FindsNothing();
}

// --- httpasyncclient.unclosed-clients

constexpr absl::string_view kAsyncClient =
    "org.apache.http.impl.nio.client.CloseableHttpAsyncClientBase";

void KeepAsyncClients(SignatureScene& scene, int count, absl::string_view status) {
  constexpr absl::string_view kReference = "java.util.concurrent.atomic.AtomicReference";
  for (int i = 0; i < count; ++i) {
    const Id value = scene.Enum(absl::StrCat(kAsyncClient, "$Status"), status);
    scene.Keep(scene.New(kAsyncClient, {scene.New(kReference, {value})}));
  }
}

void DeclareAsyncClients(SignatureScene& scene) {
  scene.Class("java.util.concurrent.atomic.AtomicReference").Field("value", kObject);
  scene.Class(kAsyncClient).Field("status", kObject);
}

SIGNATURE_TRIGGERS(HttpAsyncClients, "httpasyncclient.unclosed-clients") {
  DeclareAsyncClients(scene);
  KeepAsyncClients(scene, 24, "ACTIVE");
  KeepAsyncClients(scene, 10, "STOPPED");
  scene.Finds(24);
}

SIGNATURE_BENIGN(HttpAsyncStoppedClients, "httpasyncclient.unclosed-clients") {
  DeclareAsyncClients(scene);
  KeepAsyncClients(scene, 10, "ACTIVE");
  KeepAsyncClients(scene, 200, "STOPPED");
  scene.FindsNothing();
}

// --- jersey.client-per-request

constexpr absl::string_view kJersey = "org.glassfish.jersey.client.JerseyClient";

void KeepJerseyClients(SignatureScene& scene, int count, bool closed) {
  for (int i = 0; i < count; ++i) scene.Keep(scene.New(kJersey, {scene.AtomicBoolean(closed)}));
}

SIGNATURE_TRIGGERS(JerseyClients, "jersey.client-per-request") {
  scene.Class(kJersey).Field("closedFlag", kObject);
  KeepJerseyClients(scene, 120, false);
  KeepJerseyClients(scene, 10, true);
  scene.Finds(120);
}

SIGNATURE_BENIGN(JerseyClosedClients, "jersey.client-per-request") {
  scene.Class(kJersey).Field("closedFlag", kObject);
  KeepJerseyClients(scene, 20, false);
  KeepJerseyClients(scene, 500, true);
  scene.FindsNothing();
}

// --- jdk.open-zip-file-systems

SIGNATURE_TRIGGERS(JdkZipFileSystems, "jdk.open-zip-file-systems") {
  KeepFlagged(scene, "jdk.nio.zipfs.ZipFileSystem", "isOpen", 60, true, 10);
  scene.Finds(60);
}

SIGNATURE_BENIGN(JdkClosedZipFileSystems, "jdk.open-zip-file-systems") {
  KeepFlagged(scene, "jdk.nio.zipfs.ZipFileSystem", "isOpen", 20, true, 300);
  scene.FindsNothing();
}

// --- jdk.open-ldap-connections

SIGNATURE_TRIGGERS(JdkLdapConnections, "jdk.open-ldap-connections") {
  KeepFlagged(scene, "com.sun.jndi.ldap.Connection", "useable", 70, true, 10);
  scene.Finds(70);
}

SIGNATURE_BENIGN(JdkClosedLdapConnections, "jdk.open-ldap-connections") {
  KeepFlagged(scene, "com.sun.jndi.ldap.Connection", "useable", 20, true, 300);
  scene.FindsNothing();
}

// --- mockito.recorded-invocations

constexpr absl::string_view kRecording =
    "org.mockito.internal.verification.DefaultRegisteredInvocations";

SIGNATURE_TRIGGERS(MockitoInvocations, "mockito.recorded-invocations") {
  scene.Class(kRecording).Field("invocations", kObject);
  scene.Keep(scene.New(kRecording, {scene.ListOf(48'000)}));
  scene.Keep(scene.New(kRecording, {scene.ListOf(4'000)}));
  scene.Finds(52'000);
}

SIGNATURE_BENIGN(MockitoFewInvocations, "mockito.recorded-invocations") {
  scene.Class(kRecording).Field("invocations", kObject);
  for (int i = 0; i < 100; ++i) scene.Keep(scene.New(kRecording, {scene.ListOf(20)}));
  scene.FindsNothing();
}

}  // namespace
}  // namespace leaktrail::testing
