// The sections that are tables: class loaders, the histogram, MBeans.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/text.h"
#include "cli/format.h"
#include "cli/html/sections.h"

namespace leaktrail::cli::html {
namespace {

using analyses::BytesText;
using analyses::Counted;
using analyses::CountText;
using analyses::Histogram;
using analyses::LoaderGroup;
using analyses::Loaders;
using analyses::LoaderSummary;
using analyses::Report;

Markup Named(absl::string_view name, std::uint64_t id) {
  Markup out = ClassName(name);
  if (id != 0) out += Markup(" ") + Styled("span", "detail", Code(IdText(id)));
  return out;
}

std::string StateClass(absl::string_view state) {
  const bool gone = state == "dead" || state == "replaced";
  return absl::StrCat("badge ", gone ? "high" : state == "alive" ? "fine" : "low");
}

Markup LoaderRows(const Loaders& loaders) {
  Table table("Class loaders", {{"class loader", Table::Kind::kName},
                                {"state", Table::Kind::kText},
                                {"retained", Table::Kind::kNumber},
                                {"classes", Table::Kind::kNumber},
                                {"loaders", Table::Kind::kNumber},
                                {"held by", Table::Kind::kText}});
  for (const LoaderSummary& row : loaders.rows) {
    Markup state = Styled("span", StateClass(row.state), Text(row.state));
    if (!row.why.empty()) state += Styled("div", "note", Text(row.why));
    Markup name = Named(row.name, absl::StrContains(row.name, '.') ? row.id : 0);
    if (!row.parent.empty()) {
      name += Styled("div", "note", Text("child of ") + Code(analyses::SimpleName(row.parent)));
    }
    table.Row({Table::Of(name), Table::Of(state), Table::Size(row.retained),
               Table::Count(row.classes), Table::Count(row.loaders), Table::Of(row.held_by)});
  }
  return table.Render(loaders.total_rows - std::min(loaders.total_rows, loaders.rows.size()));
}

Markup Group(const LoaderGroup& group) {
  Markup out = Element(
      "p",
      Text(absl::StrCat(Counted(group.loaders, "loader", "loaders"), " that should be gone: ")) +
          ClassName(group.type) +
          Text(absl::StrCat(", ", group.why, "; ", group.confidence, "% sure. They keep ",
                            BytesText(group.retained), " of heap with ",
                            Counted(group.classes, "class", "classes"), " and an estimated ",
                            BytesText(group.metaspace), " of metaspace (",
                            BytesText(group.metaspace_least), " to ",
                            BytesText(group.metaspace_most), ").")));
  for (const analyses::LoaderRoute& route : group.routes) {
    out += Element("h4", Text(absl::StrCat(CountText(route.loaders), " held by ", route.phrase)));
    out += Styled("div", "path leaking", PathTrace(route.path, "cut here"));
    if (!route.fix.empty()) out += Element("p", Text(route.fix));
  }
  const auto names = [&](absl::string_view label, const std::vector<std::string>& list) {
    if (!list.empty())
      out += Details(absl::StrCat(label, " (", list.size(), ")"),
                     Element("p", Text(absl::StrJoin(list, ", "))));
  };
  names("Also held by", group.also_held_by);
  names("Applications", group.applications);
  names("Jobs", group.jobs);
  names("Jars", group.jars);
  return Styled("div", "card", out);
}

Markup Duplicates(const Loaders& loaders) {
  Table table("Class names that several loaders define", {{"class", Table::Kind::kName},
                                                          {"loaders", Table::Kind::kNumber},
                                                          {"of them", Table::Kind::kNumber},
                                                          {"of the type", Table::Kind::kName}});
  for (const analyses::DuplicateClass& row : loaders.duplicates) {
    table.Row({Table::Of(ClassName(row.class_name)), Table::Count(row.loaders),
               Table::Count(row.of_type), Table::Of(ClassName(row.loader_type))});
  }
  return Details(absl::StrCat(Counted(loaders.total_duplicates, "class name is", "class names are"),
                              " defined by more than one loader"),
                 table.Render(loaders.total_duplicates -
                              std::min<std::uint64_t>(loaders.total_duplicates, table.rows())));
}

Markup Families(const Loaders& loaders) {
  Table table("Generated classes", {{"generated classes", Table::Kind::kName},
                                    {"classes", Table::Kind::kNumber},
                                    {"loaders", Table::Kind::kNumber}});
  for (const analyses::FamilySummary& row : loaders.families) {
    table.Row(
        {Table::Of(ClassName(row.name)), Table::Count(row.classes), Table::Count(row.loaders)});
  }
  return Details(Counted(loaders.total_families, "family", "families") + " of generated classes",
                 table.Render(loaders.total_families -
                              std::min<std::uint64_t>(loaders.total_families, table.rows())));
}

// Without the table of all loaders: what the report has of them.
Markup ReportLoaders(const Report& report) {
  Table table("Class loaders",
              {{"class loader", Table::Kind::kName},
               {"retained", Table::Kind::kNumber},
               {"classes", Table::Kind::kNumber},
               {"instances", Table::Kind::kNumber}},
              1);
  for (const analyses::LoaderRow& row : report.loaders) {
    table.Row({Table::Of(ClassName(row.name)), Table::Size(row.retained, row.exact),
               Table::Count(row.classes), Table::Count(row.instances)});
  }
  return table.Render();
}

Markup HistogramRows(const Histogram& histogram, absl::string_view caption) {
  const bool dead = histogram.options.unreachable;
  std::vector<Table::Column> columns = {{"class", Table::Kind::kName}};
  if (!dead) columns.push_back({"retained", Table::Kind::kNumber});
  columns.push_back({"shallow", Table::Kind::kNumber});
  columns.push_back({"instances", Table::Kind::kNumber});
  columns.push_back({"loader", Table::Kind::kName});
  Table table(caption, std::move(columns), 1);
  for (const analyses::HistogramRow& row : histogram.rows) {
    std::vector<Table::Cell> cells = {Table::Of(ClassName(row.name))};
    if (!dead) cells.push_back(Table::Size(row.retained));
    cells.push_back(Table::Size(row.shallow));
    cells.push_back(Table::Count(row.instances));
    cells.push_back(Table::Of(ClassName(row.loader)));
    table.Row(cells);
  }
  return table.Render(histogram.total_rows -
                      std::min<std::uint64_t>(histogram.total_rows, histogram.rows.size()));
}

// Without the histogram: the classes that the report has.
Markup ReportClasses(const std::vector<analyses::ClassRow>& classes, absl::string_view caption) {
  Table table(caption, {{"class", Table::Kind::kName},
                        {"retained", Table::Kind::kNumber},
                        {"shallow", Table::Kind::kNumber},
                        {"instances", Table::Kind::kNumber},
                        {"loader", Table::Kind::kName}});
  for (const analyses::ClassRow& row : classes) {
    table.Row({Table::Of(ClassName(row.class_name)), Table::Size(row.retained, row.exact),
               Table::Size(row.shallow), Table::Count(row.instances),
               Table::Of(ClassName(row.loader))});
  }
  return table.Render();
}

std::string Counts(const std::vector<std::pair<std::string, std::uint64_t>>& counts) {
  std::vector<std::string> items;
  for (const auto& [name, count] : counts) {
    items.push_back(absl::StrCat(CountText(count), " ", name));
  }
  return absl::StrJoin(items, ", ");
}

}  // namespace

std::optional<Section> LoadersSection(const Report& report, const HtmlDetails& details) {
  Section section{.id = "loaders", .heading = "Class loaders"};
  if (details.loaders) {
    const Loaders& loaders = *details.loaders;
    section.lead = absl::StrCat(Counted(loaders.total_loaders, "class loader", "class loaders"),
                                " with ", Counted(loaders.total_classes, "class", "classes"), ": ",
                                CountText(loaders.dead), " dead, ", CountText(loaders.replaced),
                                " replaced by others with the same classes, ",
                                CountText(loaders.alive), " proved to be in use.");
    for (const LoaderGroup& group : loaders.groups) section.content += Group(group);
    section.content += LoaderRows(loaders) + Duplicates(loaders) + Families(loaders);
  } else {
    section.content = ReportLoaders(report);
  }
  if (section.content.empty()) return std::nullopt;
  return section;
}

std::optional<Section> HistogramSection(const Report& report, const HtmlDetails& details) {
  Section section{.id = "histogram",
                  .heading = "Classes",
                  .lead = "Retained is what would go if all objects of the class went."};
  section.content = details.histogram ? HistogramRows(*details.histogram, "Classes")
                                      : ReportClasses(report.classes, "Classes");
  if (section.content.empty()) return std::nullopt;
  if (details.unreachable) {
    section.content += Details("Unreachable objects by class",
                               HistogramRows(*details.unreachable, "Unreachable objects"));
  }
  return section;
}

std::optional<Section> MBeansSection(const Report& report) {
  if (report.mbeans.empty()) return std::nullopt;
  Section section{.id = "mbeans", .heading = "MBeans"};
  Table table("MBeans by domain", {{"domain", Table::Kind::kName},
                                   {"MBeans", Table::Kind::kNumber},
                                   {"retained", Table::Kind::kNumber},
                                   {"types", Table::Kind::kText},
                                   {"numbered names", Table::Kind::kText}});
  for (const analyses::MBeanRow& row : report.mbeans) {
    table.Row({Table::Of(row.domain.empty() ? Markup("no name") : Code(row.domain)),
               Table::Count(row.count), Table::Size(row.retained, row.exact),
               Table::Of(Counts(row.types)), Table::Of(Counts(row.numbered))});
  }
  section.content = table.Render();
  return section;
}

}  // namespace leaktrail::cli::html
