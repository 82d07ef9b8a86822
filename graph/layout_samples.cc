#include "graph/layout_samples.h"

#include <algorithm>
#include <utility>

namespace leaktrail::graph {

using hprof::Id;

Neighbours::Neighbours(const HeapScan& scan, std::vector<Id> others)
    : scan_(scan), apart_(std::move(others)) {
  for (std::uint32_t c = 0; c < scan.classes.size(); ++c) {
    const ClassInfo& info = scan.classes[ClassIndex(c)];
    if (!info.synthetic) apart_.push_back(info.id);
  }
  std::sort(apart_.begin(), apart_.end());
}

Id Neighbours::Next(Id id) const {
  const Id object = scan_.ids.Next(id);
  const auto apart = std::upper_bound(apart_.begin(), apart_.end(), id);
  if (apart == apart_.end()) return object;
  return object == 0 ? *apart : std::min(object, *apart);
}

LayoutEvidence GatherEvidence(const HeapScan& scan) {
  const Neighbours neighbours(scan);
  LayoutEvidence evidence;
  for (std::uint32_t c = 0; c < scan.classes.size(); ++c) {
    const ClassInfo& info = scan.classes[ClassIndex(c)];
    if (info.synthetic) continue;
    evidence.AddId(info.id);
    if (const Id next = neighbours.Next(info.id); next != 0) {
      evidence.AddMirror(ClassIndex(c), next - info.id);
    }
  }
  for (const LayoutSample& sample : scan.samples) {
    evidence.AddId(sample.id);
    if (const Id next = neighbours.Next(sample.id); next != 0) {
      evidence.Add(sample.c, sample.length, next - sample.id);
    }
  }
  return evidence;
}

}  // namespace leaktrail::graph
