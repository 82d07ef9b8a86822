// The passes of the pipeline on a generated heap in memory.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <cstring>

#include "graph/heap_scan.h"
#include "graph/retained_sets.h"
#include "graph/shortest_paths.h"
#include "graph/snapshot.h"
#include "graph/translate.h"
#include "hprof/record_index.h"
#include "tests/bench/generated_dump.h"

namespace leaktrail::testing {
namespace {

constexpr std::uint32_t kObjects = 3'000'000;

template <typename T>
T OrDie(absl::StatusOr<T> value) {
  if (!value.ok()) std::abort();
  return *std::move(value);
}

const hprof::DumpFile& File() {
  static const hprof::DumpFile* file = GenerateDump(kObjects).release();
  return *file;
}

void SetRates(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * kObjects);  // objects
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(File().size()));
}

graph::HeapScan Scan(int threads) {
  hprof::ImportHealth health;
  const hprof::RecordIndex index = OrDie(hprof::IndexRecords(File(), health));
  return OrDie(graph::ScanHeap(File(), index, index.heaps.back(), {.threads = threads}));
}

void BM_Records(benchmark::State& state) {
  for (auto _ : state) {
    hprof::ImportHealth health;
    benchmark::DoNotOptimize(OrDie(hprof::IndexRecords(File(), health)));
  }
  SetRates(state);
}
BENCHMARK(BM_Records)->Unit(benchmark::kMillisecond);

void BM_Scan(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Scan(static_cast<int>(state.range(0))));
  SetRates(state);
}
BENCHMARK(BM_Scan)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

void BM_Translate(benchmark::State& state) {
  std::uint64_t references = 0;
  for (auto _ : state) {
    state.PauseTiming();
    graph::HeapScan scan = Scan(2);
    state.ResumeTiming();
    benchmark::DoNotOptimize(graph::TranslateReferences(scan, static_cast<int>(state.range(0))));
    references = scan.objects.references.count();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(references));
}
BENCHMARK(BM_Translate)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond)->UseRealTime();

// The passes that a Snapshot times itself.
std::unique_ptr<graph::Snapshot> Build() {
  // A Snapshot owns its file: a copy that is not timed.
  std::vector<std::byte> bytes(File().size());
  File().Read(0, bytes);
  return OrDie(
      graph::Snapshot::Build(hprof::DumpFile::FromMemory(std::move(bytes)), {}, {.threads = 2}));
}

void BM_Pass(benchmark::State& state, std::initializer_list<const char*> passes) {
  for (auto _ : state) {
    double seconds = 0;
    const auto snapshot = Build();
    for (const graph::PhaseTiming& phase : snapshot->timings().phases()) {
      for (const char* pass : passes) {
        if (phase.name == pass) seconds += phase.wall_seconds;
      }
    }
    if (seconds == 0) state.SkipWithError("no such pass");
    state.SetIterationTime(seconds);
  }
  state.SetItemsProcessed(state.iterations() * kObjects);
}
BENCHMARK_CAPTURE(BM_Pass, dominators, {"peel", "dominators"})
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime();
BENCHMARK_CAPTURE(BM_Pass, sizes, {"sizes", "retained sizes", "levels"})
    ->Unit(benchmark::kMillisecond)
    ->UseManualTime();

const graph::Snapshot& Shared() {
  static const graph::Snapshot* snapshot = Build().release();
  return *snapshot;
}

void BM_ShortestPaths(benchmark::State& state) {
  const graph::Snapshot& snapshot = Shared();
  for (auto _ : state) benchmark::DoNotOptimize(graph::ShortestPaths(snapshot));
  state.SetItemsProcessed(state.iterations() * kObjects);
}
BENCHMARK(BM_ShortestPaths)->Unit(benchmark::kMillisecond);

std::vector<std::uint32_t> OneColourPerClass() {
  std::vector<std::uint32_t> colours(Shared().classes().size());
  for (std::uint32_t c = 0; c < colours.size(); ++c) colours[c] = c;
  return colours;
}

void BM_RetainedByColour(benchmark::State& state) {
  const graph::Snapshot& snapshot = Shared();
  const std::vector<std::uint32_t> colours = OneColourPerClass();
  for (auto _ : state) benchmark::DoNotOptimize(graph::RetainedByColour(snapshot, colours, 64));
  state.SetItemsProcessed(state.iterations() * kObjects);
}
BENCHMARK(BM_RetainedByColour)->Unit(benchmark::kMillisecond);

void BM_DominatedByColour(benchmark::State& state) {
  const graph::Snapshot& snapshot = Shared();
  const std::vector<std::uint32_t> colours = OneColourPerClass();
  const auto count = static_cast<std::uint32_t>(colours.size());
  for (auto _ : state) {
    benchmark::DoNotOptimize(graph::DominatedByColour(snapshot, colours, count));
  }
  state.SetItemsProcessed(state.iterations() * kObjects);
}
BENCHMARK(BM_DominatedByColour)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace leaktrail::testing

BENCHMARK_MAIN();
