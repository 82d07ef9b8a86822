#include "analyses/sidefiles/out_of_memory.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace leaktrail::analyses::sidefiles {
namespace {

// An error in a line: what stands before the name of its class, and what it says.
struct Mention {
  absl::string_view before, message;
  bool netty = false;
};

bool IsOfName(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '$';
}

bool FindError(absl::string_view line, absl::string_view name, Mention& mention) {
  const std::size_t at = line.find(name);
  if (at == absl::string_view::npos) return false;
  std::size_t begin = at;
  while (begin > 0 && IsOfName(line[begin - 1])) --begin;
  if (begin < at && line[at - 1] != '.') return false;  // OnOutOfMemoryError
  mention.before = line.substr(0, begin);
  mention.message = line.substr(at + name.size());
  return true;
}

// An exception is told at the start of a line, behind what a log puts before it (a level, a time, a
// colon), or behind a word that says that it came. Behind another word it is only talked about.
bool IsTold(absl::string_view before) {
  before = absl::StripTrailingAsciiWhitespace(before);
  const absl::string_view word = before.substr(before.find_last_of(" \t") + 1);
  for (const absl::string_view came : {"to", "by", "exception", "error", "throwable"}) {
    if (absl::EqualsIgnoreCase(word, came)) return true;  // "Terminating due to", "caused by"
  }
  if (word.empty() || !IsOfName(word.back())) return true;
  return std::none_of(word.begin(), word.end(),
                      [](char c) { return absl::ascii_islower(static_cast<unsigned char>(c)); });
}

// Lines that belong to the exception above them.
bool Continues(absl::string_view line) {
  const absl::string_view text = absl::StripLeadingAsciiWhitespace(line);
  return absl::StartsWith(text, "at ") || absl::StartsWith(text, "... ") ||
         absl::StartsWith(text, "Caused by:") || absl::StartsWith(text, "Suppressed:") ||
         absl::StartsWith(text, "Wrapped by:");
}

}  // namespace

std::string KnownOutOfMemory(absl::string_view message) {
  constexpr absl::string_view kKnown[] = {"Metaspace",
                                          "Compressed class space",
                                          "Java heap space",
                                          "GC overhead limit exceeded",
                                          "Direct buffer memory",
                                          "Cannot reserve",
                                          "unable to create new native thread",
                                          "unable to create native thread",
                                          "Requested array size exceeds VM limit",
                                          "PermGen space",
                                          "Map failed"};
  for (const absl::string_view known : kKnown) {
    if (!absl::StartsWith(message, known)) continue;
    if (known == "Cannot reserve") return "Direct buffer memory";  // as JDK 17 and later say it
    if (known == "unable to create new native thread") return "unable to create native thread";
    return std::string(known);
  }
  return "";
}

void ErrorCounter::Line(absl::string_view line) {
  if (!Continues(line)) trace_.clear();
  Mention mention;
  std::string message;
  if (FindError(line, "OutOfMemoryError: ", mention)) {
    message = KnownOutOfMemory(mention.message);
  } else if (FindError(line, "OutOfDirectMemoryError: ", mention)) {
    message = std::string(kNettyMemory);
  } else {
    return;
  }
  if (!IsTold(mention.before)) {
    ++mentions_[message];
  } else if (++trace_[message] == 1) {
    ++errors_[message];
  }
}

}  // namespace leaktrail::analyses::sidefiles
