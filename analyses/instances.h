// The live instances of chosen classes, by class. What rules about classes are made of.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/snapshot.h"

namespace leaktrail::analyses {

class Instances {
 public:
  // `wanted`: by class. Two passes over the objects; 4 bytes per instance that is wanted, 8 per
  // class.
  Instances(const graph::Snapshot& snapshot, const std::vector<bool>& wanted);

  // In index order; empty for classes that were not wanted.
  std::span<const graph::ObjectIndex> Of(graph::ClassIndex c) const {
    return std::span(objects_).subspan(starts_[c.value()],
                                       starts_[c.value() + 1] - starts_[c.value()]);
  }

 private:
  std::vector<graph::ObjectIndex> objects_;
  std::vector<std::size_t> starts_;
};

// True for the classes whose name `name` ends, at the beginning of a package or of the whole name:
// "kafka.common.Selector" stands for "org.apache.kafka.common.Selector" and for relocated copies,
// not for "mykafka.common.Selector".
bool HasSuffix(absl::string_view class_name, absl::string_view suffix);
// True for a class if its name, or that of a class it inherits from, is one of these.
bool InheritsFrom(const graph::ClassTable& classes, graph::ClassIndex c, absl::string_view suffix);

}  // namespace leaktrail::analyses
