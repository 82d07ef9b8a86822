// flink.memory: what a Flink TaskManager has outside of its heap, as far as the heap tells, and
// which keys change it. Information: it never makes a leak. It is there for the case that the heap
// is fine and the container is killed all the same.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/analysis.h"
#include "analyses/finding_parts.h"
#include "analyses/fingerprint.h"
#include "analyses/flink_memory.h"
#include "analyses/flink_verdicts.h"
#include "analyses/instances.h"
#include "analyses/metaspace.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

constexpr absl::string_view kRule = "flink.memory";

bool IsWorthAChange(const MemoryFacts& heap, const FlinkMemory& memory) {
  return IsManagedWorthMoving(heap, memory.managed) || IsNetworkTooLarge(memory.network) ||
         IsMuchUnreturned(memory);
}

// --- names

// Flink's names for what reserves managed memory end alike: "RocksDBSharedResources".
std::string ReserverName(const Reservation& reservation) {
  constexpr absl::string_view kEnd = "SharedResources";
  const std::string name = ShortName(reservation.class_name);
  if (name.size() > kEnd.size() &&
      name.compare(name.size() - kEnd.size(), kEnd.size(), kEnd.data(), kEnd.size()) == 0) {
    return name.substr(0, name.size() - kEnd.size());
  }
  return name;
}

// ", by RocksDB": who reserved most.
std::string ByText(const ManagedMemory& managed) {
  return managed.reservations.empty()
             ? ""
             : absl::StrCat(", by ", ReserverName(managed.reservations.front()));
}

// --- sentences

std::string Title(const AnalysisInput& input, const FlinkMemory& memory) {
  std::vector<std::string> items;
  if (memory.network.pools > 0) {
    const auto& taken = memory.network.taken;
    items.push_back(absl::StrCat(
        "network ", BytesText(memory.network.bytes),
        taken ? absl::StrCat(" (", ShareText(Milli(*taken, memory.network.segments)), " in use)")
              : ""));
  }
  if (memory.managed.managers > 0) {
    const std::string used =
        memory.managed.used == 0
            ? "unused"
            : absl::StrCat(ShareText(Milli(memory.managed.used, memory.managed.bytes)), " reserved",
                           ByText(memory.managed));
    items.push_back(absl::StrCat("managed ", BytesText(memory.managed.bytes), " (", used, ")"));
  }
  const std::uint64_t iterators = memory.Open(input.snapshot, "RocksIterator");
  const std::uint64_t databases = memory.Open(input.snapshot, "RocksDB");
  if (iterators > 0) {
    items.push_back(
        absl::StrCat("RocksDB ", Counted(iterators, "open iterator", "open iterators")));
  } else if (databases > 0) {
    items.push_back(absl::StrCat("RocksDB ", Counted(databases, "database", "databases")));
  }
  return absl::StrCat("Flink's memory outside of the heap: ", absl::StrJoin(items, ", "));
}

std::string NetworkLine(const NetworkMemory& network) {
  const std::string size =
      network.segment_bytes == 0 ? "" : absl::StrCat(" of ", BytesText(network.segment_bytes));
  std::string line = absl::StrCat("Network: ", Counted(network.segments, "segment", "segments"),
                                  size, " = ", BytesText(network.bytes));
  if (network.taken) {
    absl::StrAppend(&line, "; ", CountText(*network.taken), " (",
                    ShareText(Milli(*network.taken, network.segments)),
                    ") in use when the dump was taken");
  }
  if (network.local_pools > 0) {
    absl::StrAppend(&line, ", by ", Counted(network.local_pools, "local pool", "local pools"));
  }
  return absl::StrCat(line, ".");
}

std::string ManagedLine(const FlinkMemory& memory) {
  const ManagedMemory& managed = memory.managed;
  std::vector<std::string> items;
  std::uint64_t rest = managed.used;
  for (const Reservation& each : managed.reservations) {
    if (items.size() < 2) {
      items.push_back(
          absl::StrCat(BytesText(each.bytes), " reserved by ", ShortName(each.class_name)));
    }
    rest -= std::min(rest, each.bytes);
  }
  if (rest > 0) items.push_back(absl::StrCat(BytesText(rest), " by operators"));
  if (managed.bytes > managed.used) {
    items.push_back(absl::StrCat(BytesText(managed.bytes - managed.used), " free"));
  }
  const std::uint64_t configured = memory.model.managed;
  return absl::StrCat(
      "Managed: ", BytesText(managed.bytes),
      configured <= managed.bytes ? "" : absl::StrCat(" of ", BytesText(configured)), ", ",
      Counted(managed.managers, "slot in use", "slots in use"), items.empty() ? "" : "; ",
      absl::StrJoin(items, ", "), ".");
}

std::string HandlesLine(const AnalysisInput& input, const FlinkMemory& memory) {
  constexpr std::size_t kShown = 3;
  std::vector<std::string> items;
  for (const NativeHandles& each : memory.handles) {
    if (items.size() == kShown) break;
    items.push_back(absl::StrCat(ShortName(input.snapshot.classes().Name(each.c)), " ",
                                 CountText(each.open), "/", CountText(each.closed)));
  }
  const std::size_t more = memory.handles.size() - items.size();
  return absl::StrCat("RocksDB handles, open/closed: ", absl::StrJoin(items, ", "),
                      more == 0 ? "" : absl::StrCat(", ", Counted(more, "more type", "more types")),
                      memory.all_handles ? "" : " (not all counted)",
                      ". What iterators pin is in no budget.");
}

std::string DirectLine(const AnalysisInput& input, const FlinkMemory& memory) {
  const std::uint64_t reserved = input.memory.direct_reserved;
  std::string line = absl::StrCat("Direct buffers: ", BytesText(reserved));
  if (memory.max_direct > 0) {
    absl::StrAppend(&line, " of ", BytesText(memory.max_direct), " allowed");
  }
  if (memory.network.bytes > 0 && memory.network.bytes <= reserved) {
    absl::StrAppend(&line, "; network is ", BytesText(memory.network.bytes), " of it, ",
                    BytesText(reserved - memory.network.bytes),
                    " framework and task off-heap (netty ...)");
  }
  return absl::StrCat(line, ".");
}

std::string HeapLine(const AnalysisInput& input, const FlinkMemory& memory) {
  const std::uint64_t max =
      input.memory.max_heap_hint > 0 ? input.memory.max_heap_hint : memory.model.heap;
  return absl::StrCat(
      "Heap: ", BytesText(input.memory.live), " live",
      max == 0 ? "" : absl::StrCat(" of ", BytesText(max)), ". ",
      Counted(input.snapshot.class_count(), "class", "classes"), ": about ",
      BytesText(EstimateMetaspace(input.snapshot.class_count()).likely), " of metaspace (estimate",
      memory.model.metaspace == 0 ? ""
                                  : absl::StrCat("; limit ", BytesText(memory.model.metaspace)),
      "). ", Counted(input.snapshot.threads().size(), "thread", "threads"),
      ": 1 MiB of stack each.");
}

// Where the whole process was configured, not each area by itself.
std::string ModelLine(const MemoryModel& model) {
  std::vector<std::string> items;
  const auto add = [&](absl::string_view name, std::uint64_t bytes) {
    if (bytes > 0) items.push_back(absl::StrCat(name, " ", BytesText(bytes)));
  };
  add("heap", model.heap);
  add("managed", model.managed);
  add("network", model.network);
  add("off-heap", model.off_heap);
  add("metaspace", model.metaspace);
  add("JVM overhead", model.overhead);
  return absl::StrCat("Configured: process ", BytesText(model.process), " = ",
                      absl::StrJoin(items, " + "), ".");
}

std::string UnreturnedLine(const FlinkMemory& memory) {
  std::vector<std::string> items;
  if (memory.network.unreturned > 0) {
    items.push_back(absl::StrCat(
        Counted(memory.network.unreturned, "network segment", "network segments"), " by ",
        Counted(memory.network.destroyed_pools, "destroyed buffer pool",
                "destroyed buffer pools")));
  }
  if (memory.managed.unreturned > 0) {
    items.push_back(absl::StrCat(BytesText(memory.managed.unreturned),
                                 " of managed memory by slots that are shut down"));
  }
  return absl::StrCat("Not given back: ", absl::StrJoin(items, ", "), ".");
}

bool IsUnreturned(const FlinkMemory& memory) {
  return memory.network.unreturned > 0 || memory.managed.unreturned > 0;
}

std::vector<std::string> Evidence(const AnalysisInput& input, const FlinkMemory& memory) {
  std::vector<std::string> lines;
  if (memory.network.pools > 0) lines.push_back(NetworkLine(memory.network));
  if (memory.managed.managers > 0) lines.push_back(ManagedLine(memory));
  if (!memory.handles.empty()) lines.push_back(HandlesLine(input, memory));
  if (IsUnreturned(memory)) lines.push_back(UnreturnedLine(memory));
  if (input.memory.direct_reserved > 0) lines.push_back(DirectLine(input, memory));
  lines.push_back(HeapLine(input, memory));
  if (memory.model.process > 0) lines.push_back(ModelLine(memory.model));
  lines.push_back(
      "Not in any heap dump: RocksDB's real bytes, malloc's arenas, code cache, the container's "
      "limit. Compare jcmd PID VM.native_memory with the process's RSS.");
  return lines;
}

std::vector<std::string> Fix(const AnalysisInput& input, const FlinkMemory& memory) {
  std::vector<std::string> lines;
  const bool rocksdb = memory.Open(input.snapshot, "RocksDB") > 0;
  if (memory.Open(input.snapshot, "RocksIterator") >= kManyIterators) {
    lines.push_back("RocksDB: close iterators and their options where the scan ends.");
  }
  if (IsManagedUnused(memory.managed)) {
    lines.push_back(
        rocksdb ? "Managed: RocksDB takes nothing of it; state.backend.rocksdb.memory.managed: "
                  "true, so that it stays within it."
                : "Managed: nothing uses it now; taskmanager.memory.managed.size: 0 (or .fraction "
                  "down) gives it to the heap.");
  }
  if (IsNetworkTooLarge(memory.network)) {
    lines.push_back(
        "Network: taskmanager.memory.network.fraction (or .min, .max) down, if the metric "
        "Status.Shuffle.Netty.UsedMemory stays as low.");
  }
  lines.push_back(
      rocksdb ? "Container killed: more taskmanager.memory.jvm-overhead.fraction (.min, .max), as "
                "RocksDB overshoots; MALLOC_ARENA_MAX=1 or jemalloc."
              : "Container killed: more taskmanager.memory.jvm-overhead.fraction (.min, .max), "
                "and MALLOC_ARENA_MAX=1 or jemalloc.");
  return lines;
}

// What is open, of the classes of which most are.
std::vector<Accumulated> Parts(const AnalysisInput& input, const FlinkMemory& memory) {
  std::vector<Accumulated> parts;
  for (const NativeHandles& each : memory.handles) {
    if (each.open > 0) {
      parts.push_back({input.snapshot.classes().Name(each.c), each.open, 0, each.retained});
    }
  }
  return parts;
}

}  // namespace

void FindFlinkMemory(const AnalysisInput& input, std::vector<Finding>& findings) {
  const auto memory = ReadFlinkMemory(input.snapshot);
  if (!memory) return;
  Finding finding;
  finding.rule = std::string(kRule);
  finding.fingerprint = FingerprintOf(kRule, "*");
  finding.knowledge = Knowledge::kSignature;
  finding.claim = Claim::kInformation;
  finding.severity = IsWorthAChange(input.memory, *memory) ? Severity::kLow : Severity::kInfo;
  finding.confidence = 95;
  finding.confidence_reason = "Flink's own books, at the moment of the dump";
  finding.title = Title(input, *memory);
  finding.parts = Parts(input, *memory);
  finding.evidence = Evidence(input, *memory);
  finding.fix = Fix(input, *memory);
  finding.next = {"leaktrail explain flink.memory"};
  findings.push_back(std::move(finding));
}

}  // namespace leaktrail::analyses
