#include "cli/text_finding.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/text_parts.h"
#include "cli/text_table.h"

namespace leaktrail::cli {
namespace {

using analyses::Accumulated;
using analyses::BytesText;
using analyses::Counted;
using analyses::CountText;
using analyses::Finding;

// The numbered title, and below it how sure this is and how to refer to it.
std::string TitleText(const Finding& finding, std::size_t number, absl::string_view headline,
                      const TextStyle& style) {
  const std::string numbered = absl::StrCat(number, ".");
  std::string title;
  if (!TitleIsIn(finding, headline)) {
    title = style.Bold(WrappedText(finding.title, 3, style).replace(0, 2, numbered));
  }
  const std::string reason =
      finding.confidence_reason.empty() ? "" : absl::StrCat(": ", finding.confidence_reason);
  const std::string rest = absl::StrCat(", ", finding.confidence, "% sure", reason, " [",
                                        finding.rule, " ", finding.fingerprint, "]");
  const absl::string_view severity = SeverityName(finding.severity);
  const std::string painted = finding.severity == analyses::Severity::kHigh ? style.Red(severity)
                              : finding.severity == analyses::Severity::kMedium
                                  ? style.Yellow(severity)
                                  : std::string(severity);
  std::string second = TextWithHead(severity, painted, rest, 3, style);
  if (title.empty()) second.replace(0, 2, numbered);
  return absl::StrCat(title, second);
}

std::string PartsTable(const std::vector<Accumulated>& parts, std::size_t limit,
                       const TextStyle& style) {
  TextTable table({{"objects", TextTable::Kind::kNumber},
                   {"retained", TextTable::Kind::kNumber},
                   {"class", TextTable::Kind::kName}});
  for (std::size_t i = 0; i < std::min(limit, parts.size()); ++i) {
    table.Row(
        {CountText(parts[i].count), BytesText(parts[i].retained), Escape(parts[i].class_name)});
  }
  std::string out = parts.empty() ? "" : Labelled("made of", table.Render(style, kLabelWidth));
  if (parts.size() > limit) {
    absl::StrAppend(&out, std::string(kLabelWidth, ' '), "and ",
                    Counted(parts.size() - limit, "more class", "more classes"), "\n");
  }
  return out;
}

// "lambdas of com.acme.Shop" -> "lambdas of Shop".
std::string PartName(absl::string_view name) {
  const std::size_t space = name.rfind(' ');
  const std::size_t begin = space == absl::string_view::npos ? 0 : space + 1;
  return absl::StrCat(name.substr(0, begin), analyses::SimpleName(name.substr(begin)));
}

// How many parts from the first on come in the same number: one resource of so many parts.
std::size_t EqualParts(const std::vector<Accumulated>& parts) {
  const auto other = std::find_if(parts.begin(), parts.end(), [&](const Accumulated& part) {
    return part.count != parts.front().count;
  });
  return static_cast<std::size_t>(other - parts.begin());
}

std::string PartsLine(const std::vector<Accumulated>& parts, std::size_t limit,
                      const TextStyle& style) {
  if (parts.empty()) return "";
  return Labelled("made of", WrappedText(PartsText(parts, limit), kLabelWidth, style));
}

// "Owner: field -> Class" of the step to cut; empty if the path has none.
std::string CutText(const analyses::OwnerPath& path, absl::string_view label,
                    const TextStyle& style) {
  const auto cut = std::find_if(path.steps.begin(), path.steps.end(),
                                [](const analyses::PathStep& step) { return step.cut_here; });
  if (cut == path.steps.end()) return "";
  const std::string owner = cut == path.steps.begin() ? "" : (cut - 1)->class_name;
  const int room = style.width - kLabelWidth;
  const std::string from =
      cut == path.steps.begin() ? "" : absl::StrCat(ShortenName(Escape(owner), room / 2), ": ");
  return Labelled(label, absl::StrCat(std::string(kLabelWidth, ' '), from,
                                      StepText(cut->edge, cut->class_name, cut->detail,
                                               room - DisplayWidth(from)),
                                      "\n"));
}

}  // namespace

absl::string_view SeverityName(analyses::Severity severity) {
  static constexpr absl::string_view kNames[] = {"INFO", "LOW", "MEDIUM", "HIGH"};
  return kNames[static_cast<int>(severity)];
}

bool TitleIsIn(const Finding& finding, absl::string_view headline) {
  return absl::EndsWith(headline, finding.title);
}

std::string PartsText(const std::vector<Accumulated>& parts, std::size_t limit) {
  constexpr std::size_t kLeastEqualParts = 3;
  const std::size_t equal = EqualParts(parts);
  const bool alike = equal >= kLeastEqualParts;
  std::vector<std::string> items;
  for (std::size_t i = 0; i < std::min(alike ? std::min(2 * limit, equal) : limit, parts.size());
       ++i) {
    const Accumulated& part = parts[i];
    const bool sized = part.retained > 0 && (i == 0 || !alike);
    items.push_back(absl::StrCat(alike ? "" : absl::StrCat(CountText(part.count), " "),
                                 PartName(part.class_name), sized ? " " : "",
                                 sized ? BytesText(part.retained) : ""));
  }
  std::string text = absl::StrJoin(items, ", ");
  if (alike) text = absl::StrCat(CountText(parts.front().count), " each of ", text);
  if (parts.size() > items.size()) {
    absl::StrAppend(&text, " and ",
                    Counted(parts.size() - items.size(), "more class", "more classes"));
  }
  return text;
}

std::string FindingText(const Finding& finding, std::size_t number, absl::string_view headline,
                        absl::string_view file, const FindingRoom& room, const TextStyle& style) {
  std::string out = TitleText(finding, number, headline, style);
  if (finding.path) {
    const absl::string_view mark = finding.claim == analyses::Claim::kLeak ? kCutMark : kHeldMark;
    absl::StrAppend(&out, Labelled("held by", PathText(*finding.path, kLabelWidth, room.path_steps,
                                                       style, mark)));
  }
  absl::StrAppend(&out, room.parts_as_table ? PartsTable(finding.parts, room.parts, style)
                                            : PartsLine(finding.parts, room.parts, style));
  absl::StrAppend(&out, ListText("evidence", finding.evidence, room.evidence, style));
  absl::StrAppend(&out, ListText("fix", finding.fix, room.fix, style));
  if (!finding.known_issue.empty()) {
    absl::StrAppend(&out, ListText("known", {finding.known_issue}, room.known, style));
  }
  return absl::StrCat(out, CommandsText(finding.next, file, room.next));
}

std::string ShortFindingText(const Finding& finding, std::size_t number, absl::string_view file,
                             bool with_command, const TextStyle& style) {
  std::string out = TitleText(finding, number, "", style);
  const absl::string_view label = finding.claim == analyses::Claim::kLeak ? "cut" : "held by";
  if (finding.path) absl::StrAppend(&out, CutText(*finding.path, label, style));
  return absl::StrCat(out, CommandsText(finding.next, file, with_command ? 1 : 0));
}

}  // namespace leaktrail::cli
