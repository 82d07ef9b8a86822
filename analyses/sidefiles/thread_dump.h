// A thread dump (jstack, `jcmd PID Thread.print`, kill -3 in a log): how many threads there are, of
// which kind, and where their stacks lie. Of several in one text the last counts. Names are shown
// as in thread_names.h: only well-known ones, with their digits folded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::analyses::sidefiles {

// Threads whose names are alike but for digits.
struct ThreadFamilyCount {
  std::string name;   // well-known pattern, else ""
  std::string frame;  // topmost method of one of them that is not of the Java platform, else ""
  std::uint64_t threads = 0;
};

struct ThreadDump {
  std::uint64_t java = 0;
  std::uint64_t jvm = 0;                      // of the JVM itself: collector, compiler ...
  std::vector<ThreadFamilyCount> families;    // of Java threads, most first, the first twenty
  std::vector<std::uint64_t> stack_pointers;  // an address inside of each stack, as far as told
  bool deadlock = false;
};

std::optional<ThreadDump> ParseThreadDump(absl::string_view text, std::vector<Unread>& unread);

}  // namespace leaktrail::analyses::sidefiles
