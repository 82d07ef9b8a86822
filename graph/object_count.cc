#include "graph/object_count.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "graph/dormant_mirrors.h"
#include "graph/heap_scan.h"
#include "graph/layout_samples.h"
#include "graph/loader_classes.h"
#include "graph/parallel.h"
#include "graph/scan_classes.h"
#include "graph/translate.h"
#include "hprof/heap_reader.h"

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

// What the pass needs of a class, in one place.
struct HotClass {
  static constexpr std::uint32_t kNoArray = 0xffffffff;
  std::uint32_t instance_bytes;
  std::uint32_t array;  // which of the classes of arrays it is
  bool is_stack_chunk;
  bool is_loader;
};

// Everything the workers of one pass share and do not change.
struct CountPlan {
  CountPlan(const hprof::DumpFile& its_file, const hprof::HeapExtent& its_heap,
            const ClassTable& its_classes, std::uint32_t its_alignment)
      : file(its_file),
        heap(its_heap),
        classes(its_classes),
        alignment(its_alignment),
        sample_stride(SampleStride(UnitBytes(heap))),
        stack_words(classes) {
    hot.reserve(classes.size());
    for (std::uint32_t c = 0; c < classes.size(); ++c) {
      const ClassInfo& info = classes[ClassIndex(c)];
      const bool is_array = info.kind != ClassKind::kInstance;
      hot.push_back({info.instance_bytes, is_array ? arrays++ : HotClass::kNoArray,
                     ClassIndex(c) == classes.stack_chunk,
                     classes.java_lang_class_loader.valid() &&
                         classes.IsSubclass(ClassIndex(c), classes.java_lang_class_loader)});
    }
  }

  const hprof::DumpFile& file;
  const hprof::HeapExtent& heap;
  const ClassTable& classes;
  const std::uint32_t alignment;  // a power of two
  const std::uint64_t sample_stride;
  const StackWords stack_words;
  std::vector<HotClass> hot;
  std::uint32_t arrays = 0;  // classes of arrays
};

// An array of references that may name what is not in the dump.
struct LargeArrayRecord {
  std::uint64_t offset;
  std::uint32_t length;
};

// Counted before the sizes are known: what they depend on. The size of an array follows from its
// length, but for the rounding up, which depends on the length modulo the alignment.
struct Tally {
  explicit Tally(const CountPlan& plan)
      : objects(plan.hot.size()),
        elements(plan.arrays),
        remainders(std::size_t{plan.arrays} * plan.alignment) {}

  void Add(const Tally& other) {
    const auto add = [](std::vector<std::uint64_t>& to, const std::vector<std::uint64_t>& from) {
      for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
    };
    add(objects, other.objects);
    add(elements, other.elements);
    add(remainders, other.remainders);
    stack_words.insert(stack_words.end(), other.stack_words.begin(), other.stack_words.end());
    loaders.insert(loaders.end(), other.loaders.begin(), other.loaders.end());
    large_arrays.insert(large_arrays.end(), other.large_arrays.begin(), other.large_arrays.end());
  }

  std::vector<std::uint64_t> objects;      // by class
  std::vector<std::uint64_t> elements;     // by class of arrays
  std::vector<std::uint64_t> remainders;   // arrays by class and length modulo the alignment
  std::vector<std::uint32_t> stack_words;  // of each StackChunk
  std::vector<std::pair<Id, ClassIndex>> loaders;
  std::vector<LargeArrayRecord> large_arrays;
};

// What must be in file order. The ids, and all that there is little of.
struct Batch {
  std::vector<Id> ids;
  std::vector<LayoutSample> samples;
  std::vector<std::uint64_t> late_classes;
  ClassFinder::Missing missing;
  ImportHealth health;
  std::uint64_t first_offset = 0;

  void Clear() {
    ids.clear();
    samples.clear();
    late_classes.clear();
    missing.clear();
    health = {};
  }
};

class Publisher {
 public:
  explicit Publisher(HeapScan& scan) : scan_(scan) {}

  // Waits for the turn of `ticket`, which passes on with its last batch.
  void Publish(Batch& batch, std::uint64_t ticket, bool holds_turn, bool last) {
    if (!holds_turn && !order_.Wait(ticket)) return;
    constexpr std::uint64_t kMostObjects = 4'294'000'000;
    if (scan_.ids.size() + batch.ids.size() > kMostObjects) {
      too_many_objects_ = true;
      batch.Clear();
    }
    const std::uint64_t duplicates = scan_.ids.Append(batch.ids);
    if (duplicates > 0) {
      batch.health.Count(Oddity::kDuplicateObject, batch.first_offset, duplicates);
    }
    scan_.samples.insert(scan_.samples.end(), batch.samples.begin(), batch.samples.end());
    late_classes_.insert(late_classes_.end(), batch.late_classes.begin(), batch.late_classes.end());
    for (const auto& [id, missing] : batch.missing) {
      auto [it, is_new] = missing_.try_emplace(id, missing);
      if (!is_new) it->second.objects += missing.objects;
    }
    scan_.health.Merge(batch.health);
    if (last) order_.Done();
  }
  void Abandon() { order_.Abandon(); }

  bool too_many_objects() const { return too_many_objects_; }
  const absl::btree_map<Id, MissingClass>& missing() const { return missing_; }
  const std::vector<std::uint64_t>& late_classes() const { return late_classes_; }

 private:
  HeapScan& scan_;
  InOrder order_;
  absl::btree_map<Id, MissingClass> missing_;
  std::vector<std::uint64_t> late_classes_;
  bool too_many_objects_ = false;
};

class CountVisitor {
 public:
  CountVisitor(const CountPlan& plan, Publisher& publisher, bool large_arrays)
      : plan_(plan),
        publisher_(publisher),
        large_arrays_(large_arrays),
        tally_(plan),
        finder_(plan.classes, batch_.missing) {}

  void BeginUnit(std::uint64_t ticket) {
    ticket_ = ticket;
    holds_turn_ = false;
    until_sample_ = 0;
    batch_.Clear();
  }
  void EndUnit() { publisher_.Publish(batch_, ticket_, holds_turn_, /*last=*/true); }
  ImportHealth& health() { return batch_.health; }
  const Tally& tally() const { return tally_; }

  void Root(HeapTag, Id, std::uint32_t, std::uint32_t, std::uint64_t) {}

  bool Class(Cursor& cursor, std::uint64_t offset) {
    const Id id = hprof::SkipClassDump(cursor);
    if (!cursor.ok()) return false;
    if (IsLate(plan_.classes, id)) batch_.late_classes.push_back(offset);
    return true;
  }

  void Instance(Id id, Id class_id, Bytes values, std::uint64_t offset) {
    const std::uint32_t c = finder_.Find(class_id, ClassKind::kInstance,
                                         static_cast<std::uint32_t>(values.size()), offset);
    const HotClass& hot = plan_.hot[c];
    if (values.size() != hot.instance_bytes) [[unlikely]] {
      batch_.health.Count(Oddity::kFieldBytesMismatch, offset);
    }
    std::uint32_t words = 0;
    if (hot.is_stack_chunk) [[unlikely]] {
      words = plan_.stack_words.In(values);
      if (words > 0) tally_.stack_words.push_back(words);
    }
    if (hot.is_loader) [[unlikely]] {
      tally_.loaders.emplace_back(id, ClassIndex(c));
    }
    Add(id, c, words, hot.array, offset);
  }

  void ObjectArray(Id id, Id class_id, std::uint32_t length, std::uint64_t offset) {
    const std::uint32_t c = finder_.Find(class_id, ClassKind::kObjectArray, 0, offset);
    if (length >= References::kBig) [[unlikely]] {
      if (length >= kHugeArray) until_sample_ = 0;
      if (large_arrays_) tally_.large_arrays.push_back({offset, length});
    }
    Add(id, c, length, plan_.hot[c].array, offset);
  }
  void Elements(Bytes) {}

  void PrimitiveArray(Id id, ValueType type, std::uint32_t length, std::uint64_t,
                      std::uint64_t offset) {
    const std::uint32_t c = plan_.classes.PrimitiveArrayClass(type).value();
    Add(id, c, length, plan_.hot[c].array, offset);
  }

  bool Stop() const { return false; }

 private:
  void Add(Id id, std::uint32_t c, std::uint32_t length, std::uint32_t array,
           std::uint64_t offset) {
    ++tally_.objects[c];
    if (array != HotClass::kNoArray) {
      tally_.elements[array] += length;
      ++tally_.remainders[array * plan_.alignment + (length & (plan_.alignment - 1))];
    }
    if (until_sample_-- == 0) [[unlikely]] {
      until_sample_ = plan_.sample_stride - 1;
      batch_.samples.push_back({id, ClassIndex(c), length});
    }
    if (batch_.ids.empty()) batch_.first_offset = offset;
    batch_.ids.push_back(id);
    constexpr std::size_t kMostIds = 1 << 18;
    if (batch_.ids.size() == kMostIds) [[unlikely]] {
      publisher_.Publish(batch_, ticket_, holds_turn_, /*last=*/false);
      holds_turn_ = true;
      batch_.Clear();
    }
  }

  const CountPlan& plan_;
  Publisher& publisher_;
  const bool large_arrays_;
  Tally tally_;
  Batch batch_;
  ClassFinder finder_;
  std::uint64_t ticket_ = 0;
  std::uint64_t until_sample_ = 0;
  bool holds_turn_ = false;
};

// False if it was stopped.
bool CountUnits(const CountPlan& plan, const CountOptions& options, Publisher& publisher,
                Tally& tally) {
  std::atomic<std::uint64_t> next{0}, bytes{0};
  std::atomic<bool> stopped{false};
  std::mutex mutex;
  const std::vector<HeapUnit>& units = plan.heap.units;
  const int threads = std::clamp(static_cast<int>(std::min<std::size_t>(units.size(), 1024)), 1,
                                 std::max(1, options.threads));
  RunWorkers(threads, [&](int) {
    try {
      hprof::UnitWindow window(plan.file);
      CountVisitor visitor(plan, publisher, options.dormant_mirrors);
      for (std::uint64_t u = next++; u < units.size(); u = next++) {
        if (stopped || (options.stop && options.stop())) {
          stopped = true;
          publisher.Abandon();
          return;
        }
        visitor.BeginUnit(u);
        hprof::HeapReader reader(window, plan.classes.id_size(), visitor.health(), visitor);
        const std::uint64_t end = reader.Read(units[u]);
        visitor.health().AddBytesLost(units[u].end - std::min(end, units[u].end));
        visitor.EndUnit();
        const std::uint64_t size = units[u].end - units[u].begin;
        if (options.progress) options.progress(bytes += size);
      }
      std::lock_guard lock(mutex);
      tally.Add(visitor.tally());
    } catch (...) {
      publisher.Abandon();
      throw;
    }
  });
  return !stopped;
}

// The ids in one array of references that lead nowhere; as TranslateReferences keeps them.
class DanglingVisitor {
 public:
  explicit DanglingVisitor(const HeapScan& scan, std::uint32_t id_size)
      : scan_(scan), id_size_(id_size) {}
  void Root(HeapTag, Id, std::uint32_t, std::uint32_t, std::uint64_t) { stop_ = true; }
  bool Class(Cursor& cursor, std::uint64_t) { return hprof::SkipClassDump(cursor), stop_ = true; }
  void Instance(Id, Id, Bytes, std::uint64_t) { stop_ = true; }
  void ObjectArray(Id, Id, std::uint32_t, std::uint64_t) { stop_ = true; }
  void Elements(Bytes ids) {
    for (std::size_t at = 0; at < ids.size(); at += id_size_) {
      const Id id = hprof::IdAt(ids, at, id_size_);
      if (id == 0) continue;
      ++references_;
      if (dangling_.size() < kMostDanglingIds && IsDangling(scan_, id)) dangling_.push_back(id);
    }
  }
  void PrimitiveArray(Id, ValueType, std::uint32_t, std::uint64_t, std::uint64_t) { stop_ = true; }
  bool Stop() const { return stop_; }

  std::uint64_t references() const { return references_; }
  const std::vector<Id>& dangling() const { return dangling_; }

 private:
  const HeapScan& scan_;
  const std::uint32_t id_size_;
  std::uint64_t references_ = 0;
  std::vector<Id> dangling_;
  bool stop_ = false;
};

void FindDangling(const hprof::DumpFile& file, std::vector<LargeArrayRecord> arrays,
                  HeapScan& scan) {
  std::sort(arrays.begin(), arrays.end(),
            [](const auto& a, const auto& b) { return a.offset < b.offset; });
  hprof::UnitWindow window(file, std::size_t{1} << 16);
  for (const LargeArrayRecord& array : arrays) {
    ImportHealth counted_before;
    DanglingVisitor visitor(scan, scan.classes.id_size());
    hprof::HeapReader reader(window, scan.classes.id_size(), counted_before, visitor);
    reader.Read({array.offset, file.size()});
    if (array.length < kHugeArray && visitor.references() < References::kBig) continue;
    for (const Id id : visitor.dangling()) {
      if (scan.dangling_ids.size() < kMostDanglingIds) scan.dangling_ids.push_back(id);
    }
  }
}

// The bytes of all arrays of a class. Those of one length modulo the alignment differ by whole
// multiples of the size of as many elements as the alignment has bytes.
std::uint64_t ArrayBytes(const ObjectLayout& layout, ClassIndex c, std::uint64_t elements,
                         const std::uint64_t* remainders, std::uint32_t alignment) {
  std::uint64_t bytes = 0;
  for (std::uint32_t r = 0; r < alignment; ++r) {
    bytes += remainders[r] * layout.ArraySize(c, r);
    elements -= remainders[r] * r;
  }
  const std::uint64_t stride = layout.ArraySize(c, alignment) - layout.ArraySize(c, 0);
  return bytes + elements / alignment * stride;
}

std::vector<Amount> Weigh(const CountPlan& plan, const Tally& tally, const ObjectLayout& layout) {
  std::vector<Amount> amounts(plan.classes.size());
  for (std::uint32_t i = 0; i < amounts.size(); ++i) {
    const ClassIndex c(i);
    const std::uint32_t array = plan.hot[i].array;
    amounts[i].objects = tally.objects[i];
    amounts[i].bytes =
        array == HotClass::kNoArray
            ? tally.objects[i] * layout.InstanceSize(c)
            : ArrayBytes(layout, c, tally.elements[array],
                         &tally.remainders[std::size_t{array} * plan.alignment], plan.alignment);
  }
  if (plan.classes.stack_chunk.valid()) {
    const ClassIndex c = plan.classes.stack_chunk;
    for (const std::uint32_t words : tally.stack_words) {
      amounts[c.value()].bytes += layout.StackChunkSize(c, words) - layout.InstanceSize(c);
    }
  }
  return amounts;
}

}  // namespace

absl::StatusOr<ObjectCount> CountObjects(const hprof::DumpFile& file,
                                         const hprof::RecordIndex& index,
                                         const hprof::HeapExtent& heap, const ImportHealth& health,
                                         const CountOptions& options) {
  const std::uint32_t id_size = index.header.id_size;
  ClassTableBuilder builder(id_size);
  ImportHealth class_health;
  ReadLeadingClasses(file, heap, builder, id_size, class_health);
  std::uint32_t alignment = 8;
  for (int round = 1;; ++round) {
    HeapScan scan;
    scan.health = class_health;
    scan.classes = builder.Build(index, file, scan.health);
    scan.ids = IdMap(UnitBytes(heap));
    const CountPlan plan(file, heap, scan.classes, alignment);
    Publisher publisher(scan);
    Tally tally(plan);
    if (!CountUnits(plan, options, publisher, tally)) {
      return absl::CancelledError("stopped before all objects were counted");
    }
    if (publisher.too_many_objects()) {
      return absl::ResourceExhaustedError(TooManyObjectsText(file));
    }
    const bool add_classes = !publisher.missing().empty() || !publisher.late_classes().empty();
    if (add_classes && round < kScanRounds) {
      AddLateClasses(file, publisher.late_classes(), publisher.missing(), id_size, builder,
                     class_health);
      continue;
    }
    CountSharedIds(scan);
    file.CountDamage(scan.health);
    const bool whole = !health.partial() && !scan.health.partial();
    ObjectCount count;
    count.layout = std::make_unique<ObjectLayout>(
        ObjectLayout::Infer(scan.classes, GatherEvidence(scan), whole));
    if (count.layout->parameters().alignment != alignment) {
      alignment = count.layout->parameters().alignment;
      continue;
    }
    count.by_class = Weigh(plan, tally, *count.layout);
    for (const Amount& amount : count.by_class) count.objects += amount.objects;
    count.loader_classes = FindLoaderClasses(file, heap, scan, tally.loaders);
    if (options.dormant_mirrors && whole) {
      FindDangling(file, std::move(tally.large_arrays), scan);
      count.dormant_mirrors = CountDormantMirrors(scan, index, *count.layout);
    }
    count.health = health;
    count.health.Merge(scan.health);
    count.classes = std::move(scan.classes);
    return count;
  }
}

}  // namespace leaktrail::graph
