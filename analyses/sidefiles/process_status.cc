#include "analyses/sidefiles/process_status.h"

#include "absl/strings/match.h"

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

}  // namespace

std::optional<ProcessStatus> ParseProcessStatus(absl::string_view text,
                                                std::vector<Unread>& unread) {
  const ProcessStatus status = ReadKeys(text,
                                        {{"VmRSS:", &ProcessStatus::rss},
                                         {"VmHWM:", &ProcessStatus::peak_rss},
                                         {"RssAnon:", &ProcessStatus::anonymous},
                                         {"RssFile:", &ProcessStatus::file},
                                         {"RssShmem:", &ProcessStatus::shared},
                                         {"VmSwap:", &ProcessStatus::swap},
                                         {"Threads:", &ProcessStatus::threads}},
                                        unread);
  if (status.rss == 0) return std::nullopt;
  return status;
}

std::optional<ProcessStatus> ParseSmapsRollup(absl::string_view text, std::vector<Unread>& unread) {
  const ProcessStatus status = ReadKeys(text,
                                        {{"Rss:", &ProcessStatus::rss},
                                         {"Pss:", &ProcessStatus::pss},
                                         {"Anonymous:", &ProcessStatus::anonymous},
                                         {"Swap:", &ProcessStatus::swap}},
                                        unread);
  if (status.rss == 0) return std::nullopt;
  return status;
}

}  // namespace leaktrail::analyses::sidefiles
