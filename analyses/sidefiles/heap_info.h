// `jcmd PID GC.heap_info`, also as it stands in crash reports and at the end of GC logs: how large
// the heap is now, and where it lies. Of several in one file the last counts.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::analyses::sidefiles {

struct AddressRange {
  std::uint64_t begin = 0, end = 0;
};

struct HeapInfo {
  std::uint64_t used = 0, committed = 0;
  std::uint64_t maximum = 0;              // 0: not told
  std::vector<AddressRange> ranges;       // reserved for it; empty: not told (ZGC)
  std::uint64_t metaspace_committed = 0;  // 0: not told
};

std::optional<HeapInfo> ParseHeapInfo(absl::string_view text, std::vector<Unread>& unread);

}  // namespace leaktrail::analyses::sidefiles
