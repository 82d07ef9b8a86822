#include "analyses/sidefiles/collect_plan.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/types/span.h"

namespace leaktrail::analyses::sidefiles {
namespace {

CollectStep Copy(std::string file, std::string from, std::string what) {
  CollectStep step;
  step.file = std::move(file);
  step.copy = std::move(from);
  step.what = std::move(what);
  return step;
}

// Of a tool of the JDK: jcmd asks the process, jstat reads what it leaves in a file.
CollectStep Command(std::string file, std::vector<std::string> command, std::string what,
                    std::string cost = "") {
  CollectStep step;
  step.file = std::move(file);
  step.asks = command[0] == "jcmd";
  step.command = std::move(command);
  step.what = std::move(what);
  step.cost = std::move(cost);
  return step;
}

constexpr absl::string_view kVersion2[] = {"memory.max",  "memory.current",
                                           "memory.peak", "memory.swap.current",
                                           "memory.stat", "memory.events"};
constexpr absl::string_view kVersion1[] = {"memory.limit_in_bytes",     "memory.usage_in_bytes",
                                           "memory.max_usage_in_bytes", "memory.failcnt",
                                           "memory.oom_control",        "memory.stat"};
constexpr absl::string_view kGroupIsWhat = "limit and use of the container";

void AddGroup(const MemoryGroups& groups, std::vector<CollectStep>& steps) {
  const bool second = !groups.version2.empty();
  const std::string& group = second ? groups.version2 : groups.version1;
  if (group.empty()) return;
  for (const absl::string_view name :
       second ? absl::MakeConstSpan(kVersion2) : absl::MakeConstSpan(kVersion1)) {
    steps.push_back(
        Copy(std::string(name), absl::StrCat(group, "/", name), std::string(kGroupIsWhat)));
  }
}

void AddWhatIsFree(const std::string& pid, const MemoryGroups& groups,
                   std::vector<CollectStep>& steps) {
  const std::string proc = absl::StrCat("/proc/", pid);
  steps.push_back(Copy("status.txt", proc + "/status", "memory and threads of the process"));
  steps.push_back(Copy("smaps_rollup.txt", proc + "/smaps_rollup", "what is resident, in sum"));
  AddGroup(groups, steps);
}

void AddWhatCosts(const std::string& pid, std::vector<CollectStep>& steps) {
  const auto jcmd = [&](const char* name) { return std::vector<std::string>{"jcmd", pid, name}; };
  steps.push_back(Command("vm_version.txt", jcmd("VM.version"), "the version of the JVM"));
  steps.push_back(Command("vm_flags.txt", jcmd("VM.flags"), "its limits"));
  steps.push_back(Command("jstat_gc.txt", {"jstat", "-gc", pid, "1000", "5"},
                          "heap and metaspace, five times in five seconds"));
  steps.push_back(Copy("smaps.txt", absl::StrCat("/proc/", pid, "/smaps"),
                       "every mapping: stacks, files, arenas of malloc"));
  steps.back().cost = "holds a lock of the process for some milliseconds";
  steps.push_back(Command("native_memory.txt", {"jcmd", pid, "VM.native_memory", "summary"},
                          "what the JVM itself allocates, by area"));
  steps.back().nothing = "Native memory tracking is not enabled";
  steps.back().remedy = "start it with -XX:NativeMemoryTracking=summary";
  steps.push_back(Command("heap_info.txt", jcmd("GC.heap_info"), "size and place of the heap",
                          "stops the process for milliseconds"));
  steps.push_back(Command("metaspace.txt", jcmd("VM.metaspace"), "metaspace and its limit",
                          "stops the process for milliseconds"));
  steps.push_back(Command("classloader_stats.txt", jcmd("VM.classloader_stats"),
                          "metaspace by class loader",
                          "stops the process for milliseconds, longer with many loaders"));
  steps.push_back(Command("threads.txt", jcmd("Thread.print"), "which threads there are",
                          "stops the process for milliseconds, longer with many threads"));
}

// Where the script looks for the control group: the process's own mounts, which in a container
// begin at the container's group; then those of here. The group itself may have no figures, its
// parent then has them. The group of the whole machine has no memory.max, or a release_agent.
// jcmd asks by SIGQUIT, which ends what does not catch it: no JVM, or one started with -Xrs.
constexpr absl::string_view kFunctions = R"sh(group() {
  [ -n "$2" ] || return 0
  for top in "/proc/PID/root/sys/fs/cgroup$1" "/sys/fs/cgroup$1"; do
    at=$top$2
    [ "$top" != "/sys/fs/cgroup$1" ] || [ -d "$at" ] || continue
    until [ -e "$at/$3" ] || [ "$at" = "$top" ]; do at=${at%/*}; done
    if [ -e "$at/$3" ] && [ ! -e "$at/release_agent" ]; then echo "$at"; return; fi
  done
}
jvm() {  # jcmd sends SIGQUIT, which ends what is no JVM; what is stopped does not answer
  grep -q -e '/libjvm\.so' -e '/hsperfdata_' /proc/PID/maps &&
    grep -q '^SigCgt:.*[4-7c-f]$' /proc/PID/status &&
    ! grep -q '^State:[[:space:]]*[TtZXD]' /proc/PID/status
}
jvm || echo 'PID is no JVM that can be asked: without jcmd and jstat' >&2
v2=$(group '' "$(sed -n 's/^0:://p' /proc/PID/cgroup)" memory.max)
v1=$(group /memory "$(sed -n 's/^[0-9]*:[^:]*memory[^:]*://p' /proc/PID/cgroup)" \
  memory.limit_in_bytes)
)sh";

std::string GroupLoop(absl::string_view condition, absl::string_view group,
                      absl::Span<const absl::string_view> names, absl::string_view directory) {
  return absl::StrCat(condition, "for f in ", absl::StrJoin(names, " "), "; do\n  [ ! -r \"", group,
                      "/$f\" ] || cat \"", group, "/$f\" > ", ShellWord(directory), "/\"$f\"  # ",
                      kGroupIsWhat, "\ndone\n");
}

std::string ScriptLine(const CollectStep& step, const std::string& directory) {
  const std::string to = absl::StrCat(directory, "/", step.file);
  const std::string comment =
      absl::StrCat("  # ", step.what, step.cost.empty() ? "" : "; ", step.cost, "\n");
  if (step.command.empty()) {
    return absl::StrCat("cat ", ShellWord(step.copy), " > ", ShellWord(to), comment);
  }
  std::vector<std::string> words;
  for (const std::string& word : step.command) words.push_back(ShellWord(word));
  if (!step.writes_itself) {
    words.push_back(absl::StrCat("> ", ShellWord(to)));
  } else if (const auto word = WordForJvm(to)) {
    words.push_back(ShellWord(*word));
  } else {
    return "";
  }
  return absl::StrCat("jvm && ", absl::StrJoin(words, " "), comment);
}

}  // namespace

std::vector<CollectStep> CollectSteps(const std::string& pid, const MemoryGroups& groups,
                                      bool dump) {
  std::vector<CollectStep> steps;
  AddWhatIsFree(pid, groups, steps);
  AddWhatCosts(pid, steps);
  if (dump) {
    steps.push_back(Command(
        "heap.hprof", {"jcmd", pid, "GC.heap_dump"}, "the heap",
        "collects, and stops the process while it writes: about a second per GB, and as much disk "
        "as the heap holds; probes of liveness may time out"));
    steps.back().writes_itself = true;
    steps.back().success = "Heap dump file created";
  }
  return steps;
}

std::string ShellWord(absl::string_view word) {
  const auto plain = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           absl::StrContains("._-/:=+,@%", absl::string_view(&c, 1));
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return std::string(word);
  return absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'");
}

// Words are divided at spaces and, as names and values, at '='; either kind of quotes keeps them
// together, and there is no escaping (HotSpot's DCmdArgIter).
std::optional<std::string> WordForJvm(absl::string_view path) {
  const auto control = [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); };
  if (std::any_of(path.begin(), path.end(), control)) return std::nullopt;
  const auto plain = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           absl::StrContains("._-/", absl::string_view(&c, 1));
  };
  if (std::all_of(path.begin(), path.end(), plain)) return std::string(path);
  const char* const quote = absl::StrContains(path, "\"") ? "'" : "\"";
  if (absl::StrContains(path, quote)) return std::nullopt;
  return absl::StrCat(quote, path, quote);
}

std::string CollectScript(const std::string& pid, const std::string& directory, bool dump) {
  std::string out = absl::StrCat(
      "# What leaktrail native --bundle can use, what is cheap first. --run does it.\n",
      "(umask 077; set -C\nmkdir ", ShellWord(directory), " || exit\n",
      absl::StrReplaceAll(kFunctions, {{"PID", pid}}));
  std::vector<CollectStep> free;
  AddWhatIsFree(pid, {}, free);
  for (const CollectStep& step : free) absl::StrAppend(&out, ScriptLine(step, directory));
  absl::StrAppend(&out, GroupLoop("[ -z \"$v2\" ] || ", "$v2", kVersion2, directory),
                  GroupLoop("[ -n \"$v2\" ] || [ -z \"$v1\" ] || ", "$v1", kVersion1, directory));
  const std::vector<CollectStep> all = CollectSteps(pid, {}, dump);
  for (std::size_t i = free.size(); i < all.size(); ++i) {
    absl::StrAppend(&out, ScriptLine(all[i], directory));
  }
  return absl::StrCat(out, ")\n");
}

std::vector<std::string> CollectNextTime(const SideFiles& files, bool has_dump) {
  std::vector<std::string> lines;
  const auto add = [&](bool missing, absl::string_view command, absl::string_view what) {
    if (missing) lines.push_back(absl::StrCat(command, "  # ", what));
  };
  const bool tracked = files.native.has_value();
  add(!tracked, "jcmd PID VM.native_memory summary",
      "what the JVM itself allocates; start it with -XX:NativeMemoryTracking=summary");
  add(!files.smaps, "cat /proc/PID/smaps", "what is resident, and the arenas of malloc");
  add(!files.cgroup.any() && !files.pod && !files.named_limit,
      "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory.current /sys/fs/cgroup/memory.events",
      "the container's limit, use and kills; each into a file of its name");
  add(!files.class_loaders, "jcmd PID VM.classloader_stats", "metaspace by class loader");
  add(!files.metaspace && !tracked, "jcmd PID VM.metaspace", "metaspace and its limit");
  add(!files.flags.any(), "jcmd PID VM.flags", "the limits of the JVM");
  add(!files.heap, "jcmd PID GC.heap_info", "where the heap lies, to find it in smaps");
  add(!files.threads, "jcmd PID Thread.print", "which threads there are");
  add(!files.gc_log, "-Xlog:gc*:file=gc.log (JDK 8: -Xloggc:gc.log -XX:+PrintGCDetails)",
      "full collections and what they free; to be set when it starts");
  add(!has_dump, "jcmd PID GC.heap_dump heap.hprof", "the heap, and who holds direct memory");
  return lines;
}

}  // namespace leaktrail::analyses::sidefiles
