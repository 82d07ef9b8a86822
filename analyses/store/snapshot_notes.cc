#include "analyses/store/snapshot_notes.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "analyses/collections.h"
#include "analyses/facts.h"
#include "analyses/thread_names.h"
#include "graph/parallel.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

using Counts = std::vector<std::pair<ObjectIndex, std::uint64_t>>;

std::vector<bool> CollectionClasses(const graph::ClassTable& classes) {
  std::vector<bool> is_collection;
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    const bool instances = classes[ClassIndex(c)].kind == graph::ClassKind::kInstance;
    is_collection.push_back(instances && RoleOf(classes, ClassIndex(c)).shape >= 0);
  }
  return is_collection;
}

void AddCollections(const Snapshot& snapshot, int threads, graph::Notes& notes) {
  const std::vector<bool> is_collection = CollectionClasses(snapshot.classes());
  constexpr std::uint64_t kChunk = 1 << 16;
  std::vector<Counts> chunks(snapshot.object_count() / kChunk + 1);
  graph::ParallelFor(threads, snapshot.object_count(), kChunk,
                     [&](std::uint64_t begin, std::uint64_t end, int) {
                       Counts& counts = chunks[begin / kChunk];
                       for (std::uint64_t i = begin; i < end; ++i) {
                         const ObjectIndex o(static_cast<std::uint32_t>(i));
                         if (!is_collection[snapshot.ClassOf(o).value()]) continue;
                         const auto count = ElementCount(snapshot, o);
                         if (count) counts.emplace_back(o, *count);
                       }
                     });
  for (const Counts& counts : chunks) {
    for (const auto& [object, count] : counts) notes.AddNumber(object, count);
  }
}

void AddThreads(const Snapshot& snapshot, graph::Notes& notes) {
  std::vector<ObjectIndex> threads;
  for (const graph::ThreadInfo& thread : snapshot.threads()) {
    if (thread.object.valid()) threads.push_back(thread.object);
  }
  std::sort(threads.begin(), threads.end());
  threads.erase(std::unique(threads.begin(), threads.end()), threads.end());
  for (const ObjectIndex thread : threads) {
    std::string name = KnownThreadName(snapshot, thread);
    if (!name.empty()) notes.AddText(thread, std::move(name));
  }
}

}  // namespace

graph::Notes MakeNotes(const Snapshot& snapshot, int threads) {
  graph::Notes notes;
  AddCollections(snapshot, threads, notes);
  AddThreads(snapshot, notes);
  const MemoryFacts memory = DescribeMemory(snapshot);
  notes.AddFact(kMaxHeapFact, memory.max_heap_hint);
  notes.AddFact(kDirectReservedFact, memory.direct_reserved);
  return notes;
}

}  // namespace leaktrail::analyses
