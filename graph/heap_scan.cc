#include "graph/heap_scan.h"

#include <algorithm>
#include <atomic>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "graph/parallel.h"
#include "graph/scan_classes.h"
#include "graph/scan_publisher.h"
#include "graph/unit_batch.h"

namespace leaktrail::graph {
namespace {

using hprof::Bytes;
using hprof::Cursor;
using hprof::HeapTag;
using hprof::HeapUnit;
using hprof::Id;
using hprof::ImportHealth;
using hprof::Oddity;
using hprof::ValueType;

// What the scan needs of a class, in one place.
struct HotClass {
  std::span<const std::uint32_t> reference_offsets;
  std::uint32_t instance_bytes;
  std::uint32_t referent_offset;
  bool is_reference;
  bool is_array;
  bool is_stack_chunk;
};

std::vector<HotClass> MakeHotClasses(const ClassTable& classes) {
  std::vector<HotClass> hot;
  hot.reserve(classes.size());
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    const ClassInfo& info = classes[ClassIndex(c)];
    hot.push_back({classes.reference_offsets(ClassIndex(c)), info.instance_bytes,
                   classes.referent_offset(ClassIndex(c)),
                   info.reference_kind != ReferenceKind::kNotAReference,
                   info.kind != ClassKind::kInstance, ClassIndex(c) == classes.stack_chunk});
  }
  return hot;
}

// Everything the workers of one scan share and do not change.
struct ScanPlan {
  const hprof::DumpFile& file;
  const hprof::HeapExtent& heap;
  const ClassTable& classes;
  std::vector<HotClass> hot_classes;
  std::uint32_t id_size;
  ScanOptions options;
  bool wide;
  std::uint64_t sample_stride;
  StackWords stack_words;
};

// Reads one unit after the other into a batch.
class ScanVisitor {
 public:
  ScanVisitor(const ScanPlan& plan, ScanPublisher& publisher)
      : plan_(plan), publisher_(publisher), finder_(plan.classes, batch_.missing) {}

  void BeginUnit(std::uint64_t ticket) {
    ticket_ = ticket;
    holds_turn_ = false;
    batch_.Clear();
  }
  void EndUnit() {
    FinishArray();
    publisher_.Publish(batch_, ticket_, holds_turn_, /*last=*/true);
  }
  ImportHealth& health() { return batch_.health; }

  void Root(HeapTag tag, Id id, std::uint32_t thread, std::uint32_t number, std::uint64_t offset) {
    batch_.roots.push_back({tag, thread, number, id, offset});
  }

  bool Class(Cursor& cursor, std::uint64_t offset) {
    const Id id = hprof::SkipClassDump(cursor);
    if (!cursor.ok()) return false;
    if (IsLate(plan_.classes, id)) batch_.late_classes.push_back(offset);
    return true;
  }

  void Instance(Id id, Id class_id, Bytes values, std::uint64_t offset) {
    FinishArray();
    const std::uint32_t c = finder_.Find(class_id, ClassKind::kInstance,
                                         static_cast<std::uint32_t>(values.size()), offset);
    const HotClass& hot = plan_.hot_classes[c];
    const std::uint32_t words = hot.is_stack_chunk ? AddStackChunk(values) : 0;
    AddObject(id, c, offset, words);
    if (values.size() != hot.instance_bytes) [[unlikely]] {
      batch_.health.Count(Oddity::kFieldBytesMismatch, offset);
    }
    if (!plan_.options.references) return;
    const std::size_t start = batch_.targets.size();
    for (const std::uint32_t at : hot.reference_offsets) {
      AddReference(hprof::IdAt(values, at, plan_.id_size));
    }
    if (hot.is_reference) AddReferent(hprof::IdAt(values, hot.referent_offset, plan_.id_size));
    SetDegree(start);
  }

  void ObjectArray(Id id, Id class_id, std::uint32_t length, std::uint64_t offset) {
    FinishArray();
    const std::uint32_t c = finder_.Find(class_id, ClassKind::kObjectArray, 0, offset);
    if (length >= kHugeArray && plan_.options.references) {
      publisher_.Publish(batch_, ticket_, holds_turn_, /*last=*/false);
      holds_turn_ = true;
      batch_.Clear();
      direct_ = publisher_.BeginDirect();
    }
    AddObject(id, c, offset, length);
    array_start_ = batch_.targets.size();
    in_array_ = true;
  }

  void Elements(Bytes ids) {
    if (!plan_.options.references) return;
    for (std::size_t at = 0; at < ids.size(); at += plan_.id_size) {
      const Id id = hprof::IdAt(ids, at, plan_.id_size);
      if (id == 0) continue;
      NoteTarget(id);
      if (direct_) {
        publisher_.AddDirect(LowPart(id), HighPart(id));
      } else {
        PushTarget(id);
      }
    }
  }

  void PrimitiveArray(Id id, ValueType type, std::uint32_t length, std::uint64_t,
                      std::uint64_t offset) {
    FinishArray();
    AddObject(id, plan_.classes.PrimitiveArrayClass(type).value(), offset, length);
  }

  bool Stop() const { return false; }

 private:
  void AddObject(Id id, std::uint32_t c, std::uint64_t offset, std::uint32_t length) {
    if (batch_.ids.size() % plan_.sample_stride == 0) {
      batch_.samples.push_back({id, ClassIndex(c), length});
    }
    batch_.ids.push_back(id);
    batch_.classes.push_back(c);
    batch_.offsets.push_back(offset);
    batch_.degrees.push_back(0);
    if (plan_.hot_classes[c].is_array) batch_.array_lengths.push_back(length);
  }

  // The next object of the batch is one.
  std::uint32_t AddStackChunk(Bytes values) {
    const std::uint32_t words = plan_.stack_words.In(values);
    if (words == 0) return 0;
    batch_.stack_chunks.objects.push_back(static_cast<std::uint32_t>(batch_.ids.size()));
    batch_.stack_chunks.words.push_back(words);
    return words;
  }

  void AddReference(Id id) {
    if (id == 0) return;
    NoteTarget(id);
    PushTarget(id);
  }

  void AddReferent(Id id) {
    if (id == 0) return;
    if (plan_.options.strong_referents) return AddReference(id);
    batch_.referent_owners.push_back(static_cast<std::uint32_t>(batch_.ids.size() - 1));
    batch_.referent_ids.push_back(id);
  }

  void NoteTarget(Id id) {
    batch_.min_target = std::min(batch_.min_target, id);
    batch_.max_target = std::max(batch_.max_target, id);
    batch_.target_bits |= id;
  }
  std::uint32_t LowPart(Id id) const {
    return static_cast<std::uint32_t>(plan_.wide ? id : id >> 3);
  }
  static std::uint32_t HighPart(Id id) { return static_cast<std::uint32_t>(id >> 32); }
  void PushTarget(Id id) {
    batch_.targets.push_back(LowPart(id));
    if (plan_.wide) batch_.high_halves.push_back(HighPart(id));
  }

  // The references pushed since `start` are those of the last object.
  void SetDegree(std::size_t start) {
    const std::size_t degree = batch_.targets.size() - start;
    if (degree < References::kBig) {
      batch_.degrees.back() = static_cast<std::uint8_t>(degree);
      return;
    }
    batch_.degrees.back() = References::kBig;
    batch_.big_lists.push_back(
        {static_cast<std::uint32_t>(batch_.ids.size() - 1), batch_.big_targets.size(), degree});
    Move(batch_.targets, start, batch_.big_targets);
    if (plan_.wide) Move(batch_.high_halves, start, batch_.big_high_halves);
  }
  static void Move(std::vector<std::uint32_t>& from, std::size_t start,
                   std::vector<std::uint32_t>& to) {
    to.insert(to.end(), from.begin() + static_cast<std::ptrdiff_t>(start), from.end());
    from.resize(start);
  }

  void FinishArray() {
    if (!in_array_) return;
    in_array_ = false;
    if (direct_) {
      direct_ = false;
      batch_.degrees.back() = References::kBig;
      publisher_.EndDirect();
    } else {
      SetDegree(array_start_);
    }
  }

  const ScanPlan& plan_;
  ScanPublisher& publisher_;
  UnitBatch batch_;
  ClassFinder finder_;
  std::uint64_t ticket_ = 0;
  bool holds_turn_ = false;
  bool in_array_ = false;
  bool direct_ = false;
  std::size_t array_start_ = 0;
};

// False if it was stopped.
bool ScanUnits(const ScanPlan& plan, ScanPublisher& publisher) {
  std::atomic<std::uint64_t> next{0}, bytes{0};
  std::atomic<bool> stopped{false};
  const std::vector<HeapUnit>& units = plan.heap.units;
  const int threads = std::clamp(static_cast<int>(std::min<std::size_t>(units.size(), 1024)), 1,
                                 plan.options.threads);
  RunWorkers(threads, [&](int) {
    try {
      hprof::UnitWindow window(plan.file);
      ScanVisitor visitor(plan, publisher);
      for (std::uint64_t u = next++; u < units.size(); u = next++) {
        if (stopped || (plan.options.stop && plan.options.stop())) {
          stopped = true;
          publisher.Abandon();
          return;
        }
        visitor.BeginUnit(u);
        hprof::HeapReader reader(window, plan.id_size, visitor.health(), visitor);
        const std::uint64_t end = reader.Read(units[u]);
        visitor.health().AddBytesLost(units[u].end - std::min(end, units[u].end));
        visitor.EndUnit();
        const std::uint64_t size = units[u].end - units[u].begin;
        if (plan.options.progress) plan.options.progress(bytes += size);
      }
    } catch (...) {
      publisher.Abandon();
      throw;
    }
  });
  return !stopped;
}

// In files that are not in address order: tells the id map the index of every object.
class IndexVisitor {
 public:
  IndexVisitor(IdMap& ids, std::uint32_t first) : ids_(ids), index_(first) {}
  void Root(HeapTag, Id, std::uint32_t, std::uint32_t, std::uint64_t) {}
  bool Class(Cursor& cursor, std::uint64_t) { return hprof::SkipClassDump(cursor), cursor.ok(); }
  void Instance(Id id, Id, Bytes, std::uint64_t) { ids_.SetIndex(id, index_++); }
  void ObjectArray(Id id, Id, std::uint32_t, std::uint64_t) { ids_.SetIndex(id, index_++); }
  void Elements(Bytes) {}
  void PrimitiveArray(Id id, ValueType, std::uint32_t, std::uint64_t, std::uint64_t) {
    ids_.SetIndex(id, index_++);
  }
  bool Stop() const { return false; }

 private:
  IdMap& ids_;
  std::uint32_t index_;
};

void IndexObjects(const ScanPlan& plan, const std::vector<std::uint32_t>& first_objects,
                  IdMap& ids) {
  ParallelFor(plan.options.threads, plan.heap.units.size(), 1,
              [&](std::uint64_t u, std::uint64_t, int) {
                hprof::UnitWindow window(plan.file);
                ImportHealth counted_before;
                IndexVisitor visitor(ids, first_objects[u]);
                hprof::HeapReader reader(window, plan.id_size, counted_before, visitor);
                reader.Read(plan.heap.units[u]);
              });
}

// True if the low 32 bits of id / 8 do not tell all ids and targets apart.
bool NeedsWide(const ScanPublisher& publisher, const HeapScan& scan) {
  if (scan.ids.has_odd_ids() || (publisher.target_bits() & 7) != 0) return true;
  const Id low = std::min(scan.ids.min_id(), publisher.min_target());
  const Id high = std::max(scan.ids.max_id(), publisher.max_target());
  return high > low && (high - low) >> 35 != 0;
}

}  // namespace

absl::StatusOr<HeapScan> ScanHeap(const hprof::DumpFile& file, const hprof::RecordIndex& index,
                                  const hprof::HeapExtent& heap, const ScanOptions& options) {
  const std::uint32_t id_size = index.header.id_size;
  const std::uint64_t bytes = UnitBytes(heap);
  ClassTableBuilder builder(id_size);
  ImportHealth class_health;
  ReadLeadingClasses(file, heap, builder, id_size, class_health);
  bool wide = false;
  for (int round = 1;; ++round) {
    HeapScan scan;
    scan.health = class_health;
    scan.classes = builder.Build(index, file, scan.health);
    scan.wide = wide;
    const ScanPlan plan{file,    heap, scan.classes,        MakeHotClasses(scan.classes), id_size,
                        options, wide, SampleStride(bytes), StackWords(scan.classes)};
    ScanPublisher publisher(scan, bytes, heap.units.size(), id_size, options.references);
    if (!ScanUnits(plan, publisher)) return absl::CancelledError("stopped while it was scanned");
    if (publisher.too_many_objects()) {
      return absl::ResourceExhaustedError(TooManyObjectsText(file));
    }
    const bool add_classes = !publisher.missing().empty() || !publisher.late_classes().empty();
    const bool widen = !wide && options.references && NeedsWide(publisher, scan);
    if ((add_classes && round < kScanRounds) || widen) {
      AddLateClasses(file, publisher.late_classes(), publisher.missing(), id_size, builder,
                     class_health);
      wide |= widen;
      continue;
    }
    scan.first_unit = std::min(scan.ids.min_id(), publisher.min_target()) >> 3;
    publisher.Finish();
    if (!scan.ids.Finish()) IndexObjects(plan, publisher.first_objects(), scan.ids);
    scan.shared_ids = CountSharedIds(scan);
    return scan;
  }
}

}  // namespace leaktrail::graph
