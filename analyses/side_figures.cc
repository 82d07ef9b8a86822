#include "analyses/side_figures.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyses/native/netty_memory.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

using sidefiles::DumpFigures;
using sidefiles::DumpLoaders;

std::string OwnerText(const NativeOwner& owner) {
  if (owner.name.empty()) return "";
  return absl::StrCat(BytesText(owner.bytes), " in ", CountText(owner.count), " by ", owner.name);
}

void AddNative(const NativeMemory& memory, bool whole, DumpFigures& to) {
  to.heap_live = memory.heap_live;
  to.heap_maximum = memory.heap_maximum;
  to.direct = memory.direct.reserved;
  // The JVM's books of it are made with the first buffer: a dump with neither has none.
  if (whole && !to.direct && memory.direct.buffers == 0) to.direct = 0;
  to.direct_limit = memory.direct.limit;
  to.direct_limit_is_flag = memory.direct.limit_source == DirectMemory::LimitSource::kFlag;
  if (!memory.direct.owners.empty()) to.direct_owner = OwnerText(memory.direct.owners.front());
  for (const NettyMemory& netty : memory.netty) {
    const std::uint64_t past = NettyPastTheJvm(netty, memory.direct);
    if (past > 0) to.netty = to.netty.value_or(0) + past;
  }
  to.mapped = memory.mapped.bytes;
  to.threads = memory.threads.platform;
  to.stack_reserve = memory.threads.stack_reserve;
  to.classes = memory.classes.classes;
  to.metaspace_least = memory.classes.metaspace.least;
  to.metaspace_likely = memory.classes.metaspace.likely;
  to.metaspace_most = memory.classes.metaspace.most;
  for (const HandleRow& row : memory.handles) {
    if (row.kind == HandleKind::kZip) {
      to.zip_least += row.least;
      to.zip_bytes += row.likely;
    }
    if (row.kind == HandleKind::kRocksDb) {
      to.rocksdb_handles += row.open;
      to.flink_rocksdb =
          to.flink_rocksdb || (row.open > 0 && absl::EndsWith(row.class_name, ".RocksDB"));
    }
  }
  for (const NativeConclusion& each : memory.conclusions) {
    to.conclusions.push_back({each.id, each.severity, each.text, each.advice, each.held});
  }
}

void AddFlink(const FlinkMemory& flink, DumpFigures& to) {
  to.flink_managed = flink.managed.bytes;
  to.flink_managed_used = flink.managed.used;
  to.flink_network = flink.network.bytes;
  // Where it is not known how much is taken, nothing is said of how little that is.
  to.flink_network_used = flink.network.taken ? *flink.network.taken * flink.network.segment_bytes
                                              : flink.network.bytes;
  const MemoryModel& model = flink.model;
  if (model.process == 0) return;
  sidefiles::FlinkMemoryTable table;
  table.process = model.process;
  table.task_heap = model.heap;
  table.task_off_heap = model.off_heap;
  table.network = model.network;
  table.managed = model.managed;
  table.metaspace = model.metaspace;
  table.overhead = model.overhead;
  to.flink = table;
}

void AddLoaders(const Loaders& loaders, const NativeMemory& memory, DumpFigures& to) {
  for (const LoaderClasses& row : memory.classes.by_loader) {
    to.loaders.push_back({row.type, row.loaders, row.classes});
  }
  for (const LoaderGroup& group : loaders.groups) {
    auto found = std::find_if(to.loaders.begin(), to.loaders.end(),
                              [&](const DumpLoaders& each) { return each.type == group.type; });
    if (found == to.loaders.end()) continue;
    found->leaked += group.loaders;
    found->leaked_classes += group.classes;
    found->proved = found->proved || group.proved;
  }
}

}  // namespace

DumpFigures FiguresForSideFiles(const graph::Snapshot& snapshot, const NativeMemory& memory) {
  return FiguresForSideFiles(DescribeLoaders(snapshot, {}), memory, !snapshot.health().partial());
}

DumpFigures FiguresForSideFiles(const Loaders& loaders, const NativeMemory& memory, bool whole) {
  DumpFigures figures;
  AddNative(memory, whole, figures);
  if (memory.flink) AddFlink(*memory.flink, figures);
  AddLoaders(loaders, memory, figures);
  return figures;
}

}  // namespace leaktrail::analyses
