// A size per node, in units of 8 bytes as 32-bit numbers where that is enough.
#pragma once

#include <cstdint>

#include "graph/large_array.h"

namespace leaktrail::graph {

class SizeColumn {
 public:
  SizeColumn() = default;
  // `total`: the sum of all sizes, in bytes, which no size exceeds; `shift`: all sizes are
  // multiples of 1 << shift bytes.
  SizeColumn(std::uint32_t nodes, std::uint64_t total, int shift)
      : shift_(shift), wide_((total >> shift) >> 32 != 0) {
    if (wide_) {
      wide_units_ = LargeArray<std::uint64_t>(nodes);
    } else {
      units_ = LargeArray<std::uint32_t>(nodes);
    }
  }
  void PreferLargePages() {
    units_.PreferLargePages();
    wide_units_.PreferLargePages();
  }
  std::uint64_t operator[](std::uint32_t node) const {
    return (wide_ ? wide_units_[node] : units_[node]) << shift_;
  }
  void Set(std::uint32_t node, std::uint64_t bytes) {
    if (wide_) {
      wide_units_[node] = bytes >> shift_;
    } else {
      units_[node] = static_cast<std::uint32_t>(bytes >> shift_);
    }
  }
  // All sizes are multiples of 1 << shift() bytes.
  int shift() const { return shift_; }
  // Adds the size of node `from` to that of node `to`.
  void AddTo(std::uint32_t to, std::uint32_t from) {
    if (wide_) {
      wide_units_[to] += wide_units_[from];
    } else {
      units_[to] += units_[from];
    }
  }
  void Prefetch(std::uint32_t node) const {
    __builtin_prefetch(wide_ ? static_cast<const void*>(&wide_units_[node])
                             : static_cast<const void*>(&units_[node]));
  }

 private:
  int shift_ = 3;
  bool wide_ = false;
  LargeArray<std::uint32_t> units_;
  LargeArray<std::uint64_t> wide_units_;
};

}  // namespace leaktrail::graph
