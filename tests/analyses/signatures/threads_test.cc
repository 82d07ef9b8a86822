#include "tests/analyses/signature_scene.h"

namespace leaktrail::testing {
namespace {

using analyses::Severity;

// --- jdk.timer-threads

constexpr absl::string_view kTimerThread = "java.util.TimerThread";

// Each with a task that keeps `bytes`.
void KeepTimers(SignatureScene& scene, int count, bool accepts_tasks, int bytes) {
  scene.Class(kTimerThread).Field("newTasksMayBeScheduled", kBoolean).Field("queue", kObject);
  scene.Class("java.util.TimerTask").Field("period", kLong);
  scene.Class("com.acme.Poll").Super(scene.Of("java.util.TimerTask")).Field("session", kObject);
  for (int i = 0; i < count; ++i) {
    const Id session = scene.jdk.dump.PrimitiveArray(kByte, bytes);
    const Id queue = scene.jdk.List({scene.New("com.acme.Poll", {session})});
    scene.Keep(scene.New(kTimerThread, {accepts_tasks, queue}));
  }
}

SIGNATURE_TRIGGERS(JdkTimerThreads, "jdk.timer-threads") {
  KeepTimers(scene, 250, true, 10'000);
  const analyses::Finding finding = scene.Finds(250);
  EXPECT_EQ(finding.severity, Severity::kHigh);
  EXPECT_GT(finding.retained, 2 * kMiB);  // with what the tasks keep
}

SIGNATURE_TRIGGERS(JdkSmallTimers, "jdk.timer-threads") {
  KeepTimers(scene, 50, true, 10);
  EXPECT_EQ(scene.Finds(50).severity, Severity::kMedium);  // proven, however small
}

SIGNATURE_BENIGN(JdkFewTimers, "jdk.timer-threads") {
  KeepTimers(scene, 49, true, 1000);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(JdkCancelledTimers, "jdk.timer-threads") {
  KeepTimers(scene, 250, false, 1000);
  scene.FindsNothing();
}

// --- jdk.stale-thread-locals

constexpr absl::string_view kEntry = "java.lang.ThreadLocal$ThreadLocalMap$Entry";

void DeclareEntries(SignatureScene& scene) {
  scene.Class(kEntry).Super(scene.jdk.boot.weak_reference).Field("value", kObject);
}

SIGNATURE_TRIGGERS(JdkStaleThreadLocals, "jdk.stale-thread-locals") {
  DeclareEntries(scene);
  scene.Class("java.lang.ThreadLocal");
  const Id alive = scene.Keep(scene.New("java.lang.ThreadLocal"));
  for (int i = 0; i < 1100; ++i) {
    scene.Keep(scene.New(kEntry, {scene.jdk.dump.PrimitiveArray(kByte, 2000)}));
  }
  for (int i = 0; i < 100; ++i) scene.Keep(scene.New(kEntry, {scene.String("used"), alive}));
  const analyses::Finding finding = scene.Finds(1100);
  EXPECT_EQ(finding.severity, Severity::kMedium);
  EXPECT_TRUE(absl::StartsWith(finding.evidence[0], "Of 1,200 entries of thread-local maps 1,100"));
}

// Thousands that are in use, and thousands whose value is gone, too.
SIGNATURE_BENIGN(JdkThreadLocalsInUse, "jdk.stale-thread-locals") {
  DeclareEntries(scene);
  scene.Class("java.lang.ThreadLocal");
  const Id alive = scene.Keep(scene.New("java.lang.ThreadLocal"));
  scene.Keep(3000, kEntry, {scene.String("used"), alive});
  scene.Keep(3000, kEntry, {0, 0});
  scene.Keep(900, kEntry, {scene.String("stale"), 0});
  scene.FindsNothing();
}

// --- jdk.ended-threads, jdk.unstarted-threads

constexpr absl::string_view kThread = "java.lang.Thread";
// Thread.threadStatus: alive and waiting on a monitor; ended; new.
constexpr int kWaiting = 0x191, kEnded = 2, kNew = 0;

void DeclareThreads17(SignatureScene& scene) {
  scene.Class(kThread).Field("target", kObject).Field("threadStatus", kInt);
}

void KeepThreads25(SignatureScene& scene, int count, int status) {
  scene.Class("java.lang.Thread$FieldHolder").Field("threadStatus", kInt);
  scene.Class(kThread).Field("holder", kObject);
  for (int i = 0; i < count; ++i) {
    scene.Keep(scene.New(kThread, {scene.New("java.lang.Thread$FieldHolder", {status})}));
  }
}

SIGNATURE_TRIGGERS(JdkEndedThreads, "jdk.ended-threads") {
  DeclareThreads17(scene);
  scene.Keep(1200, kThread, {0, kEnded});
  scene.Keep(300, kThread, {0, kWaiting});
  EXPECT_EQ(scene.Finds(1200).evidence[0].substr(0, 38), "Of 1,500 Thread objects 1,200 are in s");
}

SIGNATURE_TRIGGERS(JdkEndedThreads25, "jdk.ended-threads") {
  KeepThreads25(scene, 1200, kEnded);
  scene.Finds(1200);
}

SIGNATURE_BENIGN(JdkWaitingThreads, "jdk.ended-threads") {
  DeclareThreads17(scene);
  scene.Keep(3000, kThread, {0, kWaiting});
  scene.Keep(900, kThread, {0, kEnded});
  scene.FindsNothing();
}

SIGNATURE_TRIGGERS(JdkUnstartedThreads, "jdk.unstarted-threads") {
  DeclareThreads17(scene);
  scene.Keep(600, kThread, {0, kNew});
  scene.Finds(600);
}

SIGNATURE_TRIGGERS(JdkUnstartedThreads25, "jdk.unstarted-threads") {
  KeepThreads25(scene, 600, kNew);
  scene.Finds(600);
}

SIGNATURE_BENIGN(JdkStartedThreads, "jdk.unstarted-threads") {
  DeclareThreads17(scene);
  scene.Keep(3000, kThread, {0, kWaiting});
  scene.Keep(3000, kThread, {0, kEnded});
  scene.Keep(400, kThread, {0, kNew});
  scene.FindsNothing();
}

// --- jdk.parked-virtual-threads

constexpr absl::string_view kVirtualThread = "java.lang.VirtualThread";
constexpr int kParked = 4, kTimedParked = 7, kYielding = 10;

SIGNATURE_TRIGGERS(JdkParkedVirtualThreads, "jdk.parked-virtual-threads") {
  scene.Class(kVirtualThread).Field("state", kInt).Static("TIMED_PARKED", kInt, kTimedParked);
  scene.Keep(15'000, kVirtualThread, {kParked});
  scene.Keep(6'000, kVirtualThread, {kTimedParked});
  scene.Keep(100, kVirtualThread, {kYielding});
  scene.Finds(21'000);
}

SIGNATURE_BENIGN(JdkBusyVirtualThreads, "jdk.parked-virtual-threads") {
  scene.Class(kVirtualThread).Field("state", kInt).Static("TIMED_PARKED", kInt, kTimedParked);
  scene.Keep(15'000, kVirtualThread, {kParked});
  scene.Keep(15'000, kVirtualThread, {kYielding});
  scene.FindsNothing();
}

// The numbers of another JDK, which has no such state, mean something else.
SIGNATURE_BENIGN(JdkOtherVirtualThreads, "jdk.parked-virtual-threads") {
  scene.Class(kVirtualThread).Field("state", kInt);
  scene.Keep(30'000, kVirtualThread, {kParked});
  scene.FindsNothing();
}

// --- jdk.http-client-per-request

constexpr absl::string_view kSelectorManager =
    "jdk.internal.net.http.HttpClientImpl$SelectorManager";

SIGNATURE_TRIGGERS(JdkHttpClientPerRequest, "jdk.http-client-per-request") {
  scene.Class(kSelectorManager).Field("closed", kBoolean);
  scene.Keep(60, kSelectorManager, {0});
  scene.Finds(60);
}

SIGNATURE_BENIGN(JdkClosedHttpClients, "jdk.http-client-per-request") {
  scene.Class(kSelectorManager).Field("closed", kBoolean);
  scene.Keep(40, kSelectorManager, {0});
  scene.Keep(200, kSelectorManager, {1});
  scene.FindsNothing();
}

}  // namespace
}  // namespace leaktrail::testing
