#include "analyses/dump_sample.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "graph/jvm_guess.h"
#include "hprof/heap_reader.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ClassTable;
using hprof::Bytes;
using hprof::Cursor;
using hprof::HeapTag;
using hprof::HeapUnit;
using hprof::Id;
using hprof::ValueType;

// Of the heap are read at least so many units, or units of so many bytes if they are small.
constexpr std::size_t kSampledUnits = 32;
constexpr std::uint64_t kSampledBytes = 32 << 20;

// Collects the class dumps of a heap: those before the first object, which are all in a dump of
// HotSpot, and as far as some are still missing those of a stretch behind it.
class ClassCollector {
 public:
  ClassCollector(std::uint32_t id_size, std::size_t expected, hprof::ImportHealth& health)
      : builder_(id_size), expected_(expected), health_(health) {}
  void Root(HeapTag, Id, std::uint32_t, std::uint32_t, std::uint64_t) {}
  bool Class(Cursor& cursor, std::uint64_t) {
    builder_.Add(cursor, health_);
    return cursor.ok();
  }
  void Instance(Id, Id, Bytes, std::uint64_t offset) { Object(offset); }
  void ObjectArray(Id, Id, std::uint32_t, std::uint64_t offset) { Object(offset); }
  void Elements(Bytes) {}
  void PrimitiveArray(Id, ValueType, std::uint32_t, std::uint64_t, std::uint64_t offset) {
    Object(offset);
  }
  bool Stop() const { return stop_; }
  const graph::ClassTableBuilder& builder() const { return builder_; }

 private:
  static constexpr std::uint64_t kStretch = 32 << 20;

  void Object(std::uint64_t offset) {
    if (first_object_ == 0) first_object_ = offset;
    stop_ = builder_.size() >= expected_ || offset - first_object_ > kStretch;
  }

  graph::ClassTableBuilder builder_;
  const std::size_t expected_;
  hprof::ImportHealth& health_;
  std::uint64_t first_object_ = 0;
  bool stop_ = false;
};

// Counts objects and references, and measures the distances between neighbours.
class Sampler {
 public:
  Sampler(const ClassTable& classes, std::uint32_t id_size) : classes_(classes), id_size_(id_size) {
    static constexpr std::array<std::pair<ValueType, const char*>, 8> kArrays = {
        {{ValueType::kBoolean, "boolean[]"},
         {ValueType::kByte, "byte[]"},
         {ValueType::kChar, "char[]"},
         {ValueType::kShort, "short[]"},
         {ValueType::kInt, "int[]"},
         {ValueType::kLong, "long[]"},
         {ValueType::kFloat, "float[]"},
         {ValueType::kDouble, "double[]"}}};
    for (const auto& [type, name] : kArrays) {
      primitive_arrays_[static_cast<std::size_t>(type)] = classes.FindByName(name);
    }
  }

  void BeginUnit() { last_ = {}; }
  void Root(HeapTag, Id, std::uint32_t, std::uint32_t, std::uint64_t) {}
  bool Class(Cursor& cursor, std::uint64_t) {
    // Read only to get behind it.
    hprof::ImportHealth ignored;
    graph::ClassTableBuilder scratch(id_size_);
    scratch.Add(cursor, ignored);
    return cursor.ok();
  }
  void Instance(Id id, Id class_id, Bytes values, std::uint64_t) {
    const ClassIndex c = classes_.Find(class_id);
    Object(id, c, 0);
    if (!c.valid()) return;
    for (const std::uint32_t offset : classes_.reference_offsets(c)) {
      if (offset + id_size_ > values.size()) break;
      CountReferences(values.subspan(offset, id_size_));
    }
  }
  void ObjectArray(Id id, Id class_id, std::uint32_t length, std::uint64_t) {
    Object(id, classes_.Find(class_id), length);
  }
  void Elements(Bytes ids) { CountReferences(ids); }
  void PrimitiveArray(Id id, ValueType type, std::uint32_t length, std::uint64_t, std::uint64_t) {
    Object(id, primitive_arrays_[static_cast<std::size_t>(type)], length);
  }
  bool Stop() const { return false; }

  std::uint64_t objects() const { return objects_; }
  std::uint64_t references() const { return references_; }
  const graph::LayoutEvidence& evidence() const { return evidence_; }

 private:
  struct Seen {
    Id id = 0;
    ClassIndex c;
    std::uint32_t length = 0;
  };

  void Object(Id id, ClassIndex c, std::uint32_t length) {
    ++objects_;
    evidence_.AddId(id);
    if (last_.c.valid() && id > last_.id) evidence_.Add(last_.c, last_.length, id - last_.id);
    last_ = {id, c, length};
  }

  void CountReferences(Bytes ids) {
    Cursor cursor(ids, 0, id_size_);
    while (cursor.left() >= id_size_) references_ += cursor.ReadId() != 0;
  }

  const ClassTable& classes_;
  const std::uint32_t id_size_;
  std::array<ClassIndex, 16> primitive_arrays_;
  graph::LayoutEvidence evidence_;
  Seen last_;
  std::uint64_t objects_ = 0;
  std::uint64_t references_ = 0;
};

}  // namespace

ClassTable ReadClasses(const hprof::DumpFile& file, const hprof::RecordIndex& index,
                       const hprof::HeapExtent& heap, hprof::ImportHealth& health) {
  const std::uint32_t id_size = index.header.id_size;
  ClassCollector collector(id_size, index.load_classes.size(), health);
  hprof::ImportHealth damage;
  hprof::UnitWindow window(file);
  for (const HeapUnit& unit : heap.units) {
    hprof::HeapReader reader(window, id_size, damage, collector);
    reader.Read(unit);
    if (collector.Stop()) break;
  }
  return collector.builder().Build(index, file, health);
}

HeapSample SampleHeap(const hprof::DumpFile& file, const hprof::HeapExtent& heap,
                      std::uint32_t id_size, const ClassTable& classes) {
  HeapSample sample;
  Sampler sampler(classes, id_size);
  hprof::ImportHealth damage;
  hprof::UnitWindow window(file);
  for (const HeapUnit& unit : heap.units) sample.all += unit.end - unit.begin;
  const std::uint64_t count = heap.units.size();
  const std::uint64_t units = std::min(
      count, std::max<std::uint64_t>(kSampledUnits,
                                     kSampledBytes * count / std::max(sample.all, kSampledBytes)));
  for (std::uint64_t i = 0; i < units; ++i) {
    const HeapUnit& unit = heap.units[(2 * i + 1) * count / (2 * units)];
    hprof::HeapReader reader(window, id_size, damage, sampler);
    sampler.BeginUnit();
    reader.Read(unit);
    sample.sampled += unit.end - unit.begin;
  }
  sample.objects = sampler.objects();
  sample.references = sampler.references();
  sample.evidence = sampler.evidence();
  return sample;
}

std::vector<HealthRow> HealthRows(const hprof::ImportHealth& health) {
  static constexpr const char* kSeverities[] = {"note", "warning", "partial"};
  std::vector<HealthRow> rows;
  for (const hprof::ImportHealth::Entry& entry : health.entries()) {
    const hprof::OddityInfo& info = hprof::Describe(entry.oddity);
    rows.push_back({.id = std::string(info.id),
                    .meaning = std::string(info.meaning),
                    .severity = kSeverities[static_cast<int>(info.severity)],
                    .count = entry.count,
                    .first_offset = entry.first_offset});
  }
  return rows;
}

DumpFacts FileFacts(const hprof::DumpFile& file, const hprof::RecordIndex& index) {
  DumpFacts facts;
  facts.file = file.path();
  facts.stored_bytes = file.stored_size();
  facts.bytes = file.size();
  facts.compression = std::string(hprof::Name(file.compression()));
  facts.format =
      std::string(absl::StripPrefix(absl::string_view(index.header.version), "JAVA PROFILE "));
  facts.id_size = index.header.id_size;
  facts.timestamp_ms = index.header.timestamp_ms;
  facts.heaps = index.heaps.size();
  return facts;
}

void AddLayout(const ClassTable& classes, const graph::ObjectLayout& layout, DumpFacts& facts) {
  facts.jvm = graph::JvmGuess(classes);
  const graph::LayoutVerdict& verdict = layout.verdict();
  facts.layout = verdict.summary;
  facts.sizes = std::string(graph::Name(verdict.trust));
  facts.sizes_doubt = verdict.doubt;
  for (const ClassIndex c : verdict.calibrated) {
    facts.calibrated_classes.push_back(classes.Name(c));
  }
}

void AddHealth(const hprof::DumpFile& file, const hprof::ImportHealth& health, DumpFacts& facts) {
  facts.complete = !health.partial();
  facts.bytes_lost = health.bytes_lost();
  facts.read_milli = health.share_read_milli(file.size());
  facts.damage_offset = health.first_damage();
}

}  // namespace leaktrail::analyses
