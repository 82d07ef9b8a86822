#include "graph/predecessor_lists.h"

#include <numeric>

namespace leaktrail::graph {

// Calls f(low bits of the target, source) for every edge of the bucket, in the order of adding.
template <typename F>
void PredecessorLists::ForEach(const Bucket& bucket, F&& f) const {
  std::uint32_t source = 0;
  std::uint32_t far_target = 0;
  bool far = false;  // the entry before said: the source follows
  for (std::size_t c = 0; c < bucket.chunks.size(); ++c) {
    const std::uint32_t used = c + 1 < bucket.chunks.size() ? kChunkEntries : bucket.used;
    for (std::uint32_t i = 0; i < used; ++i) {
      const std::uint32_t entry = entries_[std::uint64_t{bucket.chunks[c]} * kChunkEntries + i];
      if (far) {
        far = false;
        source = entry;
        f(far_target, source);
      } else if ((entry & kFar) == kFar) {
        far = true;
        far_target = entry >> 16;
      } else {
        source += entry & kFar;
        f(entry >> 16, source);
      }
    }
  }
}

void PredecessorLists::SortBucket(std::uint32_t b) {
  sorted_bucket_ = b;
  starts_.assign((std::size_t{1} << kBucketShift) + 1, 0);
  if (b >= buckets_.size()) return;
  Bucket& bucket = buckets_[b];
  ForEach(bucket, [&](std::uint32_t low, std::uint32_t) { ++starts_[low + 1]; });
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
  sources_.resize(starts_.back());
  ForEach(bucket,
          [&](std::uint32_t low, std::uint32_t source) { sources_[starts_[low]++] = source; });
  // Filling moved each start to the next one's place.
  for (std::size_t low = starts_.size() - 1; low > 0; --low) starts_[low] = starts_[low - 1];
  starts_[0] = 0;
  for (const std::uint32_t chunk : bucket.chunks) {
    entries_.Discard(std::uint64_t{chunk} * kChunkEntries, kChunkEntries);
  }
  bucket = Bucket();
}

}  // namespace leaktrail::graph
