#include "cli/report_items.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/text.h"
#include "cli/format.h"
#include "cli/text_parts.h"

namespace leaktrail::cli {

using analyses::BytesText;
using analyses::Counted;
using analyses::CountText;
using analyses::Report;

absl::string_view VerdictName(analyses::Verdict verdict) {
  switch (verdict) {
    case analyses::Verdict::kLeak:
      return "LEAK";
    case analyses::Verdict::kFullButNoLeak:
      return "FULL, NO LEAK";
    case analyses::Verdict::kHeapOk:
      return "OK";
    case analyses::Verdict::kUnknown:
      break;
  }
  return "NO VERDICT";
}

std::string VerdictSentence(const Report& report) {
  const bool leak = report.verdict == analyses::Verdict::kLeak;
  return absl::StrCat(VerdictName(report.verdict), leak ? " " : ": ", report.headline);
}

std::vector<std::string> DumpItems(const analyses::DumpFacts& dump, bool brief) {
  std::vector<std::string> items = {dump.file, BytesText(dump.bytes)};
  if (!dump.jvm.empty()) items.push_back(dump.jvm);
  if (!dump.snapshot_of.empty()) items.push_back("snapshot");
  if (dump.heaps > 1) {
    items.push_back(absl::StrCat("heap ", dump.heap, " of 0..", dump.heaps - 1,
                                 dump.snapshot_of.empty() ? " (see --heap)" : ""));
  }
  if (!brief) {
    items.push_back(Counted(dump.classes, "class", "classes"));
    items.push_back(Counted(dump.roots, "GC root", "GC roots"));
  }
  const std::string taken = TimeText(dump.timestamp_ms);
  if (!taken.empty()) items.push_back(absl::StrCat("taken ", taken));
  return items;
}

std::vector<std::string> TrustItems(const Report& report, bool brief) {
  const analyses::DumpFacts& dump = report.dump;
  std::vector<std::string> items = {dump.complete ? (brief ? "complete" : "the dump is complete")
                                                  : "THE DUMP IS NOT COMPLETE"};
  items.push_back(brief ? SizesText(dump, false)
                        : absl::StrCat(SizesText(dump, true), " (", dump.layout, ")"));
  std::uint64_t notes = 0;
  for (const analyses::HealthRow& row : report.health) {
    if (row.severity == "warning") {
      items.push_back(absl::StrCat(CountText(row.count), " x ", row.id));
    }
    notes += row.severity == "note";
  }
  if (notes > 0 && !brief) {
    items.push_back(
        absl::StrCat(Counted(notes, "harmless oddity", "harmless oddities"), " (see --json)"));
  }
  return items;
}

std::string DamageSentence(const analyses::DumpFacts& dump) {
  std::string sentence = absl::StrCat("The damage begins at byte ", CountText(dump.damage_offset));
  if (dump.read_milli < 1000) {
    absl::StrAppend(&sentence, "; ", analyses::ShareText(dump.read_milli),
                    " of what the file announces was read");
  }
  return absl::StrCat(sentence, ".");
}

std::string LeftOutSentence(const Report& report) {
  constexpr std::size_t kNamed = 4;
  const std::vector<std::string>& all = report.left_out;
  if (all.empty()) return "";
  const std::size_t named = std::min(kNamed, all.size());
  std::string text = absl::StrCat("The budget (--timeout, --max-memory) left no room for ",
                                  absl::StrJoin(all.begin(), all.begin() + named, ", "));
  if (all.size() > named) absl::StrAppend(&text, " and ", all.size() - named, " more");
  return absl::StrCat(text, ".");
}

std::vector<std::string> BriefMemoryItems(const analyses::MemoryFacts& memory) {
  std::vector<std::string> items = {absl::StrCat(
      BytesText(memory.live), " live in ", Counted(memory.live_objects, "object", "objects"))};
  if (memory.max_heap_hint > 0) {
    items.push_back(absl::StrCat("maximum heap about ", BytesText(memory.max_heap_hint)));
  }
  if (memory.unreachable > memory.live / 10) {
    items.push_back(absl::StrCat(BytesText(memory.unreachable), " unreachable"));
  }
  return items;
}

}  // namespace leaktrail::cli
