#include "tests/analyses/signature_scene.h"

namespace leaktrail::testing {
namespace {

// --- jdk.shutdown-hooks

void RegisterHooks(SignatureScene& scene, int count) {
  scene.Class("java.lang.Thread").Field("target", kObject);
  std::vector<std::pair<Id, Id>> hooks;
  for (int i = 0; i < count; ++i) {
    const Id hook = scene.New("java.lang.Thread", {scene.jdk.dump.PrimitiveArray(kByte, 5000)});
    hooks.emplace_back(hook, hook);
  }
  scene.jdk.dump.Class("java.lang.ApplicationShutdownHooks")
      .Static("hooks", kObject, scene.jdk.Map(hooks))
      .Sticky();
}

SIGNATURE_TRIGGERS(JdkShutdownHooks, "jdk.shutdown-hooks") {
  RegisterHooks(scene, 400);
  const analyses::Finding finding = scene.Finds(400);
  EXPECT_EQ(finding.severity, analyses::Severity::kHigh);
  EXPECT_EQ(CutOf(finding), "static hooks -> java.util.HashMap");
}

SIGNATURE_BENIGN(JdkSomeShutdownHooks, "jdk.shutdown-hooks") {
  RegisterHooks(scene, 60);
  scene.FindsNothing();
}

// --- hadoop.filesystem-cache

constexpr absl::string_view kCache = "org.apache.hadoop.fs.FileSystem$Cache";

void KeepFileSystems(SignatureScene& scene, int count) {
  scene.Class(kCache).Field("map", kObject);
  const std::vector<Id> file_systems =
      scene.jdk.Objects("org.apache.hadoop.hdfs.DistributedFileSystem", count, 8000);
  scene.Keep(scene.New(kCache, {scene.jdk.MapOfValues(file_systems)}));
}

SIGNATURE_TRIGGERS(HadoopFileSystemCache, "hadoop.filesystem-cache") {
  KeepFileSystems(scene, 600);
  EXPECT_EQ(scene.Finds(600).severity, analyses::Severity::kHigh);
}

SIGNATURE_BENIGN(HadoopFewFileSystems, "hadoop.filesystem-cache") {
  KeepFileSystems(scene, 40);
  scene.FindsNothing();
}

// --- hadoop.delete-on-exit

void KeepDeleteOnExit(SignatureScene& scene, std::size_t paths) {
  scene.Class("org.apache.hadoop.fs.FileSystem").Field("deleteOnExit", kObject);
  scene.Class("org.apache.hadoop.hdfs.DistributedFileSystem")
      .Super(scene.Of("org.apache.hadoop.fs.FileSystem"));
  scene.Keep(scene.New("org.apache.hadoop.hdfs.DistributedFileSystem", {scene.ListOf(paths)}));
}

SIGNATURE_TRIGGERS(HadoopDeleteOnExit, "hadoop.delete-on-exit") {
  KeepDeleteOnExit(scene, 1500);
  scene.Finds(1500);
}

SIGNATURE_BENIGN(HadoopFewDeleteOnExit, "hadoop.delete-on-exit") {
  KeepDeleteOnExit(scene, 500);
  scene.FindsNothing();
}

void KeepQueues(SignatureScene& scene, int queues, std::int64_t length) {
  scene.Class("java.lang.ref.ReferenceQueue").Field("queueLength", kLong).Field("head", kObject);
  scene.Keep(queues, "java.lang.ref.ReferenceQueue", {length, 0});
  scene.Keep(100, "java.lang.ref.ReferenceQueue", {3, 0});
}

SIGNATURE_TRIGGERS(ReferenceQueueBacklog, "jdk.reference-queue-backlog") {
  KeepQueues(scene, 2, 10'000);
  EXPECT_EQ(scene.Finds(2).severity, analyses::Severity::kLow);
}

SIGNATURE_BENIGN(ReferenceQueuesThatArePolled, "jdk.reference-queue-backlog") {
  KeepQueues(scene, 50, 9'999);
  scene.FindsNothing();
}

}  // namespace
}  // namespace leaktrail::testing
