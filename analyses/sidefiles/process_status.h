// `/proc/PID/status` and `/proc/PID/smaps_rollup`: what of a process is resident, in all.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::analyses::sidefiles {

struct ProcessStatus {
  std::uint64_t rss = 0, peak_rss = 0;  // peak 0: not told
  std::uint64_t swap = 0;
  std::uint64_t huge = 0;     // pages of hugetlbfs, which are in no RSS
  std::uint64_t threads = 0;  // 0: not told
  // Of the process, as each of its namespaces calls it; of status only.
  std::vector<std::uint64_t> pids;
};

std::optional<ProcessStatus> ParseProcessStatus(absl::string_view text,
                                                std::vector<Unread>& unread);
std::optional<ProcessStatus> ParseSmapsRollup(absl::string_view text, std::vector<Unread>& unread);

}  // namespace leaktrail::analyses::sidefiles
