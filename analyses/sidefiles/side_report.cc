#include "analyses/sidefiles/side_report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "analyses/sidefiles/collect_plan.h"
#include "analyses/sidefiles/flink_model.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses::sidefiles {
namespace {

// Conclusions that are about the heap itself.
bool IsOfTheHeap(const SideConclusion& conclusion) { return conclusion.id == "native.gc-overhead"; }

std::string HeapText(const DumpFigures& dump) {
  return absl::StrCat(
      "The heap is not the problem (", BytesText(dump.heap_live), " live",
      dump.heap_maximum > 0 ? absl::StrCat(" of ", BytesText(dump.heap_maximum)) : "", ")");
}

// The row with most in it that is resident, or committed where nothing is known of that.
std::string LargestText(const MemoryTable& table) {
  const TableRow* largest = nullptr;
  std::uint64_t most = 0;
  for (const TableRow& row : table.rows) {
    const MaybeFigure& figure = row.resident ? row.resident : row.committed;
    if (!figure || figure->bytes <= most) continue;
    most = figure->bytes;
    largest = &row;
  }
  if (largest == nullptr) return "";
  return absl::StrCat("the largest part is ", largest->name, " with ", BytesText(most));
}

std::string Headline(const SideEvidence& evidence, const std::vector<SideConclusion>& conclusions) {
  const bool fine = evidence.dump != nullptr && evidence.dump->heap_is_fine;
  const SideConclusion* top = nullptr;
  const SideConclusion* killed = nullptr;
  for (const SideConclusion& each : conclusions) {
    if (each.severity < Severity::kMedium) continue;
    if (each.id == "native.oom-killed") {
      killed = &each;  // that is what happened; why is what the others say
    } else if (top == nullptr) {
      top = &each;
    }
  }
  if (top == nullptr) top = killed;
  const bool of_heap = top != nullptr && IsOfTheHeap(*top);
  std::string text = fine && !of_heap ? absl::StrCat(HeapText(*evidence.dump), ": ") : "";
  if (top != nullptr) {
    absl::StrAppend(&text, top->text);
    if (top == killed) {
      const std::string largest = LargestText(evidence.table);
      if (!largest.empty()) absl::StrAppend(&text, "; ", largest);
    }
  } else if (!evidence.table.rows.empty()) {
    const std::string largest = LargestText(evidence.table);
    absl::StrAppend(&text, "nothing beside it stands out", largest.empty() ? "" : "; ", largest);
  } else {
    absl::StrAppend(&text, "the files beside it have no figures of memory");
  }
  return text;
}

// What the dump does not tell of the heap's maximum, the files may.
DumpFigures Completed(DumpFigures dump, const MemoryTable& table) {
  const TableRow* heap = table.Find(Area::kHeap);
  if (heap != nullptr && heap->allowed) dump.heap_maximum = heap->allowed->bytes;
  dump.heap_is_fine =
      dump.heap_maximum > 0 && Milli(dump.heap_live, dump.heap_maximum) < kTightFill;
  return dump;
}

}  // namespace

SideReport MakeSideReport(const SideFiles& files, const DumpFigures* dump) {
  SideReport report;
  report.table = MakeMemoryTable(files, dump);
  std::optional<DumpFigures> completed;
  if (dump != nullptr) completed = Completed(*dump, report.table);
  const SideEvidence evidence = {files, completed ? &*completed : nullptr, report.table};
  report.conclusions = Conclude(evidence);
  const auto flink = FindFlinkModel(files, evidence.dump);
  if (flink) report.flink = FlinkModelText(*flink);
  report.headline = Headline(evidence, report.conclusions);
  report.taken = files.taken;
  report.unread = files.unread;
  report.unread_lines = files.unread_lines;
  report.other_files = files.other_files;
  report.collect = CollectNextTime(files, dump != nullptr);
  return report;
}

}  // namespace leaktrail::analyses::sidefiles
