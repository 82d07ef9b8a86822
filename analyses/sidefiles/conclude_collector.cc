// What the GC log says: full collections that free nothing, of the heap or of metaspace.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyses/sidefiles/conclusions.h"
#include "analyses/text.h"

namespace leaktrail::analyses::sidefiles {
namespace {

// A JVM collects for metaspace some times while it starts, and frees nothing: the threshold has to
// grow first. This often it is no start, unless it was the last resort before an error.
constexpr std::uint64_t kManyForMetadata = 5;
constexpr std::uint32_t kFreesNothing = 20;  // thousandths of what there was
// Several in a row: one may have come before a request ended.
constexpr std::size_t kInARow = 3;
constexpr std::uint32_t kFullHeap = 850;

bool Asked(const FullCollection& each) {  // by a person or a tool: says nothing of need
  return each.cause == "System.gc()" || absl::StartsWith(each.cause, "Heap ") ||
         each.cause == "Diagnostic Command";
}

void AddMetadata(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  const GcLog& log = evidence.files.gc_log->value;
  const FullCollection* last = nullptr;
  bool last_resort = false;
  for (const FullCollection& each : log.last) {
    if (!each.metadata || !each.metaspace_before || !each.metaspace_after) continue;
    last = &each;
    last_resort = last_resort || absl::StrContains(each.cause, "Soft References");
  }
  if (last == nullptr || (!last_resort && log.for_metadata < kManyForMetadata)) return;
  const std::uint64_t before = *last->metaspace_before, after = *last->metaspace_after;
  const std::uint64_t freed = before - std::min(before, after);
  if (Milli(freed, before) >= kFreesNothing) return;
  SideConclusion conclusion;
  conclusion.id = "native.gc-metadata";
  conclusion.severity = Severity::kHigh;
  conclusion.text = absl::StrCat(Counted(log.for_metadata, "full collection", "full collections"),
                                 " because metaspace was full; the last freed ", BytesText(freed),
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

void AddOverhead(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  const GcLog& log = evidence.files.gc_log->value;
  std::size_t in_a_row = 0;
  std::uint64_t freed = 0;
  const FullCollection* last = nullptr;
  for (auto it = log.last.rbegin(); it != log.last.rend(); ++it) {
    if (Asked(*it)) continue;
    const std::uint64_t each = it->before - std::min(it->before, it->after);
    if (it->metadata || it->capacity == 0 || Milli(it->after, it->capacity) < kFullHeap ||
        Milli(each, it->before) >= kFreesNothing) {
      break;
    }
    if (last == nullptr) last = &*it;
    freed += each;
    ++in_a_row;
  }
  if (in_a_row < kInARow) return;
  SideConclusion conclusion;
  conclusion.id = "native.gc-overhead";
  conclusion.severity = Severity::kHigh;
  conclusion.text =
      absl::StrCat("the heap is full of what is alive: the last ", CountText(in_a_row),
                   " full collections freed ", BytesText(freed), " together, and ",
                   BytesText(last->after), " of ", BytesText(last->capacity), " stayed");
  conclusion.evidence.push_back(absl::StrCat(
      evidence.files.gc_log->file, ": ", CountText(log.full), " full collections of ",
      CountText(log.collections),
      log.allocation_stalls > 0
          ? absl::StrCat(", ",
                         Counted(log.allocation_stalls, "allocation stall", "allocation stalls"))
          : "",
      "."));
  conclusion.advice.push_back(
      "This is the heap, not what lies outside of it: the findings of leaktrail FILE say what "
      "holds it.");
  to.push_back(std::move(conclusion));
}

}  // namespace

void ConcludeCollector(const SideEvidence& evidence, std::vector<SideConclusion>& to) {
  if (!evidence.files.gc_log) return;
  AddMetadata(evidence, to);
  AddOverhead(evidence, to);
}

}  // namespace leaktrail::analyses::sidefiles
