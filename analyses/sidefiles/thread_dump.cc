#include "analyses/sidefiles/thread_dump.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "analyses/text.h"
#include "analyses/thread_names.h"

namespace leaktrail::analyses::sidefiles {
namespace {

constexpr std::size_t kMostFamilies = 20'000;
constexpr std::size_t kShownFamilies = 20;
constexpr std::size_t kMostThreads = 1'000'000;

std::string FoldDigits(absl::string_view name) {
  std::string folded;
  for (const char c : name) {
    const bool digit = c >= '0' && c <= '9';
    if (digit && !folded.empty() && folded.back() == '#') continue;
    folded += digit ? '#' : c;
  }
  return folded;
}

// "\tat java.lang.Thread.run(java.base@17/Thread.java:840)": "java.lang.Thread.run".
absl::string_view MethodOf(absl::string_view line) {
  absl::string_view frame = absl::StripLeadingAsciiWhitespace(line);
  if (!absl::ConsumePrefix(&frame, "at ")) return {};
  frame = frame.substr(0, frame.find('('));
  const std::size_t module = frame.rfind('/');  // "java.base/java.lang.Thread.run"
  return module == absl::string_view::npos || absl::StrContains(frame, "Lambda")
             ? frame
             : frame.substr(module + 1);
}

}  // namespace

std::optional<ThreadDump> ParseThreadDump(absl::string_view text, std::vector<Unread>& unread) {
  ThreadDump dump;
  std::map<std::string, ThreadFamilyCount> families;
  ThreadFamilyCount* current = nullptr;  // of the thread whose frames follow
  bool inside = false;
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    if (absl::StartsWith(line, "Full thread dump ")) {
      dump = ThreadDump();  // of several in one file the last counts
      families.clear();
      current = nullptr;
      inside = true;
    } else if (absl::StrContains(line, "Java-level deadlock")) {
      dump.deadlock = true;
      inside = false;  // what follows repeats threads
    } else if (inside && absl::StartsWith(line, "\"")) {
      const std::size_t close = line.rfind("\" ");
      current = nullptr;
      if (close == absl::string_view::npos || close == 0) {
        unread.push_back({lines.number(), "the name of a thread has no end"});
        continue;
      }
      const absl::string_view name = line.substr(1, close - 1);
      const absl::string_view rest = line.substr(close + 2);
      // Threads of the JVM itself have neither number nor priority of Java.
      if (!absl::StartsWith(rest, "#") && !absl::StrContains(rest, " prio=") &&
          !absl::StartsWith(rest, "prio=") && !absl::StartsWith(rest, "daemon prio=")) {
        ++dump.jvm;
        continue;
      }
      ++dump.java;
      const std::size_t stack = rest.rfind("[0x");
      if (stack != absl::string_view::npos && dump.stack_pointers.size() < kMostThreads) {
        const auto pointer = HexAt(rest.substr(stack + 1));
        if (pointer.value_or(0) > 0) dump.stack_pointers.push_back(*pointer);
      }
      if (families.size() < kMostFamilies) {
        current = &families[FoldDigits(name)];
        if (current->threads++ == 0) current->name = KnownThreadPattern(name);
      }
    } else if (current != nullptr && current->frame.empty()) {
      const absl::string_view method = MethodOf(line);
      if (!method.empty() && !IsPlatformClass(method)) current->frame = std::string(method);
    }
  }
  if (dump.java == 0) return std::nullopt;
  for (auto& [folded, family] : families) dump.families.push_back(std::move(family));
  std::stable_sort(dump.families.begin(), dump.families.end(),
                   [](const auto& a, const auto& b) { return a.threads > b.threads; });
  if (dump.families.size() > kShownFamilies) dump.families.resize(kShownFamilies);
  return dump;
}

}  // namespace leaktrail::analyses::sidefiles
