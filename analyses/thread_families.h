// Platform threads that are alike: of one kind of name, doing the same.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct ThreadFamilyKey {
  std::string class_name;
  // With its digits folded. SECRET: contents of the dump, that serves to tell families apart and
  // goes no further.
  std::string folded_name;
  std::string frame;  // the topmost that is not of the platform, else the top one; may be ""
  bool operator<(const ThreadFamilyKey& other) const {
    return std::tie(class_name, folded_name, frame) <
           std::tie(other.class_name, other.folded_name, other.frame);
  }
};
using ThreadFamilies = std::map<ThreadFamilyKey, std::vector<graph::ObjectIndex>>;

// Without virtual threads: those have no stack outside of the heap, and thousands are usual
// (jdk.parked-virtual-threads tells of very many). Reads the file, once per thread.
ThreadFamilies GroupThreads(const graph::Snapshot& snapshot);

}  // namespace leaktrail::analyses
