// What leaktrail has to say of every fixture (fixtures/README.md): the leaks by the first finding
// of the report, the benign programs by none of medium severity or above.
#pragma once

#include <cstdint>
#include <span>

#include "absl/strings/string_view.h"

namespace leaktrail::testing {

struct Expected {
  absl::string_view dump;  // fixtures/dumps/DUMP.hprof.zst
  absl::string_view rule;  // of the first finding; empty: benign, no finding to act on
  // Of the first finding. Texts have to occur; empty ones are not looked for.
  std::uint64_t count = 0;
  absl::string_view holder;  // in some step of the path, as "edge -> class" or the root's class
  absl::string_view cut;     // in the step that is marked to be cut
  absl::string_view advice;  // in the fix or the known issue
  absl::string_view verdict = "leak";  // "leak", "full", "ok"
  // One of the five incidents: the text report has to fit 25 lines and name count, cut, cost and
  // fix.
  bool incident = false;
};

std::span<const Expected> LeakbenchTable();

}  // namespace leaktrail::testing
