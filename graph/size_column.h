// A size per node, in units of 8 bytes as 32-bit numbers where that is enough.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

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
  // Has `fill` set the sizes of a chunk of 1 << chunk_shift nodes when one of them is first asked
  // for: most questions take few of them. Nodes behind the last chunk have to be set before. What
  // else there is is not for such a column, but for Set. Thread-safe, as `fill` is called for one
  // chunk at a time.
  void FillLater(std::uint32_t chunks, int chunk_shift, std::function<void(std::uint32_t)> fill) {
    later_ = std::make_unique<Later>(chunks, chunk_shift, std::move(fill));
  }
  std::uint64_t operator[](std::uint32_t node) const {
    if (later_ != nullptr) later_->Need(node);
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
  class Later {
   public:
    Later(std::uint32_t chunks, int chunk_shift, std::function<void(std::uint32_t)> fill)
        : chunks_(chunks),
          chunk_shift_(chunk_shift),
          fill_(std::move(fill)),
          filled_(std::make_unique<std::atomic<bool>[]>(chunks)) {}

    void Need(std::uint32_t node) {
      const std::uint32_t chunk = node >> chunk_shift_;
      if (chunk >= chunks_ || filled_[chunk].load(std::memory_order_acquire)) [[likely]]
        return;
      std::lock_guard lock(mutex_);
      if (filled_[chunk].load(std::memory_order_relaxed)) return;
      fill_(chunk);
      filled_[chunk].store(true, std::memory_order_release);
    }

   private:
    const std::uint32_t chunks_;
    const int chunk_shift_;
    const std::function<void(std::uint32_t)> fill_;
    const std::unique_ptr<std::atomic<bool>[]> filled_;
    std::mutex mutex_;
  };

  int shift_ = 3;
  bool wide_ = false;
  LargeArray<std::uint32_t> units_;
  LargeArray<std::uint64_t> wide_units_;
  std::unique_ptr<Later> later_;
};

}  // namespace leaktrail::graph
