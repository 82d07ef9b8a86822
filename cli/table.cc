#include "cli/table.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "cli/escape.h"

namespace leaktrail::cli {
namespace {

// What spreadsheets evaluate starts with one of these; a tab or line break, with which it may start
// as well, is escaped.
bool LooksLikeFormula(absl::string_view text) {
  return !text.empty() && absl::string_view("=+-@").find(text[0]) != absl::string_view::npos;
}

void AppendCsvText(absl::string_view text, std::string& to) {
  std::string escaped = Escape(text);
  if (LooksLikeFormula(escaped)) escaped.insert(0, 1, '\'');
  if (escaped.find_first_of(",\" ;") == std::string::npos) {
    to += escaped;
    return;
  }
  to += '"';
  for (const char c : escaped) {
    if (c == '"') to += '"';
    to += c;
  }
  to += '"';
}

void AppendJsonText(absl::string_view text, std::string& to) {
  to += nlohmann::json(ToUtf8(text))
            .dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::json::error_handler_t::replace);
}

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace

void Cell::AppendCsv(std::string& to) const {
  std::visit(
      Overloaded{[](std::monostate) {}, [&](const std::string& text) { AppendCsvText(text, to); },
                 [&](bool flag) { to += flag ? "true" : "false"; },
                 [&](auto figure) { absl::StrAppend(&to, figure); }},
      value_);
}

void Cell::AppendJson(std::string& to) const {
  std::visit(Overloaded{[&](std::monostate) { to += "null"; },
                        [&](const std::string& text) { AppendJsonText(text, to); },
                        [&](bool flag) { to += flag ? "true" : "false"; },
                        [&](auto figure) { absl::StrAppend(&to, figure); }},
             value_);
}

void AppendCsvRow(const Row& row, std::string& to) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) to += ',';
    row[i].AppendCsv(to);
  }
  to += '\n';
}

void AppendNdjsonRow(const std::vector<std::string>& columns, const Row& row, std::string& to) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    absl::StrAppend(&to, i == 0 ? "{\"" : ",\"", columns[i], "\":");
    row[i].AppendJson(to);
  }
  to += row.empty() ? "{}\n" : "}\n";
}

std::string Csv(const Table& table) {
  std::string text;
  AppendCsvRow(Row(table.columns.begin(), table.columns.end()), text);
  for (const Row& row : table.rows) AppendCsvRow(row, text);
  return text;
}

std::string Ndjson(const Table& table) {
  std::string text;
  for (const Row& row : table.rows) AppendNdjsonRow(table.columns, row, text);
  return text;
}

}  // namespace leaktrail::cli
