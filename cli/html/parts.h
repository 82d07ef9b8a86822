// Pieces that several sections of the HTML report share.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/report.h"
#include "cli/html/markup.h"

namespace leaktrail::cli::html {

// A part of the page with its heading, that the navigation leads to.
struct Section {
  std::string id;       // of the source code: "findings"
  std::string heading;  // "Findings"
  std::string lead;     // what is to be seen, in a sentence or two; may be empty
  Markup content;
};
Markup Render(const Section& section);

// A name of a dump as it is shown, escaped. Hostile dumps have names of 64 KiB: they lose their
// middle.
std::string ShortName(absl::string_view raw);

// A class name: the package pale, the simple name not. "class X" of mirrors as it is.
Markup ClassName(absl::string_view name);

// Code: what can be typed, or a name as in a program; lines may break behind its dots.
Markup Code(absl::string_view raw);

// "1.2 GiB", not broken at the blank.
Markup Bytes(std::uint64_t bytes);

// A bar of `milli` thousandths of its width; the figure must stand beside it. `hue`: class of its
// colour, "" for the usual one.
Markup Bar(std::uint32_t milli, absl::string_view hue = "");

// "HIGH" in its colour.
Markup SeverityBadge(analyses::Severity severity);

// A list of sentences with a label; nothing without any.
Markup Sentences(absl::string_view label, const std::vector<std::string>& sentences);

// Commands to copy, with a label; `file` stands for FILE in them.
Markup Commands(absl::string_view label, const std::vector<std::string>& commands,
                absl::string_view file);

// A path from a GC root, one step below the other; the step to cut carries `mark`.
Markup PathTrace(const analyses::OwnerPath& path, absl::string_view mark);

// What can be opened and closed. `open`: from the start.
Markup Details(absl::string_view summary, const Markup& content, bool open = false);

// Pairs of a name and what is to be said of it.
Markup Pairs(const std::vector<std::pair<std::string, Markup>>& pairs);

// A table. Its script sorts by the columns and, if it is long, filters.
class Table {
 public:
  // kWide: a name that takes what room the other columns leave.
  enum class Kind : std::uint8_t { kText, kNumber, kName, kWide };
  struct Column {
    absl::string_view title;
    Kind kind = Kind::kText;
  };
  struct Cell {
    Markup content;
    std::int64_t value = 0;  // of numbers: what to sort by
    bool is_number = false;
  };

  static Cell Of(Markup content) { return {std::move(content)}; }
  static Cell Of(absl::string_view raw) { return {Text(raw)}; }
  static Cell Count(std::uint64_t count);
  static Cell Size(std::uint64_t bytes, bool exact = true);
  static Cell Share(std::uint32_t milli);  // with a bar
  static Cell Number(Markup content, std::int64_t value) {
    return {std::move(content), value, true};
  }

  // `caption`: for those who do not see the heading above it. `sorted`: the column the rows are
  // sorted by, from largest to smallest; -1: none.
  Table(absl::string_view caption, std::vector<Column> columns, int sorted = -1)
      : caption_(caption), columns_(std::move(columns)), sorted_(sorted) {}

  void Row(const std::vector<Cell>& cells);
  // `more`: rows that there are beside those shown, and are spoken of below the table.
  Markup Render(std::uint64_t more = 0) const;
  std::size_t rows() const { return rows_; }

 private:
  Markup Head() const;

  absl::string_view caption_;
  std::vector<Column> columns_;
  int sorted_;
  std::size_t rows_ = 0;
  Markup body_;
};

}  // namespace leaktrail::cli::html
