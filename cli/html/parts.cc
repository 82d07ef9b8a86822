#include "cli/html/parts.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/text_finding.h"
#include "cli/text_parts.h"
#include "graph/roots.h"

namespace leaktrail::cli::html {
namespace {

using analyses::BytesText;
using analyses::CountText;
using analyses::PathStep;

// From so many rows on a table scrolls in a window of its own and can be filtered.
constexpr std::size_t kLongTable = 15;

std::string RootSentence(absl::string_view root) {
  return root == graph::Name(graph::RootKind::kAssumed) ? "what holds it is missing"
                                                        : absl::StrCat("GC root: ", root);
}

Markup StepMarkup(const PathStep& step, absl::string_view root, absl::string_view mark) {
  Markup what;
  if (!root.empty()) what += Styled("span", "root", Text(RootSentence(root))) + Markup(" ");
  if (!step.edge.empty()) {
    what += Styled(step.cut_here ? "strong" : "span", "edge", Text(step.edge));
    what += Element("span", {{"class", "arrow"}, {"aria-label", "leads to"}, {"role", "img"}},
                    Markup("\xe2\x86\x92"));
  }
  what += ClassName(step.class_name);
  if (!step.detail.empty()) {
    what += Markup(" ") + Styled("span", "detail", Text(step.detail));
  }
  if (step.cut_here) what += Markup(" ") + Styled("strong", "mark", Text(mark));
  Markup line = Styled("div", "step", what);
  line += Styled("span", "size", step.retained == 0 ? Markup() : Bytes(step.retained));
  return Element("li", {{"class", step.cut_here ? "cut" : ""}}, line);
}

}  // namespace

Markup Render(const Section& section) {
  Markup inside = Element("h2", {{"id", absl::StrCat("h-", section.id)}}, Text(section.heading));
  if (!section.lead.empty()) inside += Styled("p", "lead", Text(section.lead));
  inside += section.content;
  return Element("section",
                 {{"id", section.id}, {"aria-labelledby", absl::StrCat("h-", section.id)}}, inside);
}

std::string ShortName(absl::string_view raw) {
  constexpr int kColumns = 300;
  return ShortenMiddle(Escape(raw), kColumns);
}

Markup ClassName(absl::string_view raw) {
  const std::string name = ShortName(raw);
  // "class com.acme.Outer", "lambdas of com.acme.Shop": the package is that of the last word.
  const std::size_t blank = name.rfind(' ');
  const std::size_t begin = blank == std::string::npos ? 0 : blank + 1;
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos || dot < begin || dot + 1 == name.size()) {
    return Element("code", Verbatim(name));
  }
  return Element("code", Verbatim(name.substr(0, begin)) +
                             Element("i", Verbatim(name.substr(begin, dot + 1 - begin))) +
                             Verbatim(name.substr(dot + 1)));
}

Markup Code(absl::string_view raw) {
  const std::string name = ShortName(raw);
  Markup parts;
  for (std::size_t begin = 0; begin < name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size() - 1) + 1;
    if (begin > 0) parts += Markup("<wbr>");
    parts += Verbatim(name.substr(begin, end - begin));
    begin = end;
  }
  return Element("code", parts);
}

Markup Bytes(std::uint64_t bytes) {
  std::string text = BytesText(bytes);
  const std::size_t blank = text.find(' ');
  if (blank != std::string::npos) text.replace(blank, 1, "\xc2\xa0");
  return Verbatim(text);
}

Markup Bar(std::uint32_t milli, absl::string_view hue) {
  const std::uint32_t width = std::min<std::uint32_t>(milli, 1000);
  const Markup filled = Element(
      "rect", {{"width", absl::StrFormat("%d.%d%%", width / 10, width % 10)}, {"height", "100%"}},
      Markup());
  return Element(
      "svg", {{"class", absl::StrCat("bar", hue.empty() ? "" : " ", hue)}, {"aria-hidden", "true"}},
      filled);
}

Markup SeverityBadge(analyses::Severity severity) {
  static constexpr absl::string_view kClasses[] = {"badge info", "badge low", "badge medium",
                                                   "badge high"};
  return Styled("span", kClasses[static_cast<int>(severity)], Text(SeverityName(severity)));
}

Markup Sentences(absl::string_view label, const std::vector<std::string>& sentences) {
  if (sentences.empty()) return {};
  Markup items;
  for (const std::string& sentence : sentences) items += Element("li", Text(sentence));
  return Element("h4", Text(label)) + Element("ul", items);
}

Markup Commands(absl::string_view label, const std::vector<std::string>& commands,
                absl::string_view file) {
  if (commands.empty()) return {};
  Markup lines;
  for (const std::string& command : commands) {
    lines += Styled("pre", "command", Text(CommandText(command, file)));
  }
  return Element("h4", Text(label)) + lines;
}

Markup PathTrace(const analyses::OwnerPath& path, absl::string_view mark) {
  if (path.steps.empty()) return {};
  Markup steps;
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    steps += StepMarkup(path.steps[i], i == 0 ? path.root : "", mark);
  }
  return Styled("ol", "trace", steps);
}

Markup Details(absl::string_view summary, const Markup& content, bool open) {
  if (content.empty()) return {};
  std::vector<Attribute> attributes;
  if (open) attributes.push_back({"open", ""});
  return Element("details", attributes,
                 Element("summary", Text(summary)) + Styled("div", "inside", content));
}

Markup Pairs(const std::vector<std::pair<std::string, Markup>>& pairs) {
  Markup rows;
  for (const auto& [name, value] : pairs) {
    rows += Element("div", Element("dt", Text(name)) + Element("dd", value));
  }
  return Styled("dl", "pairs", rows);
}

Table::Cell Table::Count(std::uint64_t count) {
  return Number(Text(CountText(count)), static_cast<std::int64_t>(count));
}

Table::Cell Table::Size(std::uint64_t bytes, bool exact) {
  Markup text = exact ? Markup() : Markup("\xe2\x89\xa5\xc2\xa0");
  return Number(text + Bytes(bytes), static_cast<std::int64_t>(bytes));
}

Table::Cell Table::Share(std::uint32_t milli) {
  return Number(Bar(milli) + Styled("span", "share", Text(analyses::ShareText(milli))), milli);
}

void Table::Row(const std::vector<Cell>& cells) {
  Markup row;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::vector<Attribute> attributes;
    if (cells[i].is_number) {
      attributes.push_back({"data-v", absl::StrCat(cells[i].value)});
    } else if (columns_[i].kind == Kind::kName) {
      attributes.push_back({"class", "name"});
    } else if (columns_[i].kind == Kind::kWide) {
      attributes.push_back({"class", "name wide"});
    }
    row += Element("td", attributes, cells[i].content);
  }
  body_ += Element("tr", row);
  ++rows_;
}

Markup Table::Head() const {
  Markup row;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::vector<Attribute> attributes = {{"scope", "col"}};
    if (columns_[i].kind == Kind::kNumber) attributes.push_back({"class", "number"});
    if (static_cast<int>(i) == sorted_) attributes.push_back({"aria-sort", "descending"});
    row += Element("th", attributes, Text(columns_[i].title));
  }
  return Element("thead", Element("tr", row));
}

Markup Table::Render(std::uint64_t more) const {
  if (rows_ == 0) return {};
  const Markup table = Element(
      "table", Styled("caption", "away", Text(caption_)) + Head() + Element("tbody", body_));
  std::vector<Attribute> attributes = {{"class", rows_ >= kLongTable ? "table long" : "table"},
                                       {"tabindex", "0"},
                                       {"role", "region"},
                                       {"aria-label", std::string(caption_)}};
  Markup out = Element("div", attributes, table);
  if (more > 0) {
    out += Styled("p", "more",
                  Text(absl::StrCat(CountText(more), more == 1 ? " more row" : " more rows")));
  }
  return out;
}

}  // namespace leaktrail::cli::html
