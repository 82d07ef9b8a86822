#include "graph/id_map.h"

#include <algorithm>
#include <atomic>

namespace leaktrail::graph {
namespace {

// Runs are cut where 1 MiB of heap ends, so that the runs of dumps whose regions were written by
// several threads (JDK 22+) do not overlap.
constexpr int kRunSpanShift = 17;  // of id / 8
constexpr std::uint64_t kMaxDirectory = std::uint64_t{1} << 24;
// Next() looks over so many empty blocks (200 MB of heap), then calls it the end.
constexpr int kMostEmptyBlocks = 4096;

}  // namespace

IdMap::IdMap(std::uint64_t dump_bytes)
    // An object takes at least 17 bytes in a dump; real heaps need far less than these limits.
    : lines_((dump_bytes / 8 + (std::uint64_t{16} << 20)) / sizeof(Line) / kLinesPerBlock *
             kLinesPerBlock) {}

std::uint64_t IdMap::Append(absl::Span<const hprof::Id> ids) {
  std::uint64_t duplicates = 0;
  for (const hprof::Id id : ids) {
    min_ = std::min(min_, id);
    max_ = std::max(max_, id);
    if ((id & 7) == 0 && AddBit(id)) {
      ExtendRun(id >> 3);
    } else {
      close_run_ = true;
      if (!AddScattered(id)) ++duplicates;
    }
    ++next_index_;
  }
  has_duplicates_ |= duplicates > 0;
  return duplicates;
}

// False: the id must go to the hash map, or is there already.
bool IdMap::AddBit(hprof::Id id) {
  Line* line = LineForInsert((id >> 3) / kBitsPerLine);
  if (line == nullptr) return false;
  const std::uint32_t bit = static_cast<std::uint32_t>((id >> 3) % kBitsPerLine);
  std::uint64_t& word = line->bits[bit >> 6];
  const std::uint64_t mask = std::uint64_t{1} << (bit & 63);
  if (word & mask) return false;
  word |= mask;
  ++ranked_;
  return true;
}

// False if the id is in the map already.
bool IdMap::AddScattered(hprof::Id id) {
  if (id & 7) has_odd_ids_ = true;
  const Line* line = (id & 7) == 0 ? LineOf(id) : nullptr;
  if (line != nullptr) {
    const std::uint32_t bit = static_cast<std::uint32_t>((id >> 3) % kBitsPerLine);
    if ((line->bits[bit >> 6] >> (bit & 63)) & 1) return false;
  }
  return scattered_.emplace(id, next_index_).second;
}

void IdMap::ExtendRun(std::uint64_t unit) {
  if (too_many_runs_) return;
  if (!close_run_) {
    Run& run = runs_.back();
    if (unit > run.last_unit && (unit >> kRunSpanShift) == (run.last_unit >> kRunSpanShift)) {
      run.last_unit = unit;
      ++run.count;
      return;
    }
  }
  close_run_ = false;
  // With runs this short a table of ranks is cheaper.
  if (runs_.size() > 4096 + next_index_ / 64) {
    too_many_runs_ = true;
    runs_ = {};
    return;
  }
  runs_.push_back({unit, unit, next_index_, 1, 0});
}

IdMap::Line* IdMap::LineForInsert(std::uint64_t line) {
  const std::uint64_t block = line / kLinesPerBlock;
  if (!CoverBlock(block)) return nullptr;
  std::uint32_t& start = directory_[block - first_block_];
  if (start == kNone) {
    if (line_count_ + kLinesPerBlock > lines_.capacity()) return nullptr;
    start = line_count_;
    line_count_ += kLinesPerBlock;
  }
  return &lines_[start + line % kLinesPerBlock];
}

// Makes the directory reach `block`; false if it would grow too large.
bool IdMap::CoverBlock(std::uint64_t block) {
  if (directory_.empty()) {
    first_block_ = block;
    directory_.assign(1, kNone);
    return true;
  }
  const std::uint64_t end = first_block_ + directory_.size();
  if (block >= first_block_ && block < end) return true;
  // Grow in steps proportional to the size, so that a descending dump does not copy each time.
  const std::uint64_t slack = directory_.size() / 2 + 16;
  if (block < first_block_) {
    if (end - block > kMaxDirectory) return false;
    const std::uint64_t first = block > slack ? block - slack : 0;
    directory_.insert(directory_.begin(), static_cast<std::size_t>(first_block_ - first), kNone);
    first_block_ = first;
  } else {
    if (block - first_block_ >= kMaxDirectory) return false;
    directory_.resize(static_cast<std::size_t>(block - first_block_ + slack), kNone);
  }
  return true;
}

bool IdMap::Finish() {
  lines_.ShrinkTo(line_count_);
  const bool ordered = SortRuns();
  if (!ordered) runs_ = {};
  RankLines();
  if (!ordered) order_ = LargeArray<std::uint32_t>(ranked_);
  return ordered;
}

// Sorts the runs by address and ranks them; false if they overlap or are too many.
bool IdMap::SortRuns() {
  if (too_many_runs_) return false;
  std::sort(runs_.begin(), runs_.end(),
            [](const Run& a, const Run& b) { return a.first_unit < b.first_unit; });
  std::uint32_t rank = 0;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    if (i > 0 && runs_[i].first_unit <= runs_[i - 1].last_unit) return false;
    runs_[i].first_rank = rank;
    rank += runs_[i].count;
  }
  return true;
}

void IdMap::RankLines() {
  std::uint32_t rank = 0;
  std::size_t run = 0;
  for (std::size_t b = 0; b < directory_.size(); ++b) {
    if (directory_[b] == kNone) continue;
    for (std::uint32_t l = 0; l < kLinesPerBlock; ++l) {
      Line& line = lines_[directory_[b] + l];
      std::uint32_t count = 0;
      for (std::uint32_t w = 0; w < kWords; ++w) {
        line.counts[w] = static_cast<std::uint16_t>(count);
        count += static_cast<std::uint32_t>(std::popcount(line.bits[w]));
      }
      if (count == 0) continue;
      PlaceLine(line, (first_block_ + b) * kLinesPerBlock + l, rank, run);
      rank += count;
    }
  }
}

// Sets the base of a line whose first object has `rank`; `run` moves along.
void IdMap::PlaceLine(Line& line, std::uint64_t line_number, std::uint32_t rank, std::size_t& run) {
  line.base = rank;
  if (runs_.empty()) return;
  const std::uint64_t last_unit = (line_number + 1) * kBitsPerLine - 1;
  while (run + 1 < runs_.size() && runs_[run + 1].first_rank <= rank) ++run;
  const std::uint32_t shift = runs_[run].first_index - runs_[run].first_rank;
  bool regular = true;
  for (std::size_t r = run + 1; r < runs_.size() && runs_[r].first_unit <= last_unit; ++r) {
    regular &= runs_[r].first_index - runs_[r].first_rank == shift;
  }
  if (regular) {
    line.base = rank + shift;
  } else {
    for (std::uint16_t& count : line.counts) count += kIrregular;
  }
}

std::uint32_t IdMap::FindIrregular(std::uint32_t rank) const {
  auto after = std::upper_bound(runs_.begin(), runs_.end(), rank,
                                [](std::uint32_t r, const Run& run) { return r < run.first_rank; });
  const Run& run = *(after - 1);
  return rank - run.first_rank + run.first_index;
}

std::uint32_t IdMap::FindScattered(hprof::Id id) const {
  auto it = scattered_.find(id);
  return it == scattered_.end() ? kNone : it->second;
}

void IdMap::SetIndex(hprof::Id id, std::uint32_t index) {
  const Line* line = LineOf(id);
  if (line == nullptr || (id & 7) != 0) return;
  const std::uint32_t bit = static_cast<std::uint32_t>((id >> 3) % kBitsPerLine);
  const std::uint64_t before = line->bits[bit >> 6] << (63 - (bit & 63));
  if (before >> 63 == 0) return;
  std::uint32_t& slot = order_[line->base + line->counts[bit >> 6] +
                               static_cast<std::uint32_t>(std::popcount(before)) - 1];
  if (!has_duplicates_) {
    slot = index + 1;
    return;
  }
  // The first of equal ids counts, and threads come in any order.
  const std::atomic_ref shared(slot);
  std::uint32_t known = shared.load(std::memory_order_relaxed);
  while ((known == 0 || index + 1 < known) &&
         !shared.compare_exchange_weak(known, index + 1, std::memory_order_relaxed)) {
  }
}

hprof::Id IdMap::Next(hprof::Id id) const {
  std::uint64_t unit = (id >> 3) + 1;
  for (int empty = 0; empty < kMostEmptyBlocks;) {
    const std::uint64_t line_number = unit / kBitsPerLine;
    const std::uint64_t block = line_number / kLinesPerBlock - first_block_;
    if (block >= directory_.size()) return 0;
    if (directory_[block] == kNone) {
      unit = (block + first_block_ + 1) * kLinesPerBlock * kBitsPerLine;
      ++empty;
      continue;
    }
    const Line& line = lines_[directory_[block] + line_number % kLinesPerBlock];
    const std::uint32_t bit = static_cast<std::uint32_t>(unit % kBitsPerLine);
    const std::uint64_t rest = line.bits[bit >> 6] >> (bit & 63);
    if (rest != 0) return (unit + static_cast<std::uint64_t>(std::countr_zero(rest))) << 3;
    unit += 64 - (bit & 63);
  }
  return 0;
}

std::uint64_t IdMap::memory_bytes() const {
  return line_count_ * sizeof(Line) + directory_.size() * 4 + runs_.size() * sizeof(Run) +
         order_.capacity() * 4 + scattered_.capacity() * 17;
}

}  // namespace leaktrail::graph
