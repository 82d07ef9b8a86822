#include "analyses/count_dump.h"

#include <utility>

#include "analyses/dump_sample.h"
#include "hprof/choose_heap.h"

namespace leaktrail::analyses {

using graph::ClassIndex;

absl::StatusOr<CountedDump> CountDump(const hprof::DumpFile& file,
                                      const hprof::ImportHealth& open_health, int heap,
                                      const graph::CountOptions& options, graph::Timings& timings) {
  hprof::ImportHealth health = open_health;
  const absl::StatusOr<hprof::RecordIndex> index = hprof::IndexRecords(file, health);
  if (!index.ok()) return index.status();
  const absl::StatusOr<std::size_t> chosen = hprof::ChooseHeap(file, *index, heap);
  if (!chosen.ok()) return chosen.status();
  const hprof::HeapExtent& extent = index->heaps[*chosen];
  timings.Finish("records");

  absl::StatusOr<graph::ObjectCount> count =
      graph::CountObjects(file, *index, extent, health, options);
  if (!count.ok()) return count.status();
  timings.Finish("count");

  CountedDump counted;
  counted.dump = FileFacts(file, *index);
  counted.dump.heap = *chosen;
  counted.dump.segments = extent.segments;
  counted.dump.end_record = extent.end_record;
  counted.dump.objects = count->objects;
  counted.all.objects = count->objects;
  for (const graph::Amount& amount : count->by_class) counted.all.bytes += amount.bytes;
  for (std::uint32_t c = 0; c < count->classes.size(); ++c) {
    if (count->classes[ClassIndex(c)].synthetic) continue;
    ++counted.dump.classes;
    ++counted.all.objects;
    counted.all.bytes += count->layout->MirrorSize(ClassIndex(c));
  }
  AddLayout(count->classes, *count->layout, counted.dump);
  AddHealth(file, count->health, counted.dump);
  counted.health = HealthRows(count->health);
  counted.count = *std::move(count);
  return counted;
}

}  // namespace leaktrail::analyses
