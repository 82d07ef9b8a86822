// What is resident and in nobody's books: native libraries, and the allocator that they use.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/sidefiles/conclusions.h"
#include "analyses/text.h"

namespace leaktrail::analyses::sidefiles {
namespace {

// Every JVM has some arenas: glibc makes one for a thread that finds the others busy, up to eight
// per processor. They are worth a word if they hold much.
constexpr std::uint64_t kSomeArenas = 4;
constexpr std::uint64_t kMuchInArenas = std::uint64_t{64} << 20;
constexpr std::uint32_t kArenaShare = 150;  // of what is resident
// Unexplained memory below this is within what the sources claim (page tables of files, guard
// pages, what moved between two samples).
constexpr std::uint64_t kMuchUnexplained = std::uint64_t{64} << 20;
constexpr std::uint32_t kUnexplainedShare = 150;
constexpr std::uint32_t kUnexplainedHigh = 300;
// Without the JVM's books its own memory is unexplained, too: code, symbols and what the collector
// keeps of a heap.
constexpr std::uint32_t kUnbookedShare = 300;
constexpr std::uint64_t kCollectorOfHeap = 16;  // up to one part in so many

// What is known to have been allocated in arenas, at least: what the JVM counts, but for direct
// buffers, which are mappings of their own from 128 KiB on, and what zlib has touched. The main
// arena, [heap], has the first of it.
std::uint64_t KnownInArenas(const SideEvidence& evidence) {
  const NativeTracking* books = evidence.files.tracking();
  std::uint64_t known = books != nullptr ? books->malloc : 0;
  const TableRow* direct = evidence.table.Find(Area::kDirect);
  if (direct != nullptr && direct->committed) known -= std::min(known, direct->committed->bytes);
  if (evidence.dump != nullptr) known = Plus(known, evidence.dump->zip_least);
  return known - std::min(known, evidence.table.main_arena);
}

void AddArenas(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  const MemoryTable& table = evidence.table;
  if (!table.arenas || !table.rss) return;
  const Resident& arenas = *table.arenas;
  const std::uint64_t rest = arenas.bytes - std::min(arenas.bytes, KnownInArenas(evidence));
  if (arenas.maps < kSomeArenas || rest < kMuchInArenas ||
      Milli(rest, table.rss->bytes) < kArenaShare) {
    return;
  }
  SideConclusion conclusion;
  conclusion.id = "native.malloc-arenas";
  conclusion.severity = Severity::kMedium;
  conclusion.text = absl::StrCat(BytesText(arenas.bytes), " is resident in ",
                                 Counted(arenas.maps, "arena", "arenas"),
                                 " of glibc's malloc, which can keep what threads have freed");
  const NativeTracking* books = evidence.files.tracking();
  const std::uint64_t own = books != nullptr ? books->malloc : 0;
  conclusion.evidence.push_back(
      absl::StrCat("smaps has ", CountText(arenas.maps),
                   " mappings of their shape (64 MiB, aligned), ", BytesText(table.arena_reserved),
                   " of address space, and ", BytesText(table.main_arena), " in [heap]."));
  if (own > 0) {
    conclusion.evidence.push_back(
        absl::StrCat("The JVM itself has ", BytesText(own),
                     " from malloc, direct buffers with it (NMT): the rest is of libraries, or "
                     "free in the arenas."));
  }
  conclusion.advice.push_back(
      "MALLOC_ARENA_MAX=2 in the environment, or jemalloc (LD_PRELOAD), bounds what arenas keep.");
  conclusion.advice.push_back(
      "If it grows all the same, a library does not free: jemalloc's profile "
      "(MALLOC_CONF=prof:true) says which.");
  to.push_back(std::move(conclusion));
}

// What is unexplained is much, even if what the JVM takes for itself is in it. That needs smaps,
// which tells the heap and the code cache, and the dump, which tells direct memory.
bool IsMuchWithoutBooks(const SideEvidence& evidence) {
  if (evidence.dump == nullptr) return false;
  const MemoryTable& table = evidence.table;
  const TableRow* heap = table.Find(Area::kHeap);
  if (heap == nullptr || !heap->resident || heap->resident->kind != Figure::Kind::kExact ||
      table.Find(Area::kCode) == nullptr) {
    return false;
  }
  const std::uint64_t largest =
      std::max(heap->allowed ? heap->allowed->bytes : 0, heap->resident->bytes);
  return *table.unexplained >= Plus(kMuchUnexplained, largest / kCollectorOfHeap) &&
         Milli(*table.unexplained, table.rss->bytes) >= kUnbookedShare;
}

void AddUnexplained(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  const MemoryTable& table = evidence.table;
  if (!table.unexplained || !table.rss) return;
  const bool booked = evidence.files.tracking() != nullptr;
  if (!booked && !IsMuchWithoutBooks(evidence)) return;
  const std::uint64_t bytes = *table.unexplained;
  const std::uint32_t share = Milli(bytes, table.rss->bytes);
  if (bytes < kMuchUnexplained || share < kUnexplainedShare) return;
  SideConclusion conclusion;
  conclusion.id = "native.unexplained";
  conclusion.severity = booked && share >= kUnexplainedHigh ? Severity::kHigh : Severity::kMedium;
  conclusion.text = absl::StrCat("at least ", BytesText(bytes), " (", ShareText(share),
                                 " of what is resident) is in nobody's books: neither heap nor ",
                                 booked ? "what the JVM counts" : "what the other files explain");
  std::vector<std::string> suspects;
  if (evidence.dump != nullptr) {
    if (evidence.dump->rocksdb_handles > 0) {
      suspects.push_back(absl::StrCat("RocksDB (", CountText(evidence.dump->rocksdb_handles),
                                      " open handles in the dump)"));
    }
    if (evidence.dump->zip_bytes >= kMuchUnexplained / 4) {
      suspects.push_back(absl::StrCat("inflaters and deflaters that are not ended (an estimated ",
                                      BytesText(evidence.dump->zip_bytes), ", counted above)"));
    }
  }
  if (table.arenas && table.arenas->bytes >= kMuchInArenas) {
    suspects.emplace_back("what malloc's arenas keep");
  }
  conclusion.evidence.push_back(
      suspects.empty()
          ? "It belongs to native libraries or to the allocator; nothing here names one."
          : absl::StrCat("Suspects: ", absl::StrJoin(suspects, "; "), "."));
  if (!booked) {
    conclusion.evidence.push_back(
        "What the JVM allocates for itself is in it: native memory tracking was not on.");
    conclusion.advice.push_back(
        "Start it with -XX:NativeMemoryTracking=summary: VM.native_memory then tells what is the "
        "JVM's (Unsafe is its 'Other') and what a library's; jemalloc's profile names the "
        "library.");
    to.push_back(std::move(conclusion));
    return;
  }
  conclusion.advice.push_back(
      "Take smaps and native memory tracking again when it has grown: the row that grows is it. "
      "jemalloc's profile names the library.");
  to.push_back(std::move(conclusion));
}

}  // namespace

void ConcludeMalloc(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  AddUnexplained(evidence, to);
  AddArenas(evidence, to);
}

}  // namespace leaktrail::analyses::sidefiles
