#include <algorithm>

#include "graph/object_layout.h"

namespace leaktrail::graph {

void LayoutEvidence::Add(ClassIndex c, std::uint32_t length, std::uint64_t distance) {
  const std::uint64_t key = (std::uint64_t{c.value()} << 32) | length;
  const auto [found, inserted] = distances_.try_emplace(key, Nearest{distance, 1});
  if (inserted) return;
  Nearest& nearest = found->second;
  if (distance < nearest.distance) {
    nearest = {distance, 1};
  } else if (distance == nearest.distance) {
    ++nearest.count;
  }
}

void LayoutEvidence::AddMirror(ClassIndex c, std::uint64_t distance) {
  mirrors_.push_back({c, distance});
}

void LayoutEvidence::AddId(hprof::Id id) { id_bits_ |= id; }

void LayoutEvidence::Merge(const LayoutEvidence& other) {
  id_bits_ |= other.id_bits_;
  mirrors_.insert(mirrors_.end(), other.mirrors_.begin(), other.mirrors_.end());
  for (const auto& [key, theirs] : other.distances_) {
    const auto [found, inserted] = distances_.try_emplace(key, theirs);
    if (inserted) continue;
    Nearest& ours = found->second;
    if (theirs.distance < ours.distance) {
      ours = theirs;
    } else if (theirs.distance == ours.distance) {
      ours.count += theirs.count;
    }
  }
}

std::vector<LayoutEvidence::Sample> LayoutEvidence::samples() const {
  std::vector<std::pair<std::uint64_t, Nearest>> sorted(distances_.begin(), distances_.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Sample> samples;
  samples.reserve(sorted.size());
  for (const auto& [key, nearest] : sorted) {
    samples.push_back({ClassIndex(static_cast<std::uint32_t>(key >> 32)),
                       static_cast<std::uint32_t>(key), nearest.distance, nearest.count});
  }
  return samples;
}

std::uint64_t LayoutEvidence::alignment() const {
  constexpr std::uint64_t kMost = 256;
  const std::uint64_t bits = id_bits_ | kMost;
  return bits & -bits;
}

}  // namespace leaktrail::graph
