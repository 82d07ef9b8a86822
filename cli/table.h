// An answer as a table for other programs: CSV and NDJSON. A row of either says the same; numbers
// are integers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"

namespace leaktrail::cli {

// Nothing, a name (raw bytes of the dump), a figure, or yes and no.
class Cell {
 public:
  Cell() = default;
  Cell(std::string text) : value_(std::move(text)) {}            // NOLINT: implicit on purpose
  Cell(const char* text) : value_(std::string(text)) {}          // NOLINT
  Cell(absl::string_view text) : value_(std::string(text)) {}    // NOLINT
  Cell(std::uint64_t figure) : value_(figure) {}                 // NOLINT
  Cell(std::uint32_t figure) : value_(std::uint64_t{figure}) {}  // NOLINT
  Cell(std::int64_t figure) : value_(figure) {}                  // NOLINT
  Cell(int figure) : value_(std::int64_t{figure}) {}             // NOLINT
  Cell(bool flag) : value_(flag) {}                              // NOLINT
  template <typename T>
  Cell(const std::optional<T>& value) {  // NOLINT
    if (value) *this = Cell(*value);
  }

  void AppendCsv(std::string& to) const;
  void AppendJson(std::string& to) const;

 private:
  std::variant<std::monostate, std::string, std::uint64_t, std::int64_t, bool> value_;
};

using Row = std::vector<Cell>;

struct Table {
  std::vector<std::string> columns;  // lower_case_names
  std::vector<Row> rows;             // each as long as `columns`
};

// One line. CSV as of RFC 4180, but lines end in "\n"; text is escaped as for a terminal, and gets
// a "'" in front where a spreadsheet would take it for a formula.
void AppendCsvRow(const Row& row, std::string& to);
// One JSON object, columns in their order; a cell with nothing is null.
void AppendNdjsonRow(const std::vector<std::string>& columns, const Row& row, std::string& to);

// Below a line of the columns' names.
std::string Csv(const Table& table);
std::string Ndjson(const Table& table);

}  // namespace leaktrail::cli
