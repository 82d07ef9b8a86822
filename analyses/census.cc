#include "analyses/census.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyses/dump_sample.h"
#include "analyses/text.h"
#include "graph/class_table.h"
#include "graph/jvm_guess.h"
#include "graph/object_layout.h"
#include "graph/parallel.h"
#include "hprof/heap_reader.h"
#include "hprof/record_index.h"

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

struct Amount {
  std::uint64_t instances = 0;
  std::uint64_t shallow = 0;

  void Add(const Amount& other) {
    instances += other.instances;
    shallow += other.shallow;
  }
};

// What a worker has counted.
struct Counts {
  std::vector<Amount> classes;                  // by ClassIndex
  absl::flat_hash_map<Id, Amount> undescribed;  // of classes without a description, by their id
  std::uint64_t bytes = 0;                      // of the file
  hprof::ImportHealth health;

  void Add(const Counts& other) {
    for (std::size_t c = 0; c < classes.size(); ++c) classes[c].Add(other.classes[c]);
    for (const auto& [id, amount] : other.undescribed) undescribed[id].Add(amount);
    bytes += other.bytes;
    health.Merge(other.health);
  }
};

class Counter {
 public:
  Counter(const ClassTable& classes, const graph::ObjectLayout& layout,
          const std::function<bool()>& stop, Counts& counts)
      : classes_(classes), layout_(layout), stop_(stop), counts_(counts) {}

  void Root(HeapTag, Id, std::uint32_t, std::uint32_t, std::uint64_t) {}
  bool Class(Cursor& cursor, std::uint64_t) { return hprof::SkipClassDump(cursor), cursor.ok(); }
  void Instance(Id, Id class_id, Bytes values, std::uint64_t) {
    const ClassIndex c = classes_.Find(class_id);
    if (c.valid()) return Count(c, layout_.InstanceSize(c));
    counts_.undescribed[class_id].Add({1, layout_.parameters().header + values.size()});
  }
  void ObjectArray(Id, Id class_id, std::uint32_t length, std::uint64_t) {
    const ClassIndex c = classes_.Find(class_id);
    if (c.valid()) return Count(c, layout_.ArraySize(c, length));
    counts_.undescribed[class_id].Add({1, std::uint64_t{length} * layout_.parameters().reference});
  }
  void Elements(Bytes) {}
  void PrimitiveArray(Id, ValueType type, std::uint32_t length, std::uint64_t, std::uint64_t) {
    const ClassIndex c = classes_.PrimitiveArrayClass(type);
    Count(c, layout_.ArraySize(c, length));
  }
  // Units of old dumps can be large, so it is asked within them, too.
  bool Stop() {
    constexpr std::uint64_t kEvery = 1 << 16;
    if (++seen_ % kEvery == 0 && stop_ && stop_()) stopped_ = true;
    return stopped_;
  }
  bool stopped() const { return stopped_; }

 private:
  void Count(ClassIndex c, std::uint64_t bytes) { counts_.classes[c.value()].Add({1, bytes}); }

  const ClassTable& classes_;
  const graph::ObjectLayout& layout_;
  const std::function<bool()>& stop_;
  Counts& counts_;
  std::uint64_t seen_ = 0;
  bool stopped_ = false;
};

Counts CountHeap(const hprof::DumpFile& file, const hprof::HeapExtent& heap, std::uint32_t id_size,
                 const ClassTable& classes, const graph::ObjectLayout& layout,
                 const CensusOptions& options) {
  Counts all;
  all.classes.resize(classes.size());
  std::atomic<std::uint64_t> next{0};
  std::mutex mutex;
  const std::uint64_t units = heap.units.size();
  const int threads = std::clamp(static_cast<int>(std::min<std::uint64_t>(units, 256)), 1,
                                 std::max(1, options.threads));
  graph::RunWorkers(threads, [&](int) {
    Counts counts;
    counts.classes.resize(classes.size());
    hprof::UnitWindow window(file);
    Counter counter(classes, layout, options.stop, counts);
    for (std::uint64_t u = next++; u < units && !counter.stopped(); u = next++) {
      if (options.stop && options.stop()) break;
      hprof::HeapReader reader(window, id_size, counts.health, counter);
      const HeapUnit& unit = heap.units[u];
      const std::uint64_t end = std::min(reader.Read(unit), unit.end);
      counts.bytes += end - unit.begin;
      if (!counter.stopped()) counts.health.AddBytesLost(unit.end - end);
    }
    std::lock_guard lock(mutex);
    all.Add(counts);
  });
  return all;
}

// The name of a class that has records but no description.
std::string NameOf(Id class_id, const hprof::RecordIndex& index, const hprof::DumpFile& file) {
  const auto load =
      std::find_if(index.load_classes.begin(), index.load_classes.end(),
                   [&](const hprof::LoadClass& each) { return each.class_id == class_id; });
  std::string name = load == index.load_classes.end() ? "" : index.strings.Text(load->name, file);
  std::replace(name.begin(), name.end(), '/', '.');
  return name.empty() ? "(unknown class)" : name;
}

std::vector<CensusRow> Rows(const Counts& counts, const ClassTable& classes,
                            const hprof::RecordIndex& index, const hprof::DumpFile& file) {
  absl::flat_hash_map<std::string, Amount> by_name;
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    const Amount& amount = counts.classes[c];
    if (amount.instances > 0) by_name[std::string(classes.Name(ClassIndex(c)))].Add(amount);
  }
  // As many names as there can be, however many ids a hostile file makes up.
  constexpr std::size_t kMostNames = 1000;
  std::size_t named = 0;
  for (const auto& [id, amount] : counts.undescribed) {
    const bool look = ++named <= kMostNames;
    by_name[look ? NameOf(id, index, file) : "(unknown class)"].Add(amount);
  }
  std::vector<CensusRow> rows;
  rows.reserve(by_name.size());
  for (auto& [name, amount] : by_name) rows.push_back({name, amount.instances, amount.shallow, 0});
  std::sort(rows.begin(), rows.end(), [](const CensusRow& a, const CensusRow& b) {
    return std::tie(b.shallow, a.class_name) < std::tie(a.shallow, b.class_name);
  });
  return rows;
}

}  // namespace

absl::StatusOr<Census> TakeCensus(const hprof::DumpFile& file,
                                  const hprof::ImportHealth& open_health,
                                  const CensusOptions& options) {
  hprof::ImportHealth health = open_health;
  const absl::StatusOr<hprof::RecordIndex> index = hprof::IndexRecords(file, health);
  if (!index.ok()) return index.status();
  const int heaps = static_cast<int>(index->heaps.size());
  if (heaps == 0) return absl::DataLossError(absl::StrCat(file.path(), ": no heap dump in it"));
  if (options.heap >= heaps) {
    return absl::OutOfRangeError(absl::StrCat(file.path(), ": no heap dump number ", options.heap,
                                              "; the file has ", heaps, ", numbered from 0"));
  }
  Census census;
  census.dump = FileFacts(file, *index);
  census.dump.heap = static_cast<std::uint64_t>(options.heap < 0 ? heaps - 1 : options.heap);
  const hprof::HeapExtent& heap = index->heaps[census.dump.heap];
  const std::uint32_t id_size = index->header.id_size;
  const ClassTable classes = ReadClasses(file, *index, heap, health);
  const HeapSample sample = SampleHeap(file, heap, id_size, classes);
  const graph::ObjectLayout layout =
      graph::ObjectLayout::Infer(classes, sample.evidence, /*whole=*/false);
  const Counts counts = CountHeap(file, heap, id_size, classes, layout, options);
  health.Merge(counts.health);

  census.rows = Rows(counts, classes, *index, file);
  census.total_rows = census.rows.size();
  for (const CensusRow& row : census.rows) {
    census.dump.objects += row.instances;
    census.bytes += row.shallow;
  }
  for (CensusRow& row : census.rows) row.share_milli = Milli(row.shallow, census.bytes);
  const std::uint64_t limit = options.rows == 0 ? census.rows.size() : options.rows;
  for (const CensusRow& row : census.rows) {
    if (census.of_application.size() == limit) break;
    if (!IsPlatformClass(row.class_name)) census.of_application.push_back(row);
  }
  if (census.rows.size() > limit) census.rows.resize(limit);
  census.heap_milli = Milli(counts.bytes, std::max<std::uint64_t>(1, sample.all));
  census.dump.segments = heap.segments;
  census.dump.end_record = heap.end_record;
  census.dump.classes = classes.size();
  census.dump.jvm = graph::JvmGuess(classes);
  census.dump.layout = graph::Describe(layout.parameters());
  census.dump.sizes = "estimate";
  census.dump.sizes_doubt = "they follow from a sample of the heap";
  AddHealth(file, health, census.dump);
  census.health = HealthRows(health);
  return census;
}

}  // namespace leaktrail::analyses
