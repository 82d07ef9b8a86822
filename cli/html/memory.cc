// Where the memory is: the heap as one bar, who holds what is live, and what is outside of it.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analyses/text.h"
#include "cli/html/sections.h"
#include "cli/text_parts.h"

namespace leaktrail::cli::html {
namespace {

using analyses::BytesText;
using analyses::Counted;
using analyses::HolderRow;
using analyses::MemoryFacts;
using analyses::NativeArea;
using analyses::NativeFigure;
using analyses::Report;

struct Segment {
  absl::string_view name, hue;
  std::uint64_t bytes = 0;
};

// What the heap is made of, in the order of the bar. Without a known maximum nothing is free.
std::vector<Segment> HeapSegments(const MemoryFacts& memory) {
  std::vector<Segment> segments = {{"strongly held", "hue1", memory.strong},
                                   {"held only softly", "hue2", memory.soft},
                                   {"waits for finalization", "hue3", memory.finalizer},
                                   {"held only weakly", "hue4", memory.weak},
                                   {"unreachable", "hue5", memory.unreachable}};
  std::uint64_t used = 0;
  for (const Segment& segment : segments) used += segment.bytes;
  if (memory.max_heap_hint > used) {
    segments.push_back({"free, up to the maximum", "hue0", memory.max_heap_hint - used});
  }
  return segments;
}

std::string Percent(std::uint64_t part, std::uint64_t whole) {
  return absl::StrFormat("%.2f%%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

Markup StackedBar(const std::vector<Segment>& segments) {
  std::uint64_t all = 0, before = 0;
  for (const Segment& segment : segments) all += segment.bytes;
  if (all == 0) return {};
  Markup rectangles, legend;
  for (const Segment& segment : segments) {
    if (segment.bytes == 0) continue;
    rectangles += Element("rect",
                          {{"class", std::string(segment.hue)},
                           {"x", Percent(before, all)},
                           {"width", Percent(segment.bytes, all)},
                           {"height", "100%"}},
                          Markup());
    before += segment.bytes;
    const std::uint32_t share = analyses::Milli(segment.bytes, all);
    legend +=
        Element("li", Styled("span", absl::StrCat("swatch ", segment.hue), Markup()) +
                          Text(segment.name) + Markup(" ") + Element("b", Bytes(segment.bytes)) +
                          Markup(" ") + Styled("span", "note", Text(analyses::ShareText(share))));
  }
  return Element("svg", {{"class", "stack"}, {"aria-hidden", "true"}}, rectangles) +
         Styled("ul", "legend", legend);
}

// Who holds it, below that the path and what is held.
Markup HolderCell(const HolderRow& holder) {
  Markup what = Code(holder.name.empty() ? PathExpression(holder.path) : holder.name);
  if (!holder.accumulated.empty()) {
    const analyses::Accumulated& top = holder.accumulated.front();
    what += Markup(" holds ") + Text(analyses::CountText(top.count)) +
            Markup("\xc2\xa0\xc3\x97\xc2\xa0") + Code(analyses::SimpleName(top.class_name));
  }
  Markup inside = Styled("div", "path", PathTrace(holder.path, "held here"));
  if (!holder.accumulated.empty()) {
    Table table("What it holds", {{"class", Table::Kind::kName},
                                  {"objects", Table::Kind::kNumber},
                                  {"retained", Table::Kind::kNumber}});
    for (const analyses::Accumulated& part : holder.accumulated) {
      table.Row({Table::Of(ClassName(part.class_name)), Table::Count(part.count),
                 Table::Size(part.retained)});
    }
    inside += table.Render();
  }
  return Element("details", Element("summary", what) + Styled("div", "inside", inside));
}

Markup Holders(const Report& report) {
  Table table("What holds the live heap",
              {{"retained", Table::Kind::kNumber},
               {"share of the live heap", Table::Kind::kNumber},
               {"what holds it", Table::Kind::kWide}},
              0);
  for (const HolderRow& holder : report.holders) {
    table.Row({Table::Size(holder.retained), Table::Share(holder.share_milli),
               Table::Of(HolderCell(holder))});
  }
  return table.rows() == 0 ? Markup()
                           : Element("h3", Markup("Who holds what is live")) + table.Render();
}

Markup FigureKind(const NativeArea& area) {
  switch (area.figure) {
    case NativeFigure::kCounted:
      return Markup("counted");
    case NativeFigure::kReserved:
      return Markup("reserved address space");
    case NativeFigure::kEstimated:
      return Markup("estimate: ") + Bytes(area.least) + Markup(" to ") + Bytes(area.most);
  }
  return {};
}

Markup Outside(const analyses::NativeMemory& native) {
  Table table("Outside of the heap", {{"area", Table::Kind::kText},
                                      {"bytes", Table::Kind::kNumber},
                                      {"limit", Table::Kind::kNumber},
                                      {"kind of figure", Table::Kind::kText},
                                      {"", Table::Kind::kText}});
  for (const NativeArea& area : native.areas) {
    table.Row({Table::Of(area.name), Table::Size(area.bytes),
               area.limit == 0 ? Table::Number(Markup("\xe2\x80\x93"), 0) : Table::Size(area.limit),
               Table::Of(FigureKind(area)), Table::Of(area.detail)});
  }
  if (table.rows() == 0) return {};
  Markup out = Element("h3", Markup("Outside of the heap"));
  out += Styled("p", "lead",
                Markup("As far as the heap dump tells. Counted, reserved and estimated figures "
                       "are of different kinds: none is resident memory, and they do not add "
                       "up."));
  out += table.Render();
  Markup items;
  for (const analyses::NativeConclusion& conclusion : native.conclusions) {
    items += Element("li", SeverityBadge(conclusion.severity) + Markup(" ") +
                               Text(conclusion.text) + Markup(". ") + Text(conclusion.advice));
  }
  return items.empty() ? out : out + Styled("ul", "conclusions", items);
}

}  // namespace

Section MemorySection(const Report& report, const HtmlDetails& details) {
  Section section{.id = "memory", .heading = "Where the memory is"};
  section.content = Element("h3", Markup("The heap")) + StackedBar(HeapSegments(report.memory));
  section.content += Holders(report);
  if (details.native) section.content += Outside(*details.native);
  return section;
}

}  // namespace leaktrail::cli::html
