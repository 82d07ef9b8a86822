// Object id -> object index: a rank bitmap with one bit per 8 bytes of heap.
//
// The bits stand in lines of 64 bytes: six words of 64 bits, the count of bits before each word,
// and the index of the line's first object; so a lookup touches one cache line (and one entry of
// the block directory). Blocks of lines exist only where objects are. Where the file holds the
// objects in address order, index and rank differ by a constant over long stretches, and the line
// holds the index outright; where it does not (ZGC, Shenandoah), `order_` maps rank to index. Cost:
// about 1.1 bytes per object in a dense heap, 4-7 ns per lookup with prefetch; 4 bytes per object
// more where the file is not in address order. Ids that are no multiple of 8, and ids so scattered
// that blocks would waste memory, go to a hash map.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "graph/index_types.h"
#include "graph/large_array.h"
#include "hprof/types.h"

namespace leaktrail::graph {

class IdMap {
 public:
  static constexpr std::uint32_t kNone = ObjectIndex::kNoneValue;

  // `dump_bytes` bounds what the blocks may take, so that hostile ids cannot exhaust memory.
  explicit IdMap(std::uint64_t dump_bytes);

  // Adds the next objects in file order; their indexes follow those added before. Returns how many
  // of the ids were there already: those keep their first index. Not thread-safe.
  std::uint64_t Append(absl::Span<const hprof::Id> ids);

  // Computes the ranks. False: the order of the file is not that of the addresses, and SetIndex
  // must be called for every object (thread-safe); the lowest of several indexes of one id counts.
  bool Finish();
  void SetIndex(hprof::Id id, std::uint32_t index);

  std::uint32_t size() const { return next_index_; }
  hprof::Id min_id() const { return min_; }
  hprof::Id max_id() const { return max_; }
  bool in_file_order() const { return order_.data() == nullptr; }
  // True if some ids are no multiple of 8.
  bool has_odd_ids() const { return has_odd_ids_; }
  std::uint64_t memory_bytes() const;

  // kNone if there is no such object.
  std::uint32_t Find(hprof::Id id) const {
    const Line* line = LineOf(id);
    if (line != nullptr && (id & 7) == 0) {
      const std::uint32_t bit = static_cast<std::uint32_t>((id >> 3) % kBitsPerLine);
      const std::uint32_t word = bit >> 6;
      const std::uint64_t before = line->bits[word] << (63 - (bit & 63));
      if (before >> 63) {
        const std::uint32_t rank =
            line->base + line->counts[word] + static_cast<std::uint32_t>(std::popcount(before)) - 1;
        if (line->counts[0] != 0) [[unlikely]]
          return FindIrregular(rank - kIrregular);
        return order_.data() == nullptr ? rank : order_[rank] - 1;
      }
    }
    return scattered_.empty() ? kNone : FindScattered(id);
  }
  void Prefetch(hprof::Id id) const {
    const Line* line = LineOf(id);
    if (line != nullptr) __builtin_prefetch(line);
  }

  // The lowest id above `id`, 0 if there is none within 200 MB. For the distances between
  // neighbours; ids that are no multiple of 8, or in the hash map, do not count.
  hprof::Id Next(hprof::Id id) const;

 private:
  static constexpr std::uint32_t kWords = 6;
  static constexpr std::uint32_t kBitsPerLine = 64 * kWords;
  static constexpr std::uint32_t kLinesPerBlock = 16;  // 48 KiB of heap, 1 KiB of bitmap
  // Added to all counts of a line whose objects do not have consecutive indexes; its base is then a
  // rank. counts[] of a regular line start with 0.
  static constexpr std::uint16_t kIrregular = 1;

  struct Line {
    std::uint32_t base;
    std::array<std::uint16_t, kWords> counts;
    std::array<std::uint64_t, kWords> bits;
  };
  static_assert(sizeof(Line) == 64);

  // Consecutive indexes with ascending ids.
  struct Run {
    std::uint64_t first_unit, last_unit;  // id / 8
    std::uint32_t first_index, count, first_rank;
  };

  const Line* LineOf(hprof::Id id) const {
    const std::uint64_t line = (id >> 3) / kBitsPerLine;
    const std::uint64_t block = line / kLinesPerBlock - first_block_;
    if (block >= directory_.size()) return nullptr;
    const std::uint32_t start = directory_[block];
    return start == kNone ? nullptr : &lines_[start + line % kLinesPerBlock];
  }
  Line* LineForInsert(std::uint64_t line);
  bool CoverBlock(std::uint64_t block);
  bool AddScattered(hprof::Id id);
  bool AddBit(hprof::Id id);
  void ExtendRun(std::uint64_t unit);
  void RankLines();
  bool SortRuns();
  void PlaceLine(Line& line, std::uint64_t line_number, std::uint32_t rank, std::size_t& run);
  std::uint32_t FindIrregular(std::uint32_t rank) const;
  std::uint32_t FindScattered(hprof::Id id) const;

  LargeArray<Line> lines_;
  std::uint32_t line_count_ = 0;
  std::uint64_t first_block_ = 0;
  std::vector<std::uint32_t> directory_;  // first line of each block; kNone: no objects there
  std::vector<Run> runs_;
  bool too_many_runs_ = false;
  bool close_run_ = true;
  LargeArray<std::uint32_t> order_;  // by rank: index + 1
  absl::flat_hash_map<hprof::Id, std::uint32_t> scattered_;
  bool has_odd_ids_ = false;
  bool has_duplicates_ = false;
  std::uint32_t next_index_ = 0;
  std::uint32_t ranked_ = 0;  // objects with a bit
  hprof::Id min_ = ~hprof::Id{0};
  hprof::Id max_ = 0;
};

}  // namespace leaktrail::graph
