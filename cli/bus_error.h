// The file of a map may become shorter while it is read, and its disk may fail: the next access is
// then a signal (SIGBUS), not an error. This makes it a message and an exit code.
#pragma once

#include <string>

namespace leaktrail::cli {

// As long as it lives, a bus error in any thread ends the process with kUnreadable, after a line on
// stderr that names `path`. One at a time.
class BusErrorGuard {
 public:
  explicit BusErrorGuard(const std::string& path);
  ~BusErrorGuard();
  BusErrorGuard(const BusErrorGuard&) = delete;
  BusErrorGuard& operator=(const BusErrorGuard&) = delete;
};

}  // namespace leaktrail::cli
