// The container and its limit: was it killed, is there room beside the heap, what of it is page
// cache.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/sidefiles/conclusions.h"
#include "analyses/text.h"

namespace leaktrail::analyses::sidefiles {
namespace {

// Beside the heap a JVM needs some hundred MiB, and something must stay free: above 85 % of the
// limit there is no room for that in any container below some GiB.
constexpr std::uint32_t kHeapNearLimit = 850;
// What is left free in advice: page tables, spikes, what was not measured.
constexpr std::uint64_t kReserve = 10;  // percent of the limit
// Page cache is worth a word if it is a quarter of what is charged, and the limit is near.
constexpr std::uint32_t kMuchCache = 250;
constexpr std::uint32_t kNearLimit = 800;

std::uint64_t RoundUp(std::uint64_t bytes, std::uint64_t step) {
  return (bytes + step - 1) / step * step;
}

// Resident outside of the heap; none: not known.
std::optional<std::uint64_t> OutsideOfHeap(const SideEvidence& evidence) {
  const TableRow* heap = evidence.table.Find(Area::kHeap);
  if (heap == nullptr || !heap->resident) return std::nullopt;
  if (evidence.table.rss && heap->resident->kind != Figure::Kind::kAtLeast) {
    return evidence.table.rss->bytes - std::min(evidence.table.rss->bytes, heap->resident->bytes);
  }
  // Without RSS: what the JVM has committed, if it says so.
  if (!evidence.files.native || !heap->committed) return std::nullopt;
  return evidence.table.committed - std::min(evidence.table.committed, heap->committed->bytes);
}

void AddOomKills(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  const std::uint64_t kills = evidence.files.cgroup.oom_kills.value_or(0);
  const std::uint64_t pods = evidence.files.pod ? evidence.files.pod->value.oom_killed : 0;
  if (kills == 0 && pods == 0) return;
  SideConclusion conclusion;
  conclusion.id = "native.oom-killed";
  conclusion.severity = Severity::kHigh;
  const std::string limit =
      evidence.table.limit
          ? absl::StrCat(": it was over its limit of ", BytesText(evidence.table.limit->bytes))
          : "";
  conclusion.text = kills > 0 ? absl::StrCat("the kernel has killed in this container ",
                                             Counted(kills, "time", "times"), limit)
                              : absl::StrCat(Counted(pods, "container was", "containers were"),
                                             " killed by the kernel (OOMKilled)", limit);
  if (kills > 0) {
    conclusion.evidence.push_back(
        absl::StrCat("oom_kill ", CountText(kills), " (", evidence.files.cgroup_file, ")."));
  }
  if (evidence.dump != nullptr && evidence.dump->heap_is_fine) {
    conclusion.evidence.push_back(
        absl::StrCat("The heap is not the problem: ", BytesText(evidence.dump->heap_live), " live",
                     evidence.dump->heap_maximum > 0
                         ? absl::StrCat(" of ", BytesText(evidence.dump->heap_maximum))
                         : "",
                     "."));
  }
  conclusion.advice.push_back(
      "The JVM does not see it coming (no error, no dump): all that it may use must fit.");
  to.push_back(std::move(conclusion));
}

// "Most of it: direct buffers 64.0 MiB, ...": the largest of what lies outside of the heap.
std::string LargestOutside(const MemoryTable& table) {
  constexpr std::size_t kMost = 3;
  constexpr std::uint64_t kLeast = std::uint64_t{8} << 20;
  std::vector<const TableRow*> rows;
  for (const TableRow& row : table.rows) {
    if (row.area != Area::kHeap && row.resident && row.resident->bytes >= kLeast) {
      rows.push_back(&row);
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
    return a->resident->bytes > b->resident->bytes;
  });
  std::vector<std::string> texts;
  for (const TableRow* row : rows) {
    if (texts.size() == kMost) break;
    const bool exact = row->resident->kind == Figure::Kind::kExact;
    texts.push_back(
        absl::StrCat(row->name, exact ? " " : " up to ", BytesText(row->resident->bytes)));
  }
  return texts.empty() ? "" : absl::StrCat("Most of it: ", absl::StrJoin(texts, ", "), ".");
}

// A heap that must not be smaller: what is live, and half of it again.
std::uint64_t LeastHeap(const SideEvidence& evidence, std::uint64_t maximum) {
  const std::uint64_t live = evidence.dump != nullptr ? evidence.dump->heap_live : 0;
  return std::max(live + live / 2, maximum / 4);
}

void AddHeapNearLimit(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  const TableRow* heap = evidence.table.Find(Area::kHeap);
  if (!evidence.table.limit || heap == nullptr || !heap->allowed) return;
  const std::uint64_t limit = evidence.table.limit->bytes, most = heap->allowed->bytes;
  const std::uint64_t room = limit - std::min(limit, most);
  const auto outside = OutsideOfHeap(evidence);
  const bool too_large = most >= limit || (outside && *outside > room);
  if (!too_large && Milli(most, limit) < kHeapNearLimit) return;
  SideConclusion conclusion;
  conclusion.id = "native.heap-near-limit";
  conclusion.severity = too_large ? Severity::kHigh : Severity::kMedium;
  conclusion.text = absl::StrCat("the maximum heap of ", BytesText(most), " leaves ",
                                 BytesText(room), " of the container's ", BytesText(limit));
  const std::uint64_t reserve = limit / 100 * kReserve;
  if (outside) {
    absl::StrAppend(&conclusion.text, too_large ? ", but " : ", and ", BytesText(*outside),
                    " is used outside of the heap");
    constexpr std::uint64_t kStep = 16 << 20;
    const std::uint64_t used = *outside + reserve;
    if (const std::string largest = LargestOutside(evidence.table); !largest.empty()) {
      conclusion.evidence.push_back(largest);
    }
    const std::uint64_t fits = (limit - std::min(limit, used)) / kStep * kStep;
    if (fits >= LeastHeap(evidence, most)) {
      conclusion.advice.push_back(
          absl::StrCat("-Xmx of at most ", BytesText(fits), " (limit ", BytesText(limit),
                       " - outside of the heap ", BytesText(*outside), " - ", kReserve,
                       "% free), or a limit of at least ", BytesText(RoundUp(most + used, kStep)),
                       " (heap + outside + the same)."));
    } else {
      conclusion.advice.push_back(
          absl::StrCat("A limit of at least ", BytesText(RoundUp(most + used, kStep)),
                       ", or less outside of the heap: -Xmx alone does not do."));
    }
  } else {
    conclusion.advice.push_back(
        "A JVM needs metaspace, code cache, stacks and its collector beside the heap: some "
        "hundred MiB. Leave a quarter of the limit, or measure it with native memory tracking.");
  }
  to.push_back(std::move(conclusion));
}

void AddPageCache(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  const Cgroup& cgroup = evidence.files.cgroup;
  if (!cgroup.file || !cgroup.current || !evidence.table.limit) return;
  const std::uint64_t shared = cgroup.shared.value_or(0);  // is in `file`, but cannot be dropped
  const std::uint64_t cache = *cgroup.file - std::min(*cgroup.file, shared);
  if (Milli(cache, *cgroup.current) < kMuchCache ||
      Milli(*cgroup.current, evidence.table.limit->bytes) < kNearLimit) {
    return;
  }
  SideConclusion conclusion;
  conclusion.id = "native.page-cache";
  conclusion.severity = Severity::kLow;
  conclusion.text = absl::StrCat(
      BytesText(cache), " of the ", BytesText(*cgroup.current),
      " that the container is charged with is page cache: what cannot be given back is ",
      BytesText(*cgroup.current - std::min(*cgroup.current, cache)));
  if (cgroup.mapped.value_or(0) > 0) {
    conclusion.evidence.push_back(absl::StrCat(BytesText(*cgroup.mapped),
                                               " of it is of mapped files (",
                                               evidence.files.cgroup_file, ")."));
  }
  conclusion.advice.push_back(
      "The kernel drops it before it kills. Judge by anonymous and shared memory, not by usage. "
      "YARN counts mapped files unless "
      "yarn.nodemanager.container-monitor.procfs-tree.smaps-based-rss.enabled is true.");
  to.push_back(std::move(conclusion));
}

}  // namespace

void ConcludeContainer(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  AddOomKills(evidence, to);
  AddHeapNearLimit(evidence, to);
  AddPageCache(evidence, to);
}

}  // namespace leaktrail::analyses::sidefiles
