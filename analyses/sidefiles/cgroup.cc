#include "analyses/sidefiles/cgroup.h"

#include <algorithm>
#include <span>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace leaktrail::analyses::sidefiles {
namespace {

using Field = std::optional<std::uint64_t> Cgroup::*;

struct Name {
  absl::string_view name;
  Field field;
};

constexpr Name kStatOfTwo[] = {{"anon", &Cgroup::anonymous},
                               {"file", &Cgroup::file},
                               {"file_mapped", &Cgroup::mapped},
                               {"shmem", &Cgroup::shared},
                               {"inactive_file", &Cgroup::inactive_file},
                               {"kernel", &Cgroup::kernel}};
// With "total_": of the group and those below it, which is what the limit is about.
constexpr Name kStatOfOne[] = {{"total_rss", &Cgroup::anonymous},
                               {"total_cache", &Cgroup::file},
                               {"total_mapped_file", &Cgroup::mapped},
                               {"total_shmem", &Cgroup::shared},
                               {"total_inactive_file", &Cgroup::inactive_file},
                               {"total_swap", &Cgroup::swap},
                               {"hierarchical_memory_limit", &Cgroup::limit_above}};

struct FileName {
  absl::string_view name;
  Field field;
  int version;
};

constexpr FileName kNumbers[] = {{"memory.max", &Cgroup::limit, 2},
                                 {"memory.current", &Cgroup::current, 2},
                                 {"memory.peak", &Cgroup::peak, 2},
                                 {"memory.swap.current", &Cgroup::swap, 2},
                                 {"memory.limit_in_bytes", &Cgroup::limit, 1},
                                 {"memory.usage_in_bytes", &Cgroup::current, 1},
                                 {"memory.max_usage_in_bytes", &Cgroup::peak, 1},
                                 {"memory.failcnt", &Cgroup::limit_hits, 1}};

// Version 1 says "no limit" with the largest number of pages.
std::uint64_t Limit(std::uint64_t bytes) { return bytes >= (std::uint64_t{1} << 60) ? 0 : bytes; }

// "name 123".
bool NameAndNumber(absl::string_view line, absl::string_view& name, std::uint64_t& number) {
  const std::size_t space = line.find(' ');
  if (space == absl::string_view::npos) return false;
  absl::string_view rest;
  const auto value = NumberAt(line.substr(space + 1), &rest);
  if (!value || !rest.empty()) return false;
  name = line.substr(0, space);
  number = *value;
  return true;
}

}  // namespace

std::uint64_t Cgroup::EffectiveLimit() const {
  const std::uint64_t own = limit.value_or(0), above = limit_above.value_or(0);
  return own == 0 ? above : above == 0 ? own : std::min(own, above);
}

bool ReadCgroupStat(absl::string_view text, Cgroup& cgroup, std::vector<Unread>& unread) {
  const bool one = absl::StrContains(text, "total_rss ");
  const bool two = absl::StrContains(text, "\nfile_mapped ") || absl::StartsWith(text, "anon ");
  if (!one && !two) return false;
  cgroup.version = one ? 1 : 2;
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    absl::string_view name;
    std::uint64_t number = 0;
    if (!NameAndNumber(line, name, number)) {
      if (!line.empty()) unread.push_back({lines.number(), "no name and number"});
      continue;
    }
    for (const Name& known :
         one ? std::span<const Name>(kStatOfOne) : std::span<const Name>(kStatOfTwo)) {
      if (name == known.name) cgroup.*known.field = number;
    }
  }
  if (one && cgroup.limit_above) cgroup.limit_above = Limit(*cgroup.limit_above);
  return true;
}

bool ReadCgroupEvents(absl::string_view text, Cgroup& cgroup, std::vector<Unread>& unread) {
  bool found = false;
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    absl::string_view name;
    std::uint64_t number = 0;
    if (!NameAndNumber(line, name, number)) {
      if (!line.empty()) unread.push_back({lines.number(), "no name and number"});
      continue;
    }
    if (name == "oom_kill") {
      cgroup.oom_kills = number;
      found = true;
    } else if (name == "max") {
      cgroup.limit_hits = number;
    }
  }
  return found;
}

bool IsCgroupNumber(absl::string_view name) {
  for (const FileName& known : kNumbers) {
    if (name == known.name) return true;
  }
  return false;
}

bool ReadCgroupNumber(absl::string_view name, absl::string_view text, Cgroup& cgroup,
                      std::vector<Unread>& unread) {
  text = absl::StripAsciiWhitespace(text);
  for (const FileName& known : kNumbers) {
    if (name != known.name) continue;
    absl::string_view rest;
    auto value = NumberAt(text, &rest);
    if (text == "max") {
      value = 0;
      rest = {};
    }
    if (!value || !rest.empty()) {
      unread.push_back({1, "neither a number nor 'max'"});
      return false;
    }
    cgroup.version = known.version;
    cgroup.*known.field = known.field == &Cgroup::limit ? Limit(*value) : *value;
    return true;
  }
  return false;
}

}  // namespace leaktrail::analyses::sidefiles
