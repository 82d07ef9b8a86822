// The edges that are not reference fields of objects: of class mirrors (statics, super class,
// loader, ...), from a loader to the classes it defines, from a thread to the locals of its frames.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "graph/heap_scan.h"
#include "graph/roots.h"

namespace leaktrail::graph {

class ExtraEdges {
 public:
  ExtraEdges() = default;
  // `edges` are (from, to) nodes; objects are nodes below `objects`.
  ExtraEdges(std::vector<std::pair<std::uint32_t, std::uint32_t>> edges, std::uint32_t objects,
             std::uint32_t classes);

  std::span<const std::uint32_t> OfClass(std::uint32_t c) const {
    return std::span(targets_).subspan(class_starts_[c], class_starts_[c + 1] - class_starts_[c]);
  }
  // Empty for most objects; a hash lookup.
  std::span<const std::uint32_t> OfObject(std::uint32_t object) const {
    const auto it = objects_.find(object);
    if (it == objects_.end()) return {};
    return std::span(targets_).subspan(it->second.first, it->second.second);
  }
  // The objects that have any.
  std::vector<std::uint32_t> owners() const;
  std::span<const std::uint32_t> all_targets() const { return targets_; }

 private:
  std::vector<std::uint32_t> targets_;
  std::vector<std::uint32_t> class_starts_;
  absl::flat_hash_map<std::uint32_t, std::pair<std::uint32_t, std::uint32_t>> objects_;
};

ExtraEdges MakeExtraEdges(const HeapScan& scan, std::span<const ThreadInfo> threads);

}  // namespace leaktrail::graph
