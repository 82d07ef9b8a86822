#include "cli/text_table.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/escape.h"
#include "cli/format.h"

namespace leaktrail::cli {
namespace {

constexpr int kGap = 2;
constexpr int kNarrowestName = 12;

std::string Pad(int columns) {
  return std::string(static_cast<std::size_t>(std::max(columns, 0)), ' ');
}

}  // namespace

void TextTable::Row(std::vector<std::string> cells, int indent) {
  lines_.push_back({std::move(cells), indent});
}

void TextTable::Rule() { lines_.push_back({.rule = true}); }

// Only the first column of names is indented.
int TextTable::IndentOf(const Line& line, std::size_t column) const {
  for (std::size_t c = 0; c < column; ++c) {
    if (columns_[c].kind == Kind::kName) return 0;
  }
  return columns_[column].kind == Kind::kName ? line.indent : 0;
}

std::vector<int> TextTable::Widths(const TextStyle& style, int margin) const {
  std::vector<int> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    int width = DisplayWidth(columns_[c].header);
    for (const Line& line : lines_) {
      if (line.rule) continue;
      width = std::max(width, IndentOf(line, c) + DisplayWidth(line.cells[c]));
    }
    widths.push_back(width);
  }
  int excess = std::accumulate(widths.begin(), widths.end(), margin) +
               kGap * (static_cast<int>(widths.size()) - 1) - style.width;
  for (; excess > 0; --excess) {
    int* widest = nullptr;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (columns_[c].kind != Kind::kName || widths[c] <= kNarrowestName) continue;
      if (widest == nullptr || widths[c] > *widest) widest = &widths[c];
    }
    if (widest == nullptr) break;
    --*widest;
  }
  return widths;
}

std::string TextTable::RenderLine(const Line& line, const std::vector<int>& widths) const {
  std::string out;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (c > 0) out += Pad(kGap);
    std::string cell = line.cells[c];
    if (columns_[c].kind == Kind::kName) {
      const int indent = IndentOf(line, c);
      cell = absl::StrCat(Pad(indent), ShortenName(cell, std::max(widths[c] - indent, 8)));
    }
    const std::string padding = Pad(widths[c] - DisplayWidth(cell));
    const bool right = columns_[c].kind == Kind::kNumber;
    absl::StrAppend(&out, right ? padding : cell, right ? cell : padding);
  }
  absl::StripTrailingAsciiWhitespace(&out);
  return out;
}

std::string TextTable::Render(const TextStyle& style, int margin) const {
  const std::vector<int> widths = Widths(style, margin);
  Line header;
  for (const Column& column : columns_) header.cells.push_back(column.header);
  std::string out = absl::StrCat(Pad(margin), style.Dim(RenderLine(header, widths)), "\n");
  for (const Line& line : lines_) {
    const int all = std::accumulate(widths.begin(), widths.end(), 0) +
                    kGap * (static_cast<int>(widths.size()) - 1);
    absl::StrAppend(
        &out, Pad(margin),
        line.rule ? std::string(static_cast<std::size_t>(all), '-') : RenderLine(line, widths),
        "\n");
  }
  return out;
}

}  // namespace leaktrail::cli
