// Heaps of a Flink TaskManager for tests: the objects that keep the books of the memory outside of
// the heap, all held by one static list.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyses/flink_memory.h"
#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {

class TaskManagerDump : public JdkDump {
 public:
  explicit TaskManagerDump(const std::string& package = "org.apache.flink.") {
    const std::string runtime = absl::StrCat(package, "runtime.");
    const std::string buffers = absl::StrCat(runtime, "io.network.buffer.");
    const std::string memory = absl::StrCat(runtime, "memory.");
    atomic_long_ = dump.Class("java.util.concurrent.atomic.AtomicLong").Field("value", kLong);
    atomic_boolean_ = dump.Class("java.util.concurrent.atomic.AtomicBoolean").Field("value", kInt);
    long_ = dump.Class("java.lang.Long").Field("value", kLong);
    deque_ = dump.Class("java.util.ArrayDeque")
                 .Field("elements", kObject)
                 .Field("head", kInt)
                 .Field("tail", kInt);
    pool_ = App(absl::StrCat(buffers, "NetworkBufferPool"))
                .Field("totalNumberOfMemorySegments", kInt)
                .Field("memorySegmentSize", kInt)
                .Field("availableMemorySegments", kObject)
                .Field("isDestroyed", kBoolean);
    local_pool_ = App(absl::StrCat(buffers, "LocalBufferPool"))
                      .Field("numberOfRequestedMemorySegments", kInt)
                      .Field("isDestroyed", kBoolean);
    manager_ = App(absl::StrCat(memory, "MemoryManager"))
                   .Field("memoryBudget", kObject)
                   .Field("sharedResources", kObject)
                   .Field("isShutDown", kBoolean);
    budget_ = App(absl::StrCat(memory, "UnsafeMemoryBudget"))
                  .Field("totalMemorySize", kLong)
                  .Field("availableMemorySize", kObject);
    shared_ = App(absl::StrCat(memory, "SharedResources")).Field("reservedResources", kObject);
    lease_ = App(absl::StrCat(memory, "SharedResources$LeasedResource"))
                 .Field("resourceHandle", kObject)
                 .Field("size", kLong);
    rocksdb_ = App(absl::StrCat(package, "contrib.streaming.state.RocksDBSharedResources"));
    model_ = App(absl::StrCat(runtime, "taskexecutor.TaskExecutorMemoryConfiguration"))
                 .Field("frameworkHeap", kObject)
                 .Field("taskHeap", kObject)
                 .Field("frameworkOffHeap", kObject)
                 .Field("taskOffHeap", kObject)
                 .Field("networkMemory", kObject)
                 .Field("managedMemoryTotal", kObject)
                 .Field("jvmMetaspace", kObject)
                 .Field("jvmOverhead", kObject)
                 .Field("totalFlinkMemory", kObject)
                 .Field("totalProcessMemory", kObject);
    const Id handle =
        App("org.rocksdb.AbstractImmutableNativeReference").Field("owningHandle_", kObject);
    iterator = App("org.rocksdb.RocksIterator").Super(handle);
    database = App("org.rocksdb.RocksDB").Super(handle);
    slice = App("org.rocksdb.Slice")
                .Super(App("org.rocksdb.RocksMutableObject").Field("owningHandle_", kBoolean));
  }

  void Pool(std::int64_t segments, std::int64_t segment_bytes, int free, int destroyed = 0) {
    const std::vector<Id> slots(static_cast<std::size_t>(free) + 1);
    const Id elements = dump.ObjectArray(boot.object_array, slots);
    const Id queue = dump.Instance(deque_, {elements, 0, free});
    Keep(dump.Instance(pool_, {segments, segment_bytes, queue, destroyed}));
  }
  void LocalPool(int requested, int destroyed) {
    Keep(dump.Instance(local_pool_, {requested, destroyed}));
  }

  Id RocksDBLease(std::uint64_t bytes) {
    return dump.Instance(lease_, {dump.Instance(rocksdb_), bytes});
  }
  void Manager(std::uint64_t total, std::uint64_t available, const std::vector<Id>& leases = {},
               int shut_down = 0) {
    ManagerWith(MapOfValues(leases), total, available, shut_down);
  }
  void ManagerWith(Id reserved_resources, std::uint64_t total, std::uint64_t available,
                   int shut_down = 0) {
    const Id budget = dump.Instance(budget_, {total, dump.Instance(atomic_long_, {available})});
    const Id resources = dump.Instance(shared_, {reserved_resources});
    Keep(dump.Instance(manager_, {budget, resources, shut_down}));
  }

  void Handles(Id handle_class, int open, int closed) {
    for (int i = 0; i < open + closed; ++i) {
      Keep(dump.Instance(handle_class, {dump.Instance(atomic_boolean_, {i < open ? 1 : 0})}));
    }
  }
  void Slices(int open, int closed) {
    for (int i = 0; i < open + closed; ++i) Keep(dump.Instance(slice, {i < open ? 1 : 0}));
  }

  // Framework and task heap, the same off-heap, network, managed, metaspace, overhead, total Flink
  // and process memory; 0: null.
  void Model(const std::vector<std::uint64_t>& areas) {
    std::vector<FieldValue> boxes;
    for (const std::uint64_t bytes : areas) {
      boxes.emplace_back(bytes == 0 ? Id{0} : dump.Instance(long_, {bytes}));
    }
    Keep(dump.Instance(model_, boxes));
  }
  void Direct(std::uint64_t reserved, std::uint64_t max) {
    dump.Class("java.nio.Bits")
        .Static("RESERVED_MEMORY", kObject, dump.Instance(atomic_long_, {reserved}))
        .Static("MAX_MEMORY", kLong, max)
        .Sticky();
  }
  void Keep(Id object) { kept_.push_back(object); }

  // Once, when all is there.
  std::optional<analyses::FlinkMemory> Read() {
    Root();
    return analyses::ReadFlinkMemory(*SnapshotOf(dump));
  }
  analyses::Report Report() {
    Root();
    return Analyze();
  }

  Id iterator, database, slice;  // classes of RocksDB

 private:
  void Root() { App("com.acme.TaskManagerRunner").Static("kept", kObject, List(kept_)).Sticky(); }

  Id atomic_long_, atomic_boolean_, long_, deque_, pool_, local_pool_, manager_, budget_, shared_,
      lease_, rocksdb_, model_;
  std::vector<Id> kept_;
};

}  // namespace leaktrail::testing
