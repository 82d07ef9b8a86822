// The comparison of dumps as Markdown. Each part has a fixed number of lines, so that all together
// are never more than 60.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/growth_phrases.h"
#include "cli/markdown_parts.h"
#include "cli/render_growth.h"
#include "cli/text_finding.h"
#include "cli/text_parts.h"
#include "cli/version.h"

namespace leaktrail::cli {
namespace {

using analyses::Counted;
using analyses::GrowthFinding;
using analyses::GrowthReport;
using analyses::GrowthRow;
using analyses::Series;

constexpr std::size_t kWarnings = 3, kAdvice = 3, kFindings = 6, kPathSteps = 8, kParts = 5;
constexpr std::size_t kEvidence = 3, kFixes = 3, kCommands = 2, kOthers = 1, kAlso = 2, kDumps = 6;
constexpr std::size_t kTableLines = 48, kTableHead = 3;  // of all tables; of each, with a blank

std::string Bullets(absl::string_view label, const std::vector<std::string>& sentences,
                    std::size_t limit) {
  std::string out;
  for (std::size_t i = 0; i < std::min(limit, sentences.size()); ++i) {
    absl::StrAppend(&out, "- ", label, MarkdownText(sentences[i]), "\n");
  }
  return out;
}

std::string Warnings(const GrowthReport& report) {
  std::string out;
  for (std::size_t i = 0; i < std::min(kWarnings, report.warnings.size()); ++i) {
    absl::StrAppend(&out, "> **WARNING:** ", MarkdownText(report.warnings[i]), "  \n");
  }
  return out.empty() ? "" : absl::StrCat(out, "\n");
}

std::string SeriesText(const Series& series, Unit unit) {
  const std::string spark = Sparkline(series, true);
  const std::string rate = RateText(series, unit);
  return absl::StrCat(spark, spark.empty() ? "" : " ", CourseText(series, unit),
                      rate.empty() ? "" : ", ", rate);
}

// "Heap ▄▅█ 6.8 MiB -> ...". Arrows are text, no HTML.
std::string HeapAndDumps(const GrowthReport& report) {
  const std::string spark = Sparkline(report.live, true);
  return absl::StrCat("- **heap** ", spark, spark.empty() ? "" : " ",
                      MarkdownText(absl::StrJoin(HeapItems(report), "; ")), "\n- **dumps** ",
                      MarkdownText(absl::StrJoin(ComparedItems(report, kDumps), "; ")), "\n\n");
}

std::string FindingsTable(const GrowthReport& report) {
  std::string out = "| | bytes | objects | what |\n|---|--:|--:|---|\n";
  const std::size_t shown = std::min(kFindings, report.findings.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const GrowthFinding& finding = report.findings[i];
    absl::StrAppend(&out, "| ", SeverityName(finding.severity), " | ",
                    SeriesText(finding.row.bytes, Unit::kBytes), " | ",
                    SeriesText(finding.row.objects, Unit::kObjects), " | ",
                    TableCell(MarkdownText(finding.title)), " |\n");
  }
  if (report.total_findings > shown) {
    absl::StrAppend(&out, "| | | | ",
                    Counted(report.total_findings - shown, "more finding", "more findings"),
                    " |\n");
  }
  return absl::StrCat(out, "\n");
}

std::string FirstFinding(const GrowthReport& report) {
  const GrowthFinding& finding = report.findings[0];
  std::string out = absl::StrCat(
      "**1. ", SeverityName(finding.severity), "**, ", finding.confidence,
      "% sure: ", MarkdownText(finding.confidence_reason), " (", CodeSpan(Escape(finding.rule)),
      ", ", CodeSpan(Escape(finding.fingerprint)), ")\n\n");
  if (!finding.row.path.empty()) {
    absl::StrAppend(&out,
                    CodeBlock(PathText(PathOf(finding.row.path), 0, kPathSteps,
                                       {.width = 100, .color = false})),
                    "\n");
  }
  const std::string parts = GrownPartsText(finding.row, kParts);
  std::vector<std::string> known;
  if (finding.known) known.push_back(KnownText(*finding.known));
  std::vector<std::string> limit;
  if (finding.seconds_to_limit) {
    limit.push_back(
        absl::StrCat("this alone fills the heap in ", DurationText(*finding.seconds_to_limit)));
  }
  std::string commands;
  for (std::size_t i = 0; i < std::min(kCommands, finding.next.size()); ++i) {
    absl::StrAppend(&commands, Escape(CommandText(finding.next[i], report.dumps.back().facts.file)),
                    "\n");
  }
  absl::StrAppend(&out, parts.empty() ? "" : Bullets("**more of** ", {parts}, 1),
                  Bullets("**limit:** ", limit, 1),
                  Bullets("**evidence:** ", finding.evidence, kEvidence),
                  Bullets("**fix:** ", finding.fix, kFixes), Bullets("**known:** ", known, 1));
  return absl::StrCat(out, "\n", commands.empty() ? "" : CodeBlock(commands),
                      commands.empty() ? "" : "\n");
}

std::string Others(const GrowthReport& report) {
  std::string out;
  for (const OtherRows& rows : OthersOf(report)) {
    for (std::size_t i = 0; i < std::min(kOthers, rows.rows->size()); ++i) {
      const GrowthRow& row = (*rows.rows)[i];
      absl::StrAppend(&out, "- ", rows.what, ": ", CodeSpan(Escape(row.name)), " ",
                      SeriesText(row.bytes, Unit::kBytes), "\n");
    }
  }
  return out;
}

// "- also growing: mbean `kafka.consumer, type=app-info` ▁▃█ 20 -> 60 -> 140": the first of each.
std::string AlsoGrowing(const GrowthReport& report) {
  std::string out;
  for (std::size_t i = 0; i < std::min(kAlso, report.also_growing.size()); ++i) {
    const analyses::GrowthTable& table = report.also_growing[i];
    if (table.rows.empty()) continue;
    absl::StrAppend(&out, "- also growing: ", Name(table.by), " ",
                    CodeSpan(Escape(table.rows[0].name)), " ",
                    SeriesText(table.rows[0].count, Unit::kObjects), "\n");
  }
  return out;
}

std::string Table(const analyses::GrowthTable& table, std::size_t most) {
  const bool sized = HasBytes(table);
  std::string out = absl::StrCat(sized ? "| bytes " : "", "| objects | now | | ", Name(table.by),
                                 " |\n", sized ? "|--:" : "", "|--:|--:|---|---|\n");
  for (std::size_t i = 0; i < std::min(most, table.rows.size()); ++i) {
    const analyses::GrowthCount& row = table.rows[i];
    if (sized) absl::StrAppend(&out, "| ", SignedText(row.bytes.gained, Unit::kBytes), " ");
    absl::StrAppend(&out, "| ", SignedText(row.count.gained, Unit::kObjects), " | ",
                    analyses::CountText(row.count.values.back()), " | ", Sparkline(row.count, true),
                    " | ", TableCell(CodeSpan(Escape(row.name))), " |\n");
  }
  return absl::StrCat(out, "\n");
}

}  // namespace

std::string GrowthMarkdown(const GrowthReport& report) {
  std::string out =
      absl::StrCat("## ", GrowthVerdictName(report), ": ", MarkdownText(report.headline), "\n\n",
                   Warnings(report), HeapAndDumps(report));
  for (const analyses::GrowthTable& table : report.tables) {
    absl::StrAppend(&out, Table(table, kTableLines / report.tables.size() - kTableHead));
  }
  if (report.tables.empty()) {
    const std::string advice = Bullets("", report.advice, kAdvice);
    absl::StrAppend(&out, advice, advice.empty() ? "" : "\n");
    if (!report.findings.empty()) {
      absl::StrAppend(&out, FindingsTable(report), FirstFinding(report));
    }
    const std::string others = absl::StrCat(AlsoGrowing(report), Others(report));
    absl::StrAppend(&out, others, others.empty() ? "" : "\n");
  }
  return absl::StrCat(out, "leaktrail ", kVersion, "\n");
}

}  // namespace leaktrail::cli
