// What lies beside the dump, as text: the answer, the table, what follows from it, what was read.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/sidefiles/side_report.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/render_text.h"
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
constexpr std::size_t kConclusionsShown = 6;

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
  return Line("memory", absl::StrJoin(items, ", "), style);
}

std::string AreasText(const MemoryTable& table, const TextStyle& style) {
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
  text.Rule();
  text.Row({"sum", BytesText(table.committed), table.rss ? BytesText(table.rss->bytes) : "-",
            BytesText(table.allowed), ""});
  std::vector<std::string> notes;
  for (const TableRow& row : table.rows) {
    if (!row.doubt.empty()) notes.push_back(absl::StrCat(row.name, ": ", row.doubt));
  }
  notes.insert(notes.end(), table.notes.begin(), table.notes.end());
  return absl::StrCat("\n", text.Render(style), Line("notes", absl::StrJoin(notes, "; "), style));
}

std::string ConclusionsText(const SideReport& report, const TextStyle& style) {
  std::string out;
  const std::size_t shown = std::min(kConclusionsShown, report.conclusions.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const SideConclusion& conclusion = report.conclusions[i];
    absl::StrAppend(&out, Line("look at", conclusion.text, style),
                    Line("", absl::StrJoin(conclusion.evidence, " "), style),
                    Line("fix", absl::StrJoin(conclusion.advice, " "), style));
  }
  if (shown < report.conclusions.size()) {
    absl::StrAppend(
        &out,
        Line("", absl::StrCat(report.conclusions.size() - shown, " more: see --json"), style));
  }
  return out.empty() ? "" : absl::StrCat("\n", out);
}

std::string FilesText(const SideReport& report, const TextStyle& style) {
  std::vector<std::string> taken;
  for (const TakenFile& file : report.taken) {
    const std::string kind(KindName(file.kind));
    taken.push_back(absl::StrCat(file.file, ": ", kind.substr(0, kind.find(" (")),
                                 file.replaced ? ", not used: another is newer" : "",
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

}  // namespace

std::string SideFilesText(const SideReport& report, const TextStyle& style) {
  return absl::StrCat(style.Bold(WrappedText(report.headline, 0, style)), "\n",
                      BarsText(report.table, style), AreasText(report.table, style),
                      ConclusionsText(report, style), FilesText(report, style),
                      CollectText(report, style));
}

}  // namespace leaktrail::cli
