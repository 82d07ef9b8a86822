// The table for one screen: small areas as one row.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "analyses/sidefiles/memory_table.h"

namespace leaktrail::analyses::sidefiles {
namespace {

void AddTo(MaybeFigure& sum, const MaybeFigure& part) {
  if (!part) return;
  sum = sum ? SumOf(*sum, *part) : *part;
}

std::uint64_t Weight(const TableRow& row) {
  if (row.resident) return row.resident->bytes;
  return row.committed ? row.committed->bytes : 0;
}

bool IsKept(const TableRow& row) {
  return row.area == Area::kHeap || row.area == Area::kUnexplained;
}

}  // namespace

MemoryTable ShortTable(const MemoryTable& table, std::size_t rows) {
  if (table.rows.size() <= rows) return table;
  MemoryTable out = table;
  std::vector<const TableRow*> others;
  for (const TableRow& row : table.rows) {
    if (!IsKept(row)) others.push_back(&row);
  }
  const std::size_t kept = table.rows.size() - others.size();
  const std::size_t room = rows > kept + 1 ? rows - kept - 1 : 0;
  if (others.size() <= room + 1) return table;
  std::stable_sort(others.begin(), others.end(),
                   [](const auto* a, const auto* b) { return Weight(*a) > Weight(*b); });
  TableRow rest;
  rest.area = others[room]->area;
  rest.name = absl::StrCat(others.size() - room, " smaller areas");
  for (std::size_t i = room; i < others.size(); ++i) {
    AddTo(rest.committed, others[i]->committed);
    AddTo(rest.resident, others[i]->resident);
    AddTo(rest.allowed, others[i]->allowed);
  }
  const auto is_small = [&](const TableRow& row) {
    return std::any_of(others.begin() + static_cast<std::ptrdiff_t>(room), others.end(),
                       [&](const TableRow* each) { return each->area == row.area; });
  };
  std::erase_if(out.rows, is_small);
  const bool last = !out.rows.empty() && out.rows.back().area == Area::kUnexplained;
  out.rows.insert(out.rows.end() - (last ? 1 : 0), std::move(rest));
  return out;
}

}  // namespace leaktrail::analyses::sidefiles
