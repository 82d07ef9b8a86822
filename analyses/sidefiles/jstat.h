// `jstat -gc`, `-gcutil` and `-gcmetacapacity`: columns by their heads, one row per sample. Of
// several samples the first and the last tell whether something grows.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::analyses::sidefiles {

struct JstatSample {
  // Bytes; none: not in this kind of report.
  std::optional<std::uint64_t> heap_committed, heap_used, metaspace_committed, metaspace_used,
      metaspace_maximum, class_space_committed;
  // Of -gcutil, in thousandths of what is committed.
  std::optional<std::uint32_t> old_milli, metaspace_milli;
  std::optional<std::uint64_t> full_collections;
};

struct Jstat {
  std::uint64_t samples = 0;
  JstatSample first, last;
};

std::optional<Jstat> ParseJstat(absl::string_view text, std::vector<Unread>& unread);

}  // namespace leaktrail::analyses::sidefiles
