#include "graph/fillers.h"

#include <vector>

#include "graph/shallow_sizes.h"

namespace leaktrail::graph {

void NameFillers(SnapshotData& data) {
  const ClassTable& classes = data.scan.classes;
  if (!classes.filler_array.valid()) return;
  const ClassIndex int_array = classes.PrimitiveArrayClass(hprof::ValueType::kInt);
  // Every class waiting in the archive has an empty array for a lock, which only its mirror holds.
  const bool has_locks = data.dormant_mirrors.objects > 0;
  const std::uint64_t empty_array = data.layout->ArraySize(int_array, 0);
  // Some garbage is left by the request for the dump itself.
  constexpr std::uint64_t kMostGarbage = 1000;
  std::vector<std::uint32_t> fillers;
  std::uint64_t garbage = 0;
  ForEachShallowSize(data.scan.objects, classes, *data.layout, 0, data.scan.objects.count,
                     [&](std::uint32_t o, ClassIndex c, std::uint64_t bytes) {
                       if (data.dominance.LevelOf(o) != kHeldLevels) return;
                       if (c != int_array) {
                         ++garbage;
                       } else if (bytes > empty_array || !has_locks) {
                         fillers.push_back(o);
                       }
                     });
  if (garbage > kMostGarbage) return;
  for (const std::uint32_t o : fillers) {
    data.scan.objects.classes.Set(o, classes.filler_array.value());
  }
}

}  // namespace leaktrail::graph
