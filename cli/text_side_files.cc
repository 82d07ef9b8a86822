// What lies beside the dump, as text: the answer, the table, what follows from it, what was read.
// The short form fits one screen.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/sidefiles/side_report.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/render_text.h"
#include "cli/text_native_parts.h"
#include "cli/text_parts.h"
#include "cli/text_table.h"

namespace leaktrail::cli {
namespace {

using analyses::BytesText;
using analyses::sidefiles::Figure;
using analyses::sidefiles::MaybeFigure;
using analyses::sidefiles::MemoryTable;
using analyses::sidefiles::SideConclusion;
using analyses::sidefiles::SideReport;
using analyses::sidefiles::Sourced;
using analyses::sidefiles::TableRow;
using analyses::sidefiles::TakenFile;
using analyses::sidefiles::UnreadFile;

constexpr std::size_t kUnreadShown = 5;

std::string FigureText(const MaybeFigure& figure) {
  if (!figure) return "-";
  static constexpr absl::string_view kMarks[] = {"", "<= ", ">= ", "~ "};
  return absl::StrCat(kMarks[static_cast<int>(figure->kind)], BytesText(figure->bytes));
}

std::string Line(absl::string_view label, const std::string& text, const TextStyle& style) {
  return text.empty() ? "" : Labelled(label, WrappedText(text, kLabelWidth, style));
}

std::string BarsText(const MemoryTable& table, const TextStyle& style) {
  std::vector<std::string> items;
  const auto add = [&](absl::string_view name, const std::optional<Sourced>& bar) {
    if (bar) items.push_back(absl::StrCat(name, BytesText(bar->bytes), " (", bar->source, ")"));
  };
  add("limit ", table.limit);
  add("charged ", table.charged);
  add("resident ", table.rss);
  add("at most so far ", table.peak);
  add("swapped out ", table.swapped);
  return Line("memory", absl::StrJoin(items, ", "), style);
}

std::string TableText(const MemoryTable& table, bool rule, const TextStyle& style) {
  if (table.rows.empty()) return "";
  TextTable text({{"area", TextTable::Kind::kText},
                  {"committed", TextTable::Kind::kNumber},
                  {"resident", TextTable::Kind::kNumber},
                  {"allowed", TextTable::Kind::kNumber},
                  {"from", TextTable::Kind::kText}});
  for (const TableRow& row : table.rows) {
    text.Row({Escape(row.name), FigureText(row.committed), FigureText(row.resident),
              FigureText(row.allowed), Escape(row.source)});
  }
  if (rule) text.Rule();
  text.Row({"in all", BytesText(table.committed), table.rss ? BytesText(table.rss->bytes) : "-",
            BytesText(table.allowed), ""});
  return absl::StrCat("\n", text.Render(style));
}

std::string NotesText(const MemoryTable& table, const TextStyle& style) {
  std::vector<std::string> notes;
  for (const TableRow& row : table.rows) {
    if (!row.doubt.empty()) notes.push_back(absl::StrCat(row.name, ": ", row.doubt));
  }
  notes.insert(notes.end(), table.notes.begin(), table.notes.end());
  return Line("notes", absl::StrJoin(notes, "; "), style);
}

// Whole sentences, without the one that is told elsewhere.
std::vector<std::string> Evidence(const SideReport& report, const SideConclusion& conclusion) {
  std::vector<std::string> evidence = conclusion.evidence;
  if (report.flink.empty()) return evidence;
  std::erase_if(evidence,
                [&](const std::string& each) { return absl::StrContains(each, report.flink); });
  return evidence;
}

// True if the headline ends with it.
bool IsSaid(const SideReport& report, const SideConclusion& conclusion) {
  return absl::EndsWith(report.headline, conclusion.text);
}

std::vector<const SideConclusion*> SaidFirst(const SideReport& report) {
  std::vector<const SideConclusion*> conclusions;
  for (const SideConclusion& each : report.conclusions) conclusions.push_back(&each);
  std::stable_partition(conclusions.begin(), conclusions.end(),
                        [&](const SideConclusion* each) { return IsSaid(report, *each); });
  return conclusions;
}

// The first `limit`, each with as much of its evidence and advice.
std::string ConclusionsText(const SideReport& report, std::size_t limit, std::size_t evidence,
                            std::size_t advice, const TextStyle& style) {
  std::string out;
  const std::vector<const SideConclusion*> conclusions = SaidFirst(report);
  for (std::size_t i = 0; i < std::min(limit, conclusions.size()); ++i) {
    const SideConclusion& conclusion = *conclusions[i];
    const bool said = IsSaid(report, conclusion);
    if (!said) absl::StrAppend(&out, Line("look at", conclusion.text, style));
    std::vector<std::string> why = Evidence(report, conclusion);
    if (why.size() > evidence) why.resize(i == 0 ? std::max<std::size_t>(evidence, 1) : evidence);
    std::vector<std::string> fix = conclusion.advice;
    if (fix.size() > advice) fix.resize(advice);
    absl::StrAppend(&out, Line(said ? "why" : "", absl::StrJoin(why, " "), style),
                    Line("fix", absl::StrJoin(fix, " "), style));
  }
  return out.empty() ? "" : absl::StrCat("\n", out);
}

std::string FilesText(const SideReport& report, const TextStyle& style) {
  std::vector<std::string> taken;
  for (const TakenFile& file : report.taken) {
    const std::string kind(KindName(file.kind));
    taken.push_back(absl::StrCat(file.file, ": ", kind.substr(0, kind.find(" (")),
                                 file.replaced ? ", not used: another one counts" : "",
                                 file.cut ? ", its end" : ""));
  }
  std::string out = Line("read", absl::StrJoin(taken, "; "), style);
  std::vector<std::string> unread;
  for (const UnreadFile& file : report.unread) {
    if (unread.size() == kUnreadShown) break;
    unread.push_back(absl::StrCat(file.file, file.line > 0 ? absl::StrCat(":", file.line) : "",
                                  file.file.empty() ? "" : ": ", file.what));
  }
  if (report.unread_lines > unread.size()) {
    unread.push_back(absl::StrCat(report.unread_lines - unread.size(), " more: see --json"));
  }
  absl::StrAppend(&out, Line("not read", absl::StrJoin(unread, "; "), style));
  if (!report.other_files.empty()) {
    absl::StrAppend(
        &out,
        Line("unknown",
             absl::StrCat(analyses::Counted(report.other_files.size(), "other file", "other files"),
                          ", nothing known in them"),
             style));
  }
  return absl::StrCat("\n", out);
}

std::string CollectText(const SideReport& report, const TextStyle& style) {
  if (report.collect.empty()) return "";
  std::string out = "\nCollect next time (leaktrail collect --pid PID --out DIR does it):\n";
  for (const std::string& line : report.collect) {
    absl::StrAppend(&out, WrappedText(line, 2, style));
  }
  return out;
}

constexpr absl::string_view kFlinkLabel = "flink";

// How much of each part fits.
struct Room {
  std::size_t rows = 0, conclusions = 0, evidence = 0, advice = 0;
  std::size_t lines = 0;  // of the dump's
  bool collect = false;   // what was missing most
};
constexpr std::size_t kAll = ~std::size_t{0};
// From generous to tight: the first that fits the screen is taken.
constexpr Room kRooms[] = {
    {kAll, 4, 2, 2, 3, true}, {8, 4, 2, 2, 2, true},  {8, 4, 1, 1, 1, true},
    {7, 4, 1, 1, 1, false},   {7, 3, 1, 1, 1, false}, {6, 4, 0, 1, 0, false},
    {6, 3, 0, 1, 0, false},   {6, 2, 1, 1, 0, false}, {5, 2, 1, 1, 0, false},
    {5, 2, 0, 1, 0, false},   {5, 1, 1, 1, 0, false}, {4, 1, 0, 1, 0, false},
};

// What the dump has of each area, on one line each; of Flink: FlinkText.
std::string DumpLines(const analyses::NativeMemory& memory, std::size_t limit,
                      const TextStyle& style) {
  constexpr std::size_t kListed = 2;
  std::string out;
  std::vector<LabelledLine> lines = NativeLines(memory, kListed, true);
  std::erase_if(lines, [](const LabelledLine& line) { return line.label == kFlinkLabel; });
  for (std::size_t i = 0; i < std::min(limit, lines.size()); ++i) {
    absl::StrAppend(&out, LineText(lines[i], style));
  }
  return out;
}

// Its budget, and what the dump has of it.
std::string FlinkText(const SideReport& report, const analyses::NativeMemory* memory,
                      const TextStyle& style) {
  std::string out = Line(kFlinkLabel, report.flink, style);
  if (memory == nullptr) return out;
  for (LabelledLine& line : NativeLines(*memory, 1, false)) {
    if (line.label != kFlinkLabel) continue;
    if (!out.empty()) line.label = "";
    absl::StrAppend(&out, LineText(line, style));
  }
  return out;
}

// A file may be of several kinds.
std::size_t FilesRead(const SideReport& report) {
  std::set<std::string> names;
  for (const TakenFile& file : report.taken) names.insert(file.file);
  return names.size();
}

std::string MoreText(const SideReport& report, const Room& room, const TextStyle& style) {
  const std::size_t hidden =
      report.conclusions.size() - std::min(room.conclusions, report.conclusions.size());
  std::string text = "--full: ";
  if (hidden > 0) {
    absl::StrAppend(&text, analyses::Counted(hidden, "more thing", "more things"), " to look at, ");
  }
  absl::StrAppend(&text, "every row and its doubt, the ",
                  analyses::Counted(FilesRead(report), "file", "files"), " read");
  if (report.unread_lines > 0) {
    absl::StrAppend(&text, " (", analyses::CountText(report.unread_lines), " not understood)");
  }
  if (!report.collect.empty()) absl::StrAppend(&text, ", what to collect next time");
  return SummaryText("More", {absl::StrCat(text, "; or --json")}, 0, style);
}

std::string OneScreen(const SideReport& report, const DumpContext* context,
                      const analyses::NativeMemory* memory, const Room& room,
                      const TextStyle& style) {
  std::string out = style.Bold(WrappedText(report.headline, 0, style));
  if (context != nullptr) absl::StrAppend(&out, PartialText(context->dump, context->health, style));
  absl::StrAppend(&out, Line("careful", report.table.careful, style), BarsText(report.table, style),
                  FlinkText(report, memory, style),
                  TableText(ShortTable(report.table, room.rows), false, style),
                  ConclusionsText(report, room.conclusions, room.evidence, room.advice, style));
  if (memory != nullptr && room.lines > 0) {
    absl::StrAppend(&out, "\n", DumpLines(*memory, room.lines, style));
  }
  if (room.collect && !report.collect.empty()) {
    absl::StrAppend(&out, Line("missing", report.collect.front(), style));
  }
  return absl::StrCat(out, "\n", MoreText(report, room, style));
}

}  // namespace

std::string ShortSideText(const SideReport& report, const DumpContext* context,
                          const analyses::NativeMemory* memory, const TextStyle& style) {
  std::string text;
  for (const Room& room : kRooms) {
    text = OneScreen(report, context, memory, room, style);
    if (FitsScreen(text)) break;
  }
  return text;
}

std::string SideFilesText(const SideReport& report, bool full, const TextStyle& style) {
  if (!full) return ShortSideText(report, nullptr, nullptr, style);
  return absl::StrCat(style.Bold(WrappedText(report.headline, 0, style)), "\n",
                      BarsText(report.table, style), Line("flink", report.flink, style),
                      TableText(report.table, true, style), NotesText(report.table, style),
                      ConclusionsText(report, kAll, kAll, kAll, style), FilesText(report, style),
                      CollectText(report, style));
}

}  // namespace leaktrail::cli
