// `analyze` as Markdown. The order is that of the text: is it a leak, what is it, where is it cut,
// what to do; then the other findings, and what holds the memory. Each part has a fixed number of
// lines, so that all together are never more than 60.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "analyses/text.h"
#include "cli/accepted_phrases.h"
#include "cli/escape.h"
#include "cli/markdown_parts.h"
#include "cli/render_markdown.h"
#include "cli/report_items.h"
#include "cli/text_finding.h"
#include "cli/text_parts.h"
#include "cli/version.h"

namespace leaktrail::cli {
namespace {

using analyses::Finding;
using analyses::Report;

constexpr std::size_t kBanners = 2, kAdvice = 4, kPathSteps = 10, kParts = 4, kEvidence = 4;
constexpr std::size_t kFixes = 4, kCommands = 3, kOthers = 6, kHolders = 4;

// As wide as a ticket shows without a scroll bar.
constexpr TextStyle kBlockStyle = {.width = 100, .color = false};

std::string Bullets(absl::string_view label, const std::vector<std::string>& sentences,
                    std::size_t limit) {
  std::string out;
  for (std::size_t i = 0; i < std::min(limit, sentences.size()); ++i) {
    absl::StrAppend(&out, "- ", label, MarkdownText(sentences[i]), "\n");
  }
  return out;
}

std::string Banner(const Report& report) {
  std::string out;
  std::size_t left = kBanners;
  for (const analyses::HealthRow& row : report.health) {
    if (row.severity != "partial" || left == 0) continue;
    --left;
    absl::StrAppend(&out, "> **PARTIAL RESULT:** ", MarkdownText(row.meaning), "\n");
  }
  if (!out.empty()) absl::StrAppend(&out, "> ", MarkdownText(DamageSentence(report.dump)), "\n");
  const std::string left_out = LeftOutSentence(report);
  if (!left_out.empty()) {
    absl::StrAppend(&out, "> **PARTIAL RESULT:** ", MarkdownText(left_out), "\n");
  }
  return out.empty() ? "" : absl::StrCat(out, "\n");
}

std::string DumpLine(const Report& report) {
  std::vector<std::string> items = DumpItems(report.dump, true);
  items.erase(items.begin());  // the file
  for (std::string& item : TrustItems(report, true)) items.push_back(std::move(item));
  for (std::string& item : BriefMemoryItems(report.memory)) items.push_back(std::move(item));
  return absl::StrCat("Dump ", CodeSpan(Escape(report.dump.file)), ": ",
                      MarkdownText(absl::StrJoin(items, "; ")), "\n\n");
}

// "**1. HIGH**, 95% sure: each is still registered (`kafka.unclosed-clients`, `v1:41aa...`)".
std::string Heading(const Finding& finding, std::size_t number, bool with_title) {
  std::string out = absl::StrCat("**", number, ". ", SeverityName(finding.severity), "**, ",
                                 finding.confidence, "% sure");
  if (with_title) absl::StrAppend(&out, ": ", MarkdownText(finding.title));
  if (!finding.confidence_reason.empty()) {
    absl::StrAppend(&out, with_title ? "; " : ": ", MarkdownText(finding.confidence_reason));
  }
  return absl::StrCat(out, " (", CodeSpan(Escape(finding.rule)), ", ",
                      CodeSpan(finding.fingerprint), ")\n");
}

std::string PathBlock(const Finding& finding) {
  if (!finding.path) return "";
  const absl::string_view mark = finding.claim == analyses::Claim::kLeak ? kCutMark : kHeldMark;
  return absl::StrCat("\n", CodeBlock(PathText(*finding.path, 0, kPathSteps, kBlockStyle, mark)));
}

std::string CommandBlock(const Finding& finding, absl::string_view file) {
  std::string commands;
  for (std::size_t i = 0; i < std::min(kCommands, finding.next.size()); ++i) {
    absl::StrAppend(&commands, Escape(CommandText(finding.next[i], file)), "\n");
  }
  return commands.empty() ? "" : absl::StrCat("\n", CodeBlock(commands));
}

std::string FindingBlock(const Finding& finding, std::size_t number, bool with_title,
                         absl::string_view file) {
  std::string facts;
  if (!finding.parts.empty()) {
    facts = Bullets("**made of** ", {PartsText(finding.parts, kParts)}, 1);
  }
  absl::StrAppend(&facts, Bullets("**evidence:** ", finding.evidence, kEvidence),
                  Bullets("**fix:** ", finding.fix, kFixes));
  if (!finding.known_issue.empty()) {
    absl::StrAppend(&facts, Bullets("**known:** ", {finding.known_issue}, 1));
  }
  return absl::StrCat(Heading(finding, number, with_title), PathBlock(finding), "\n", facts,
                      CommandBlock(finding, file), "\n");
}

std::string FirstFinding(const Report& report) {
  if (report.findings.empty()) return "";
  const Finding& finding = report.findings[0];
  return FindingBlock(finding, 1, !TitleIsIn(finding, report.headline), report.dump.file);
}

std::string OtherFindings(const Report& report) {
  std::string out;
  const std::size_t shown = std::min(report.findings.size(), kOthers);
  for (std::size_t i = 1; i < shown; ++i) {
    absl::StrAppend(&out, "- ", Heading(report.findings[i], i + 1, true));
  }
  if (report.findings.size() > shown) {
    absl::StrAppend(
        &out, "- ",
        analyses::Counted(report.findings.size() - shown, "more finding", "more findings"), "\n");
  }
  if (!report.accepted.empty()) absl::StrAppend(&out, "- ", AcceptedText(report.accepted), "\n");
  return out.empty() ? "" : absl::StrCat(out, "\n");
}

std::string Holders(const Report& report) {
  if (report.holders.empty()) return "";
  std::string out = "| retained | share | what holds the memory |\n|--:|--:|---|\n";
  for (std::size_t i = 0; i < std::min(kHolders, report.holders.size()); ++i) {
    const analyses::HolderRow& holder = report.holders[i];
    std::string what = CodeSpan(PathExpression(holder.path));
    if (!holder.accumulated.empty()) {
      const analyses::Accumulated& top = holder.accumulated[0];
      absl::StrAppend(&what, ": ", analyses::CountText(top.count), " ",
                      CodeSpan(Escape(analyses::SimpleName(top.class_name))));
    }
    absl::StrAppend(&out, "| ", analyses::BytesText(holder.retained), " | ",
                    analyses::ShareText(holder.share_milli), " | ", TableCell(what), " |\n");
  }
  return absl::StrCat(out, "\n");
}

}  // namespace

std::string FindingMarkdown(const Finding& finding, std::size_t number, absl::string_view file) {
  return FindingBlock(finding, number, /*with_title=*/true, file);
}

std::string ReportMarkdown(const Report& report) {
  const std::string advice = Bullets("", report.advice, kAdvice);
  return absl::StrCat("## ", MarkdownText(VerdictSentence(report)), "\n\n", Banner(report),
                      DumpLine(report), advice, advice.empty() ? "" : "\n", FirstFinding(report),
                      OtherFindings(report), Holders(report), "leaktrail ", kVersion, "\n");
}

}  // namespace leaktrail::cli
