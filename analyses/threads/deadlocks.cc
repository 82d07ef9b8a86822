#include "analyses/threads/deadlocks.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "analyses/owner_path.h"
#include "analyses/threads/thread_labels.h"

namespace leaktrail::analyses {
namespace {

using graph::ObjectIndex;
using graph::Snapshot;

Deadlock Describe(const Snapshot& snapshot, const Waits& waits, ObjectIndex first,
                  bool show_strings) {
  Deadlock deadlock;
  ObjectIndex thread = first;
  do {
    const Wait& wait = waits.at(thread);
    const graph::ThreadInfo* info = snapshot.ThreadOf(thread);
    deadlock.links.push_back(
        {ThreadLabel(snapshot, thread, show_strings),
         absl::StrFormat("%s @0x%x", NodeName(snapshot, wait.lock), snapshot.IdOf(wait.lock)),
         info == nullptr ? "" : WhereText(*info)});
    thread = wait.owner;
  } while (thread != first);
  return deadlock;
}

}  // namespace

std::vector<Deadlock> FindDeadlocks(const Snapshot& snapshot, const Waits& waits,
                                    bool show_strings) {
  std::vector<ObjectIndex> threads;
  for (const auto& [thread, wait] : waits) threads.push_back(thread);
  std::sort(threads.begin(), threads.end());
  absl::flat_hash_map<ObjectIndex, ObjectIndex> seen;  // thread -> where the walk over it began
  std::vector<Deadlock> deadlocks;
  for (const ObjectIndex start : threads) {
    ObjectIndex thread = start;
    for (auto wait = waits.find(thread); wait != waits.end(); wait = waits.find(thread)) {
      const auto [slot, is_new] = seen.try_emplace(thread, start);
      if (!is_new) {
        // Back at a thread of this very walk: from it on there is a circle. A lock that a thread
        // holds itself is none.
        if (slot->second == start && wait->second.owner != thread) {
          deadlocks.push_back(Describe(snapshot, waits, thread, show_strings));
        }
        break;
      }
      thread = wait->second.owner;
    }
  }
  return deadlocks;
}

}  // namespace leaktrail::analyses
