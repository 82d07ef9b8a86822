#include "analyses/flink_memory.h"

#include <algorithm>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analyses/book_reader.h"
#include "analyses/collections.h"
#include "analyses/facts.h"
#include "analyses/instances.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr absl::string_view kNetworkPool = "runtime.io.network.buffer.NetworkBufferPool";
constexpr absl::string_view kLocalPool = "runtime.io.network.buffer.LocalBufferPool";
constexpr absl::string_view kManager = "runtime.memory.MemoryManager";
constexpr absl::string_view kModel = "runtime.taskexecutor.TaskExecutorMemoryConfiguration";

// What Flink configures where a cluster inside of another process has no limit of its own.
constexpr std::uint64_t kUnlimited = std::uint64_t{1} << 40;

class MemoryReader {
 public:
  explicit MemoryReader(const Snapshot& snapshot)
      : snapshot_(snapshot), classes_(snapshot.classes()), books_(snapshot) {
    for (std::uint32_t i = 0; i < classes_.size(); ++i) Sort(ClassIndex(i));
  }

  std::optional<FlinkMemory> Read() {
    if (pools_.empty() && managers_.empty()) return std::nullopt;
    std::vector<bool> wanted(classes_.size());
    for (const std::vector<ClassIndex>* some : {&pools_, &local_pools_, &managers_, &models_}) {
      for (const ClassIndex c : *some) wanted[c.value()] = true;
    }
    const Instances instances(snapshot_, wanted);
    ForEach(instances, pools_, [&](ObjectIndex o) { ReadPool(o); });
    ForEach(instances, managers_, [&](ObjectIndex o) { ReadManager(o); });
    if (memory_.network.pools + memory_.managed.managers == 0) return std::nullopt;
    ForEach(instances, local_pools_, [&](ObjectIndex o) { ReadLocalPool(o); });
    ForEach(instances, models_, [&](ObjectIndex o) { ReadModel(o); });
    RocksDbHandles handles = ReadRocksDbHandles(snapshot_);
    memory_.handles = std::move(handles.types);
    memory_.all_handles = handles.all;
    std::sort(memory_.managed.reservations.begin(), memory_.managed.reservations.end(),
              [](const Reservation& a, const Reservation& b) { return a.bytes > b.bytes; });
    memory_.max_direct = DirectLimit(snapshot_);
    return std::move(memory_);
  }

 private:
  void Sort(ClassIndex c) {
    const std::string& name = classes_.Name(c);
    const auto sort = [&](absl::string_view suffix, std::vector<ClassIndex>& to) {
      if (HasSuffix(name, suffix)) to.push_back(c);
    };
    sort(kNetworkPool, pools_);
    sort(kLocalPool, local_pools_);
    sort(kManager, managers_);
    sort(kModel, models_);
  }

  template <typename F>
  static void ForEach(const Instances& instances, const std::vector<ClassIndex>& classes, F&& fn) {
    for (const ClassIndex c : classes) {
      const auto all = instances.Of(c);
      for (const ObjectIndex o : all.first(std::min(all.size(), kMostBooks))) fn(o);
    }
  }

  std::optional<std::uint64_t> Number(ObjectIndex o, absl::string_view name) {
    return books_.Number(o, name);
  }
  ObjectIndex Object(ObjectIndex o, absl::string_view name) { return books_.Object(o, name); }
  std::optional<std::uint64_t> Boxed(ObjectIndex box) { return books_.Boxed(box); }

  // --- network

  void ReadPool(ObjectIndex o) {
    const auto segments = Number(o, "totalNumberOfMemorySegments");
    const auto size = Number(o, "memorySegmentSize");
    if (!segments || !size || Number(o, "isDestroyed").value_or(0) != 0) return;
    if (*segments * *size > BookReader::kImplausible) return;
    NetworkMemory& network = memory_.network;
    const ObjectIndex queue = Object(o, "availableMemorySegments");
    const auto free = queue.valid() ? ElementCount(snapshot_, queue) : std::nullopt;
    if (!free || *free > *segments) {
      network.taken.reset();
    } else if (network.pools == 0 || network.taken) {
      network.taken = network.taken.value_or(0) + *segments - *free;
    }
    network.segment_bytes = network.pools == 0 || network.segment_bytes == *size ? *size : 0;
    ++network.pools;
    network.segments += *segments;
    network.bytes += *segments * *size;
  }

  void ReadLocalPool(ObjectIndex o) {
    const std::uint64_t requested = Number(o, "numberOfRequestedMemorySegments").value_or(0);
    if (requested == 0) return;
    NetworkMemory& network = memory_.network;
    if (Number(o, "isDestroyed").value_or(0) == 0) {
      ++network.local_pools;
    } else {
      ++network.destroyed_pools;
      network.unreturned += requested;
    }
  }

  // --- managed memory

  void ReadManager(ObjectIndex o) {
    const ObjectIndex budget = Object(o, "memoryBudget");
    if (!budget.valid()) return;
    const auto total = Number(budget, "totalMemorySize");
    const auto available = Boxed(Object(budget, "availableMemorySize"));
    if (!total || !available || *available > *total) return;
    ManagedMemory& managed = memory_.managed;
    if (Number(o, "isShutDown").value_or(0) != 0) {
      managed.unreturned += *total - *available;
      return;
    }
    ++managed.managers;
    managed.bytes += *total;
    managed.used += *total - *available;
    ReadReservations(Object(Object(o, "sharedResources"), "reservedResources"));
  }

  // The values of a HashMap: SharedResources$LeasedResource with what it holds and its size.
  void ReadReservations(ObjectIndex map) {
    constexpr int kMostNodes = 1000;  // Flink has one or two
    const ObjectIndex table = Object(map, "table");
    if (!table.valid()) return;
    int nodes = 0;
    snapshot_.ForEachReference(table, [&](ObjectIndex bucket) {
      for (ObjectIndex node = bucket; node.valid() && nodes < kMostNodes; ++nodes) {
        const ObjectIndex lease = Object(node, "value");
        const ObjectIndex resource = Object(lease, "resourceHandle");
        const auto size = lease.valid() ? Number(lease, "size") : std::nullopt;
        if (resource.valid() && size) AddReservation(resource, *size);
        node = Object(node, "next");
      }
    });
  }

  void AddReservation(ObjectIndex resource, std::uint64_t bytes) {
    const ClassIndex c = snapshot_.ClassOf(resource);
    if (!c.valid() || bytes == 0) return;
    auto& all = memory_.managed.reservations;
    const auto known = std::find_if(all.begin(), all.end(), [&](const Reservation& each) {
      return each.class_name == classes_.Name(c);
    });
    if (known == all.end())
      all.push_back({classes_.Name(c), bytes});
    else
      known->bytes += bytes;
  }

  // --- the model

  // The sum of Longs, of which any may be missing; 0 if one of them is no limit.
  std::uint64_t Sum(ObjectIndex o, std::initializer_list<absl::string_view> names) {
    std::uint64_t sum = 0;
    for (const absl::string_view name : names) {
      const ObjectIndex box = Object(o, name);
      if (!box.valid()) continue;
      const auto bytes = Boxed(box);
      if (!bytes || *bytes >= kUnlimited) return 0;
      sum += *bytes;
    }
    return sum;
  }

  void ReadModel(ObjectIndex o) {
    memory_.model = {.heap = Sum(o, {"frameworkHeap", "taskHeap"}),
                     .off_heap = Sum(o, {"frameworkOffHeap", "taskOffHeap"}),
                     .network = Sum(o, {"networkMemory"}),
                     .managed = Sum(o, {"managedMemoryTotal"}),
                     .metaspace = Sum(o, {"jvmMetaspace"}),
                     .overhead = Sum(o, {"jvmOverhead"}),
                     .process = Sum(o, {"totalProcessMemory"})};
  }

  const Snapshot& snapshot_;
  const graph::ClassTable& classes_;
  BookReader books_;
  std::vector<ClassIndex> pools_, local_pools_, managers_, models_;
  FlinkMemory memory_;
};

}  // namespace

std::uint64_t FlinkMemory::Open(const Snapshot& snapshot, absl::string_view rocksdb_class) const {
  const std::string suffix = absl::StrCat("rocksdb.", rocksdb_class);
  std::uint64_t open = 0;
  for (const NativeHandles& each : handles) {
    if (HasSuffix(snapshot.classes().Name(each.c), suffix)) open += each.open;
  }
  return open;
}

std::optional<FlinkMemory> ReadFlinkMemory(const Snapshot& snapshot) {
  return MemoryReader(snapshot).Read();
}

}  // namespace leaktrail::analyses
