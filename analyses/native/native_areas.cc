#include "analyses/native/native_areas.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/native/thread_memory.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

using Figure = NativeFigure;
using Kind = NativeArea::Kind;

std::string Joined(const std::vector<std::string>& parts) { return absl::StrJoin(parts, ", "); }

NativeArea Direct(const DirectMemory& direct) {
  NativeArea area{.kind = Kind::kDirect, .name = "direct buffers"};
  area.bytes = direct.reserved.value_or(direct.bytes);
  area.limit = direct.limit;
  std::vector<std::string> parts = {Counted(direct.buffers, "buffer", "buffers")};
  if (direct.booked_segment_bytes > 0) {
    parts.push_back(absl::StrCat(BytesText(direct.booked_segment_bytes), " in memory segments"));
  }
  if (direct.garbage_bytes > 0) {
    parts.push_back(absl::StrCat(BytesText(direct.garbage_bytes), " garbage, not freed yet"));
  }
  const std::uint64_t cached = direct.cached_bytes - direct.cached_unbooked_bytes;
  if (cached > 0) {
    parts.push_back(absl::StrCat(BytesText(cached), " in NIO caches of threads"));
  }
  if (!direct.all_read) parts.push_back("not all were read");
  area.detail = Joined(parts);
  return area;
}

void AddNetty(const NettyMemory& netty, std::vector<NativeArea>& areas) {
  const bool shaded = netty.package != "io.netty";
  const std::string name = shaded ? absl::StrCat("netty (", netty.package, ")") : "netty";
  if (netty.without_cleaner.value_or(0) == 0) return;  // the rest is in the direct buffers
  NativeArea area{.kind = Kind::kNetty, .name = absl::StrCat(name, ", past the JVM")};
  area.bytes = *netty.without_cleaner;
  area.limit = netty.limit;
  std::vector<std::string> parts;
  if (netty.direct.chunks > 0) {
    parts.push_back(absl::StrCat(Counted(netty.direct.chunks, "chunk", "chunks"), " of ",
                                 BytesText(netty.direct.bytes), ", ",
                                 ShareText(Milli(netty.direct.used, netty.direct.bytes)), " used"));
  }
  if (netty.adaptive > 0) {
    parts.push_back(absl::StrCat(BytesText(netty.adaptive), " of the adaptive allocator"));
  }
  if (netty.buffers > 0) parts.push_back(Counted(netty.buffers, "buffer", "buffers"));
  area.detail = Joined(parts);
  areas.push_back(std::move(area));
}

NativeArea Mapped(const MappedMemory& mapped) {
  NativeArea area{.kind = Kind::kMapped, .figure = Figure::kReserved, .name = "mapped files"};
  area.bytes = mapped.counted_bytes.value_or(mapped.bytes);
  area.detail =
      absl::StrCat(Counted(mapped.counted.value_or(mapped.mappings), "mapping", "mappings"),
                   "; what is resident is page cache");
  return area;
}

NativeArea Stacks(const ThreadMemory& threads) {
  NativeArea area{.kind = Kind::kStacks, .figure = Figure::kReserved, .name = "thread stacks"};
  area.bytes = threads.stack_reserve;
  area.detail = absl::StrCat(Counted(threads.platform, "thread", "threads"),
                             ", 1 MiB each if they name no size");
  return area;
}

NativeArea Metaspace(const NativeMemory& memory) {
  const Estimate& estimate = memory.classes.metaspace;
  NativeArea area{.kind = Kind::kMetaspace, .figure = Figure::kEstimated, .name = "metaspace"};
  area.bytes = estimate.likely;
  area.least = estimate.least;
  area.most = estimate.most;
  if (memory.flink) area.limit = memory.flink->model.metaspace;
  area.detail = absl::StrCat(Counted(memory.classes.classes, "class", "classes"), " of ",
                             Counted(memory.classes.loaders, "loader", "loaders"));
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
  area.detail =
      absl::StrCat(Counted(open, "Inflater or Deflater", "Inflaters and Deflaters"), " not ended");
  return area;
}

NativeArea Managed(const ManagedMemory& managed) {
  NativeArea area{.kind = Kind::kManaged, .figure = Figure::kReserved};
  area.name = "Flink managed memory";
  area.bytes = managed.used;
  area.limit = managed.bytes;
  area.detail = managed.reservations.empty()
                    ? "reserved of its budget; operators"
                    : absl::StrCat("reserved of its budget, most by ",
                                   SimpleName(managed.reservations.front().class_name));
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
  for (const NettyMemory& netty : memory.netty) AddNetty(netty, areas);
  NativeArea caches{.kind = Kind::kNioCaches, .name = "NIO caches of threads"};
  caches.bytes = direct.cached_unbooked_bytes;
  caches.detail = absl::StrCat(Counted(direct.caches, "thread", "threads"), "; in no limit");
  add(std::move(caches));
  NativeArea segments{.kind = Kind::kSegments, .name = "memory segments"};
  segments.bytes = direct.unbooked_segment_bytes;
  segments.detail = "of arenas that are closed by hand; in no limit";
  add(std::move(segments));
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
