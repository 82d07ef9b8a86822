// What the GC log says: full collections that free nothing, of the heap or of metaspace.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyses/sidefiles/conclusions.h"
#include "analyses/text.h"

namespace leaktrail::analyses::sidefiles {
namespace {

// A JVM collects for metaspace some times while it starts, and frees nothing: the threshold has to
// grow first. This often, and at the same size, it is no start; nor is the last resort before an
// error.
constexpr std::uint64_t kManyForMetadata = 5;
constexpr std::uint32_t kFreesNothing = 20;  // thousandths of what there was
// Several in a row: one may have come before a request ended.
constexpr std::size_t kInARow = 3;
constexpr std::uint32_t kFullHeap = 850;
constexpr std::uint32_t kSameSize = 100;  // thousandths that one may differ from another

bool Asked(const FullCollection& each) {  // by a person or a tool: says nothing of need
  return each.cause == "System.gc()" || absl::StartsWith(each.cause, "Heap ") ||
         each.cause == "Diagnostic Command";
}

// While metaspace grows, each collection finds more of it: a start, or a load of new code. A limit,
// or classes that come and cannot go, are found at the same size again and again.
bool StaysTheSame(const std::vector<const FullCollection*>& collections) {
  if (collections.size() < kInARow) return false;
  std::uint64_t least = ~std::uint64_t{0}, most = 0;
  for (auto it = collections.end() - kInARow; it != collections.end(); ++it) {
    least = std::min(least, *(*it)->metaspace_after);
    most = std::max(most, *(*it)->metaspace_after);
  }
  return Milli(most - least, most) <= kSameSize;
}

void AddMetadata(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  const GcLog& log = evidence.files.gc_log->value;
  std::vector<const FullCollection*> collections;
  bool last_resort = false;
  for (const FullCollection& each : log.last) {
    if (!each.metadata || !each.metaspace_before || !each.metaspace_after) continue;
    collections.push_back(&each);
    last_resort = last_resort || absl::StrContains(each.cause, "Soft References") ||
                  each.cause == "Last ditch collection";
  }
  if (collections.empty()) return;
  const FullCollection* last = collections.back();
  const std::uint64_t before = *last->metaspace_before, after = *last->metaspace_after;
  const std::uint64_t freed = before - std::min(before, after);
  if (Milli(freed, before) >= kFreesNothing) return;
  const std::uint64_t limit =
      evidence.files.flags.max_metaspace.value_or(log.flags.max_metaspace.value_or(0));
  const bool near_limit = limit > 0 && Milli(after, limit) >= kFullHeap;
  const bool often = log.for_metadata >= kManyForMetadata;
  if (!last_resort && !(often && (near_limit || StaysTheSame(collections)))) return;
  SideConclusion conclusion;
  conclusion.id = "native.gc-metadata";
  conclusion.severity = Severity::kHigh;
  conclusion.text = absl::StrCat(Counted(log.for_metadata, "full collection", "full collections"),
                                 " at the metaspace threshold; the last freed ", BytesText(freed),
                                 " of ", BytesText(before));
  conclusion.evidence.push_back(
      absl::StrCat("The heap had ", BytesText(last->after), " then",
                   last->capacity > 0 ? absl::StrCat(" of ", BytesText(last->capacity)) : "", " (",
                   evidence.files.gc_log->file, ", ", CountText(log.collections), " collections, ",
                   CountText(log.full), " of them full)."));
  conclusion.advice.push_back(
      "Its classes are all alive, so a larger -XX:MaxMetaspaceSize only postpones the error: find "
      "the class loaders that are kept (leaktrail loaders FILE).");
  to.push_back(std::move(conclusion));
}

// How large the heap is to be measured against: what it may grow to. Where nobody tells, what was
// committed, if it did not grow any more.
class FullHeap {
 public:
  explicit FullHeap(const SideEvidence& evidence) {
    const GcLog& log = evidence.files.gc_log->value;
    maximum_ = std::max(log.max_heap, log.flags.max_heap.value_or(0));
    if (maximum_ == 0) maximum_ = evidence.files.flags.max_heap.value_or(0);
  }

  std::uint64_t Size(const FullCollection& each) const {
    return each.capacity > 0 ? each.capacity : maximum_;
  }

  // `newest`: the last of the row.
  bool IsFull(const FullCollection& each, const FullCollection& newest) const {
    const std::uint64_t size = Size(each);
    if (size == 0 || Milli(each.after, size) < kFullHeap) return false;
    // A collector counts a part that it keeps free as no capacity: near the maximum is at it.
    return maximum_ > 0 ? Milli(size, maximum_) >= kFullHeap
                        : Milli(size, Size(newest)) >= 1000 - kSameSize;
  }

  // A later collection, not a full one, left it with room.
  bool HasRoom(std::uint64_t after, const FullCollection& newest) const {
    return Milli(after, std::max(maximum_, Size(newest))) < kFullHeap;
  }

 private:
  std::uint64_t maximum_ = 0;
};

void AddOverhead(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  const GcLog& log = evidence.files.gc_log->value;
  const FullHeap heap(evidence);
  std::size_t in_a_row = 0;
  std::uint64_t freed = 0;
  const FullCollection* last = nullptr;
  for (auto it = log.last.rbegin(); it != log.last.rend(); ++it) {
    if (Asked(*it)) continue;
    const std::uint64_t each = it->before - std::min(it->before, it->after);
    if (it->metadata || !heap.IsFull(*it, last == nullptr ? *it : *last) ||
        Milli(each, it->before) >= kFreesNothing) {
      break;
    }
    if (last == nullptr) last = &*it;
    freed = Plus(freed, each);
    ++in_a_row;
  }
  if (in_a_row < kInARow) return;
  if (log.after_last && heap.HasRoom(*log.after_last, *last)) return;
  SideConclusion conclusion;
  conclusion.id = "native.gc-overhead";
  conclusion.severity = Severity::kHigh;
  conclusion.text =
      absl::StrCat("the heap is full of what is alive: the last ", CountText(in_a_row),
                   " full collections freed ", BytesText(freed), " together, and ",
                   BytesText(last->after), " of ", BytesText(heap.Size(*last)), " stayed");
  conclusion.evidence.push_back(absl::StrCat(
      evidence.files.gc_log->file, ": ", CountText(log.full), " full collections of ",
      CountText(log.collections),
      log.allocation_stalls > 0
          ? absl::StrCat(", ",
                         Counted(log.allocation_stalls, "allocation stall", "allocation stalls"))
          : "",
      log.evacuation_failures > 0 ? absl::StrCat(", G1 found no room to copy to ",
                                                 Counted(log.evacuation_failures, "time", "times"))
                                  : "",
      "."));
  conclusion.advice.push_back(
      "This is the heap, not what lies outside of it: the findings of leaktrail FILE say what "
      "holds it.");
  to.push_back(std::move(conclusion));
}

// jstat, where there is no log: full collections come one after the other, and the old generation
// stays full.
void AddFullOld(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  constexpr std::uint32_t kFullOld = 950;
  if (!evidence.files.jstat) return;
  const Jstat& jstat = evidence.files.jstat->value;
  const std::uint64_t before = jstat.full_first.value_or(0), after = jstat.full_last.value_or(0);
  const std::uint64_t full = after - std::min(before, after);
  if (full < kInARow || jstat.least_old.value_or(0) < kFullOld) return;
  SideConclusion conclusion;
  conclusion.id = "native.gc-overhead";
  conclusion.severity = Severity::kMedium;
  conclusion.text = absl::StrCat("the old generation stayed full while ", CountText(full),
                                 " full collections ran: never less than ",
                                 ShareText(*jstat.least_old), " of it was used");
  conclusion.evidence.push_back(absl::StrCat(evidence.files.jstat->file, ", ",
                                             Counted(jstat.samples, "sample", "samples"), "."));
  conclusion.advice.push_back(
      "This is the heap, not what lies outside of it: the findings of leaktrail FILE say what "
      "holds it.");
  to.push_back(std::move(conclusion));
}

}  // namespace

void ConcludeCollector(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  if (!evidence.files.gc_log) return AddFullOld(evidence, to);
  AddMetadata(evidence, to);
  AddOverhead(evidence, to);
}

}  // namespace leaktrail::analyses::sidefiles
