#include "analyses/native/native_conclusions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyses/flink_verdicts.h"
#include "analyses/native/netty_memory.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

// Less than this is no trouble anywhere, whatever the share.
constexpr std::uint64_t kLeastBytes = std::uint64_t{16} << 20;
// Garbage that is not freed is the usual state between two collections; a quarter of all, and this
// much, says that collections are too rare for it.
constexpr std::uint32_t kMuchGarbage = 250;
// As jdk.many-inflaters and the like: a container is sized in steps of some hundred MiB.
constexpr std::uint64_t kMuchZip = std::uint64_t{64} << 20;
// 1,024 is the usual soft limit of a shell, services have more; a quarter of 65,536 is many.
constexpr std::uint64_t kManyDescriptors = 1000;
constexpr std::uint64_t kVeryManyDescriptors = 16'384;
// Metaspace of a large application server is 200 to 300 MiB (Flink's limit is 256 MiB by default).
constexpr std::uint64_t kMuchMetaspace = std::uint64_t{256} << 20;
constexpr std::uint64_t kVeryManyIterators = 1000;

constexpr absl::string_view kNettyLostAdvice =
    "Run with -Dio.netty.leakDetection.level=paranoid in a test: the log names where the buffers "
    "were last touched. The memory comes back with a restart only.";

using Conclusions = std::vector<NativeConclusion>;

std::string OfLimit(std::uint64_t bytes, std::uint64_t limit) {
  return absl::StrCat(BytesText(bytes), " of ", BytesText(limit), " (",
                      ShareText(Milli(bytes, limit)), ")");
}

bool IsNear(std::uint64_t bytes, std::uint64_t limit) {
  return limit > 0 && bytes >= kLeastLeakBytes && Milli(bytes, limit) >= kNearLimit;
}

Severity HowNear(std::uint64_t bytes, std::uint64_t limit) {
  return Milli(bytes, limit) >= kAtLimit ? Severity::kHigh : Severity::kMedium;
}

// The first that has a name, as most is what it holds.
std::string HeldText(const std::vector<NativeOwner>& owners) {
  const auto named = std::find_if(owners.begin(), owners.end(),
                                  [](const NativeOwner& owner) { return !owner.name.empty(); });
  if (named == owners.end()) return "";
  return absl::StrCat(named->bytes == 0 ? "" : absl::StrCat(BytesText(named->bytes), " in "),
                      CountText(named->count), " by ", named->name);
}

// --- direct memory

void AddDirectLimit(const DirectMemory& direct, Conclusions& to) {
  const std::uint64_t reserved = direct.reserved.value_or(0);
  if (!IsNear(reserved, direct.limit)) return;
  const absl::string_view source =
      direct.limit_source == DirectMemory::LimitSource::kMaximumHeap
          ? " (the maximum heap, as -XX:MaxDirectMemorySize is not set)"
      : direct.limit_source == DirectMemory::LimitSource::kFlag ? " (-XX:MaxDirectMemorySize)"
                                                                : "";
  to.push_back(
      {"native.direct-limit", HowNear(reserved, direct.limit),
       absl::StrCat("direct buffers are near their limit", source, ": ",
                    OfLimit(reserved, direct.limit)),
       "Beyond it buffers fail with OutOfMemoryError (\"direct buffer memory\"), and no "
       "heap dump is written. Free or share them, or raise -XX:MaxDirectMemorySize and the "
       "container with it.",
       HeldText(direct.owners)});
}

void AddDirectGarbage(const DirectMemory& direct, Conclusions& to) {
  if (direct.garbage_bytes < kLeastBytes ||
      Milli(direct.garbage_bytes, direct.bytes) < kMuchGarbage) {
    return;
  }
  to.push_back({"native.direct-garbage", Severity::kMedium,
                absl::StrCat(BytesText(direct.garbage_bytes), " of direct memory is of ",
                             Counted(direct.garbage_buffers, "buffer that is", "buffers that are"),
                             " garbage: it is freed when a collection finds them"),
                "A large heap that hardly fills is collected too rarely for this. Do not run with "
                "-XX:+DisableExplicitGC; keep and share buffers instead of making them anew."});
}

void AddNioCaches(const DirectMemory& direct, Conclusions& to) {
  if (direct.cached_bytes < kLargeBytes) return;
  to.push_back({"native.nio-caches", Severity::kMedium,
                absl::StrCat("threads keep ", BytesText(direct.cached_bytes), " in NIO caches (",
                             Counted(direct.caches, "thread", "threads"),
                             "): they wrote or read heap buffers as large as that"),
                "-Djdk.nio.maxCachedBufferSize=262144 keeps only small ones; or write in smaller "
                "pieces, or from direct buffers."});
}

void AddSegments(const DirectMemory& direct, Conclusions& to) {
  if (direct.unbooked_segment_bytes < kLargeBytes) return;
  to.push_back(
      {"native.segments", Severity::kLow,
       absl::StrCat("memory segments of open arenas have ",
                    BytesText(direct.unbooked_segment_bytes), ", which no limit of the JVM counts"),
       "Close the arenas (try-with-resources), or find out who keeps them: leaktrail path "
       "FILE jdk.internal.foreign.NativeMemorySegmentImpl."});
}

// --- netty

// The adaptive allocator counts chunks until they are freed; one that nothing refers to any more
// never is, unless a Cleaner does it.
void AddNettyAdaptive(const NettyMemory& netty, const DirectMemory& direct, Conclusions& to) {
  if (NettyPastTheJvm(netty, direct) == 0) return;
  const std::uint64_t lost = netty.adaptive - std::min(netty.adaptive, netty.adaptive_found);
  if (lost < kLeastBytes || lost <= netty.adaptive / 2) return;
  to.push_back({"native.netty-lost", Severity::kMedium,
                absl::StrCat(BytesText(lost), " of the ", BytesText(netty.adaptive),
                             " in chunks of netty's adaptive allocator belong to no buffer any "
                             "more: they were collected without release()"),
                std::string(kNettyLostAdvice)});
}

void AddNetty(const NettyMemory& netty, Conclusions& to) {
  const std::uint64_t own = netty.without_cleaner.value_or(0);
  if (IsNear(own, netty.limit)) {
    to.push_back(
        {"native.netty-limit", HowNear(own, netty.limit),
         absl::StrCat("netty's direct memory is near its own limit: ", OfLimit(own, netty.limit)),
         "Beyond it netty throws OutOfDirectMemoryError. Look for buffers that are not "
         "released; io.netty.maxDirectMemory is the limit."});
  }
  const bool much = netty.unaccounted >= kLeastBytes && netty.unaccounted > netty.direct.used / 2;
  if (!much) return;
  to.push_back({"native.netty-lost", Severity::kMedium,
                absl::StrCat(BytesText(netty.unaccounted), " of the ", BytesText(netty.direct.used),
                             " that are used in netty's direct chunks belong to no buffer any "
                             "more: they were collected without release()"),
                std::string(kNettyLostAdvice)});
}

// --- handles

void AddRocksDb(const std::vector<HandleRow>& handles, Conclusions& to) {
  for (const HandleRow& row : handles) {
    if (row.kind != HandleKind::kRocksDb || !absl::EndsWith(row.class_name, "Iterator")) continue;
    if (row.open < kManyIterators) continue;
    to.push_back(
        {"native.rocksdb-iterators",
         row.open >= kVeryManyIterators ? Severity::kHigh : Severity::kMedium,
         absl::StrCat(CountText(row.open),
                      " RocksDB iterators are open: each pins blocks "
                      "and files in memory that no budget counts"),
         absl::StrCat("Close each where its scan ends (try-with-resources). ",
                      row.finalizer ? "In this version finalizers free forgotten ones, late."
                                    : "In this version nothing frees forgotten ones, and they "
                                      "leave no trace in a dump."),
         HeldText(row.owners)});
  }
}

void AddZip(const std::vector<HandleRow>& handles, Conclusions& to) {
  std::uint64_t open = 0, bytes = 0;
  const HandleRow* most = nullptr;
  for (const HandleRow& row : handles) {
    if (row.kind != HandleKind::kZip) continue;
    open += row.open;
    bytes += row.likely;
    if (most == nullptr || row.likely > most->likely) most = &row;
  }
  if (bytes < kMuchZip) return;
  to.push_back(
      {"native.zip", Severity::kMedium,
       absl::StrCat(CountText(open), " Inflaters and Deflaters are not ended: an estimated ",
                    BytesText(bytes), " of native memory"),
       "Call end(), or close the streams that made them (GZIPOutputStream, ZipFile ...).",
       HeldText(most->owners)});
}

void AddDescriptors(const NativeMemory& memory, Conclusions& to) {
  if (memory.descriptors < kManyDescriptors) return;
  const auto open = [](const HandleRow& row) {
    const bool has = row.kind == HandleKind::kFile || row.kind == HandleKind::kSocket ||
                     row.kind == HandleKind::kSelector;
    return has ? row.open : 0;
  };
  auto most = std::max_element(memory.handles.begin(), memory.handles.end(),
                               [&](const auto& a, const auto& b) { return open(a) < open(b); });
  // All of them may be of objects that are no row.
  if (most != memory.handles.end() && open(*most) == 0) most = memory.handles.end();
  to.push_back(
      {"native.descriptors",
       memory.descriptors >= kVeryManyDescriptors ? Severity::kMedium : Severity::kLow,
       absl::StrCat("Java objects hold ", CountText(memory.descriptors), " file descriptors open",
                    most == memory.handles.end()
                        ? ""
                        : absl::StrCat(", most of them ", SimpleName(most->class_name), " (",
                                       CountText(most->open), ")")),
       "Compare with the limit (grep files /proc/PID/limits), and see in the list of handles who "
       "holds them.",
       most == memory.handles.end() ? "" : HeldText(most->owners)});
}

// --- threads and classes

void AddThreads(const ThreadMemory& threads, Conclusions& to) {
  const bool alike =
      !threads.families.empty() && threads.families.front().threads >= kManyAlikeThreads;
  if (threads.platform < kManyThreads && !alike) return;
  std::string text = absl::StrCat(CountText(threads.platform), " threads, ",
                                  BytesText(threads.stack_reserve), " of stacks reserved");
  if (alike) {
    const ThreadFamily& family = threads.families.front();
    absl::StrAppend(&text, "; ", CountText(family.threads), " do the same",
                    family.name.empty() ? "" : absl::StrCat(" (", family.name, ")"),
                    family.frame.empty() ? "" : absl::StrCat(", in ", family.frame));
  }
  to.push_back(
      {"native.threads", threads.platform >= kManyThreads ? Severity::kHigh : Severity::kMedium,
       std::move(text),
       "Use one bounded pool; shut executors down. Of a stack only what was used is "
       "resident, but the number of threads has limits of its own (ulimit -u, pids.max)."});
}

void AddMetaspace(const NativeMemory& memory, Conclusions& to) {
  const ClassMemory& classes = memory.classes;
  const std::uint64_t limit = memory.flink ? memory.flink->model.metaspace : 0;
  const bool near = IsNear(classes.metaspace.likely, limit);
  if (!near && classes.metaspace.likely < kMuchMetaspace) return;
  std::string text =
      absl::StrCat(CountText(classes.classes), " classes take an estimated ",
                   BytesText(classes.metaspace.likely), " of metaspace (",
                   BytesText(classes.metaspace.least), " to ", BytesText(classes.metaspace.most),
                   ")", limit == 0 ? "" : absl::StrCat(", of a limit of ", BytesText(limit)));
  if (!classes.by_loader.empty()) {
    const LoaderClasses& most = classes.by_loader.front();
    absl::StrAppend(&text, "; ", CountText(most.classes), " are defined by ",
                    Counted(most.loaders, "loader", "loaders"), " of type ", SimpleName(most.type));
  }
  to.push_back({"native.metaspace", Severity::kMedium, std::move(text),
                "leaktrail loaders FILE tells which loaders should be gone and which classes are "
                "generated; more metaspace only postpones it."});
}

// --- Flink

void AddFlink(const NativeMemory& memory, Conclusions& to) {
  if (!memory.flink) return;
  const FlinkMemory& flink = *memory.flink;
  const NetworkMemory& network = flink.network;
  const ManagedMemory& managed = flink.managed;
  if (IsNetworkTooLarge(network)) {
    to.push_back({"native.flink-network", Severity::kLow,
                  absl::StrCat("Flink's network buffers are too many: ", BytesText(network.bytes),
                               " reserved, ", ShareText(Milli(*network.taken, network.segments)),
                               " in use when the dump was taken"),
                  "taskmanager.memory.network.fraction (or .min, .max) down, if the metric "
                  "Status.Shuffle.Netty.UsedMemory stays as low."});
  }
  if (IsManagedUnused(managed)) {
    MemoryFacts heap;
    heap.live = memory.heap_live;
    heap.max_heap_hint = memory.heap_maximum;
    to.push_back({"native.flink-managed",
                  IsManagedWorthMoving(heap, managed) ? Severity::kLow : Severity::kInfo,
                  absl::StrCat("nothing uses Flink's managed memory: ", BytesText(managed.bytes),
                               " in ", Counted(managed.managers, "slot", "slots")),
                  "Without RocksDB, batch operators and Python: taskmanager.memory.managed.size: 0 "
                  "gives it to the heap."});
  }
  if (IsMuchUnreturned(flink)) {
    to.push_back({"native.flink-unreturned", Severity::kLow,
                  absl::StrCat("what was shut down has not given back ",
                               Counted(network.unreturned, "network segment", "network segments"),
                               " and ", BytesText(managed.unreturned), " of managed memory"),
                  "The task that is gone may still be running; look for its thread."});
  }
}

}  // namespace

std::vector<NativeConclusion> DirectConclusions(const DirectMemory& direct,
                                                const std::vector<NettyMemory>& netty) {
  Conclusions conclusions;
  AddDirectLimit(direct, conclusions);
  AddDirectGarbage(direct, conclusions);
  AddNioCaches(direct, conclusions);
  AddSegments(direct, conclusions);
  for (const NettyMemory& each : netty) {
    AddNetty(each, conclusions);
    AddNettyAdaptive(each, direct, conclusions);
  }
  return conclusions;
}

std::vector<NativeConclusion> NativeConclusions(const NativeMemory& memory) {
  Conclusions conclusions = DirectConclusions(memory.direct, memory.netty);
  AddRocksDb(memory.handles, conclusions);
  AddZip(memory.handles, conclusions);
  AddDescriptors(memory, conclusions);
  AddThreads(memory.threads, conclusions);
  AddMetaspace(memory, conclusions);
  AddFlink(memory, conclusions);
  std::stable_sort(conclusions.begin(), conclusions.end(),
                   [](const auto& a, const auto& b) { return a.severity > b.severity; });
  return conclusions;
}

std::string NativeHeadline(const NativeMemory& memory) {
  const std::uint64_t maximum = memory.heap_maximum;
  const std::uint32_t fill = Milli(memory.heap_live, maximum);
  const std::string live =
      absl::StrCat(BytesText(memory.heap_live), " live",
                   maximum == 0 ? "" : absl::StrCat(" of ", BytesText(maximum)));
  std::string heap;
  if (maximum == 0) {
    heap = absl::StrCat("the heap has ", live);
  } else if (fill >= kTightFill) {
    heap = absl::StrCat("the heap itself is short of room (", live,
                        "): leaktrail FILE says what fills it");
  } else {
    heap = absl::StrCat("the heap is not the problem (", live, ")");
  }
  if (memory.conclusions.empty() || memory.conclusions.front().severity < Severity::kMedium) {
    return absl::StrCat(heap, "; outside of it nothing stands out, as far as the dump tells");
  }
  return absl::StrCat(heap, "; look outside of it: ", memory.conclusions.front().text);
}

std::vector<std::string> CannotTell(const NativeMemory& memory) {
  std::vector<std::string> lines = {
      "the code cache, the collector, symbols: jcmd PID VM.native_memory summary (needs "
      "-XX:NativeMemoryTracking=summary)",
      "what is resident, what malloc has and keeps in its arenas: /proc/PID/smaps",
      "the limit of the container: memory.max, memory.current and memory.stat of its cgroup"};
  const bool rocksdb = std::any_of(
      memory.handles.begin(), memory.handles.end(),
      [](const HandleRow& row) { return row.kind == HandleKind::kRocksDb && row.open > 0; });
  if (rocksdb) {
    lines.push_back(
        "RocksDB's bytes: its properties rocksdb.block-cache-usage, "
        "rocksdb.block-cache-pinned-usage and rocksdb.cur-size-all-mem-tables");
  }
  return lines;
}

}  // namespace leaktrail::analyses
