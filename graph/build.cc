// From the bytes of a dump to the graph: the pipeline.
#include <algorithm>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "graph/dormant_mirrors.h"
#include "graph/dump_contents.h"
#include "graph/fillers.h"
#include "graph/layout_samples.h"
#include "graph/parallel.h"
#include "graph/shallow_sizes.h"
#include "graph/snapshot.h"
#include "graph/snapshot_data.h"
#include "hprof/choose_heap.h"

namespace leaktrail::graph {
namespace {

int ThreadCount(const BuildOptions& options) {
  if (options.threads > 0) return std::min(options.threads, 256);
  return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 256u));
}

bool EndsEarly(const hprof::ImportHealth& health) {
  return health.count(hprof::Oddity::kCutOff) > 0 ||
         health.count(hprof::Oddity::kCompressedCutOff) > 0;
}

// Objects and bytes per level of reachability.
void CountLevels(SnapshotData& data, int threads) {
  const ObjectColumns& columns = data.scan.objects;
  std::mutex mutex;
  ParallelFor(threads, columns.count, 1 << 18, [&](std::uint64_t begin, std::uint64_t end, int) {
    std::array<Amount, kReachabilityLevels> amounts;
    ForEachShallowSize(columns, data.scan.classes, *data.layout, static_cast<std::uint32_t>(begin),
                       static_cast<std::uint32_t>(end),
                       [&](std::uint32_t object, ClassIndex, std::uint64_t bytes) {
                         Amount& amount =
                             amounts[static_cast<std::size_t>(data.dominance.LevelOf(object))];
                         ++amount.objects;
                         amount.bytes += bytes;
                       });
    std::lock_guard lock(mutex);
    for (std::size_t level = 0; level < amounts.size(); ++level) {
      data.amounts[level].objects += amounts[level].objects;
      data.amounts[level].bytes += amounts[level].bytes;
    }
  });
  for (std::uint32_t c = 0; c < data.graph.classes; ++c) {
    if (data.scan.classes[ClassIndex(c)].synthetic) continue;
    Amount& amount =
        data.amounts[static_cast<std::size_t>(data.dominance.LevelOf(columns.count + c))];
    ++amount.objects;
    amount.bytes += data.layout->MirrorSize(ClassIndex(c));
  }
}

absl::Status Stopped() { return absl::CancelledError("stopped before the graph was complete"); }

}  // namespace

absl::StatusOr<std::unique_ptr<Snapshot>> Snapshot::Build(
    std::shared_ptr<const hprof::DumpFile> file, const hprof::ImportHealth& open_health,
    const BuildOptions& options) {
  const int threads = ThreadCount(options);
  Timings timings;
  std::mutex progress_mutex;
  double furthest = 0;
  const auto progress = [&](absl::string_view phase, double share, std::uint64_t bytes = 0) {
    std::lock_guard lock(progress_mutex);
    furthest = std::max(furthest, share);  // a scan may begin anew
    if (options.progress) options.progress(phase, furthest, bytes);
  };
  const auto stopped = [&] { return options.stop && options.stop(); };

  // Top-level records: names, classes, frames, traces, and where the heap is.
  progress("reading records", 0);
  hprof::ImportHealth health = open_health;
  absl::StatusOr<hprof::RecordIndex> records = hprof::IndexRecords(*file, health);
  if (!records.ok()) return records.status();
  auto data = std::make_unique<SnapshotData>(std::move(file), *std::move(records));
  data->health = health;
  const absl::StatusOr<std::size_t> heap =
      hprof::ChooseHeap(*data->file, data->records, options.heap);
  if (!heap.ok()) return heap.status();
  data->heap = static_cast<int>(*heap);
  timings.Finish("records");
  if (stopped()) return Stopped();

  // Heap segments: classes, objects, raw references, roots.
  progress("scanning the heap", 0.05);
  constexpr double kScanBegin = 0.05, kScanShare = 0.25;
  const double heap_bytes = static_cast<double>(std::max<std::uint64_t>(1, data->extent().bytes));
  absl::StatusOr<HeapScan> scan =
      ScanHeap(*data->file, data->records, data->extent(),
               {.threads = threads,
                .strong_referents = options.strong_referents,
                .progress =
                    [&](std::uint64_t bytes) {
                      const double share = std::min(1.0, static_cast<double>(bytes) / heap_bytes);
                      progress("scanning the heap", kScanBegin + kScanShare * share, bytes);
                    },
                .stop = options.stop});
  if (!scan.ok()) return scan.status();
  data->scan = *std::move(scan);
  data->file->CountDamage(data->scan.health);
  data->contents = std::make_unique<DumpContents>(*data);
  timings.Finish("scan");

  // Ids become indexes.
  if (stopped()) return Stopped();
  progress("translating references", 0.3);
  InDegrees in_degrees = TranslateReferences(data->scan, threads);
  timings.Finish("translate");

  // Sizes as the JVM has them.
  if (stopped()) return Stopped();
  const bool whole = !data->health.partial() && !data->scan.health.partial();
  data->layout = std::make_unique<ObjectLayout>(
      ObjectLayout::Infer(data->scan.classes, GatherEvidence(data->scan), whole));
  data->scan.samples = {};
  if (whole) {
    data->dormant_mirrors = CountDormantMirrors(data->scan, data->records, *data->layout);
  }
  data->scan.dangling_ids = {};
  SizeColumn sizes =
      MakeShallowSizes(data->scan.objects, data->scan.classes, *data->layout, threads);
  timings.Finish("sizes");

  // Roots, threads, implicit edges.
  data->roots = ResolveRoots(data->scan, in_degrees, data->records, *data->file,
                             {!whole, EndsEarly(data->health) || EndsEarly(data->scan.health)});
  data->IndexThreads();
  data->graph = MakeObjectGraph(data->scan, data->roots, in_degrees, threads);
  timings.Finish("roots");

  // Reachability, dominators, retained sizes.
  if (stopped()) return Stopped();
  progress("computing dominators", 0.45);
  data->dominance =
      ComputeDominance(data->graph, std::move(in_degrees), std::move(sizes), threads, timings);
  CountLevels(*data, threads);
  NameFillers(*data);
  timings.Finish("levels");

  data->health.Merge(data->scan.health);
  data->timings = timings;
  progress("", 1);
  return std::unique_ptr<Snapshot>(new Snapshot(std::move(data)));
}

}  // namespace leaktrail::graph
