#include <limits>

#include "tests/analyses/signature_scene.h"
#include "tests/analyses/signatures/sized_collections.h"

namespace leaktrail::testing {
namespace {

constexpr absl::string_view kSegment = "org.apache.flink.core.memory.MemorySegment";

void KeepSegments(SignatureScene& scene, int count, bool freed) {
  scene.Class(kSegment).Field("size", kInt).Field("isFreedAtomic", kObject);
  for (int i = 0; i < count; ++i) {
    scene.Keep(scene.New(kSegment, {32768, scene.AtomicBoolean(freed)}));
  }
}

SIGNATURE_TRIGGERS(FlinkFreedSegments, "flink.freed-segments") {
  KeepSegments(scene, 1200, true);
  scene.Finds(1200);
}

SIGNATURE_BENIGN(FlinkSegmentsInUse, "flink.freed-segments") {
  KeepSegments(scene, 5000, false);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(FlinkSegmentsOfOldFlink, "flink.freed-segments") {
  scene.Class(kSegment).Field("size", kInt).Field("address", kLong);
  scene.Keep(5000, kSegment, {32768, 1});
  scene.FindsNothing();
}

constexpr absl::string_view kBufferPool =
    "org.apache.flink.runtime.io.network.buffer.LocalBufferPool";

void KeepBufferPools(SignatureScene& scene, int count, bool destroyed, int requested) {
  scene.Class(kBufferPool)
      .Field("isDestroyed", kBoolean)
      .Field("numberOfRequestedMemorySegments", kInt);
  scene.Keep(count, kBufferPool, {destroyed ? 1 : 0, requested});
}

SIGNATURE_TRIGGERS(FlinkDestroyedBufferPools, "flink.destroyed-buffer-pools") {
  KeepBufferPools(scene, 6, true, 3);
  EXPECT_EQ(scene.Finds(6).severity, analyses::Severity::kHigh);
}

SIGNATURE_BENIGN(FlinkBufferPoolsInUse, "flink.destroyed-buffer-pools") {
  KeepBufferPools(scene, 60, false, 10);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(FlinkBufferPoolsReturned, "flink.destroyed-buffer-pools") {
  KeepBufferPools(scene, 60, true, 0);
  scene.FindsNothing();
}

constexpr absl::string_view kStateMap = "org.apache.flink.runtime.state.heap.CopyOnWriteStateMap";

void KeepStateMaps(SignatureScene& scene, int count, int snapshots) {
  SizedCollections sized(scene);
  scene.Class(kStateMap).Field("snapshotVersions", kObject);
  for (int i = 0; i < count; ++i) scene.Keep(scene.New(kStateMap, {sized.TreeSet(snapshots)}));
}

SIGNATURE_TRIGGERS(FlinkSnapshots, "flink.snapshots-not-released") {
  KeepStateMaps(scene, 8, 4);
  scene.Finds(8);
}

SIGNATURE_BENIGN(FlinkSnapshotOfRunningCheckpoint, "flink.snapshots-not-released") {
  KeepStateMaps(scene, 128, 1);
  scene.FindsNothing();
}

constexpr absl::string_view kTimers =
    "org.apache.flink.streaming.api.operators.InternalTimerServiceImpl";
constexpr absl::string_view kTimerQueue =
    "org.apache.flink.runtime.state.heap.HeapPriorityQueueSet";
constexpr std::int64_t kNoWatermark = std::numeric_limits<std::int64_t>::min();

void KeepTimers(SignatureScene& scene, std::int64_t watermark, int timers) {
  scene.Class("org.apache.flink.runtime.state.heap.AbstractHeapPriorityQueue")
      .Field("queue", kObject)
      .Field("size", kInt);
  scene.Class(kTimerQueue)
      .Super(scene.Of("org.apache.flink.runtime.state.heap.AbstractHeapPriorityQueue"));
  scene.Class(kTimers).Field("currentWatermark", kLong).Field("eventTimeTimersQueue", kObject);
  scene.Class("org.apache.flink.streaming.api.operators.TimerHeapInternalTimer")
      .Field("timestamp", kLong);
  scene.Keep(scene.New(kTimers, {watermark, scene.New(kTimerQueue, {0, timers})}));
  scene.Keep(3, "org.apache.flink.streaming.api.operators.TimerHeapInternalTimer", {1});
}

SIGNATURE_TRIGGERS(FlinkTimersWithoutWatermark, "flink.timers-without-watermark") {
  KeepTimers(scene, kNoWatermark, 25000);
  EXPECT_EQ(scene.Finds(1).severity, analyses::Severity::kHigh);
}

SIGNATURE_BENIGN(FlinkTimersThatFire, "flink.timers-without-watermark") {
  KeepTimers(scene, 1700000000000, 2500000);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(FlinkTimersAtStart, "flink.timers-without-watermark") {
  KeepTimers(scene, kNoWatermark, 500);
  scene.FindsNothing();
}

// --- RocksDB

void KeepNative(SignatureScene& scene, absl::string_view base, absl::string_view name, int count,
                bool open) {
  const std::string base_name(base);
  scene.Class("org.rocksdb.AbstractImmutableNativeReference").Field("owningHandle_", kObject);
  scene.Class(base_name).Super(scene.Of("org.rocksdb.AbstractImmutableNativeReference"));
  if (name != base) scene.Class(name).Super(scene.Of(base_name));
  for (int i = 0; i < count; ++i) scene.Keep(scene.New(name, {scene.AtomicBoolean(open)}));
}

constexpr absl::string_view kAbstractIterator = "org.rocksdb.AbstractRocksIterator";
constexpr absl::string_view kIterator = "org.rocksdb.RocksIterator";

SIGNATURE_TRIGGERS(RocksIterators, "rocksdb.open-iterators") {
  KeepNative(scene, kAbstractIterator, kIterator, 150, true);
  EXPECT_EQ(scene.Finds(150).severity, analyses::Severity::kMedium);
}

SIGNATURE_BENIGN(RocksIteratorsClosed, "rocksdb.open-iterators") {
  KeepNative(scene, kAbstractIterator, kIterator, 5000, false);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(RocksIteratorsFew, "rocksdb.open-iterators") {
  KeepNative(scene, kAbstractIterator, kIterator, 99, true);
  scene.FindsNothing();
}

SIGNATURE_TRIGGERS(RocksOptions, "rocksdb.open-options") {
  KeepNative(scene, "org.rocksdb.ReadOptions", "org.rocksdb.ReadOptions", 1100, true);
  scene.Finds(1100);
}

SIGNATURE_TRIGGERS(RocksSlices, "rocksdb.open-options") {
  scene.Class("org.rocksdb.AbstractSlice").Field("owningHandle_", kBoolean);
  scene.Class("org.rocksdb.Slice").Super(scene.Of("org.rocksdb.AbstractSlice"));
  scene.Keep(1100, "org.rocksdb.Slice", {1});
  scene.Keep(400, "org.rocksdb.Slice", {0});
  scene.Finds(1100);
}

SIGNATURE_BENIGN(RocksOptionsClosed, "rocksdb.open-options") {
  KeepNative(scene, "org.rocksdb.ReadOptions", "org.rocksdb.ReadOptions", 9000, false);
  scene.FindsNothing();
}

SIGNATURE_TRIGGERS(RocksSnapshots, "rocksdb.snapshots") {
  KeepNative(scene, "org.rocksdb.RocksObject", "org.rocksdb.Snapshot", 120, false);
  scene.Finds(120);
}

SIGNATURE_BENIGN(RocksSnapshotsFew, "rocksdb.snapshots") {
  KeepNative(scene, "org.rocksdb.RocksObject", "org.rocksdb.Snapshot", 99, false);
  scene.FindsNothing();
}

SIGNATURE_TRIGGERS(RocksCaches, "rocksdb.many-caches") {
  KeepNative(scene, "org.rocksdb.Cache", "org.rocksdb.LRUCache", 40, true);
  scene.Finds(40);
}

SIGNATURE_BENIGN(RocksCachePerSlot, "rocksdb.many-caches") {
  KeepNative(scene, "org.rocksdb.Cache", "org.rocksdb.LRUCache", 31, true);
  scene.FindsNothing();
}

SIGNATURE_BENIGN(RocksCachesClosed, "rocksdb.many-caches") {
  KeepNative(scene, "org.rocksdb.Cache", "org.rocksdb.LRUCache", 400, false);
  scene.FindsNothing();
}

}  // namespace
}  // namespace leaktrail::testing
