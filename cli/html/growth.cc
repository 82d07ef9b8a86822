// What has grown from dump to dump.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analyses/text.h"
#include "cli/format.h"
#include "cli/growth_phrases.h"
#include "cli/html/finding.h"
#include "cli/html/sections.h"

namespace leaktrail::cli::html {
namespace {

using analyses::Counted;
using analyses::GrowthFinding;
using analyses::GrowthReport;
using analyses::GrowthRow;
using analyses::GrowthTable;
using analyses::Series;

// One column per dump, as high as its value; the figures stand beside it.
Markup Spark(const Series& series) {
  const std::size_t columns = series.values.size();
  if (columns == 0) return {};
  const std::uint64_t highest =
      std::max<std::uint64_t>(1, *std::max_element(series.values.begin(), series.values.end()));
  Markup rectangles;
  for (std::size_t i = 0; i < columns; ++i) {
    const double height =
        100 * static_cast<double>(series.values[i]) / static_cast<double>(highest);
    const double width = 100.0 / static_cast<double>(columns);
    rectangles += Element("rect",
                          {{"x", absl::StrFormat("%.2f%%", width * static_cast<double>(i))},
                           {"y", absl::StrFormat("%.2f%%", 100 - height)},
                           {"width", absl::StrFormat("%.2f%%", width * 0.82)},
                           {"height", absl::StrFormat("%.2f%%", height)}},
                          Markup());
  }
  return Element("svg", {{"class", "spark"}, {"aria-hidden", "true"}}, rectangles);
}

Table::Cell SeriesCell(const Series& series, Unit unit) {
  return Table::Number(Spark(series) + Text(CourseText(series, unit)), series.gained);
}

Table::Cell GainCell(const Series& series, Unit unit) {
  return Table::Number(Text(GainText(series, unit)), series.gained);
}

// The course of the heap: a column per dump, with its figure.
Markup Course(const GrowthReport& growth) {
  Table table("The live heap over the dumps", {{"dump", Table::Kind::kName},
                                               {"live heap", Table::Kind::kNumber},
                                               {"", Table::Kind::kNumber},
                                               {"objects", Table::Kind::kNumber}});
  const std::vector<std::uint64_t>& bytes = growth.live.values;
  const std::uint64_t highest = *std::max_element(bytes.begin(), bytes.end());
  for (std::size_t i = 0; i < growth.dumps.size(); ++i) {
    const analyses::ComparedDump& dump = growth.dumps[i];
    Markup name = Code(dump.facts.file);
    const std::string when = dump.seconds_since_first > 0
                                 ? absl::StrCat("after ", DurationText(dump.seconds_since_first))
                                 : TimeText(dump.facts.timestamp_ms);
    if (!when.empty()) name += Markup(" ") + Styled("span", "note", Text(when));
    table.Row({Table::Of(name), Table::Size(bytes[i]),
               Table::Number(Bar(analyses::Milli(bytes[i], highest)),
                             static_cast<std::int64_t>(bytes[i])),
               Table::Count(growth.live_objects.values[i])});
  }
  return Element("h3", Markup("The live heap")) + table.Render();
}

Markup PartsTable(const GrowthRow& row) {
  Table table("What it holds more of", {{"class", Table::Kind::kName},
                                        {"objects", Table::Kind::kNumber},
                                        {"bytes", Table::Kind::kNumber}});
  for (const analyses::GrowthPart& part : row.parts) {
    if (part.objects.gained <= 0 && part.bytes.gained <= 0) continue;
    table.Row({Table::Of(ClassName(part.class_name)), GainCell(part.objects, Unit::kObjects),
               GainCell(part.bytes, Unit::kBytes)});
  }
  return table.rows() == 0 ? Markup() : Element("h4", Markup("More of")) + table.Render();
}

Markup Figures(const GrowthFinding& finding) {
  const auto figure = [](absl::string_view name, const Series& series, Unit unit) {
    Markup out = Element("dt", Text(name)) + Element("dd", Text(GainText(series, unit))) +
                 Styled("dd", "note", Text(CourseText(series, unit)));
    const std::string rate = RateText(series, unit);
    if (!rate.empty()) out += Styled("dd", "note", Text(rate));
    return Element("div", Spark(series) + out);
  };
  Markup out = figure("Bytes", finding.row.bytes, Unit::kBytes) +
               figure("Objects", finding.row.objects, Unit::kObjects);
  if (finding.seconds_to_limit) {
    out += Element("div", Element("dt", Markup("Alone fills the heap in")) +
                              Element("dd", Text(DurationText(*finding.seconds_to_limit))));
  }
  return Styled("dl", "figures", out);
}

Markup Card(const GrowthFinding& finding, std::size_t number, absl::string_view file) {
  Markup card =
      Element("header", Element("h3", Styled("span", "index", Text(absl::StrCat(number))) +
                                          Markup(" ") + SeverityBadge(finding.severity) +
                                          Markup(" ") + Text(finding.title)));
  card +=
      Sureness(finding.confidence, finding.confidence_reason, finding.rule, finding.fingerprint);
  card += Figures(finding) + Sentences("What to do", finding.fix);
  const analyses::OwnerPath path = PathOf(finding.row.path);
  if (!path.steps.empty()) {
    card += Element("h4", Markup("Held by")) +
            Styled("div", "path leaking", PathTrace(path, "cut here"));
  }
  card += PartsTable(finding.row) + Sentences("Evidence", finding.evidence);
  if (finding.known) card += Sentences("Known", {KnownText(*finding.known)});
  card += Commands("Next", finding.next, file);
  return Element("article", {{"id", AnchorOf(finding.fingerprint)}, {"class", "card"}}, card);
}

Markup RowsTable(absl::string_view caption, const std::vector<GrowthRow>& rows) {
  Table table(caption, {{"place", Table::Kind::kName},
                        {"bytes gained", Table::Kind::kNumber},
                        {"bytes", Table::Kind::kNumber},
                        {"objects", Table::Kind::kNumber}});
  for (const GrowthRow& row : rows) {
    table.Row({Table::Of(Code(row.name)), GainCell(row.bytes, Unit::kBytes),
               SeriesCell(row.bytes, Unit::kBytes), SeriesCell(row.objects, Unit::kObjects)});
  }
  return table.Render();
}

Markup CountsTable(const GrowthTable& counts) {
  const absl::string_view name = Name(counts.by);
  Table table(name, {{name, Table::Kind::kName},
                     {"bytes gained", Table::Kind::kNumber},
                     {"gained", Table::Kind::kNumber},
                     {"objects", Table::Kind::kNumber}});
  for (const analyses::GrowthCount& row : counts.rows) {
    table.Row({Table::Of(ClassName(row.name)), GainCell(row.bytes, Unit::kBytes),
               GainCell(row.count, Unit::kObjects), SeriesCell(row.count, Unit::kObjects)});
  }
  return table.Render(counts.total_rows - std::min<std::uint64_t>(counts.total_rows, table.rows()));
}

}  // namespace

Section GrowthSection(const GrowthReport& growth) {
  Section section{.id = "growth", .heading = "What grows", .content = Course(growth)};
  for (std::size_t i = 0; i < growth.findings.size(); ++i) {
    section.content += Card(growth.findings[i], i + 1, growth.dumps.back().facts.file);
  }
  if (growth.total_findings > growth.findings.size()) {
    section.content += Styled("p", "more",
                              Text(Counted(growth.total_findings - growth.findings.size(),
                                           "more finding", "more findings")));
  }
  return section;
}

std::optional<Section> MovedSection(const GrowthReport& growth) {
  Section section{.id = "moved", .heading = "What else has moved"};
  for (const GrowthTable& table : growth.tables) {
    section.content +=
        Element("h3", Text(absl::StrCat("By ", Name(table.by)))) + CountsTable(table);
  }
  for (const GrowthTable& table : growth.also_growing) {
    if (table.rows.empty()) continue;
    section.content +=
        Element("h3", Text(absl::StrCat("Grows in every step, by ", Name(table.by)))) +
        CountsTable(table);
  }
  for (const OtherRows& rows : OthersOf(growth)) {
    std::string heading(rows.what);
    heading[0] = static_cast<char>(heading[0] - 'a' + 'A');
    section.content += Element("h3", Text(heading)) + RowsTable(rows.what, *rows.rows);
  }
  if (section.content.empty()) return std::nullopt;
  return section;
}

}  // namespace leaktrail::cli::html
