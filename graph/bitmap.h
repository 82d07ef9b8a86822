// One bit per node, with the few operations the passes need.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>

#include "graph/large_array.h"

namespace leaktrail::graph {

class Bitmap {
 public:
  Bitmap() = default;
  explicit Bitmap(std::uint64_t bits) : words_((bits + 63) / 64), bits_(bits) {}

  std::uint64_t size() const { return bits_; }
  std::uint64_t word_count() const { return (bits_ + 63) / 64; }
  std::uint64_t word(std::uint64_t w) const { return words_[w]; }

  bool Test(std::uint32_t i) const { return (words_[i >> 6] >> (i & 63)) & 1; }
  void Set(std::uint32_t i) { words_[i >> 6] |= std::uint64_t{1} << (i & 63); }
  // [begin, end)
  void SetRange(std::uint32_t begin, std::uint32_t end) {
    for (; begin < end && (begin & 63) != 0; ++begin) Set(begin);
    for (; end - begin >= 64; begin += 64) words_[begin >> 6] = ~std::uint64_t{0};
    for (; begin < end; ++begin) Set(begin);
  }
  // Sets each bit of [begin, end) to what bit(i) says, asked in order. `begin` is a multiple of 64,
  // and so is `end` if it is not the end of all.
  template <typename F>
  void Assign(std::uint32_t begin, std::uint32_t end, F&& bit) {
    for (std::uint32_t i = begin; i < end;) {
      std::uint64_t word = 0;
      const std::uint32_t first = i;
      for (; i < end && i - first < 64; ++i) word |= std::uint64_t{bit(i)} << (i - first);
      words_[first >> 6] = word;
    }
  }
  void Clear(std::uint32_t i) { words_[i >> 6] &= ~(std::uint64_t{1} << (i & 63)); }

  // For passes in which several threads set bits, or one sets what another reads.
  bool TestShared(std::uint32_t i) const {
    return (Word(i).load(std::memory_order_acquire) >> (i & 63)) & 1;
  }
  std::uint64_t WordShared(std::uint64_t w) const {
    return std::atomic_ref(const_cast<std::uint64_t&>(words_[w])).load(std::memory_order_acquire);
  }
  // Sets the bit, unless another thread sets a neighbour at the same time: for marks that only save
  // work. A fraction of the price of the next.
  void SetPerhaps(std::uint32_t i) {
    const std::uint64_t word = Word(i).load(std::memory_order_relaxed);
    Word(i).store(word | std::uint64_t{1} << (i & 63), std::memory_order_relaxed);
  }
  // Sets the bit; true if it was set before.
  bool TestAndSetShared(std::uint32_t i) {
    const std::uint64_t bit = std::uint64_t{1} << (i & 63);
    if (Word(i).load(std::memory_order_relaxed) & bit) return true;
    return (Word(i).fetch_or(bit, std::memory_order_acq_rel) & bit) != 0;
  }

  std::uint64_t Count() const {
    std::uint64_t count = 0;
    for (std::uint64_t w = 0; w < word_count(); ++w) {
      count += static_cast<std::uint64_t>(std::popcount(words_[w]));
    }
    return count;
  }
  void Release() {
    words_.Release();
    bits_ = 0;
  }

 private:
  std::atomic_ref<std::uint64_t> Word(std::uint32_t i) const {
    return std::atomic_ref(const_cast<std::uint64_t&>(words_[i >> 6]));
  }
  LargeArray<std::uint64_t> words_;
  std::uint64_t bits_ = 0;
};

}  // namespace leaktrail::graph
