// The sums of the table, and what they leave unexplained.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "analyses/sidefiles/memory_parts.h"
#include "analyses/text.h"

namespace leaktrail::analyses::sidefiles {
namespace {

using Kind = Figure::Kind;

// What is measured of the others leaves only so much for those of which there is but a bound.
void TightenBounds(std::uint64_t rss, std::vector<TableRow>& rows) {
  std::uint64_t measured = 0;
  for (const TableRow& row : rows) {
    if (row.resident && row.resident->kind == Kind::kExact) {
      measured = Plus(measured, row.resident->bytes);
    }
  }
  const std::uint64_t left = rss - std::min(rss, measured);
  for (TableRow& row : rows) {
    if (row.resident && row.resident->kind == Kind::kAtMost) {
      row.resident->bytes = std::min(row.resident->bytes, left);
    }
  }
}

Figure ResidentInAll(const std::vector<TableRow>& rows) {
  Figure sum;
  for (const TableRow& row : rows) {
    if (row.resident) sum = SumOf(sum, *row.resident);
  }
  return sum;
}

TableRow UnexplainedRow(const TableSources& sources, std::uint64_t rss, const Figure& sum) {
  TableRow row;
  row.area = Area::kUnexplained;
  row.name = "unexplained";
  row.source = "resident less rows";
  row.resident = LeftOf(rss, sum);
  if (sum.bytes > rss) {
    row.doubt = absl::StrCat("the rows above are up to ", BytesText(sum.bytes - rss),
                             " more than what is resident: not all that is committed was touched");
  } else if (sources.books == nullptr) {
    row.doubt = "with the JVM's own memory: native memory tracking was off";
  }
  return row;
}

}  // namespace

void SumUp(const TableSources& sources, MemoryTable& table) {
  for (const TableRow& row : table.rows) {
    if (row.committed) table.committed = Plus(table.committed, row.committed->bytes);
    if (row.allowed) table.allowed = Plus(table.allowed, row.allowed->bytes);
  }
  if (sources.areas && sources.areas->heap_known) {
    table.arenas = sources.areas->arenas;
    table.arena_reserved = sources.areas->arena_reserved;
    table.main_arena = sources.areas->main_arena.bytes;
  }
  const Agreement agreement = Agree(sources.files);
  if (!agreement.one_process) table.careful = agreement.notes.front();
  table.notes.insert(table.notes.end(), agreement.notes.begin(), agreement.notes.end());
  if (!table.rss) return;
  // Without the JVM's own figures what is left is the JVM as much as anything else.
  if (sources.books == nullptr && !sources.areas) {
    table.notes.emplace_back(
        "what is unexplained cannot be told without native memory tracking or smaps");
    return;
  }
  if (!agreement.one_process) return;
  const std::uint64_t rss = table.rss->bytes;
  TightenBounds(rss, table.rows);
  const Figure sum = ResidentInAll(table.rows);
  table.over = sum.bytes - std::min(sum.bytes, rss);
  TableRow row = UnexplainedRow(sources, rss, sum);
  if (row.resident->kind == Kind::kExact || row.resident->kind == Kind::kAtLeast) {
    table.unexplained = row.resident->bytes;
  }
  table.rows.push_back(std::move(row));
}

}  // namespace leaktrail::analyses::sidefiles
