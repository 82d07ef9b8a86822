#include "tests/analyses/signature_scene.h"

namespace leaktrail::testing {
namespace {

// --- spark.broadcasts

constexpr absl::string_view kBroadcast = "org.apache.spark.broadcast.TorrentBroadcast";

void DeclareBroadcasts(SignatureScene& scene) {
  scene.Class("org.apache.spark.broadcast.Broadcast").Field("_isValid", kBoolean);
  scene.Class(kBroadcast)
      .Super(scene.Of("org.apache.spark.broadcast.Broadcast"))
      .Field("_value", kObject);
}

SIGNATURE_TRIGGERS(SparkBroadcasts, "spark.broadcasts") {
  DeclareBroadcasts(scene);
  for (int i = 0; i < 1300; ++i) {
    scene.Keep(scene.New(kBroadcast, {scene.jdk.dump.PrimitiveArray(kByte, 2000), 1}));
  }
  EXPECT_EQ(scene.Finds(1300).severity, analyses::Severity::kMedium);
}

SIGNATURE_BENIGN(SparkDestroyedBroadcasts, "spark.broadcasts") {
  DeclareBroadcasts(scene);
  scene.Keep(600, kBroadcast, {0, 1});
  scene.Keep(2000, kBroadcast, {0, 0});
  scene.FindsNothing();
}

// --- spark.cleanups-waiting

constexpr absl::string_view kCleanup = "org.apache.spark.CleanupTaskWeakReference";

SIGNATURE_TRIGGERS(SparkCleanups, "spark.cleanups-waiting") {
  scene.Class(kCleanup).Super(scene.jdk.boot.weak_reference).Field("task", kObject);
  scene.Keep(2500, kCleanup, {0, 0});
  scene.Finds(2500);
}

// Very many RDDs and shuffles, all of them in use.
SIGNATURE_BENIGN(SparkObjectsInUse, "spark.cleanups-waiting") {
  scene.Class(kCleanup).Super(scene.jdk.boot.weak_reference).Field("task", kObject);
  scene.Keep(20'000, kCleanup, {0, scene.Keep(scene.String("RDD"))});
  scene.Keep(900, kCleanup, {0, 0});
  scene.FindsNothing();
}

// --- spark.event-backlog

void KeepEvents(SignatureScene& scene, absl::string_view field, std::size_t count) {
  scene.Class("org.apache.spark.scheduler.AsyncEventQueue").Field(field, kObject);
  scene.Keep(scene.New("org.apache.spark.scheduler.AsyncEventQueue", {scene.ListOf(count)}));
}

SIGNATURE_TRIGGERS(SparkEvents, "spark.event-backlog") {
  KeepEvents(scene, "eventQueue", 9000);
  EXPECT_EQ(scene.Finds(9000).claim, analyses::Claim::kMuchInUse);
}

// The name that Scala 2.11 gives to the field.
SIGNATURE_TRIGGERS(SparkEventsScala211, "spark.event-backlog") {
  KeepEvents(scene, "org$apache$spark$scheduler$AsyncEventQueue$$eventQueue", 9000);
  scene.Finds(9000);
}

SIGNATURE_BENIGN(SparkFewEvents, "spark.event-backlog") {
  KeepEvents(scene, "eventQueue", 2000);
  scene.FindsNothing();
}

// --- spark.ui-tasks

constexpr absl::string_view kTask = "org.apache.spark.status.TaskDataWrapper";

SIGNATURE_TRIGGERS(SparkUiTasks, "spark.ui-tasks") {
  scene.Class(kTask).Field("duration", kLong);
  scene.Keep(200'500, kTask);
  EXPECT_EQ(scene.Finds(200'500).severity, analyses::Severity::kMedium);
}

SIGNATURE_BENIGN(SparkFewUiTasks, "spark.ui-tasks") {
  scene.Class(kTask).Field("duration", kLong);
  scene.Keep(50'000, kTask);
  scene.FindsNothing();
}

}  // namespace
}  // namespace leaktrail::testing
