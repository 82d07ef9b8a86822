// Looking ids up, in the patterns of real dumps.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <vector>

#include "graph/id_map.h"

namespace leaktrail::graph {
namespace {

constexpr std::size_t kObjects = 10'000'000;
constexpr std::size_t kLookups = 1 << 20;
constexpr std::size_t kLookAhead = 32;

// In address order, or shuffled as ZGC leaves them.
struct Heap {
  explicit Heap(bool shuffled) : map(std::uint64_t{1} << 31) {
    std::mt19937_64 random(1);
    hprof::Id id = 0x700000000;
    for (std::size_t i = 0; i < kObjects; ++i) {
      ids.push_back(id);
      id += 8 * (2 + random() % 6);
    }
    if (shuffled) std::shuffle(ids.begin(), ids.end(), random);
    map.Append(ids);
    if (!map.Finish()) {
      for (std::size_t i = 0; i < ids.size(); ++i) {
        map.SetIndex(ids[i], static_cast<std::uint32_t>(i));
      }
    }
    for (std::size_t i = 0; i < kLookups; ++i) wanted.push_back(ids[random() % ids.size()]);
  }
  std::vector<hprof::Id> ids;
  std::vector<hprof::Id> wanted;
  IdMap map;
};

const Heap& GetHeap(bool shuffled) {
  static const Heap* heaps[2] = {};
  if (heaps[shuffled] == nullptr) heaps[shuffled] = new Heap(shuffled);
  return *heaps[shuffled];
}

void SetCounters(benchmark::State& state, const Heap& heap) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kLookups));
  state.counters["bytes_per_object"] =
      static_cast<double>(heap.map.memory_bytes()) / static_cast<double>(kObjects);
}

void BM_Find(benchmark::State& state) {
  const Heap& heap = GetHeap(state.range(0) != 0);
  for (auto _ : state) {
    std::uint64_t sum = 0;
    for (const hprof::Id id : heap.wanted) sum += heap.map.Find(id);
    benchmark::DoNotOptimize(sum);
  }
  SetCounters(state, heap);
}
BENCHMARK(BM_Find)->ArgName("shuffled")->Arg(0)->Arg(1);

void BM_FindWithPrefetch(benchmark::State& state) {
  const Heap& heap = GetHeap(state.range(0) != 0);
  for (auto _ : state) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < heap.wanted.size(); ++i) {
      if (i + kLookAhead < heap.wanted.size()) heap.map.Prefetch(heap.wanted[i + kLookAhead]);
      sum += heap.map.Find(heap.wanted[i]);
    }
    benchmark::DoNotOptimize(sum);
  }
  SetCounters(state, heap);
}
BENCHMARK(BM_FindWithPrefetch)->ArgName("shuffled")->Arg(0)->Arg(1);

void BM_Append(benchmark::State& state) {
  const Heap& heap = GetHeap(state.range(0) != 0);
  for (auto _ : state) {
    IdMap map(std::uint64_t{1} << 31);
    map.Append(heap.ids);
    benchmark::DoNotOptimize(map.Finish());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kObjects));
}
BENCHMARK(BM_Append)->ArgName("shuffled")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace leaktrail::graph

BENCHMARK_MAIN();
