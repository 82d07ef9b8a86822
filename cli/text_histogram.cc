// `histogram` and `dominators` as text.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
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
using analyses::DominatorRow;
using analyses::DominatorTree;
using analyses::Histogram;
using analyses::HistogramKey;
using analyses::HistogramRow;
using analyses::ShareText;

using Kind = TextTable::Kind;

// What a table of this kind shows of a row.
std::vector<TextTable::Column> HistogramColumns(const analyses::HistogramOptions& options) {
  std::vector<TextTable::Column> columns;
  if (options.retained()) columns.push_back({"retained", Kind::kNumber});
  columns.push_back({"shallow", Kind::kNumber});
  columns.push_back({"instances", Kind::kNumber});
  switch (options.by) {
    case HistogramKey::kClass:
      columns.push_back({"class", Kind::kName});
      columns.push_back({"loader", Kind::kName});
      break;
    case HistogramKey::kLoader:
      columns.push_back({"classes", Kind::kNumber});
      columns.push_back({"loader", Kind::kName});
      break;
    case HistogramKey::kPackage:
      columns.push_back({"classes", Kind::kNumber});
      columns.push_back({"package", Kind::kName});
      break;
  }
  return columns;
}

std::vector<std::string> HistogramCells(const HistogramRow& row,
                                        const analyses::HistogramOptions& options) {
  std::vector<std::string> cells;
  if (options.retained()) cells.push_back(BytesText(row.retained));
  cells.push_back(BytesText(row.shallow));
  cells.push_back(CountText(row.instances));
  switch (options.by) {
    case HistogramKey::kClass:
      cells.push_back(Escape(row.name));
      cells.push_back(Escape(row.loader));
      break;
    case HistogramKey::kLoader:
      cells.push_back(CountText(row.classes));
      cells.push_back(Escape(row.loader));
      break;
    case HistogramKey::kPackage:
      cells.push_back(CountText(row.classes));
      cells.push_back(row.name.empty() ? "(no package)" : Escape(row.name));
      break;
  }
  return cells;
}

absl::string_view Plural(HistogramKey by) {
  switch (by) {
    case HistogramKey::kClass:
      return "classes";
    case HistogramKey::kLoader:
      return "loaders";
    case HistogramKey::kPackage:
      break;
  }
  return "packages";
}

void AddRow(const DominatorRow& row, TextTable& table) {
  std::string name = Escape(row.name);
  if (row.id != 0) absl::StrAppend(&name, " ", IdText(row.id));
  if (row.folded > 0) name = absl::StrCat("... ", CountText(row.folded), " more");
  table.Row({BytesText(row.retained), ShareText(row.share_milli),
             row.folded > 0 ? "" : BytesText(row.shallow), CountText(row.objects), name},
            2 * row.level);
}

}  // namespace

std::string HistogramText(const DumpContext& context, const Histogram& histogram,
                          const TextStyle& style) {
  const HistogramKey by = histogram.options.by;
  std::string out = absl::StrCat(HeaderText(context, style), "\n");
  if (histogram.options.unreachable) {
    absl::StrAppend(
        &out, "Unreachable objects: no GC root holds them, the next collection frees them.\n\n");
  }
  TextTable table(HistogramColumns(histogram.options));
  for (const HistogramRow& row : histogram.rows) table.Row(HistogramCells(row, histogram.options));
  table.Rule();
  HistogramRow total = histogram.total;
  total.name = total.loader =
      absl::StrCat("total of ", CountText(histogram.total_rows), " ", Plural(by));
  std::vector<std::string> cells = HistogramCells(total, histogram.options);
  if (by == HistogramKey::kClass) cells.back().clear();
  table.Row(cells);
  absl::StrAppend(&out, table.Render(style));
  if (histogram.rows.size() < histogram.total_rows) {
    absl::StrAppend(&out, CountText(histogram.total_rows - histogram.rows.size()), " more ",
                    Plural(by), ": -n all\n");
  }
  return out;
}

std::string DominatorsText(const DumpContext& context, const DominatorTree& tree,
                           const TextStyle& style) {
  std::string out = absl::StrCat(HeaderText(context, style), "\n");
  if (!tree.target.empty() && tree.rows.empty()) {
    return absl::StrCat(out, "No live object of ", Escape(tree.target), ".\n");
  }
  if (!tree.target.empty()) {
    absl::StrAppend(&out, "Below ", Escape(tree.target), " (",
                    Counted(tree.target_objects, "object", "objects"),
                    "): ", BytesText(tree.retained), ", ", ShareText(tree.share_milli),
                    " of the live heap\n\n");
  }
  TextTable table({{"retained", Kind::kNumber},
                   {"share", Kind::kNumber},
                   {"shallow", Kind::kNumber},
                   {"objects", Kind::kNumber},
                   {"owner; indented below it what goes with it", Kind::kName}});
  for (const DominatorRow& row : tree.rows) AddRow(row, table);
  absl::StrAppend(&out, table.Render(style));
  return out;
}

}  // namespace leaktrail::cli
