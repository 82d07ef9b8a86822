// The memory files of a control group, version 1 and 2: what a container may use, what it uses, and
// whether the kernel has killed in it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::analyses::sidefiles {

struct Cgroup {
  int version = 0;  // 1 or 2; 0: not known
  // Of the group itself, and of those above it (version 1 tells that); 0: without a limit.
  std::optional<std::uint64_t> limit, limit_above;
  std::optional<std::uint64_t> current, peak;
  // Of memory.stat. `file` is all page cache, of which `mapped` is in the address space of a
  // process, and `inactive_file` the first to go when memory is short.
  std::optional<std::uint64_t> anonymous, file, mapped, shared, inactive_file, kernel, swap;
  std::optional<std::uint64_t> oom_kills, limit_hits;

  std::uint64_t EffectiveLimit() const;  // the smaller one; 0: none

  bool any() const { return limit || current || peak || anonymous || oom_kills || limit_hits; }
};

// Files of several names and values: memory.stat, memory.events, memory.oom_control.
bool ReadCgroupStat(absl::string_view text, Cgroup& cgroup, std::vector<Unread>& unread);
bool ReadCgroupEvents(absl::string_view text, Cgroup& cgroup, std::vector<Unread>& unread);

// Files of one number ("max": without a limit), which only their names tell apart: memory.max,
// memory.current, memory.peak, memory.limit_in_bytes, memory.usage_in_bytes,
// memory.max_usage_in_bytes, memory.failcnt.
bool IsCgroupNumber(absl::string_view name);
bool ReadCgroupNumber(absl::string_view name, absl::string_view text, Cgroup& cgroup,
                      std::vector<Unread>& unread);

}  // namespace leaktrail::analyses::sidefiles
