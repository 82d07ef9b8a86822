// `analyze` as text. The order is that of a person who was woken up: is it a leak, what is it,
// where is it cut, what to run next; then what else is in the heap, and how far to believe all
// this. The short form is made to fit one screen of kScreenLines; the full form shows everything.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/render_text.h"
#include "cli/report_items.h"
#include "cli/text_finding.h"
#include "cli/text_parts.h"
#include "cli/text_table.h"

namespace leaktrail::cli {
namespace {

using analyses::BytesText;
using analyses::Counted;
using analyses::CountText;
using analyses::Finding;
using analyses::Report;
using analyses::ShareText;

std::string VerdictText(const Report& report, const TextStyle& style) {
  const absl::string_view head = VerdictName(report.verdict);
  const std::string painted = report.verdict == analyses::Verdict::kLeak     ? style.Red(head)
                              : report.verdict == analyses::Verdict::kHeapOk ? style.Green(head)
                                                                             : style.Yellow(head);
  const std::string sentence = VerdictSentence(report);
  return TextWithHead(head, painted, absl::string_view(sentence).substr(head.size()), 0, style);
}

// "OrderCache.orders[value] holds 1,000,000 x Order", in at most `columns` columns.
std::string HolderName(const analyses::HolderRow& holder, int columns) {
  std::string what;
  if (!holder.accumulated.empty()) {
    const analyses::Accumulated& top = holder.accumulated[0];
    what = absl::StrCat(" holds ", CountText(top.count), " x ",
                        Escape(analyses::SimpleName(top.class_name)));
    what = ShortenMiddle(what, columns * 2 / 3);
  }
  return absl::StrCat(ShortenMiddle(PathExpression(holder.path), columns - DisplayWidth(what)),
                      what);
}

std::string HoldersText(const Report& report, std::size_t limit, const TextStyle& style) {
  if (limit == 0 || report.holders.empty()) return "";
  TextTable table({{"retained", TextTable::Kind::kNumber},
                   {"share", TextTable::Kind::kNumber},
                   {"what holds the memory", TextTable::Kind::kText}});
  constexpr int kFigures = 20;
  for (std::size_t i = 0; i < std::min(limit, report.holders.size()); ++i) {
    const analyses::HolderRow& holder = report.holders[i];
    table.Row({BytesText(holder.retained), ShareText(holder.share_milli),
               HolderName(holder, style.width - kFigures)});
  }
  return absl::StrCat("\n", table.Render(style));
}

// A lower bound is marked as such.
std::string RetainedText(std::uint64_t bytes, bool exact) {
  return absl::StrCat(exact ? "" : ">= ", BytesText(bytes));
}

std::string ClassesText(const Report& report, std::size_t limit, const TextStyle& style) {
  if (report.classes.empty()) return "";
  TextTable table({{"retained", TextTable::Kind::kNumber},
                   {"shallow", TextTable::Kind::kNumber},
                   {"instances", TextTable::Kind::kNumber},
                   {"class", TextTable::Kind::kName},
                   {"loader", TextTable::Kind::kName}});
  for (std::size_t i = 0; i < std::min(limit, report.classes.size()); ++i) {
    const analyses::ClassRow& row = report.classes[i];
    table.Row({RetainedText(row.retained, row.exact), BytesText(row.shallow),
               CountText(row.instances), Escape(row.class_name), Escape(row.loader)});
  }
  return absl::StrCat("\n", table.Render(style));
}

std::string LoadersLine(const Report& report, std::size_t limit, const TextStyle& style) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < std::min(limit, report.loaders.size()); ++i) {
    const analyses::LoaderRow& row = report.loaders[i];
    items.push_back(absl::StrCat(row.name, " ", RetainedText(row.retained, row.exact), " (",
                                 Counted(row.classes, "class", "classes"), ")"));
  }
  return SummaryText("Loaders", items, report.dump.loaders, style);
}

std::string ThreadsLine(const Report& report, std::size_t limit, const TextStyle& style) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < std::min(limit, report.threads.size()); ++i) {
    const analyses::ThreadRow& row = report.threads[i];
    const std::string where = row.where.empty() ? "" : absl::StrCat(" in ", row.where);
    items.push_back(absl::StrCat(row.name.empty() ? row.class_name : row.name, where, " ",
                                 BytesText(row.retained)));
  }
  return SummaryText("Threads", items, report.dump.threads, style);
}

std::string BriefMemoryLine(const analyses::MemoryFacts& memory, const TextStyle& style) {
  return SummaryText("Memory", BriefMemoryItems(memory), 0, style);
}

// "MBeans    kafka.consumer 700 (4.6 MiB, of them 140 type=app-info,id=consumer-#); 9 domains".
std::string MBeansLine(const Report& report, std::size_t limit, const TextStyle& style) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < std::min(limit, report.mbeans.size()); ++i) {
    const analyses::MBeanRow& row = report.mbeans[i];
    std::string numbered;
    if (!row.numbered.empty()) {
      numbered =
          absl::StrCat(", of them ", CountText(row.numbered[0].second), " ", row.numbered[0].first);
    }
    items.push_back(absl::StrCat(row.domain.empty() ? "no name" : row.domain, " ",
                                 CountText(row.count), " (", RetainedText(row.retained, row.exact),
                                 numbered, ")"));
  }
  return SummaryText("MBeans", items, 0, style);
}

std::string MemoryLine(const analyses::MemoryFacts& memory, const TextStyle& style) {
  std::vector<std::string> items = {absl::StrCat(
      BytesText(memory.live), " live in ", Counted(memory.live_objects, "object", "objects"))};
  const auto level = [&](absl::string_view name, std::uint64_t bytes) {
    if (bytes > 0) items.push_back(absl::StrCat(BytesText(bytes), " held only ", name));
  };
  level("softly", memory.soft);
  level("for finalization", memory.finalizer);
  level("weakly", memory.weak);
  items.push_back(absl::StrCat(BytesText(memory.unreachable), " unreachable in ",
                               Counted(memory.unreachable_objects, "object", "objects")));
  if (memory.max_heap_hint > 0) {
    items.push_back(absl::StrCat("maximum heap about ", BytesText(memory.max_heap_hint)));
  }
  return SummaryText("Memory", items, 0, style);
}

std::string BriefDumpLine(const Report& report, const TextStyle& style) {
  std::vector<std::string> items = DumpItems(report.dump, true);
  for (std::string& item : TrustItems(report, true)) items.push_back(std::move(item));
  return SummaryText("Dump", items, 0, style);
}

// How many lines each part may take.
struct Room {
  FindingRoom first;
  std::size_t others = 0;  // findings behind the first
  bool commands = true;    // with them
  std::size_t advice = 0, holders = 0, classes = 0;
};

// From generous to tight: the first that fits the screen is taken.
constexpr Room kRooms[] = {
    {{9, 6, false, 6, 4, 2, 2}, 3, true, 3, 4, 0},  {{9, 6, false, 6, 4, 2, 2}, 3, true, 3, 0, 0},
    {{8, 6, false, 5, 3, 2, 2}, 3, false, 3, 0, 0}, {{7, 5, false, 4, 3, 2, 2}, 2, false, 2, 0, 0},
    {{7, 4, false, 3, 3, 2, 2}, 1, false, 2, 0, 0}, {{7, 3, false, 2, 2, 1, 2}, 1, false, 1, 0, 0},
    {{7, 3, false, 2, 2, 1, 1}, 1, false, 1, 0, 0}, {{6, 3, false, 2, 2, 1, 1}, 0, false, 1, 0, 0},
    {{6, 3, false, 1, 1, 1, 1}, 0, false, 1, 0, 0}, {{5, 3, false, 1, 1, 1, 1}, 0, false, 1, 0, 0},
};

// How many findings are shown. Mere information is the first to go: what the most severe finding
// has to say is worth more.
std::size_t Shown(const Report& report, const Room& room) {
  std::size_t shown = std::min(room.others + 1, report.findings.size());
  const auto is_info = [&](std::size_t i) {
    return report.findings[i].severity == analyses::Severity::kInfo;
  };
  while (!room.commands && shown > 1 && is_info(shown - 1)) --shown;
  return shown;
}

std::string FindingsText(const Report& report, const Room& room, const TextStyle& style) {
  std::string out;
  const std::size_t shown = Shown(report, room);
  for (std::size_t i = 0; i < shown; ++i) {
    const Finding& finding = report.findings[i];
    absl::StrAppend(
        &out, "\n",
        i == 0 ? FindingText(finding, 1, report.headline, report.dump.file, room.first, style)
               : ShortFindingText(finding, i + 1, report.dump.file, room.commands, style));
  }
  return out;
}

std::string AdviceText(const Report& report, std::size_t limit, const TextStyle& style) {
  std::string out;
  for (std::size_t i = 0; i < std::min(limit, report.advice.size()); ++i) {
    absl::StrAppend(&out, WrappedText(report.advice[i], 4, style).replace(2, 1, "-"));
  }
  return out;
}

// What there is to see beyond the screen.
std::string MoreText(const Report& report, std::size_t shown, const TextStyle& style) {
  const std::size_t hidden = report.findings.size() - std::min(shown, report.findings.size());
  std::string text = absl::StrCat("--full: ");
  if (hidden > 0) {
    absl::StrAppend(&text, Counted(hidden, "more finding", "more findings"), ", ");
  }
  absl::StrAppend(&text, "what holds the memory, classes, loaders, threads; or --json");
  return SummaryText("More", {text}, 0, style);
}

std::string ShortText(const Report& report, const Room& room, const TextStyle& style) {
  return absl::StrCat(VerdictText(report, style), PartialText(report.dump, report.health, style),
                      AdviceText(report, room.advice, style), FindingsText(report, room, style),
                      HoldersText(report, room.holders, style), "\n",
                      BriefMemoryLine(report.memory, style), BriefDumpLine(report, style),
                      MoreText(report, Shown(report, room), style));
}

std::string FullText(const Report& report, const TextStyle& style) {
  constexpr std::size_t kAll = ~std::size_t{0};
  constexpr std::size_t kMBeanDomains = 4;
  constexpr FindingRoom kFull = {12, 8, true, kAll, kAll, 1, kAll};
  std::string out =
      absl::StrCat(VerdictText(report, style), PartialText(report.dump, report.health, style),
                   AdviceText(report, kAll, style));
  for (std::size_t i = 0; i < report.findings.size(); ++i) {
    absl::StrAppend(&out, "\n",
                    FindingText(report.findings[i], i + 1, i == 0 ? report.headline : "",
                                report.dump.file, kFull, style));
  }
  absl::StrAppend(&out, HoldersText(report, kAll, style), ClassesText(report, kAll, style));
  absl::StrAppend(&out, "\n", LoadersLine(report, kAll, style), ThreadsLine(report, kAll, style),
                  MBeansLine(report, kMBeanDomains, style), MemoryLine(report.memory, style),
                  SummaryText("Dump", DumpItems(report.dump, false), 0, style),
                  SummaryText("Trust", TrustItems(report, false), 0, style));
  return out;
}

}  // namespace

std::string ReportText(const Report& report, bool full, const TextStyle& style) {
  if (full) return FullText(report, style);
  std::string text;
  for (const Room& room : kRooms) {
    text = ShortText(report, room, style);
    if (FitsScreen(text)) break;
  }
  return text;
}

}  // namespace leaktrail::cli
