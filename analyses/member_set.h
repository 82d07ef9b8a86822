// Which objects are members of a finding: asked a few times about sets of up to millions.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "graph/index_types.h"

namespace leaktrail::analyses {

// Refers to `members`, which must stay where and as they are. Members in index order are searched
// where they stand; of others there is a sorted copy.
class MemberSet {
 public:
  explicit MemberSet(std::span<const graph::ObjectIndex> members) : members_(members) {
    if (std::is_sorted(members.begin(), members.end())) return;
    sorted_.assign(members.begin(), members.end());
    std::sort(sorted_.begin(), sorted_.end());
    members_ = sorted_;
  }
  MemberSet(const MemberSet&) = delete;
  MemberSet& operator=(const MemberSet&) = delete;

  bool Contains(graph::ObjectIndex o) const {
    return std::binary_search(members_.begin(), members_.end(), o);
  }

 private:
  std::span<const graph::ObjectIndex> members_;
  std::vector<graph::ObjectIndex> sorted_;
};

// A set for each list of members that is asked for, made once. The lists may be moved with the
// findings they are of, but not changed.
class MemberSets {
 public:
  const MemberSet& Of(const std::vector<graph::ObjectIndex>& members) {
    return sets_.try_emplace(members.data(), members).first->second;
  }

 private:
  absl::node_hash_map<const graph::ObjectIndex*, MemberSet> sets_;
};

}  // namespace leaktrail::analyses
