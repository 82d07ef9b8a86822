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
constexpr std::uint32_t kContainerIsNear = 800;

std::uint64_t RoundUp(std::uint64_t bytes, std::uint64_t step) {
  return Plus(bytes, step - 1) / step * step;
}

// What the process has outside of its heap; none: not known. Only a heap that is measured can be
// taken from what is resident. Else the JVM's books are a bound of it, as far as they go; and what
// is resident beyond all that the heap may have touched is another, from below.
MaybeFigure OutsideOfHeap(const SideEvidence& evidence) {
  using Kind = Figure::Kind;
  const MemoryTable& table = evidence.table;
  const TableRow* heap = table.Find(Area::kHeap);
  if (heap == nullptr || !heap->resident) return std::nullopt;
  if (table.rss && heap->resident->kind == Kind::kExact) {
    return LeftOf(table.rss->bytes, *heap->resident);
  }
  if (!heap->committed || heap->committed->kind != Kind::kExact) return std::nullopt;
  const std::uint64_t committed = heap->committed->bytes;
  const std::uint64_t rss = table.rss ? table.rss->bytes : 0;
  const std::uint64_t least = rss - std::min(rss, committed);
  const std::uint64_t booked = table.committed - std::min(table.committed, committed);
  if (evidence.files.tracking() != nullptr && booked >= least) return Figure{booked, Kind::kAtMost};
  return least > 0 ? MaybeFigure(Figure{least, Kind::kAtLeast}) : std::nullopt;
}

std::string BoundText(const Figure& figure) {
  const std::string bytes = BytesText(figure.bytes);
  return figure.kind == Figure::Kind::kAtMost    ? absl::StrCat("up to ", bytes)
         : figure.kind == Figure::Kind::kAtLeast ? absl::StrCat("at least ", bytes)
                                                 : bytes;
}

std::string OverLimitText(std::uint64_t limit) {
  return limit > 0 ? absl::StrCat(": it was over its limit of ", BytesText(limit)) : "";
}

void AddOomKill(const SideEvidence& evidence, std::string text, std::vector<std::string> why,
                std::vector<SideConclusion>& to) {
  SideConclusion conclusion;
  conclusion.id = "native.oom-killed";
  conclusion.severity = Severity::kHigh;
  conclusion.text = std::move(text);
  conclusion.evidence = std::move(why);
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

// Of a pod, which says which of its containers was killed. The JVM's is taken to be the one with
// the largest limit.
void AddPodKills(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  const PodLimits& pod = evidence.files.pod->value;
  const ContainerLimit* largest = pod.Largest();
  std::uint64_t killed = 0, limit = 0, beside = 0, beside_limit = 0;
  for (const ContainerLimit& each : pod.containers) {
    if (!each.oom_killed) continue;
    if (largest == nullptr || each.limit == largest->limit || each.limit == 0) {
      ++killed;
      limit = std::max(limit, each.limit);
    } else {
      ++beside;
      beside_limit = std::max(beside_limit, each.limit);
    }
  }
  const std::string in = absl::StrCat("In ", evidence.files.pod->file, ".");
  if (killed > 0) {
    AddOomKill(evidence,
               absl::StrCat(Counted(killed, "container was", "containers were"),
                            " killed by the kernel (OOMKilled)", OverLimitText(limit)),
               {in}, to);
  }
  if (beside == 0) return;
  SideConclusion conclusion;
  conclusion.id = "native.oom-killed";
  conclusion.severity = Severity::kLow;
  conclusion.text = absl::StrCat(
      "a smaller container of the pod was killed by the kernel, over its "
      "limit of ",
      BytesText(beside_limit), ", not the one with the largest limit");
  conclusion.evidence.push_back(in);
  conclusion.advice.push_back(
      "That is another process than the JVM, unless the JVM runs in the smaller container: then "
      "name its limit with --limit.");
  to.push_back(std::move(conclusion));
}

void AddOomKills(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  const Cgroup& cgroup = evidence.files.cgroup;
  const std::uint64_t kills = cgroup.oom_kills.value_or(0);
  if (kills > 0) {
    const std::uint64_t hits = cgroup.limit_hits.value_or(0);
    AddOomKill(
        evidence,
        absl::StrCat("the kernel has killed in this container ", Counted(kills, "time", "times"),
                     OverLimitText(evidence.table.limit ? evidence.table.limit->bytes : 0)),
        {absl::StrCat(
            "oom_kill ", CountText(kills), " (", evidence.files.cgroup_file, ")",
            hits > 0 ? absl::StrCat("; the limit was met ", Counted(hits, "time", "times")) : "",
            ".")},
        to);
  } else if (evidence.files.pod) {
    AddPodKills(evidence, to);
  }
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
    texts.push_back(absl::StrCat(row->name, " ", BoundText(*row->resident)));
  }
  return texts.empty() ? "" : absl::StrCat("Most of it: ", absl::StrJoin(texts, ", "), ".");
}

// A heap that must not be smaller: what is live, and half of it again.
std::uint64_t LeastHeap(const SideEvidence& evidence, std::uint64_t maximum) {
  const std::uint64_t live = evidence.dump != nullptr ? evidence.dump->heap_live : 0;
  return std::max(Plus(live, live / 2), maximum / 4);
}

void AddHeapNearLimit(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  const TableRow* heap = evidence.table.Find(Area::kHeap);
  if (!evidence.table.limit || heap == nullptr || !heap->allowed) return;
  const std::uint64_t limit = evidence.table.limit->bytes, most = heap->allowed->bytes;
  const std::uint64_t room = limit - std::min(limit, most);
  const auto outside = OutsideOfHeap(evidence);
  // A bound from above proves nothing, but tells that it may not fit.
  const bool may_be_less = outside && outside->kind == Figure::Kind::kAtMost;
  const bool no_room = outside && outside->bytes > room;
  const bool too_large = most >= limit || no_room;
  if (!too_large && Milli(most, limit) < kHeapNearLimit) return;
  SideConclusion conclusion;
  conclusion.id = "native.heap-near-limit";
  conclusion.severity =
      most >= limit || (no_room && !may_be_less) ? Severity::kHigh : Severity::kMedium;
  conclusion.text = absl::StrCat("the maximum heap of ", BytesText(most), " leaves ",
                                 BytesText(room), " of the container's ", BytesText(limit));
  const std::uint64_t reserve = limit / 100 * kReserve;
  if (outside) {
    absl::StrAppend(&conclusion.text, too_large ? ", but " : ", and ", BoundText(*outside),
                    " is used outside of the heap");
    constexpr std::uint64_t kStep = 16 << 20;
    const std::uint64_t used = Plus(outside->bytes, reserve);
    if (const std::string largest = LargestOutside(evidence.table); !largest.empty()) {
      conclusion.evidence.push_back(largest);
    }
    const std::uint64_t fits = (limit - std::min(limit, used)) / kStep * kStep;
    if (fits >= LeastHeap(evidence, most)) {
      conclusion.advice.push_back(absl::StrCat(
          "-Xmx of at most ", BytesText(fits), " (limit ", BytesText(limit),
          " - outside of the heap ", BytesText(outside->bytes), " - ", kReserve,
          "% free), or a limit of at least ", BytesText(RoundUp(Plus(most, used), kStep)),
          " (heap + outside + the same)."));
    } else {
      conclusion.advice.push_back(
          absl::StrCat("A limit of at least ", BytesText(RoundUp(Plus(most, used), kStep)),
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
      Milli(*cgroup.current, evidence.table.limit->bytes) < kContainerIsNear) {
    return;
  }
  SideConclusion conclusion;
  conclusion.id = "native.page-cache";
  conclusion.severity = Severity::kLow;
  conclusion.text = absl::StrCat(
      BytesText(cache), " of the ", BytesText(*cgroup.current),
      " that the container is charged with is page cache: what cannot be given back is ",
      BytesText(*cgroup.current - std::min(*cgroup.current, cache)));
  std::vector<std::string> parts;
  const auto add = [&](std::uint64_t bytes, absl::string_view what) {
    if (bytes > 0) parts.push_back(absl::StrCat(BytesText(bytes), what));
  };
  add(cgroup.mapped.value_or(0), " of it is of mapped files");
  add(cgroup.inactive_file.value_or(0), " was not used lately");
  add(cgroup.anonymous.value_or(0), " beside it is anonymous memory");
  if (!parts.empty()) {
    conclusion.evidence.push_back(
        absl::StrCat(absl::StrJoin(parts, ", "), " (", evidence.files.cgroup_file, ")."));
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
