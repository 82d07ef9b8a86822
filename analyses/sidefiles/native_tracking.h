// `jcmd PID VM.native_memory summary` and `summary.diff`: what the JVM itself allocated, by
// category. Committed, not resident: some of it may never have been touched. JDK 8 to 25, scales
// from bytes to GB; also as part of an hs_err file. Of several in one text the last counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::analyses::sidefiles {

struct TrackedCategory {
  std::string name;  // "Java Heap", "Class", "Other"
  std::uint64_t reserved = 0, committed = 0;
  std::int64_t committed_change = 0;  // since the baseline; of a diff only
};

struct NativeTracking {
  bool diff = false;
  std::uint64_t scale = 1;  // figures are multiples of it: a KB report rounds down to 1024
  std::uint64_t committed = 0;
  std::int64_t committed_change = 0;
  std::uint64_t malloc = 0;  // of all committed, what came from malloc; 0: not told (JDK 8, 11)
  std::vector<TrackedCategory> categories;
  std::uint64_t classes = 0, threads = 0;

  const TrackedCategory* Find(absl::string_view name) const;
};

// None if the text is no such report, or says that tracking was off.
std::optional<NativeTracking> ParseNativeTracking(absl::string_view text,
                                                  std::vector<Unread>& unread);

}  // namespace leaktrail::analyses::sidefiles
