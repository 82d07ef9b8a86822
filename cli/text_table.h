// Tables of aligned columns that fit the width of the terminal.
#pragma once

#include <string>
#include <vector>

#include "cli/text_style.h"

namespace leaktrail::cli {

// Columns are as wide as their widest cell and two spaces apart. The class name column gives way:
// it is shortened (format.h) when a row would be wider than the style allows.
class TextTable {
 public:
  enum class Kind {
    kNumber,  // to the right
    kText,    // to the left
    kName,    // to the left, the name of a class or loader; may be shortened
  };
  struct Column {
    std::string header;
    Kind kind;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // Cells in the order of the columns, escaped. `indent` columns stand before the first name.
  void Row(std::vector<std::string> cells, int indent = 0);
  // A line drawn through the table: for totals.
  void Rule();
  // All lines, each indented by `margin` columns.
  std::string Render(const TextStyle& style, int margin = 0) const;

 private:
  struct Line {
    std::vector<std::string> cells;
    int indent = 0;
    bool rule = false;
  };
  int IndentOf(const Line& line, std::size_t column) const;
  std::vector<int> Widths(const TextStyle& style, int margin) const;
  std::string RenderLine(const Line& line, const std::vector<int>& widths) const;

  std::vector<Column> columns_;
  std::vector<Line> lines_;
};

}  // namespace leaktrail::cli
