#include "analyses/sidefiles/process_status.h"

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace leaktrail::analyses::sidefiles {
namespace {

struct Key {
  absl::string_view name;
  std::uint64_t ProcessStatus::*field;
};

// Lines "Name:   123 kB".
ProcessStatus ReadKeys(absl::string_view text, std::initializer_list<Key> keys,
                       std::vector<Unread>& unread) {
  ProcessStatus status;
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    for (const Key& key : keys) {
      if (!absl::StartsWith(line, key.name)) continue;
      const auto amount = AmountAfter(line, key.name);
      if (amount) {
        status.*key.field = *amount;
      } else {
        unread.push_back({lines.number(), "no amount"});
      }
    }
  }
  return status;
}

// "Pid:	4711", "NSpid:	4711	1".
std::vector<std::uint64_t> PidsOf(absl::string_view text) {
  std::vector<std::uint64_t> pids;
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    if (!absl::ConsumePrefix(&line, "Pid:") && !absl::ConsumePrefix(&line, "NSpid:")) continue;
    for (const absl::string_view word :
         absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty())) {
      if (const auto pid = NumberAt(word); pid && pids.size() < 64) pids.push_back(*pid);
    }
  }
  return pids;
}

}  // namespace

std::optional<ProcessStatus> ParseProcessStatus(absl::string_view text,
                                                std::vector<Unread>& unread) {
  ProcessStatus status = ReadKeys(text,
                                  {{"VmRSS:", &ProcessStatus::rss},
                                   {"VmHWM:", &ProcessStatus::peak_rss},
                                   {"VmSwap:", &ProcessStatus::swap},
                                   {"HugetlbPages:", &ProcessStatus::huge},
                                   {"Threads:", &ProcessStatus::threads}},
                                  unread);
  if (status.rss == 0) return std::nullopt;
  status.pids = PidsOf(text);
  return status;
}

std::optional<ProcessStatus> ParseSmapsRollup(absl::string_view text, std::vector<Unread>& unread) {
  const ProcessStatus status = ReadKeys(text,
                                        {{"Rss:", &ProcessStatus::rss},
                                         {"Swap:", &ProcessStatus::swap},
                                         {"Private_Hugetlb:", &ProcessStatus::huge}},
                                        unread);
  if (status.rss == 0) return std::nullopt;
  return status;
}

}  // namespace leaktrail::analyses::sidefiles
