// `show` and `export` as text.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/render_text.h"
#include "cli/text_parts.h"

namespace leaktrail::cli {
namespace {

using analyses::BytesText;
using analyses::ClassPart;
using analyses::Counted;
using analyses::CountText;
using analyses::ObjectPage;
using analyses::ReferrerRow;
using analyses::ShareText;
using analyses::ShownObject;
using analyses::ValueRow;

constexpr int kFigures = 11;  // the column of retained sizes, and two spaces

// "com.acme.Order @0x7ff012345 (12 entries)", in at most `columns` columns.
std::string ObjectText(const ShownObject& object, int columns) {
  std::string tail = absl::StrCat(" ", IdText(object.id));
  if (!object.detail.empty()) absl::StrAppend(&tail, " (", Escape(object.detail), ")");
  if (!object.text.empty()) absl::StrAppend(&tail, " = \"", Escape(object.text), "\"");
  tail = ShortenEnd(tail, std::max(20, columns / 2));
  return absl::StrCat(ShortenName(Escape(object.name), columns - DisplayWidth(tail)), tail);
}

std::string Line(absl::string_view label, absl::string_view text, const TextStyle& style) {
  return Labelled(label, WrappedText(text, kLabelWidth, style));
}

std::string SizesText(const ObjectPage& page, const TextStyle& style) {
  std::string text =
      absl::StrCat(BytesText(page.object.shallow), " shallow, ", BytesText(page.object.retained),
                   " retained (", ShareText(page.share_milli), " of the live heap)");
  if (page.length) {
    absl::StrAppend(&text, "; ", Counted(*page.length, "element", "elements"));
    if (page.zero) absl::StrAppend(&text, *page.zero ? ", all of them 0" : ", not all of them 0");
    if (page.set_elements < *page.length && !page.zero) {
      absl::StrAppend(&text, ", ", CountText(*page.length - page.set_elements), " of them null");
    }
  }
  return Line("sizes", text, style);
}

std::string HowText(graph::Reachability level) {
  if (level == graph::Reachability::kFinalizer) return "held for finalization only";
  return absl::StrCat("held ", graph::Name(level), "ly",
                      level == graph::Reachability::kStrong ? "" : " only");
}

std::string HeldText(const ObjectPage& page, const TextStyle& style) {
  std::string out;
  if (page.level == graph::Reachability::kUnreachable) {
    return Line("held by", "nothing: it is garbage, the next collection frees it", style);
  }
  std::string text = HowText(page.level);
  if (page.dominator.id != 0) {
    absl::StrAppend(&text, "; it would go with ", page.dominator.name, " ",
                    IdText(page.dominator.id), ", which retains ",
                    BytesText(page.dominator.retained));
  } else {
    absl::StrAppend(&text, "; no single object keeps it alive");
  }
  absl::StrAppend(&out, Line("held by", text, style));
  if (page.roots.empty()) return out;
  constexpr std::size_t kMost = 5;
  std::vector<std::string> roots(page.roots.begin(),
                                 page.roots.begin() + std::min(kMost, page.roots.size()));
  if (page.roots.size() > kMost) {
    roots.push_back(absl::StrCat(page.roots.size() - kMost, " more"));
  }
  return absl::StrCat(out, Line("GC root", absl::StrJoin(roots, "; "), style));
}

std::string AboutText(const ObjectPage& page, const TextStyle& style) {
  std::string out =
      absl::StrCat(style.Bold(WrappedText(
                       absl::StrCat(page.object.name, " ", IdText(page.object.id)), 0, style)),
                   page.loader.empty() ? "" : Line("loaded by", page.loader, style),
                   SizesText(page, style), HeldText(page, style));
  if (!page.object.text.empty()) {
    absl::StrAppend(&out, Line("text", absl::StrCat("\"", page.object.text, "\""), style));
  }
  if (page.locals > 0) {
    absl::StrAppend(
        &out, Line("locals", Counted(page.locals, "local variable", "local variables"), style));
  }
  if (page.defined_classes > 0) {
    absl::StrAppend(&out,
                    Line("defines", Counted(page.defined_classes, "class", "classes"), style));
  }
  return out;
}

std::string ValueLine(const ValueRow& row, const TextStyle& style) {
  const bool is_object = row.object.id != 0;
  std::string out = is_object ? absl::StrFormat("%9s  ", BytesText(row.object.retained))
                              : std::string(kFigures, ' ');
  const int room = style.width - kFigures;
  std::string name = Escape(row.name);
  if (row.type != "object") name = absl::StrCat(row.type, " ", name);
  if (!row.declared_in.empty()) {
    absl::StrAppend(&name, " (", Escape(analyses::SimpleName(row.declared_in)), ")");
  }
  name = ShortenMiddle(name, room / 2);
  absl::StrAppend(&out, name);
  const int left = room - DisplayWidth(name);
  if (is_object) {
    const std::string arrow = row.referent ? " ~> " : " -> ";
    return absl::StrCat(out, arrow, ObjectText(row.object, left - 4), "\n");
  }
  const std::string value = row.masked ? "*** (--show-strings)" : Escape(row.value);
  return absl::StrCat(out, " = ", ShortenEnd(value, left - 3), "\n");
}

std::string ValuesText(const ObjectPage& page, const TextStyle& style) {
  if (page.values.empty()) {
    const bool primitive = page.length.has_value() && page.zero.has_value();
    return page.length || page.total_values > 0 || primitive ? "" : "\nno fields\n";
  }
  const absl::string_view what = page.length     ? "the elements that retain most"
                                 : page.of_class ? "static fields"
                                                 : "fields";
  std::string out = absl::StrCat("\n retained  ", what,
                                 page.has_values ? "" : " (a snapshot has references only)", "\n");
  for (const ValueRow& row : page.values) absl::StrAppend(&out, ValueLine(row, style));
  if (page.values.size() < page.total_values) {
    absl::StrAppend(&out, std::string(kFigures, ' '),
                    CountText(page.total_values - page.values.size()), " more: -n all\n");
  }
  return out;
}

std::string ReferrerLine(const ReferrerRow& row, const TextStyle& style) {
  constexpr int kCount = 12;
  std::string edges;
  for (const std::string& edge : row.edges) {
    absl::StrAppend(&edges, edges.empty() ? "" : ", ", Escape(edge));
  }
  const int room = style.width - kCount;
  std::string tail =
      absl::StrCat(edges.empty() ? "" : absl::StrCat(" ", edges), row.weak ? " (weak or soft)" : "",
                   "  ", row.objects > 1 ? "such as " : "", IdText(row.example.id));
  tail = ShortenEnd(tail, room * 2 / 3);
  return absl::StrCat(absl::StrFormat("%10s  ", CountText(row.objects)),
                      ShortenName(Escape(row.class_name), room - DisplayWidth(tail)), tail, "\n");
}

std::string ReferrersText(const ObjectPage& page, const TextStyle& style) {
  if (page.total_referrers == 0) return "\nNo object refers to it.\n";
  std::string out = absl::StrCat(
      "\n   objects  that refer to it",
      page.unreachable_referrers > 0
          ? absl::StrCat(" (", CountText(page.unreachable_referrers), " of them garbage)")
          : "",
      "\n");
  for (const ReferrerRow& row : page.referrers) absl::StrAppend(&out, ReferrerLine(row, style));
  if (page.referrers.size() < page.total_referrer_rows) {
    absl::StrAppend(&out, std::string(12, ' '),
                    CountText(page.total_referrer_rows - page.referrers.size()),
                    " more classes: -n all\n");
  }
  return out;
}

std::string ClassText(const ClassPart& part, const TextStyle& style) {
  std::string out;
  if (!part.supers.empty()) {
    absl::StrAppend(&out, Line("extends", absl::StrJoin(part.supers, ", "), style));
  }
  std::string instances = Counted(part.instances, "live instance", "live instances");
  if (part.instances > 0) {
    absl::StrAppend(&instances, ": ", BytesText(part.shallow), " shallow, together they retain ",
                    BytesText(part.retained));
  }
  if (part.unreachable > 0) {
    absl::StrAppend(&instances, "; ", CountText(part.unreachable), " more are unreachable");
  }
  if (part.subclasses > 0) {
    absl::StrAppend(&instances, "; ", Counted(part.subclasses, "subclass", "subclasses"));
  }
  absl::StrAppend(&out, Line("instances", instances, style));
  if (!part.fields.empty()) {
    absl::StrAppend(&out, Line("each has", absl::StrJoin(part.fields, ", "), style));
  }
  if (!part.others.empty()) {
    std::vector<std::string> others;
    for (const analyses::ClassOfName& other : part.others) {
      others.push_back(absl::StrCat(IdText(other.id), " by ", other.loader, " with ",
                                    CountText(other.instances), " instances"));
    }
    absl::StrAppend(&out, Line("same name", absl::StrJoin(others, "; "), style));
  }
  return out;
}

std::string BiggestText(const ClassPart& part, const TextStyle& style) {
  if (part.biggest.empty()) return "";
  std::string out = "\n retained  the instances that retain most\n";
  for (const ShownObject& object : part.biggest) {
    absl::StrAppend(&out, absl::StrFormat("%9s  ", BytesText(object.retained)),
                    ObjectText(object, style.width - kFigures), "\n");
  }
  return out;
}

std::string NextText(const ObjectPage& page, absl::string_view file) {
  const std::string id = IdText(page.object.id);
  std::vector<std::string> commands;
  if (page.level != graph::Reachability::kUnreachable) {
    commands.push_back(absl::StrCat("leaktrail path FILE ", id));
  }
  if (page.object.retained > page.object.shallow) {
    commands.push_back(absl::StrCat("leaktrail dominators FILE ", id));
  }
  if (page.locals > 0) commands.push_back(absl::StrCat("leaktrail threads FILE ", id));
  return commands.empty() ? "" : absl::StrCat("\n", CommandsText(commands, file, commands.size()));
}

}  // namespace

std::string ShowText(const DumpContext& context, const ObjectPage& page, const TextStyle& style) {
  const bool is_class = page.of_class.has_value();
  return absl::StrCat(HeaderText(context, style), "\n", AboutText(page, style),
                      is_class ? ClassText(*page.of_class, style) : "", ValuesText(page, style),
                      is_class ? BiggestText(*page.of_class, style) : "",
                      ReferrersText(page, style), NextText(page, context.dump.file));
}

std::string ExportText(const DumpContext& context, const std::vector<ExportedTable>& tables,
                       const TextStyle& style) {
  std::string out = absl::StrCat(HeaderText(context, style), "\n        rows  table\n");
  for (const ExportedTable& table : tables) {
    absl::StrAppend(&out, absl::StrFormat("%12s  ", CountText(table.rows)), Escape(table.file),
                    "\n");
  }
  return out;
}

}  // namespace leaktrail::cli
