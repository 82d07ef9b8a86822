#include "cli/collect_process.h"

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::cli {
namespace {

using analyses::sidefiles::Lines;
using analyses::sidefiles::MemoryGroups;

std::string ProcFile(const std::string& root, const std::string& pid, absl::string_view name) {
  const auto text =
      analyses::sidefiles::ReadSideText(absl::StrCat(root, "/proc/", pid, "/", name), true);
  return text.ok() ? text->text : "";
}

// What follows "NAME:" in a text of such lines.
std::string Field(absl::string_view text, absl::string_view name) {
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    if (absl::ConsumePrefix(&line, name) && absl::ConsumePrefix(&line, ":")) {
      return std::string(absl::StripAsciiWhitespace(line));
    }
  }
  return "";
}

bool CatchesQuit(absl::string_view status) {
  constexpr std::uint64_t kQuit = 1 << 2;  // bit N - 1 for signal N
  std::uint64_t caught = 0;
  return absl::SimpleHexAtoi(Field(status, "SigCgt"), &caught) && (caught & kQuit) != 0;
}

// The library of the JVM, or the file of its figures, is mapped.
bool IsJvm(absl::string_view maps) {
  return absl::StrContains(maps, "/libjvm.so") || absl::StrContains(maps, "/hsperfdata_");
}

bool Exists(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0;
}

// The directory at `top` + `group`, or above it down to `top`, that has the file `figure`.
std::string GroupWith(absl::string_view figure, const std::string& top, absl::string_view group) {
  std::string at = absl::StrCat(top, absl::StripSuffix(group, "/"));
  while (!Exists(absl::StrCat(at, "/", figure))) {
    if (at.size() <= top.size()) return "";
    at.resize(at.rfind('/'));
  }
  return Exists(at + "/release_agent") ? "" : at;  // only the root of version 1 has that file
}

// `below`: "" or "/memory". A container's own mounts begin at its own group, whatever that is
// called outside; those of this process do for nobody else, so there the group must exist.
std::string FindGroup(const std::string& root, const std::string& pid, absl::string_view below,
                      const std::optional<std::string>& group, absl::string_view figure) {
  if (!group) return "";
  const std::string mounts = absl::StrCat("/sys/fs/cgroup", below);
  std::string found = GroupWith(figure, absl::StrCat(root, "/proc/", pid, "/root", mounts), *group);
  const std::string here = root + mounts;
  if (found.empty() && Exists(here + *group)) found = GroupWith(figure, here, *group);
  return found;
}

}  // namespace

char ProcessState(const std::string& pid, const std::string& root) {
  const std::string state = Field(ProcFile(root, pid, "status"), "State");
  return state.empty() ? '\0' : state[0];
}

std::string WhyNotToAsk(const std::string& pid, const std::string& root) {
  char state = ProcessState(pid, root);
  // Waiting for a disk is mostly over in a moment.
  for (int i = 0; state == 'D' && i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    state = ProcessState(pid, root);
  }
  if (state == '\0' || state == 'Z' || state == 'X') return "the process has ended";
  if (state == 'T' || state == 't') return "the process is stopped (kill -CONT lets it go on)";
  if (state == 'D') return "the process waits for a disk or is frozen, and does not answer";
  const std::string maps = ProcFile(root, pid, "maps");
  if (maps.empty()) return "its mappings are not readable: another user's?";
  if (!IsJvm(maps)) return "this is no JVM, and jcmd's signal (SIGQUIT) may end it";
  if (!CatchesQuit(ProcFile(root, pid, "status"))) {
    return "it does not catch SIGQUIT (started with -Xrs?), and jcmd would end it";
  }
  return "";
}

MemoryGroups FindMemoryGroups(const std::string& pid, const std::string& root) {
  std::optional<std::string> second, first;
  const std::string text = ProcFile(root, pid, "cgroup");
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    // "0::/path" or "4:memory,cpu:/path"; a path may have colons of its own.
    const std::vector<absl::string_view> parts = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() != 3) continue;
    if (parts[0] == "0" && parts[1].empty()) second = std::string(parts[2]);
    for (const absl::string_view controller : absl::StrSplit(parts[1], ',')) {
      if (controller == "memory") first = std::string(parts[2]);
    }
  }
  return {FindGroup(root, pid, "", second, "memory.max"),
          FindGroup(root, pid, "/memory", first, "memory.limit_in_bytes")};
}

}  // namespace leaktrail::cli
