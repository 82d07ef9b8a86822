// What the JVM says of its metaspace: `jcmd PID VM.metaspace` (JDK 11 to 25; JDK 8 has none), also
// in the middle of an hs_err file or a log; and the two lines at the end of `GC.heap_info`.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::analyses::sidefiles {

struct MetaspaceReport {
  std::uint64_t used = 0, committed = 0;  // both spaces together
  std::uint64_t maximum = 0;              // MaxMetaspaceSize; 0: unlimited or not told
};

std::optional<MetaspaceReport> ParseMetaspaceReport(absl::string_view text,
                                                    std::vector<Unread>& unread);

}  // namespace leaktrail::analyses::sidefiles
