// Who keeps what alive: the dominator tree as a picture to drill into, and as a list to open.
//
// The picture is drawn here with widths in per cent, so that it needs no script and fits any width;
// the script draws it anew, with what lies deeper, from the same rows as JSON.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/html/sections.h"
#include "cli/text_parts.h"

namespace leaktrail::cli::html {
namespace {

using analyses::BytesText;
using analyses::CountText;
using analyses::DominatorRow;
using analyses::DominatorTree;

constexpr int kLevelsDrawn = 9;
constexpr int kRowHeight = 24;
constexpr double kLeastWidth = 0.4;  // per cent; narrower ones are not drawn
constexpr double kLeastLabelled = 2;
constexpr std::size_t kListed = 200;  // rows of the list

enum class Hue { kRest, kStatics, kData, kPlatform, kOther };

constexpr std::pair<const char*, const char*> kHues[] = {
    {"rest", "smaller ones together"},
    {"statics", "classes, with their static fields"},
    {"data", "strings and primitive arrays"},
    {"platform", "objects of the Java platform"},
    {"other", "objects of libraries and the application"}};

Hue HueOf(const DominatorRow& row) {
  if (row.folded > 0) return Hue::kRest;
  if (absl::StartsWith(row.name, "class ")) return Hue::kStatics;
  if (row.name == "java.lang.String" ||
      (absl::EndsWith(row.name, "[]") && !absl::StrContains(row.name, '.'))) {
    return Hue::kData;
  }
  return analyses::IsPlatformClass(row.name) ? Hue::kPlatform : Hue::kOther;
}

// "HashMap", "700 NamedObject", "12 smaller".
std::string Label(const DominatorRow& row) {
  if (row.folded > 0) return absl::StrCat(CountText(row.folded), " smaller ones");
  const std::string name = absl::StartsWith(row.name, "class ")
                               ? absl::StrCat("class ", analyses::SimpleName(row.name.substr(6)))
                               : analyses::SimpleName(row.name);
  return ShortName(row.id != 0 ? name : absl::StrCat(CountText(row.objects), " ", name));
}

std::string Title(const DominatorRow& row) {
  return absl::StrCat(row.folded > 0 ? Label(row) : ShortName(row.name), ": ",
                      BytesText(row.retained), ", ", analyses::ShareText(row.share_milli),
                      " of the live heap, ", analyses::Counted(row.objects, "object", "objects"));
}

std::string Percent(double value) { return absl::StrFormat("%.3f%%", value); }

Markup Box(const DominatorRow& row, double x, double width) {
  Markup inside = Element("title", Verbatim(Title(row))) +
                  Element("rect", {{"width", "100%"}, {"height", "100%"}}, Markup());
  if (width >= kLeastLabelled) {
    inside += Element("text", {{"x", "5"}, {"y", "15"}}, Verbatim(Label(row)));
  }
  return Element("svg",
                 {{"class", kHues[static_cast<int>(HueOf(row))].first},
                  {"x", Percent(x)},
                  {"y", absl::StrCat(row.level * kRowHeight)},
                  {"width", Percent(width)},
                  {"height", absl::StrCat(kRowHeight - 1)}},
                 inside);
}

// Each level is a row, each box as wide as what it retains, below the box that dominates it.
Markup Picture(const DominatorTree& tree) {
  Markup boxes;
  int levels = 0;
  std::vector<double> next = {0};  // by level: where the next box begins
  for (const DominatorRow& row : tree.rows) {
    const std::size_t level = static_cast<std::size_t>(row.level);
    next.resize(std::max(next.size(), level + 2));
    const double width = tree.retained == 0 ? 0
                                            : 100 * static_cast<double>(row.retained) /
                                                  static_cast<double>(tree.retained);
    const double x = next[level];
    next[level] += width;
    next[level + 1] = x;
    if (row.level >= kLevelsDrawn || width < kLeastWidth) continue;
    boxes += Box(row, x, width);
    levels = std::max(levels, row.level + 1);
  }
  return Element("svg",
                 {{"class", "icicle"},
                  {"width", "100%"},
                  {"height", absl::StrCat(levels * kRowHeight)},
                  {"role", "img"},
                  {"aria-label", "The dominator tree; the list below has the same rows"}},
                 boxes);
}

Markup Legend() {
  Markup items;
  for (const auto& [hue, meaning] : kHues) {
    items += Element("li", Styled("span", absl::StrCat("swatch ", hue), Markup()) + Text(meaning));
  }
  return Styled("ul", "legend", items);
}

Markup ListRow(const DominatorRow& row) {
  Markup line = Styled("span", "size", Bytes(row.retained)) + Bar(row.share_milli) +
                Styled("span", "share", Text(analyses::ShareText(row.share_milli)));
  line += row.folded > 0 ? Verbatim(Label(row)) : ClassName(row.name);
  if (row.folded == 0 && row.id == 0) {
    line += Markup(" ") +
            Styled("span", "detail", Text(absl::StrCat(CountText(row.objects), " objects")));
  } else if (row.id != 0) {
    line += Markup(" ") + Styled("span", "detail", Code(IdText(row.id)));
  }
  return line;
}

// The rows that retain most, each below its dominator; what is left out is left out whole.
std::vector<const DominatorRow*> RowsToList(const DominatorTree& tree) {
  std::vector<const DominatorRow*> rows;
  for (const DominatorRow& row : tree.rows) rows.push_back(&row);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto* a, const auto* b) { return a->retained > b->retained; });
  if (rows.size() > kListed) rows.resize(kListed);
  std::sort(rows.begin(), rows.end());  // depth first, as in the tree
  return rows;
}

// A row with rows below it opens and closes. The innermost are made first, from the end on, so that
// the depth of the tree is no depth of calls.
Markup List(const DominatorTree& tree) {
  constexpr int kLevelsOpen = 1;
  const std::vector<const DominatorRow*> rows = RowsToList(tree);
  std::vector<std::vector<Markup>> below(1);  // by level, last first
  for (std::size_t i = rows.size(); i-- > 0;) {
    const std::size_t level = static_cast<std::size_t>(rows[i]->level);
    below.resize(std::max(below.size(), level + 2));
    Markup children;
    for (std::size_t c = below[level + 1].size(); c-- > 0;) children += below[level + 1][c];
    below[level + 1].clear();
    const Markup line = ListRow(*rows[i]);
    std::vector<Attribute> attributes;
    if (rows[i]->level < kLevelsOpen) attributes.push_back({"open", ""});
    below[level].push_back(Element(
        "li", children.empty() ? Styled("div", "leaf", line)
                               : Element("details", attributes,
                                         Element("summary", line) + Element("ul", children))));
  }
  Markup top;
  for (std::size_t c = below[0].size(); c-- > 0;) top += below[0][c];
  return Styled("ul", "tree", top);
}

// For the script: [level, name, objects, retained, shallow, id, folded rows, hue] of each row, with
// the names apart.
Markup Data(const DominatorTree& tree, absl::string_view file) {
  nlohmann::json names = nlohmann::json::array(), rows = nlohmann::json::array();
  absl::flat_hash_map<std::string, std::size_t> index;
  for (const DominatorRow& row : tree.rows) {
    const auto [found, added] = index.try_emplace(row.name, index.size());
    if (added) names.push_back(ShortName(row.name));
    rows.push_back({row.level, found->second, row.objects, row.retained, row.shallow,
                    row.id == 0 ? "" : absl::StrFormat("0x%x", row.id), row.folded,
                    kHues[static_cast<int>(HueOf(row))].first});
  }
  const nlohmann::json data = {{"retained", tree.retained},
                               {"file", Escape(CommandText("FILE", file))},
                               {"names", names},
                               {"rows", rows}};
  return Script("script", {{"type", "application/json"}, {"id", "tree-data"}},
                JsonForScript(data.dump(-1, ' ', /*ensure_ascii=*/true)));
}

}  // namespace

std::optional<Section> DominatorsSection(const analyses::Report& report,
                                         const HtmlDetails& details) {
  if (!details.dominators || details.dominators->rows.empty()) return std::nullopt;
  const DominatorTree& tree = *details.dominators;
  Section section{
      .id = "dominators",
      .heading = "Who keeps what alive",
      .lead =
          "The dominator tree: what lies below a box would go with it. The wider a box, the "
          "more it keeps alive; a collection is one box with its tables and nodes."};
  section.content = Element("div", {{"id", "icicle"}}, Picture(tree)) + Legend() +
                    Details("The same as a list", List(tree)) + Data(tree, report.dump.file);
  return section;
}

}  // namespace leaktrail::cli::html
