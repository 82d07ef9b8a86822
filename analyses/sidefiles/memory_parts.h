// The parts that make the table: what it is made of, what is measured against, the rows, and the
// sums.
#pragma once

#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/flink_model.h"
#include "analyses/sidefiles/memory_table.h"

namespace leaktrail::analyses::sidefiles {

struct TableSources {
  const SideFiles& files;
  const DumpFigures* dump;      // null without one
  const NativeTracking* books;  // the JVM's; null without
  std::optional<FlinkModel> flink;
  std::optional<SmapsAreas> areas;  // of smaps
};

// Limit, what is charged, resident and swapped; and notes on what they count.
void FindBars(const TableSources& sources, MemoryTable& table);

// All areas of which anything is known, but for what is unexplained. What of them is resident is
// as their sources have it: bounds may be larger than what is resident in all.
std::vector<TableRow> MakeRows(const TableSources& sources);

// The sums of the columns and what is unexplained, with the row of it. Bounds become no larger than
// what the measured rows leave.
void SumUp(const TableSources& sources, MemoryTable& table);

// What makes sums doubtful: files of several processes or moments. `one_process`: false if ids say
// that they are not of one.
struct Agreement {
  bool one_process = true;
  std::vector<std::string> notes;
};
Agreement Agree(const SideFiles& files);

}  // namespace leaktrail::analyses::sidefiles
