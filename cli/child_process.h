// Work in a process of its own: whatever becomes of it, this one goes on.
#pragma once

#include <functional>

namespace leaktrail::cli {

enum class ChildEnd { kDone, kFailed, kKilled, kTimeUp };

// Forks, runs `work` there and returns how it ended: kDone for true, kFailed for false or an
// exception, kKilled by a signal from elsewhere. After `milliseconds` it is killed. The child gives
// way to all others: lowest priority for processor and disk, first to go when memory runs out, no
// core file. To be called while there is one thread.
ChildEnd RunInChild(const std::function<bool()>& work, double milliseconds);

}  // namespace leaktrail::cli
