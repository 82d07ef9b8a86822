#include "analyses/sidefiles/memory_table.h"

#include <algorithm>

#include "analyses/sidefiles/memory_parts.h"

namespace leaktrail::analyses::sidefiles {
namespace {

using Kind = Figure::Kind;

std::span<const AddressRange> HeapRanges(const SideFiles& files) {
  if (files.heap && !files.heap->value.ranges.empty()) return files.heap->value.ranges;
  if (files.crash && files.crash->value.heap) return files.crash->value.heap->ranges;
  return {};
}

}  // namespace

Figure SumOf(const Figure& a, const Figure& b) {
  Kind kind = Kind::kEstimate;
  if (a.kind == b.kind || b.kind == Kind::kExact) {
    kind = a.kind;
  } else if (a.kind == Kind::kExact) {
    kind = b.kind;
  }
  return {Plus(a.bytes, b.bytes), kind};
}

Figure LeftOf(std::uint64_t whole, const Figure& part) {
  const std::uint64_t left = whole - std::min(whole, part.bytes);
  switch (part.kind) {
    case Kind::kAtMost:
      return {left, Kind::kAtLeast};
    case Kind::kAtLeast:
      return {left, Kind::kAtMost};
    case Kind::kExact:
    case Kind::kEstimate:
      break;
  }
  return {left, part.kind};
}

const TableRow* MemoryTable::Find(Area area) const {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const TableRow& row) { return row.area == area; });
  return found == rows.end() ? nullptr : &*found;
}

MemoryTable MakeMemoryTable(const SideFiles& files, const DumpFigures* dump) {
  TableSources sources = {files, dump, files.tracking(), FindFlinkModel(files, dump), std::nullopt};
  if (files.smaps) {
    std::span<const std::uint64_t> stacks;
    if (files.threads) stacks = files.threads->value.stack_pointers;
    sources.areas = ClassifyMappings(files.smaps->value, HeapRanges(files), stacks,
                                     files.flags.thread_stack.value_or(0));
  }
  MemoryTable table;
  FindBars(sources, table);
  table.rows = MakeRows(sources);
  SumUp(sources, table);
  return table;
}

}  // namespace leaktrail::analyses::sidefiles
