// What one worker of the heap scan has read of one unit, before it is published in file order.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "graph/heap_scan.h"
#include "graph/scan_classes.h"

namespace leaktrail::graph {

// Indexes and starts in here count from the beginning of the batch. Buffers are reused.
struct UnitBatch {
  std::vector<hprof::Id> ids;
  std::vector<std::uint32_t> classes;
  std::vector<std::uint64_t> offsets;
  std::vector<std::uint8_t> degrees;
  std::vector<std::uint32_t> array_lengths;
  std::vector<std::uint32_t> targets, high_halves;
  std::vector<std::uint32_t> big_targets, big_high_halves;
  std::vector<References::BigList> big_lists;
  std::vector<std::uint32_t> referent_owners;
  std::vector<hprof::Id> referent_ids;
  StackChunks stack_chunks;
  std::vector<RawRoot> roots;
  std::vector<LayoutSample> samples;
  std::vector<std::uint64_t> late_classes;  // offsets of CLASS_DUMPs not yet in the table
  absl::flat_hash_map<hprof::Id, MissingClass> missing;
  hprof::ImportHealth health;
  // Over all references: the lowest and highest target, and all of their bits.
  hprof::Id min_target = ~hprof::Id{0};
  hprof::Id max_target = 0;
  hprof::Id target_bits = 0;

  void Clear() {
    const UnitBatch empty;
    for (auto* v :
         {&classes, &array_lengths, &targets, &high_halves, &big_targets, &big_high_halves,
          &referent_owners, &stack_chunks.objects, &stack_chunks.words}) {
      v->clear();
    }
    ids.clear();
    offsets.clear();
    degrees.clear();
    big_lists.clear();
    referent_ids.clear();
    roots.clear();
    samples.clear();
    late_classes.clear();
    missing.clear();
    health = {};
    min_target = empty.min_target;
    max_target = 0;
    target_bits = 0;
  }
};

}  // namespace leaktrail::graph
