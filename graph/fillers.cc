#include "graph/fillers.h"

#include <vector>

namespace leaktrail::graph {

void NameFillers(SnapshotData& data) {
  const ClassTable& classes = data.scan.classes;
  if (!classes.filler_array.valid()) return;
  const ClassIndex int_array = classes.PrimitiveArrayClass(hprof::ValueType::kInt);
  ObjectColumns& columns = data.scan.objects;
  constexpr int kUnreachable = static_cast<int>(Reachability::kUnreachable);
  // Some garbage is left by the request for the dump itself.
  constexpr std::uint64_t kMostGarbage = 1000;
  std::vector<std::uint32_t> fillers;
  std::uint64_t garbage = 0;
  for (std::uint32_t o = 0; o < columns.count && garbage <= kMostGarbage; ++o) {
    if (data.dominance.LevelOf(o) != kUnreachable) continue;
    if (columns.classes[o] == int_array) {
      fillers.push_back(o);
    } else {
      ++garbage;
    }
  }
  if (garbage > kMostGarbage) return;
  for (const std::uint32_t o : fillers) columns.classes.Set(o, classes.filler_array.value());
}

}  // namespace leaktrail::graph
