// Which classes of a dump a set of class suffixes means, all suffixes in one pass over the names.
// See HasSuffix in instances.h for what a suffix means.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "graph/class_table.h"

namespace leaktrail::analyses {

class ClassMatches {
 public:
  // Cost: one look-up per class by its simple name, and one walk up the super classes of each.
  ClassMatches(const graph::ClassTable& classes, const absl::flat_hash_set<std::string>& suffixes);

  // In index order; empty for suffixes that were not asked for.
  std::span<const graph::ClassIndex> Exact(absl::string_view suffix) const;
  // With all classes that inherit from those.
  std::span<const graph::ClassIndex> WithSubclasses(absl::string_view suffix) const;
  bool IsA(graph::ClassIndex c, absl::string_view suffix) const;

 private:
  struct Match {
    std::vector<graph::ClassIndex> exact, all;
  };
  absl::flat_hash_map<std::string, Match> matches_;
};

}  // namespace leaktrail::analyses
