// `loaders` as text.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analyses/text.h"
#include "cli/escape.h"
#include "cli/format.h"
#include "cli/render_text.h"
#include "cli/text_parts.h"
#include "cli/text_table.h"

namespace leaktrail::cli {
namespace {

using analyses::BytesText;
using analyses::Counted;
using analyses::CountText;
using analyses::LoaderGroup;
using analyses::Loaders;
using analyses::LoaderSummary;

// Of each table the first lines; the rest is in the JSON.
constexpr std::size_t kLines = 10;
constexpr std::size_t kRoutes = 6;

std::string SummaryText(const Loaders& loaders, const TextStyle& style) {
  std::string text = absl::StrCat(Counted(loaders.total_loaders, "class loader", "class loaders"),
                                  " with ", Counted(loaders.total_classes, "class", "classes"));
  const auto add = [&](std::uint64_t count, absl::string_view what) {
    if (count > 0) absl::StrAppend(&text, "; ", CountText(count), " ", what);
  };
  add(loaders.dead, "dead");
  add(loaders.replaced, "replaced by others with the same classes");
  add(loaders.alive, "proved to be in use");
  return WrappedText(absl::StrCat(text, "."), 0, style);
}

// Figures and the name; below the name what is known about it.
std::string RowText(const LoaderSummary& row, const TextStyle& style) {
  constexpr int kFigures = 44;
  std::string name = Escape(row.name);
  if (row.id != 0 && row.name.find('.') != std::string::npos) {
    absl::StrAppend(&name, " ", IdText(row.id));
  }
  std::string out =
      absl::StrFormat("%10s  %8s  %11s  %7s  ", BytesText(row.retained), CountText(row.classes),
                      CountText(row.instances), CountText(row.loaders));
  absl::StrAppend(&out, ShortenName(name, style.width - kFigures), "\n");
  if (row.state == "permanent") return out;
  std::string about = row.state == "unknown" ? "" : row.state;
  const auto add = [&](absl::string_view separator, absl::string_view text,
                       absl::string_view value) {
    if (value.empty()) return;
    absl::StrAppend(&about, about.empty() ? "" : separator, text, value);
  };
  add(": ", "", row.why);
  add("; ", "parent ", analyses::SimpleName(row.parent));
  add("; ", "held by ", row.held_by);
  return absl::StrCat(out, about.empty() ? "" : WrappedText(about, kFigures, style));
}

std::string RowsText(const Loaders& loaders, const TextStyle& style) {
  std::string out = "  retained   classes    instances  loaders  class loader\n";
  for (const LoaderSummary& row : loaders.rows) absl::StrAppend(&out, RowText(row, style));
  if (loaders.rows.size() < loaders.total_rows) {
    absl::StrAppend(&out, CountText(loaders.total_rows - loaders.rows.size()),
                    " more rows: -n all\n");
  }
  return out;
}

std::string NamesLine(absl::string_view label, const std::vector<std::string>& names,
                      const TextStyle& style) {
  if (names.empty()) return "";
  const std::vector<std::string> shown(names.begin(),
                                       names.begin() + std::min(kLines, names.size()));
  std::string text = absl::StrJoin(shown, ", ");
  if (names.size() > kLines) absl::StrAppend(&text, " and ", names.size() - kLines, " more");
  return Labelled(label, WrappedText(text, kLabelWidth, style));
}

std::string GroupText(const LoaderGroup& group, const TextStyle& style) {
  constexpr std::size_t kPathSteps = 7;
  const std::string title = absl::StrCat(Counted(group.loaders, "loader", "loaders"),
                                         " that should be gone: ", group.type, ", ", group.why,
                                         "; ", group.confidence, "% sure");
  std::string cost = absl::StrCat(
      BytesText(group.retained), " of heap with ", Counted(group.classes, "class", "classes"),
      " and ", Counted(group.instances, "instance", "instances"), "; an estimated ",
      BytesText(group.metaspace), " of metaspace (", BytesText(group.metaspace_least), " to ",
      BytesText(group.metaspace_most), ")");
  if (group.below > 0) {
    absl::StrAppend(&cost, "; with ", Counted(group.below, "loader", "loaders"), " below them");
  }
  std::string out = absl::StrCat("\n", style.Bold(WrappedText(title, 0, style)),
                                 Labelled("cost", WrappedText(cost, kLabelWidth, style)));
  for (std::size_t i = 0; i < std::min(kRoutes, group.routes.size()); ++i) {
    const analyses::LoaderRoute& route = group.routes[i];
    const std::string by = absl::StrCat(CountText(route.loaders), " by ", route.phrase);
    absl::StrAppend(&out, Labelled("held by", WrappedText(by, kLabelWidth, style)));
    if (!route.path.steps.empty()) {
      absl::StrAppend(&out, PathText(route.path, kLabelWidth, kPathSteps, style));
    }
    if (!route.fix.empty()) {
      absl::StrAppend(&out, Labelled("fix", WrappedText(route.fix, kLabelWidth, style)));
    }
  }
  if (group.routes.size() > kRoutes) {
    absl::StrAppend(&out, std::string(kLabelWidth, ' '),
                    Counted(group.routes.size() - kRoutes, "more route", "more routes"),
                    ": see --json\n");
  }
  absl::StrAppend(&out, NamesLine("also by", group.also_held_by, style));
  absl::StrAppend(&out, NamesLine("apps", group.applications, style));
  absl::StrAppend(&out, NamesLine("jobs", group.jobs, style));
  return absl::StrCat(out, NamesLine("jars", group.jars, style));
}

std::string DuplicatesText(const Loaders& loaders, const TextStyle& style) {
  if (loaders.duplicates.empty()) return "";
  TextTable table({{"loaders", TextTable::Kind::kNumber},
                   {"class", TextTable::Kind::kName},
                   {"of one type", TextTable::Kind::kNumber},
                   {"type", TextTable::Kind::kName}});
  for (std::size_t i = 0; i < std::min(kLines, loaders.duplicates.size()); ++i) {
    const analyses::DuplicateClass& duplicate = loaders.duplicates[i];
    table.Row({CountText(duplicate.loaders), Escape(duplicate.class_name),
               CountText(duplicate.of_type), Escape(duplicate.loader_type)});
  }
  return absl::StrCat(
      "\n",
      WrappedText(Counted(loaders.total_duplicates, "class name is", "class names are") +
                      " defined by more than one loader:",
                  0, style),
      table.Render(style));
}

std::string FamiliesText(const Loaders& loaders, const TextStyle& style) {
  if (loaders.families.empty()) return "";
  TextTable table({{"classes", TextTable::Kind::kNumber},
                   {"loaders", TextTable::Kind::kNumber},
                   {"generated classes", TextTable::Kind::kName}});
  for (std::size_t i = 0; i < std::min(kLines, loaders.families.size()); ++i) {
    const analyses::FamilySummary& family = loaders.families[i];
    table.Row({CountText(family.classes), CountText(family.loaders), Escape(family.name)});
  }
  std::string out = absl::StrCat("\n", table.Render(style));
  if (loaders.total_families > kLines) {
    absl::StrAppend(&out, CountText(loaders.total_families - kLines), " more families\n");
  }
  return out;
}

}  // namespace

std::string LoadersText(const DumpContext& context, const Loaders& loaders,
                        const TextStyle& style) {
  std::string out = absl::StrCat(HeaderText(context, style), "\n", SummaryText(loaders, style));
  for (const LoaderGroup& group : loaders.groups) absl::StrAppend(&out, GroupText(group, style));
  return absl::StrCat(out, "\n", RowsText(loaders, style), DuplicatesText(loaders, style),
                      FamiliesText(loaders, style));
}

}  // namespace leaktrail::cli
