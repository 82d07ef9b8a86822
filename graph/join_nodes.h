// The nodes whose paths from the roots do not all end with the reference from their immediate
// dominator, and the references to them: what the retained size of a set depends on beside the
// dominator tree.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "graph/large_array.h"
#include "graph/numbered_nodes.h"
#include "graph/snapshot.h"

namespace leaktrail::graph {

// One walk over all references when it is made. 1.5 bits per node; where the references are kept, 8
// bytes for each of them, at most 2 MiB or 16 bytes per node, and 4 for each node that has any.
class JoinNodes {
 public:
  struct Reference {
    std::uint32_t node, join;
  };

  // Without `keep`: as in a heap too large to keep the references.
  explicit JoinNodes(const Snapshot& snapshot, bool keep = true);

  bool Contains(std::uint32_t node) const { return joins_.Contains(node); }
  std::uint32_t Number(std::uint32_t node) const { return joins_.Number(node); }
  std::uint32_t count() const { return joins_.count(); }
  // 64 nodes at once.
  std::uint64_t word(std::uint64_t w) const { return joins_.word(w); }

  // False if the heap is so large, or the references to joins so many, that they are not kept.
  bool keeps_references() const { return sources_.has_value(); }
  // All of them, in the order of nodes; none if they are not kept.
  std::span<const Reference> references() const { return references_.span(0, count_); }
  // Those of one node.
  std::span<const Reference> ReferencesOf(std::uint32_t node) const {
    if (!sources_->Contains(node)) return {};
    const std::uint32_t number = sources_->Number(node);
    return references_.span(starts_[number], starts_[number + 1] - starts_[number]);
  }

 private:
  Bitmap FindJoins(const Snapshot& snapshot);
  void KeepReferences(std::uint32_t nodes);

  // While joins are looked for, every reference that is not from the immediate dominator.
  LargeArray<Reference> references_;
  std::uint64_t count_ = 0;
  NumberedNodes joins_;
  std::optional<NumberedNodes> sources_;  // nodes with references to joins
  std::vector<std::uint32_t> starts_;     // into references_, by number of the source
};

}  // namespace leaktrail::graph
