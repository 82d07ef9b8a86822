#include "tests/analyses/signature_scene.h"
#include "tests/analyses/signatures/sized_collections.h"

namespace leaktrail::testing {
namespace {

constexpr absl::string_view kThreadLocals = "java.lang.ThreadLocal$ThreadLocalMap";

void KeepThreadLocals(SignatureScene& scene, int threads, int entries) {
  scene.Class(kThreadLocals).Field("table", kObject).Field("size", kInt);
  scene.Keep(threads, kThreadLocals, {0, entries});
}

SIGNATURE_TRIGGERS(ThreadLocals, "jdk.thread-locals-per-thread") {
  KeepThreadLocals(scene, 4, 3000);
  scene.Finds(4);
}

SIGNATURE_BENIGN(ThreadLocalsFew, "jdk.thread-locals-per-thread") {
  KeepThreadLocals(scene, 800, 40);
  scene.FindsNothing();
}

constexpr absl::string_view kExecutor = "java.util.concurrent.ThreadPoolExecutor";
constexpr std::int64_t kRunning = -1, kShutDown = 0;

void KeepExecutors(SignatureScene& scene, int count, std::int64_t state, std::uint64_t tasks) {
  SizedCollections sized(scene);
  scene.Class(kExecutor).Field("ctl", kObject).Field("workQueue", kObject);
  for (int i = 0; i < count; ++i) {
    scene.Keep(scene.New(
        kExecutor, {scene.AtomicInteger(state * (1 << 29) + 4), sized.LinkedBlockingQueue(tasks)}));
  }
}

SIGNATURE_TRIGGERS(ExecutorBacklog, "jdk.executor-backlog") {
  KeepExecutors(scene, 2, kRunning, 40000);
  scene.Finds(80000);
}

SIGNATURE_BENIGN(ExecutorsBusy, "jdk.executor-backlog") {
  KeepExecutors(scene, 50, kRunning, 900);
  scene.FindsNothing();
}

// What a scheduler holds waits for its time.
SIGNATURE_BENIGN(SchedulerQueue, "jdk.executor-backlog") {
  const absl::string_view queue =
      "java.util.concurrent.ScheduledThreadPoolExecutor$DelayedWorkQueue";
  scene.Class(queue).Field("queue", kObject).Field("size", kInt);
  scene.Class(kExecutor).Field("ctl", kObject).Field("workQueue", kObject);
  scene.Keep(scene.New(
      kExecutor, {scene.AtomicInteger(kRunning * (1 << 29) + 4), scene.New(queue, {0, 40000})}));
  scene.FindsNothing();
}

SIGNATURE_BENIGN(ExecutorShutDown, "jdk.executor-backlog") {
  KeepExecutors(scene, 1, kShutDown, 40000);
  scene.FindsNothing();
}

constexpr absl::string_view kTimerTask = "java.util.TimerTask";
constexpr int kScheduled = 1, kCancelled = 3;  // TimerTask.state

void QueueTimerTasks(SignatureScene& scene, int count, int state) {
  scene.Class(kTimerTask).Field("state", kInt);
  std::vector<Id> tasks;
  for (int i = 0; i < count; ++i) tasks.push_back(scene.New(kTimerTask, {state}));
  scene.Class("java.util.TaskQueue").Field("queue", kObject).Field("size", kInt);
  const Id queue = scene.jdk.dump.ObjectArray(scene.jdk.App("java.util.TimerTask[]"), tasks);
  scene.Keep(scene.New("java.util.TaskQueue", {queue, count}));
}

SIGNATURE_TRIGGERS(CancelledTimerTasks, "jdk.cancelled-timer-tasks") {
  QueueTimerTasks(scene, 1400, kCancelled);
  EXPECT_EQ(scene.Finds(1400).severity, analyses::Severity::kLow);
}

SIGNATURE_BENIGN(TimerTasksWaiting, "jdk.cancelled-timer-tasks") {
  QueueTimerTasks(scene, 5000, kScheduled);
  scene.FindsNothing();
}

// Cancelled and held by the program itself, not by a timer.
SIGNATURE_BENIGN(TimerTasksPurged, "jdk.cancelled-timer-tasks") {
  scene.Class(kTimerTask).Field("state", kInt);
  scene.Keep(5000, kTimerTask, {kCancelled});
  scene.FindsNothing();
}

constexpr absl::string_view kFuture = "java.util.concurrent.CompletableFuture";
constexpr absl::string_view kDependent = "java.util.concurrent.CompletableFuture$UniCompletion";

void DeclareFutures(SignatureScene& scene) {
  scene.Class(kFuture).Field("result", kObject).Field("stack", kObject);
  scene.Class(kDependent).Field("src", kObject).Field("dep", kObject);
  scene.Class("java.util.concurrent.CompletableFuture$UniApply").Super(scene.Of(kDependent));
}

SIGNATURE_TRIGGERS(FutureChain, "jdk.future-chain") {
  DeclareFutures(scene);
  const Id waiting = scene.New(kFuture);
  scene.Keep(1300, "java.util.concurrent.CompletableFuture$UniApply", {waiting});
  scene.Finds(1300);
}

SIGNATURE_BENIGN(FuturesOfManyRequests, "jdk.future-chain") {
  DeclareFutures(scene);
  for (int i = 0; i < 3000; ++i) scene.Keep(scene.New(kDependent, {scene.New(kFuture)}));
  scene.FindsNothing();
}

SIGNATURE_BENIGN(FutureComplete, "jdk.future-chain") {
  DeclareFutures(scene);
  const Id complete = scene.New(kFuture, {scene.String("result")});
  scene.Keep(3000, kDependent, {complete});
  scene.FindsNothing();
}

}  // namespace
}  // namespace leaktrail::testing
