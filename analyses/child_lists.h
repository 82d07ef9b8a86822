// The children of every node of a tree over the graph's nodes, as linked lists in two arrays.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/index_types.h"

namespace leaktrail::analyses {

// 8 bytes per node. The lists may be taken apart: a node is in one list at a time.
class ChildLists {
 public:
  explicit ChildLists(std::uint32_t nodes) : first_(nodes), next_(nodes) {}

  // Puts `child` in front of the list of `parent`; none: the list of the nodes at the top.
  void Add(graph::ObjectIndex parent, graph::ObjectIndex child) {
    graph::ObjectIndex& head = parent.valid() ? first_[parent.value()] : top_;
    next_[child.value()] = head;
    head = child;
  }

  graph::ObjectIndex Top() const { return top_; }
  graph::ObjectIndex First(graph::ObjectIndex parent) const { return first_[parent.value()]; }
  graph::ObjectIndex Next(graph::ObjectIndex child) const { return next_[child.value()]; }
  void SetNext(graph::ObjectIndex child, graph::ObjectIndex next) { next_[child.value()] = next; }

 private:
  graph::ObjectIndex top_;
  std::vector<graph::ObjectIndex> first_, next_;
};

}  // namespace leaktrail::analyses
