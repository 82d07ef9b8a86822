// Some of the nodes, numbered in their order: a bit per node, and a rank per 64.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "graph/bitmap.h"

namespace leaktrail::graph {

class NumberedNodes {
 public:
  explicit NumberedNodes(Bitmap nodes) : nodes_(std::move(nodes)) {
    ranks_.reserve(nodes_.word_count());
    for (std::uint64_t w = 0; w < nodes_.word_count(); ++w) {
      ranks_.push_back(count_);
      count_ += static_cast<std::uint32_t>(std::popcount(nodes_.word(w)));
    }
  }

  std::uint32_t count() const { return count_; }
  std::uint64_t word_count() const { return nodes_.word_count(); }
  std::uint64_t word(std::uint64_t w) const { return nodes_.word(w); }
  bool Contains(std::uint32_t node) const { return nodes_.Test(node); }
  // Of one of the nodes.
  std::uint32_t Number(std::uint32_t node) const {
    const std::uint64_t before = nodes_.word(node >> 6) & ((std::uint64_t{1} << (node & 63)) - 1);
    return ranks_[node >> 6] + static_cast<std::uint32_t>(std::popcount(before));
  }
  // Calls f(node) in the order of the numbers.
  template <typename F>
  void ForEach(F&& f) const {
    for (std::uint64_t w = 0; w < nodes_.word_count(); ++w) {
      for (std::uint64_t rest = nodes_.word(w); rest != 0; rest &= rest - 1) {
        f(static_cast<std::uint32_t>(w * 64) + static_cast<std::uint32_t>(std::countr_zero(rest)));
      }
    }
  }

 private:
  Bitmap nodes_;
  std::vector<std::uint32_t> ranks_;  // nodes before each word
  std::uint32_t count_ = 0;
};

}  // namespace leaktrail::graph
