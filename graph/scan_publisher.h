// Puts the batches of the scan's workers into the columns, in file order.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/btree_map.h"
#include "graph/heap_scan.h"
#include "graph/parallel.h"
#include "graph/unit_batch.h"

namespace leaktrail::graph {

class ScanPublisher {
 public:
  // Reserves the columns of `scan` for `bytes` of heap records in `units` units.
  ScanPublisher(HeapScan& scan, std::uint64_t bytes, std::size_t units, std::uint32_t id_size,
                bool references);

  // Waits for the turn of `ticket` (unless the caller holds it from an earlier, unfinished
  // publication), gives the batch its place, and copies it there. If `last`, the turn passes on
  // before the copying, so that only the short part is serial.
  void Publish(UnitBatch& batch, std::uint64_t ticket, bool holds_turn, bool last);
  void Abandon() { order_.Abandon(); }

  // For one huge array whose object is the first of the next batch: its references are written
  // without passing through the batch. The caller holds the turn.
  bool BeginDirect();
  void AddDirect(std::uint32_t low, std::uint32_t high) {
    References& references = scan_.objects.references;
    if (scan_.wide) scan_.big_high_halves[references.big_count] = high;
    references.big_targets[references.big_count++] = low;
  }
  void EndDirect();

  // Shrinks the columns to what is used. After all units.
  void Finish();

  bool too_many_objects() const { return too_many_objects_; }
  const absl::btree_map<hprof::Id, MissingClass>& missing() const { return missing_; }
  const std::vector<std::uint64_t>& late_classes() const { return late_classes_; }
  // Index of the first object of each unit.
  const std::vector<std::uint32_t>& first_objects() const { return first_objects_; }
  hprof::Id min_target() const { return min_target_; }
  hprof::Id max_target() const { return max_target_; }
  hprof::Id target_bits() const { return target_bits_; }

 private:
  struct Place {
    std::uint32_t object;
    std::uint32_t array;
    std::uint64_t target;
    std::uint64_t big_target;
  };
  Place TakePlace(UnitBatch& batch);
  void MergeSmallParts(UnitBatch& batch, const Place& place);
  void CopyColumns(const UnitBatch& batch, const Place& place);
  void CopyBlocks(const UnitBatch& batch, const Place& place);

  HeapScan& scan_;
  InOrder order_;
  std::vector<std::uint8_t> is_array_;  // by class
  std::vector<std::uint32_t> first_objects_;
  absl::btree_map<hprof::Id, MissingClass> missing_;
  std::vector<std::uint64_t> late_classes_;
  hprof::Id min_target_ = ~hprof::Id{0};
  hprof::Id max_target_ = 0;
  hprof::Id target_bits_ = 0;
  std::uint64_t direct_start_ = 0;
  bool too_many_objects_ = false;
};

}  // namespace leaktrail::graph
