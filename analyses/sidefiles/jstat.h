// `jstat -gc`, -gcutil and their like: columns by their heads, one row per sample. Sizes are those
// of the last; several tell whether the heap is full all the time.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::analyses::sidefiles {

struct Jstat {
  std::uint64_t samples = 0;
  // Bytes; none: not in this kind of report.
  std::optional<std::uint64_t> heap_committed, metaspace_committed;
  // Full collections since the start, at the first sample and at the last.
  std::optional<std::uint64_t> full_first, full_last;
  // The least that was used of the old generation, in thousandths of what was committed.
  std::optional<std::uint32_t> least_old;
};

std::optional<Jstat> ParseJstat(absl::string_view text, std::vector<Unread>& unread);

}  // namespace leaktrail::analyses::sidefiles
