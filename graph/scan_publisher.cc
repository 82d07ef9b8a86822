#include "graph/scan_publisher.h"

#include <algorithm>

namespace leaktrail::graph {
namespace {

using hprof::Oddity;

// Room for class mirrors and for the values that mean "none".
constexpr std::uint64_t kMaxObjects = 4'294'000'000;

template <typename T>
void CopyTo(LargeArray<T>& column, std::uint64_t at, const std::vector<T>& values) {
  std::copy(values.begin(), values.end(), column.data() + at);
}

template <typename T>
void Append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

}  // namespace

ScanPublisher::ScanPublisher(HeapScan& scan, std::uint64_t bytes, std::size_t units,
                             std::uint32_t id_size, bool references)
    : scan_(scan), first_objects_(units) {
  // The smallest sub-record of an object is an empty primitive array.
  const std::uint64_t objects = std::min(kMaxObjects, bytes / (10 + id_size) + 1);
  const std::uint64_t targets = references ? bytes / id_size + 1 : 0;
  scan.ids = IdMap(bytes);
  ObjectColumns& columns = scan.objects;
  columns.classes = ClassColumn(objects, scan.classes.size() > 0xffff);
  columns.array_lengths = LargeArray<std::uint32_t>(objects);
  columns.references.degrees = LargeArray<std::uint8_t>(references ? objects : 0);
  columns.references.blocks = LargeArray<ObjectBlock>((objects >> ObjectBlock::kShift) + 1);
  columns.references.targets = LargeArray<std::uint32_t>(targets);
  columns.references.big_targets = LargeArray<std::uint32_t>(targets);
  if (scan.wide) {
    scan.high_halves = LargeArray<std::uint32_t>(targets);
    scan.big_high_halves = LargeArray<std::uint32_t>(targets);
  }
  for (std::uint32_t c = 0; c < scan.classes.size(); ++c) {
    is_array_.push_back(scan.classes[ClassIndex(c)].kind != ClassKind::kInstance);
  }
}

void ScanPublisher::Publish(UnitBatch& batch, std::uint64_t ticket, bool holds_turn, bool last) {
  if (!holds_turn) {
    if (!order_.Wait(ticket)) return;
    first_objects_[ticket] = scan_.objects.count;
  }
  if (scan_.objects.count + batch.ids.size() > kMaxObjects) {
    too_many_objects_ = true;
    batch.Clear();
  }
  const Place place = TakePlace(batch);
  MergeSmallParts(batch, place);
  if (last) order_.Done();
  CopyColumns(batch, place);
}

ScanPublisher::Place ScanPublisher::TakePlace(UnitBatch& batch) {
  ObjectColumns& columns = scan_.objects;
  References& references = columns.references;
  const Place place{columns.count, columns.array_count, references.target_count,
                    references.big_count};
  const std::uint64_t duplicates = scan_.ids.Append(batch.ids);
  if (duplicates > 0) {
    batch.health.Count(Oddity::kDuplicateObject, batch.offsets.front(), duplicates);
  }
  columns.count += static_cast<std::uint32_t>(batch.ids.size());
  columns.array_count += static_cast<std::uint32_t>(batch.array_lengths.size());
  references.target_count += batch.targets.size();
  references.big_count += batch.big_targets.size();
  return place;
}

// What is little, or must be in order.
void ScanPublisher::MergeSmallParts(UnitBatch& batch, const Place& place) {
  for (References::BigList list : batch.big_lists) {
    list.object += place.object;
    list.start += place.big_target;
    scan_.objects.references.big_lists.push_back(list);
  }
  for (const std::uint32_t owner : batch.referent_owners) {
    scan_.objects.referents.owners.push_back(owner + place.object);
  }
  Append(scan_.referent_ids, batch.referent_ids);
  StackChunks& chunks = scan_.objects.stack_chunks;
  for (const std::uint32_t object : batch.stack_chunks.objects) {
    chunks.objects.push_back(object + place.object);
  }
  Append(chunks.words, batch.stack_chunks.words);
  Append(scan_.roots, batch.roots);
  Append(scan_.samples, batch.samples);
  Append(late_classes_, batch.late_classes);
  for (const auto& [id, missing] : batch.missing) {
    auto [it, is_new] = missing_.try_emplace(id, missing);
    if (!is_new) it->second.objects += missing.objects;
  }
  scan_.health.Merge(batch.health);
  min_target_ = std::min(min_target_, batch.min_target);
  max_target_ = std::max(max_target_, batch.max_target);
  target_bits_ |= batch.target_bits;
}

void ScanPublisher::CopyColumns(const UnitBatch& batch, const Place& place) {
  ObjectColumns& columns = scan_.objects;
  for (std::size_t i = 0; i < batch.classes.size(); ++i) {
    columns.classes.Set(place.object + static_cast<std::uint32_t>(i), batch.classes[i]);
  }
  CopyTo(columns.array_lengths, place.array, batch.array_lengths);
  CopyBlocks(batch, place);
  if (columns.references.degrees.data() == nullptr) return;
  CopyTo(columns.references.degrees, place.object, batch.degrees);
  CopyTo(columns.references.targets, place.target, batch.targets);
  CopyTo(columns.references.big_targets, place.big_target, batch.big_targets);
  if (!scan_.wide) return;
  CopyTo(scan_.high_halves, place.target, batch.high_halves);
  CopyTo(scan_.big_high_halves, place.big_target, batch.big_high_halves);
}

void ScanPublisher::CopyBlocks(const UnitBatch& batch, const Place& place) {
  std::uint64_t target = place.target;
  std::uint32_t array = place.array;
  for (std::size_t i = 0; i < batch.ids.size(); ++i) {
    const std::uint32_t object = place.object + static_cast<std::uint32_t>(i);
    if (object % ObjectBlock::kObjects == 0) {
      scan_.objects.references.blocks[object >> ObjectBlock::kShift] = {batch.offsets[i], target,
                                                                        array};
    }
    if (batch.degrees[i] != References::kBig) target += batch.degrees[i];
    array += is_array_[batch.classes[i]];
  }
}

bool ScanPublisher::BeginDirect() {
  direct_start_ = scan_.objects.references.big_count;
  return true;
}

void ScanPublisher::EndDirect() {
  References& references = scan_.objects.references;
  references.big_lists.push_back(
      {scan_.objects.count, direct_start_, references.big_count - direct_start_});
}

void ScanPublisher::Finish() {
  ObjectColumns& columns = scan_.objects;
  References& references = columns.references;
  columns.classes.ShrinkTo(columns.count);
  columns.array_lengths.ShrinkTo(columns.array_count);
  references.degrees.ShrinkTo(columns.count);
  references.blocks.ShrinkTo((columns.count >> ObjectBlock::kShift) + 1);
  references.targets.ShrinkTo(references.target_count);
  references.big_targets.ShrinkTo(references.big_count);
  scan_.high_halves.ShrinkTo(references.target_count);
  scan_.big_high_halves.ShrinkTo(references.big_count);
}

}  // namespace leaktrail::graph
