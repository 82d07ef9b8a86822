#include "graph/class_instances.h"

#include "graph/snapshot_data.h"

namespace leaktrail::graph {
namespace {

bool IsHeld(const SnapshotData& data, std::uint32_t object) {
  return data.dominance.dominators[object] != Dominance::kNone;
}

}  // namespace

void ForEachInstance(const Snapshot& snapshot, const std::vector<bool>& wanted,
                     absl::FunctionRef<void(ObjectIndex, ClassIndex)> fn) {
  const SnapshotData& data = snapshot.data();
  const std::vector<std::uint8_t> is_wanted(wanted.begin(), wanted.end());
  const ClassColumn& column = data.scan.objects.classes;
  for (std::uint32_t o = 0; o < data.graph.objects; ++o) {
    const ClassIndex c = column[o];
    if (is_wanted[c.value()] != 0 && IsHeld(data, o)) fn(ObjectIndex(o), c);
  }
}

void ForEachPrimitiveArray(const Snapshot& snapshot, std::uint32_t least,
                           absl::FunctionRef<void(ObjectIndex, ClassIndex, std::uint32_t)> fn) {
  const SnapshotData& data = snapshot.data();
  const ClassTable& classes = data.scan.classes;
  std::vector<std::uint8_t> is_array(classes.size());
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    is_array[c] = classes[ClassIndex(c)].kind != ClassKind::kInstance;
  }
  std::uint32_t next = 0;  // array
  const ClassColumn& column = data.scan.objects.classes;
  for (std::uint32_t o = 0; o < data.graph.objects; ++o) {
    const ClassIndex c = column[o];
    if (is_array[c.value()] == 0) continue;
    const std::uint32_t length = data.scan.objects.array_lengths[next++];
    if (length < least || classes[c].kind != ClassKind::kPrimitiveArray) continue;
    if (IsHeld(data, o)) fn(ObjectIndex(o), c, length);
  }
}

}  // namespace leaktrail::graph
