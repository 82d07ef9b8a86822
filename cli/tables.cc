#include "cli/tables.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/growth_phrases.h"
#include "cli/json_parts.h"

namespace leaktrail::cli {
namespace {

using analyses::GrowthCount;
using analyses::GrowthRow;
using analyses::Series;

// Nothing for 0: there is none.
Cell IdCell(std::uint64_t id) { return id == 0 ? Cell() : Cell(Id(id)); }

Cell FoldedCell(std::uint64_t folded) { return folded == 0 ? Cell() : Cell(folded); }

// Nothing for "".
Cell TextCell(const std::string& text) { return text.empty() ? Cell() : Cell(text); }

// "RUNNABLE x 3, WAITING x 1".
std::string CountsText(const std::vector<analyses::CountedWords>& counts) {
  return absl::StrJoin(counts, ", ", [](std::string* to, const analyses::CountedWords& each) {
    absl::StrAppend(to, each.words, " x ", each.count);
  });
}

template <typename Step>
std::string StepText(const Step& step) {
  return step.edge.empty() ? step.class_name : absl::StrCat(step.edge, ": ", step.class_name);
}

template <typename Step>
void AppendSteps(const std::vector<Step>& steps, std::string& text) {
  for (const Step& step : steps) {
    absl::StrAppend(&text, text.empty() ? "" : " > ", StepText(step));
  }
}

// The reference to cut.
template <typename Step>
Cell CutCell(const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    if (step.cut_here) return StepText(step);
  }
  return {};
}

constexpr std::size_t kSeriesCells = 5;

void AppendSeries(const Series& series, Row& row) {
  row.insert(row.end(), {series.values.front(), series.values.back(), series.gained,
                         series.gained_milli, series.per_hour});
}

void AppendSeriesColumns(absl::string_view of, std::vector<std::string>& columns) {
  for (const char* figure : {"first", "last", "gained", "gained_milli", "per_hour"}) {
    columns.push_back(absl::StrCat(of, "_", figure));
  }
}

// Rows of the place tree, each with the finding that it is part of.
class Moves {
 public:
  Moves() {
    table_.columns = {"trend", "rule", "fingerprint", "severity", "confidence", "name", "element"};
    AppendSeriesColumns("objects", table_.columns);
    AppendSeriesColumns("bytes", table_.columns);
    table_.columns.insert(table_.columns.end(), {"seconds_to_limit", "path", "cut"});
  }

  void Add(const GrowthRow& place, const analyses::GrowthFinding* finding) {
    Row row = {TrendId(place.trend)};
    if (finding == nullptr) {
      row.resize(5);
    } else {
      row.insert(row.end(), {finding->rule, finding->fingerprint, SeverityId(finding->severity),
                             finding->confidence});
    }
    row.insert(row.end(), {place.name, place.element});
    AppendSeries(place.objects, row);
    AppendSeries(place.bytes, row);
    row.push_back(finding == nullptr ? Cell() : Cell(finding->seconds_to_limit));
    std::string path;
    AppendSteps(place.path, path);
    row.push_back(TextCell(path));
    row.push_back(CutCell(place.path));
    table_.rows.push_back(std::move(row));
  }
  void Add(const std::vector<GrowthRow>& places) {
    for (const GrowthRow& place : places) Add(place, nullptr);
  }

  Table Take() { return std::move(table_); }

 private:
  Table table_;
};

Table CountsTable(const std::vector<analyses::GrowthTable>& tables) {
  Table table;
  table.columns = {"by", "name", "trend"};
  AppendSeriesColumns("count", table.columns);
  AppendSeriesColumns("bytes", table.columns);
  for (const analyses::GrowthTable& by : tables) {
    for (const GrowthCount& count : by.rows) {
      Row row = {analyses::Name(by.by), count.name, TrendId(count.trend)};
      AppendSeries(count.count, row);
      if (HasBytes(by)) {
        AppendSeries(count.bytes, row);
      } else {
        row.resize(row.size() + kSeriesCells);  // nobody knows them
      }
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

}  // namespace

std::string PathText(const analyses::OwnerPath& path) {
  std::string text = path.root;
  AppendSteps(path.steps, text);
  return text;
}

Table TableOf(const analyses::Report& report) {
  Table table;
  table.columns = {"rule",     "fingerprint", "claim",       "severity", "confidence", "instances",
                   "retained", "share_milli", "known_issue", "title",    "path",       "cut"};
  for (const analyses::Finding& finding : report.findings) {
    Row row = {finding.rule,
               finding.fingerprint,
               ClaimId(finding.claim),
               SeverityId(finding.severity),
               finding.confidence,
               finding.instances,
               finding.retained,
               finding.share_milli,
               TextCell(finding.known_issue),
               finding.title};
    row.push_back(finding.path ? Cell(PathText(*finding.path)) : Cell());
    row.push_back(finding.path ? CutCell(finding.path->steps) : Cell());
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table TableOf(const analyses::Histogram& histogram) {
  using analyses::HistogramKey;
  const HistogramKey by = histogram.options.by;
  Table table;
  if (by == HistogramKey::kClass) table.columns = {"class", "loader"};
  if (by == HistogramKey::kLoader) table.columns = {"loader", "classes"};
  if (by == HistogramKey::kPackage) table.columns = {"package", "classes"};
  table.columns.insert(table.columns.end(), {"instances", "shallow"});
  if (!histogram.options.all) table.columns.push_back("retained");
  for (const analyses::HistogramRow& from : histogram.rows) {
    Row row;
    row.push_back(by == HistogramKey::kLoader ? from.loader : from.name);
    row.push_back(by == HistogramKey::kClass ? Cell(from.loader) : Cell(from.classes));
    row.insert(row.end(), {from.instances, from.shallow});
    if (!histogram.options.all) row.push_back(from.retained);
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table TableOf(const analyses::DominatorTree& tree) {
  Table table;
  table.columns = {"row",     "below",    "level",       "class",   "id",
                   "objects", "retained", "share_milli", "shallow", "folded_rows"};
  std::vector<std::uint64_t> above;  // by level: the last row there
  std::uint64_t number = 0;
  for (const analyses::DominatorRow& from : tree.rows) {
    const auto level = static_cast<std::size_t>(from.level);
    above.resize(level + 1);
    above[level] = ++number;
    table.rows.push_back({number, level == 0 ? Cell() : Cell(above[level - 1]), from.level,
                          from.folded > 0 ? Cell() : Cell(from.name), IdCell(from.id), from.objects,
                          from.retained, from.share_milli, from.shallow, FoldedCell(from.folded)});
  }
  return table;
}

Table TableOf(const analyses::Loaders& loaders) {
  Table table;
  table.columns = {"loader", "id",      "loaders",   "state",    "why",
                   "parent", "classes", "instances", "retained", "held_by"};
  for (const analyses::LoaderSummary& from : loaders.rows) {
    table.rows.push_back({from.name, IdCell(from.id), from.loaders, from.state, TextCell(from.why),
                          TextCell(from.parent), from.classes, from.instances, from.retained,
                          TextCell(from.held_by)});
  }
  return table;
}

Table TableOf(const analyses::ThreadTable& threads) {
  Table table;
  table.columns = {"name",          "class",         "kind",          "threads",
                   "out_of_memory", "states",        "daemons",       "retained",
                   "share_milli",   "most_retained", "locals_retain", "thread_locals_retain",
                   "stacks",        "top",           "where"};
  for (const analyses::ThreadGroup& from : threads.groups) {
    const auto where =
        std::find_if(from.frames.begin(), from.frames.end(),
                     [](const analyses::FrameRow& frame) { return !frame.platform; });
    table.rows.push_back({TextCell(from.name), TextCell(from.class_name), analyses::Name(from.kind),
                          from.threads, from.out_of_memory, TextCell(CountsText(from.states)),
                          from.daemons, from.retained, from.share_milli, from.most_retained,
                          from.locals_retain, from.thread_locals_retain, from.stacks,
                          from.frames.empty() ? Cell() : Cell(from.frames.front().text),
                          where == from.frames.end() ? Cell() : Cell(where->text)});
  }
  return table;
}

Table TableOf(const analyses::ObjectPath& path) {
  Table table;
  table.columns = {"step", "root", "edge", "class", "detail", "id", "retained", "cut"};
  if (!path.path) return table;
  std::uint64_t number = 0;
  for (const analyses::PathStep& step : path.path->steps) {
    table.rows.push_back({++number, number == 1 ? Cell(path.path->root) : Cell(),
                          TextCell(step.edge), step.class_name, TextCell(step.detail),
                          IdCell(step.id), step.retained, step.cut_here});
  }
  return table;
}

Table TableOf(const analyses::MergedPaths& paths) {
  Table table;
  table.columns = {"row",    "level",   "root",        "edge",           "class",
                   "detail", "objects", "share_milli", "folded_branches"};
  std::uint64_t number = 0;
  for (const analyses::PathBranch& branch : paths.branches) {
    Row row = {++number, branch.level};
    if (branch.folded > 0) {
      row.resize(6);
    } else {
      const Cell edge = TextCell(branch.edge);
      row.insert(row.end(), {branch.is_root ? edge : Cell(), branch.is_root ? Cell() : edge,
                             branch.class_name, TextCell(branch.detail)});
    }
    row.insert(row.end(), {branch.objects, branch.share_milli, FoldedCell(branch.folded)});
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table TableOf(const analyses::GrowthReport& report) {
  if (!report.tables.empty()) return CountsTable(report.tables);
  Moves moves;
  for (const analyses::GrowthFinding& finding : report.findings) {
    moves.Add(finding.row, &finding);
    for (const GrowthRow& other : finding.with) moves.Add(other, &finding);
  }
  moves.Add(report.filled_once);
  moves.Add(report.breathing);
  moves.Add(report.shrunk);
  moves.Add(report.appeared);
  moves.Add(report.gone);
  return moves.Take();
}

}  // namespace leaktrail::cli
