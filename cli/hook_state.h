// What keeps two hooks from one dump: a file beside the reports that is locked while a hook is at
// it, and names the dump that it was about.
#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "hprof/spool_file.h"

namespace leaktrail::cli {

// Tells dumps apart by their contents: 16 hex digits of size, first and last MiB. Equal for a copy.
// Errors name the path.
absl::StatusOr<std::string> ContentKey(const std::string& path);

class HookState {
 public:
  // Claims the dump with this key. AlreadyExists: a hook is at it, or was, be it that it did not
  // come to its end. The state stays claimed until this is destroyed, and is remembered for good.
  static absl::StatusOr<HookState> Claim(const std::string& path, const std::string& key);

 private:
  explicit HookState(hprof::FileDescriptor file) : file_(std::move(file)) {}
  hprof::FileDescriptor file_;  // locked as long as it is open
};

}  // namespace leaktrail::cli
