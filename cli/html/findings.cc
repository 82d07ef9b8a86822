#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "analyses/text.h"
#include "cli/format.h"
#include "cli/html/finding.h"
#include "cli/html/sections.h"
#include "cli/render_markdown.h"

namespace leaktrail::cli::html {
namespace {

using analyses::Finding;
using analyses::Report;

// Sizes that are not known of any part have no column.
Markup PartsTable(const std::vector<analyses::Accumulated>& parts) {
  if (parts.empty()) return {};
  const bool retained =
      std::any_of(parts.begin(), parts.end(), [](const auto& part) { return part.retained > 0; });
  const bool shallow =
      std::any_of(parts.begin(), parts.end(), [](const auto& part) { return part.shallow > 0; });
  std::vector<Table::Column> columns = {{"class", Table::Kind::kName},
                                        {"objects", Table::Kind::kNumber}};
  if (retained) columns.push_back({"retained", Table::Kind::kNumber});
  if (shallow) columns.push_back({"shallow", Table::Kind::kNumber});
  Table table("Made of", std::move(columns));
  for (const analyses::Accumulated& part : parts) {
    std::vector<Table::Cell> cells = {Table::Of(ClassName(part.class_name)),
                                      Table::Count(part.count)};
    if (retained) cells.push_back(Table::Size(part.retained));
    if (shallow) cells.push_back(Table::Size(part.shallow));
    table.Row(cells);
  }
  return Element("h4", Markup("Made of")) + table.Render();
}

Markup HeldBy(const Finding& finding) {
  if (!finding.path || finding.path->steps.empty()) return {};
  const bool leak = finding.claim == analyses::Claim::kLeak;
  return Element("h4", Markup("Held by")) +
         Styled("div", leak ? "path leaking" : "path",
                PathTrace(*finding.path, leak ? "cut here" : "held here"));
}

Markup Title(const Finding& finding, std::size_t number) {
  Markup title =
      Element("h3", Styled("span", "index", Text(absl::StrCat(number))) + Markup(" ") +
                        SeverityBadge(finding.severity) + Markup(" ") + Text(finding.title));
  if (finding.retained > 0) {
    title += Styled("div", "cost",
                    Element("b", Bytes(finding.retained)) + Markup(" ") +
                        Element("span", Text(absl::StrCat(analyses::ShareText(finding.share_milli),
                                                          " of the live heap"))) +
                        Bar(finding.share_milli, "strong"));
  }
  return Element("header", title);
}

Markup Card(const Finding& finding, std::size_t number, const Report& report,
            const HtmlDetails& details) {
  Markup card = Title(finding, number) + Sureness(finding.confidence, finding.confidence_reason,
                                                  finding.rule, finding.fingerprint);
  card += Sentences("What to do", finding.fix);
  card += HeldBy(finding);
  card += Sentences("Evidence", finding.evidence);
  card += PartsTable(finding.parts);
  if (!finding.known_issue.empty()) card += Sentences("Known", {finding.known_issue});
  card += Commands("Next", finding.next, report.dump.file);
  if (!finding.also.empty()) {
    card += Styled("p", "also",
                   Text(absl::StrCat("The same memory was found by ",
                                     absl::StrJoin(finding.also, ", "), ".")));
  }
  card += Explanation(finding.rule, details.pages);
  card +=
      Details("This finding as Markdown",
              Styled("pre", "copy", Verbatim(FindingMarkdown(finding, number, report.dump.file))));
  return Element("article", {{"id", AnchorOf(finding.fingerprint)}, {"class", "card"}}, card);
}

}  // namespace

std::string AnchorOf(absl::string_view fingerprint) {
  absl::ConsumePrefix(&fingerprint, "v1:");
  return absl::StrCat("fp-", fingerprint);
}

std::string FullIn(const std::optional<std::int64_t>& seconds) {
  return seconds ? absl::StrCat("full in ", DurationText(*seconds), " at this pace") : "";
}

Markup Sureness(int confidence, absl::string_view reason, absl::string_view rule,
                absl::string_view fingerprint) {
  const std::string sure = absl::StrCat(confidence, "% sure", reason.empty() ? "" : ": ", reason);
  return Styled("p", "sure",
                Text(sure) + Markup(" ") +
                    Styled("span", "refer",
                           Code(rule) + Markup(" ") +
                               Element("a", {{"href", absl::StrCat("#", AnchorOf(fingerprint))}},
                                       Code(fingerprint))));
}

Markup Explanation(absl::string_view rule, const std::vector<analyses::Page>& pages) {
  const auto page = std::find_if(pages.begin(), pages.end(),
                                 [&](const analyses::Page& each) { return each.id == rule; });
  if (page == pages.end()) return {};
  Markup content = Element("p", Text(page->finds));
  for (absl::string_view paragraph : absl::StrSplit(page->explanation, "\n\n", absl::SkipEmpty())) {
    content += Element("p", Text(absl::StrJoin(absl::StrSplit(paragraph, '\n'), " ")));
  }
  content += Sentences("References", page->references);
  return Details(absl::StrCat("About findings of this kind: ", page->title), content);
}

std::optional<Section> FindingsSection(const Report& report, const HtmlDetails& details) {
  if (report.findings.empty()) return std::nullopt;
  Section section{.id = "findings", .heading = "Findings"};
  for (std::size_t i = 0; i < report.findings.size(); ++i) {
    section.content += Card(report.findings[i], i + 1, report, details);
  }
  return section;
}

}  // namespace leaktrail::cli::html
