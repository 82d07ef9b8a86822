// The comparison of dumps as text: does it grow, what, who holds it, how long until the heap is
// full; then what else has moved, and how far to believe all this.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/growth_phrases.h"
#include "cli/render_growth.h"
#include "cli/text_finding.h"
#include "cli/text_parts.h"
#include "cli/text_table.h"

namespace leaktrail::cli {
namespace {

using analyses::Counted;
using analyses::GrowthFinding;
using analyses::GrowthReport;
using analyses::GrowthRow;
using analyses::Series;

constexpr std::size_t kAll = ~std::size_t{0};

// How many lines, or items of a line, each part may take.
struct Room {
  std::size_t path, parts, evidence, fix, known, next;  // of the first finding
  std::size_t others;                                   // findings behind the first
  std::size_t advice, warnings, rows;                   // rows: of what moves and is no finding
};

// From generous to tight: the first that fits the screen is taken.
constexpr Room kRooms[] = {
    {8, 4, 4, 4, 2, 2, 4, 3, 3, 3}, {7, 3, 2, 3, 2, 2, 3, 2, 3, 2}, {6, 3, 2, 2, 1, 1, 3, 2, 2, 2},
    {5, 3, 1, 1, 1, 1, 3, 1, 2, 1}, {4, 2, 1, 1, 1, 1, 2, 1, 1, 1}, {4, 2, 0, 1, 1, 1, 1, 1, 1, 1},
    {3, 2, 0, 1, 1, 1, 1, 0, 1, 0}, {3, 2, 0, 1, 1, 1, 0, 0, 1, 0},
};
constexpr Room kFullRoom = {12, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll, kAll};

std::string VerdictText(const GrowthReport& report, const TextStyle& style) {
  const absl::string_view head = GrowthVerdictName(report);
  const std::string painted = head == "UNKNOWN"          ? style.Yellow(head)
                              : !report.grows            ? style.Green(head)
                              : report.dumps.size() == 2 ? style.Yellow(head)
                                                         : style.Red(head);
  return TextWithHead(head, painted, absl::StrCat(": ", report.headline), 0, style);
}

std::string WarningsText(const GrowthReport& report, std::size_t limit, const TextStyle& style) {
  std::string out;
  const std::size_t shown = std::min(limit, report.warnings.size());
  for (std::size_t i = 0; i < shown; ++i) {
    absl::StrAppend(
        &out, style.Yellow(WrappedText(absl::StrCat("WARNING: ", report.warnings[i]), 0, style)));
  }
  if (report.warnings.size() > shown) {
    absl::StrAppend(&out, Counted(report.warnings.size() - shown, "more warning", "more warnings"),
                    "\n");
  }
  return out;
}

std::string AdviceText(const GrowthReport& report, std::size_t limit, const TextStyle& style) {
  std::string out;
  for (std::size_t i = 0; i < std::min(limit, report.advice.size()); ++i) {
    absl::StrAppend(&out, WrappedText(report.advice[i], 4, style).replace(2, 1, "-"));
  }
  return out;
}

std::string TitleText(const GrowthFinding& finding, std::size_t number, absl::string_view headline,
                      const TextStyle& style) {
  const std::string numbered = absl::StrCat(number, ".");
  std::string title;
  if (!absl::StartsWith(headline, finding.title)) {  // else it has just been said
    title = style.Bold(WrappedText(finding.title, 3, style).replace(0, numbered.size(), numbered));
  }
  const absl::string_view severity = SeverityName(finding.severity);
  const std::string painted =
      finding.severity == analyses::Severity::kHigh ? style.Red(severity) : std::string(severity);
  const std::string rest =
      absl::StrCat(", ", finding.confidence, "% sure: ", finding.confidence_reason, " [",
                   finding.rule, " ", finding.fingerprint, "]");
  std::string second = TextWithHead(severity, painted, rest, 3, style);
  if (title.empty()) second.replace(0, numbered.size(), numbered);
  return absl::StrCat(title, second);
}

// "▂▄█ 1,000 -> 2,000 -> 3,500, +1,250 an hour".
std::string SeriesText(const Series& series, Unit unit, const TextStyle& style) {
  const std::string spark = Sparkline(series, style.unicode);
  const std::string rate = RateText(series, unit);
  return absl::StrCat(spark, spark.empty() ? "" : " ", CourseText(series, unit),
                      rate.empty() ? "" : ", ", rate);
}

std::string Line(absl::string_view label, absl::string_view text, const TextStyle& style) {
  return text.empty() ? "" : Labelled(label, WrappedText(text, kLabelWidth, style));
}

std::string FiguresText(const GrowthFinding& finding, const TextStyle& style) {
  std::string size = SeriesText(finding.row.bytes, Unit::kBytes, style);
  if (finding.seconds_to_limit) {
    absl::StrAppend(&size, "; this alone fills the heap in ",
                    DurationText(*finding.seconds_to_limit));
  }
  return absl::StrCat(
      Line("size", size, style),
      Line("objects", SeriesText(finding.row.objects, Unit::kObjects, style), style));
}

std::string WithText(const GrowthFinding& finding, std::size_t limit, const TextStyle& style) {
  std::vector<std::string> items;
  for (std::size_t i = 0; i < std::min(limit, finding.with.size()); ++i) {
    items.push_back(absl::StrCat(finding.with[i].name, " ",
                                 SignedText(finding.with[i].bytes.gained, Unit::kBytes)));
  }
  return Line("also in", absl::StrJoin(items, ", "), style);
}

std::string FindingText(const GrowthFinding& finding, std::size_t number,
                        absl::string_view headline, absl::string_view file, const Room& room,
                        const TextStyle& style) {
  std::string out =
      absl::StrCat(TitleText(finding, number, headline, style), FiguresText(finding, style));
  if (!finding.row.path.empty()) {
    absl::StrAppend(&out, Labelled("held by", PathText(PathOf(finding.row.path), kLabelWidth,
                                                       room.path, style)));
  }
  absl::StrAppend(&out, Line("more of", GrownPartsText(finding.row, room.parts), style),
                  WithText(finding, room.parts, style),
                  ListText("evidence", finding.evidence, room.evidence, style),
                  ListText("fix", finding.fix, room.fix, style));
  if (finding.known) {
    absl::StrAppend(&out, ListText("known", {KnownText(*finding.known)}, room.known, style));
  }
  return absl::StrCat(out, CommandsText(finding.next, file, room.next));
}

std::string ShortFindingText(const GrowthFinding& finding, std::size_t number,
                             const TextStyle& style) {
  return absl::StrCat(TitleText(finding, number, "", style),
                      Line("size", SeriesText(finding.row.bytes, Unit::kBytes, style), style));
}

std::string FindingsText(const GrowthReport& report, const Room& room, bool full,
                         const TextStyle& style) {
  std::string out;
  const absl::string_view file = report.dumps.back().facts.file;
  for (std::size_t i = 0; i < report.findings.size() && i <= room.others; ++i) {
    const GrowthFinding& finding = report.findings[i];
    absl::StrAppend(&out, "\n",
                    i == 0 || full ? FindingText(finding, i + 1, i == 0 ? report.headline : "",
                                                 file, room, style)
                                   : ShortFindingText(finding, i + 1, style));
  }
  return out;
}

// What goes up and down may end where it began: how far it goes.
std::string MovedText(const GrowthRow& row) {
  const std::vector<std::uint64_t>& values = row.bytes.values;
  if (row.trend != analyses::Trend::kBreathes || values.empty()) {
    return SignedText(row.bytes.gained, Unit::kBytes);
  }
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return absl::StrCat(analyses::BytesText(*low), " to ", analyses::BytesText(*high));
}

// "filled up once: PageCache.PAGES +1.2 MiB".
std::string OthersText(const GrowthReport& report, std::size_t limit, const TextStyle& style) {
  std::vector<std::string> items;
  for (const OtherRows& rows : OthersOf(report)) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < std::min(limit, rows.rows->size()); ++i) {
      const GrowthRow& row = (*rows.rows)[i];
      names.push_back(absl::StrCat(row.name, " ", MovedText(row)));
    }
    if (!names.empty()) items.push_back(absl::StrCat(rows.what, ": ", absl::StrJoin(names, ", ")));
  }
  return SummaryText("Else", items, 0, style);
}

std::string OthersTable(const GrowthReport& report, const TextStyle& style) {
  TextTable table({{"", TextTable::Kind::kText},
                   {"bytes", TextTable::Kind::kNumber},
                   {"objects", TextTable::Kind::kNumber},
                   {"what else has moved", TextTable::Kind::kName}});
  const std::vector<OtherRows> others = OthersOf(report);
  for (const OtherRows& rows : others) {
    for (const GrowthRow& row : *rows.rows) {
      table.Row({std::string(rows.what), CourseText(row.bytes, Unit::kBytes),
                 SignedText(row.objects.gained, Unit::kObjects), Escape(row.name)});
    }
  }
  return others.empty() ? "" : absl::StrCat("\n", table.Render(style));
}

// A name that is a sentence loses its end, not its middle.
std::string RowName(const analyses::GrowthCount& row, analyses::GrowthKey by,
                    const TextStyle& style) {
  constexpr int kFigures = 40;
  const std::string name = Escape(row.name);
  return by == analyses::GrowthKey::kSignature ? ShortenEnd(name, style.width - kFigures) : name;
}

std::string TableText(const analyses::GrowthTable& rows, const TextStyle& style) {
  const bool sentence = rows.by == analyses::GrowthKey::kSignature;
  const bool trend = !rows.rows.empty() && rows.rows[0].bytes.values.size() > 2;
  const bool sized = HasBytes(rows);
  std::vector<TextTable::Column> columns = {
      {"bytes", TextTable::Kind::kNumber},
      {"objects", TextTable::Kind::kNumber},
      {"now", TextTable::Kind::kNumber},
      {std::string(Name(rows.by)), sentence ? TextTable::Kind::kText : TextTable::Kind::kName}};
  if (trend) columns.insert(columns.begin() + 3, {"trend", TextTable::Kind::kText});
  if (!sized) columns.erase(columns.begin());
  TextTable table(columns);
  for (const analyses::GrowthCount& row : rows.rows) {
    std::vector<std::string> cells = {
        SignedText(row.bytes.gained, Unit::kBytes), SignedText(row.count.gained, Unit::kObjects),
        analyses::CountText(row.count.values.back()), RowName(row, rows.by, style)};
    if (trend) cells.insert(cells.begin() + 3, Sparkline(row.count, style.unicode));
    if (!sized) cells.erase(cells.begin());
    table.Row(std::move(cells));
  }
  std::string out = rows.rows.empty() ? absl::StrCat("no ", Name(rows.by), " has changed\n")
                                      : table.Render(style);
  if (rows.total_rows > rows.rows.size()) {
    absl::StrAppend(&out, Counted(rows.total_rows - rows.rows.size(), "more row", "more rows"),
                    " (-n all shows them)\n");
  }
  return absl::StrCat("\n", out);
}

// "Also      mbean kafka.consumer, type=app-info 20 -> 60 -> 140".
std::string AlsoText(const GrowthReport& report, std::size_t limit, const TextStyle& style) {
  std::vector<std::string> items;
  for (const analyses::GrowthTable& table : report.also_growing) {
    if (items.size() == limit || table.rows.empty()) continue;
    const analyses::GrowthCount& row = table.rows[0];
    items.push_back(
        absl::StrCat(Name(table.by), " ", row.name, " ", CourseText(row.count, Unit::kObjects)));
  }
  return SummaryText("Also", items, 0, style);
}

std::string HeapLine(const GrowthReport& report, const TextStyle& style) {
  std::vector<std::string> items = HeapItems(report);
  const std::string spark = Sparkline(report.live, style.unicode);
  if (!spark.empty()) items[0] = absl::StrCat(spark, " ", items[0]);
  return SummaryText("Heap", items, 0, style);
}

std::string MoreText(const GrowthReport& report, const Room& room, const TextStyle& style) {
  const std::size_t shown = std::min(room.others + 1, report.findings.size());
  const std::uint64_t hidden = report.total_findings - std::min(shown, report.total_findings);
  return SummaryText(
      "More",
      {absl::StrCat("--full: ", hidden > 0 ? Counted(hidden, "more finding", "more findings") : "",
                    hidden > 0 ? ", " : "", "what else has moved"),
       "--by class, package, ...: a table", "--json"},
      0, style);
}

std::string Compose(const GrowthReport& report, const Room& room, bool full,
                    const TextStyle& style) {
  std::string out =
      absl::StrCat(VerdictText(report, style), WarningsText(report, room.warnings, style));
  if (report.tables.empty()) {
    absl::StrAppend(&out, AdviceText(report, room.advice, style),
                    FindingsText(report, room, full, style));
    if (full) absl::StrAppend(&out, OthersTable(report, style));
  }
  for (const analyses::GrowthTable& table : report.also_growing) {
    if (full) absl::StrAppend(&out, TableText(table, style));
  }
  for (const analyses::GrowthTable& table : report.tables) {
    absl::StrAppend(&out, TableText(table, style));
  }
  const bool brief = report.tables.empty() && !full;
  return absl::StrCat(out, "\n", brief ? AlsoText(report, room.rows, style) : "",
                      brief ? OthersText(report, room.rows, style) : "", HeapLine(report, style),
                      SummaryText("Dumps", ComparedItems(report, full ? kAll : 3), 0, style),
                      brief ? MoreText(report, room, style) : "");
}

}  // namespace

std::string GrowthText(const GrowthReport& report, bool full, const TextStyle& style) {
  if (full) return Compose(report, kFullRoom, true, style);
  std::string text;
  for (const Room& room : kRooms) {
    text = Compose(report, room, false, style);
    if (FitsScreen(text)) break;
  }
  return text;
}

}  // namespace leaktrail::cli
