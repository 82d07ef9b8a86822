// The predecessors that Semi-NCA needs beside the tree: sources of cross and back edges, collected
// while the depth-first search runs and asked for once, in descending order of the target.
//
// Edges are kept in buckets by target, 4 bytes each (16 bits of target, 16 bits of distance to the
// bucket's previous source; sources come in ascending order), and sorted bucket by bucket when
// their turn comes; then their memory is given back. So neither collecting nor asking makes random
// accesses over the whole graph.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/large_array.h"

namespace leaktrail::graph {

class PredecessorLists {
 public:
  // `most_edges` bounds the number of calls to Add, `most_targets` the targets.
  PredecessorLists(std::uint64_t most_edges, std::uint64_t most_targets)
      : entries_(2 * most_edges + kChunkEntries * ((most_targets >> kBucketShift) + 2)) {}

  // `source` must not be smaller than in earlier calls.
  void Add(std::uint32_t target, std::uint32_t source) {
    const std::uint32_t b = target >> kBucketShift;
    if (b >= buckets_.size()) buckets_.resize(b + 1);
    Bucket& bucket = buckets_[b];
    const std::uint32_t distance = source - bucket.last_source;
    const std::uint32_t low = target & kLowMask;
    if (distance < kFar) [[likely]] {
      Push(bucket, (low << 16) | distance);
    } else {
      Push(bucket, (low << 16) | kFar);
      Push(bucket, source);
    }
    bucket.last_source = source;
    ++count_;
  }

  // The sources of edges to `target`. Targets must be asked for in descending order; the span is
  // valid until the next call.
  std::span<const std::uint32_t> Of(std::uint32_t target) {
    const std::uint32_t b = target >> kBucketShift;
    if (b != sorted_bucket_) SortBucket(b);
    const std::uint32_t low = target & kLowMask;
    return std::span(sources_).subspan(starts_[low], starts_[low + 1] - starts_[low]);
  }

  std::uint64_t count() const { return count_; }

 private:
  static constexpr int kBucketShift = 16;
  static constexpr std::uint32_t kLowMask = (1 << kBucketShift) - 1;
  static constexpr std::uint32_t kFar = 0xffff;
  static constexpr std::uint32_t kChunkEntries = 4096;

  struct Bucket {
    std::uint32_t last_source = 0;
    std::uint32_t used = kChunkEntries;  // of the last chunk
    std::vector<std::uint32_t> chunks;   // numbers
  };

  void Push(Bucket& bucket, std::uint32_t entry) {
    if (bucket.used == kChunkEntries) {
      bucket.chunks.push_back(chunk_count_++);
      bucket.used = 0;
    }
    entries_[std::uint64_t{bucket.chunks.back()} * kChunkEntries + bucket.used++] = entry;
  }
  template <typename F>
  void ForEach(const Bucket& bucket, F&& f) const;
  void SortBucket(std::uint32_t b);

  LargeArray<std::uint32_t> entries_;  // chunks
  std::uint32_t chunk_count_ = 0;
  std::vector<Bucket> buckets_;
  std::uint64_t count_ = 0;
  std::uint32_t sorted_bucket_ = 0xffffffff;
  std::vector<std::uint32_t> starts_;   // by low bits of the target
  std::vector<std::uint32_t> sources_;  // of the sorted bucket
};

}  // namespace leaktrail::graph
