#include "analyses/native/native_areas.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analyses/native/netty_memory.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

using Figure = NativeFigure;
using Kind = NativeArea::Kind;

NativeArea Direct(const DirectMemory& direct) {
  NativeArea area{.kind = Kind::kDirect, .name = "direct buffers"};
  area.bytes = direct.reserved.value_or(direct.bytes);
  area.limit = direct.limit;
  area.detail = Counted(direct.count.value_or(direct.buffers), "buffer", "buffers");
  return area;
}

// What netty has in buffers of the JDK is counted with the direct buffers.
NativeArea Netty(const NettyMemory& netty, const DirectMemory& direct) {
  NativeArea area{.kind = Kind::kNetty, .name = "netty, past the JVM"};
  area.bytes = NettyPastTheJvm(netty, direct);
  area.limit = netty.limit;
  area.detail = netty.package;
  return area;
}

NativeArea NioCaches(const DirectMemory& direct) {
  NativeArea area{.kind = Kind::kNioCaches, .name = "NIO caches of threads"};
  area.bytes = direct.cached_unbooked_bytes;
  area.detail = Counted(direct.caches, "thread", "threads");
  return area;
}

NativeArea Segments(const DirectMemory& direct) {
  NativeArea area{.kind = Kind::kSegments, .name = "memory segments"};
  area.bytes = direct.unbooked_segment_bytes;
  area.detail = "of arenas that are open";
  return area;
}

NativeArea Mapped(const MappedMemory& mapped) {
  NativeArea area{.kind = Kind::kMapped, .figure = Figure::kReserved, .name = "mapped files"};
  area.bytes = mapped.counted_bytes.value_or(mapped.bytes);
  area.detail = Counted(mapped.counted.value_or(mapped.mappings), "mapping", "mappings");
  return area;
}

NativeArea Stacks(const ThreadMemory& threads) {
  NativeArea area{.kind = Kind::kStacks, .figure = Figure::kReserved, .name = "thread stacks"};
  area.bytes = threads.stack_reserve;
  area.detail = Counted(threads.platform, "thread", "threads");
  return area;
}

NativeArea Metaspace(const NativeMemory& memory) {
  const Estimate& estimate = memory.classes.metaspace;
  NativeArea area{.kind = Kind::kMetaspace, .figure = Figure::kEstimated, .name = "metaspace"};
  area.bytes = estimate.likely;
  area.least = estimate.least;
  area.most = estimate.most;
  if (memory.flink) area.limit = memory.flink->model.metaspace;
  area.detail = Counted(memory.classes.classes, "class", "classes");
  return area;
}

NativeArea Zip(const std::vector<HandleRow>& handles) {
  NativeArea area{.kind = Kind::kZip, .figure = Figure::kEstimated, .name = "zlib"};
  std::uint64_t open = 0;
  for (const HandleRow& row : handles) {
    if (row.kind != HandleKind::kZip) continue;
    open += row.open;
    area.bytes += row.likely;
    area.least += row.least;
    area.most += row.most;
  }
  area.detail = absl::StrCat(CountText(open), " not ended");
  return area;
}

NativeArea Managed(const ManagedMemory& managed) {
  NativeArea area{.kind = Kind::kManaged, .figure = Figure::kReserved};
  area.name = "Flink managed memory";
  area.bytes = managed.used;
  area.limit = managed.bytes;
  area.detail = Counted(managed.managers, "slot in use", "slots in use");
  return area;
}

}  // namespace

std::vector<NativeArea> NativeAreas(const NativeMemory& memory) {
  std::vector<NativeArea> areas;
  const auto add = [&](NativeArea area) {
    if (area.bytes > 0) areas.push_back(std::move(area));
  };
  const DirectMemory& direct = memory.direct;
  add(Direct(direct));
  for (const NettyMemory& netty : memory.netty) add(Netty(netty, direct));
  add(NioCaches(direct));
  add(Segments(direct));
  if (memory.flink) {
    NativeArea managed = Managed(memory.flink->managed);
    if (managed.limit > 0) areas.push_back(std::move(managed));
  }
  add(Mapped(memory.mapped));
  add(Stacks(memory.threads));
  add(Metaspace(memory));
  add(Zip(memory.handles));
  return areas;
}

}  // namespace leaktrail::analyses
