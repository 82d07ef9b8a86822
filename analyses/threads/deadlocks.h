// Threads that wait for each other for ever.
#pragma once

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "analyses/threads/thread_table.h"

namespace leaktrail::analyses {

// By thread what it is parked for and who holds that.
struct Wait {
  graph::ObjectIndex lock, owner;
};
using Waits = absl::flat_hash_map<graph::ObjectIndex, Wait>;

// The circles in `waits`, each once. Linear.
std::vector<Deadlock> FindDeadlocks(const graph::Snapshot& snapshot, const Waits& waits,
                                    bool show_strings);

}  // namespace leaktrail::analyses
