// One area after the other, then what follows from them.
#include <utility>

#include "analyses/facts.h"
#include "analyses/flink_memory.h"
#include "analyses/holder_path.h"
#include "analyses/native/class_memory.h"
#include "analyses/native/direct_memory.h"
#include "analyses/native/flink_state.h"
#include "analyses/native/native_areas.h"
#include "analyses/native/native_conclusions.h"
#include "analyses/native/native_handles.h"
#include "analyses/native/native_memory.h"
#include "analyses/native/native_owners.h"
#include "analyses/native/netty_memory.h"
#include "analyses/native/rocksdb_handles.h"
#include "analyses/native/thread_memory.h"

namespace leaktrail::analyses {

using graph::Snapshot;

NativeMemory DescribeNative(const Snapshot& snapshot, const NativeOptions& options) {
  NativeMemory memory;
  memory.heap_live = snapshot.live().bytes;
  memory.heap_maximum = MaxHeapHint(snapshot);
  Paths paths(snapshot);
  const auto owners_of = [&](const std::vector<HeldMemory>& held) {
    return FindNativeOwners(snapshot, paths, held, options.owners);
  };

  BufferMemory buffers = ReadBufferMemory(snapshot);
  memory.direct = std::move(buffers.direct);
  NativeOwners direct = owners_of(buffers.direct_buffers);
  memory.direct.owners = std::move(direct.owners);
  memory.direct.more_owners = direct.more;
  memory.direct.more_owners_bytes = direct.more_bytes;
  memory.mapped = std::move(buffers.mapped);
  memory.mapped.owners = owners_of(buffers.mapped_buffers).owners;
  memory.netty = ReadNettyMemory(snapshot);

  NativeHandleTable handles = ReadNativeHandles(snapshot, ReadRocksDbHandles(snapshot));
  memory.all_handles = handles.all;
  memory.descriptors = handles.descriptors;
  for (OpenHandles& each : handles.rows) {
    each.row.owners = owners_of(each.open).owners;
    memory.handles.push_back(std::move(each.row));
  }

  Threads threads = ReadThreadMemory(snapshot, options.rows);
  memory.threads = std::move(threads.platform);
  memory.virtual_threads = std::move(threads.virtual_threads);
  memory.classes = ReadClassMemory(snapshot, options.rows);
  memory.flink = ReadFlinkMemory(snapshot);
  if (memory.flink && memory.heap_maximum == 0) memory.heap_maximum = memory.flink->model.heap;
  memory.flink_states = ReadFlinkStates(snapshot);

  memory.areas = NativeAreas(memory);
  memory.conclusions = NativeConclusions(memory);
  memory.headline = NativeHeadline(memory);
  memory.cannot_tell = CannotTell(memory);
  return memory;
}

}  // namespace leaktrail::analyses
