#include "analyses/sidefiles/collect_plan.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace leaktrail::analyses::sidefiles {
namespace {

CollectStep Copy(std::string file, std::string from, std::string what) {
  CollectStep step;
  step.file = std::move(file);
  step.copy = std::move(from);
  step.what = std::move(what);
  return step;
}

CollectStep Command(std::string file, std::vector<std::string> command, std::string what,
                    std::string cost = "") {
  CollectStep step;
  step.file = std::move(file);
  step.command = std::move(command);
  step.what = std::move(what);
  step.cost = std::move(cost);
  return step;
}

// A word for a POSIX shell, quoted where it has to be.
std::string Quoted(absl::string_view word) {
  const auto plain = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           absl::StrContains("._-/:=+,@%", absl::string_view(&c, 1));
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return std::string(word);
  return absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'");
}

}  // namespace

std::vector<CollectStep> CollectSteps(const std::string& pid, const std::string& directory,
                                      bool dump) {
  const std::string proc = absl::StrCat("/proc/", pid);
  const auto jcmd = [&](std::initializer_list<std::string> words) {
    std::vector<std::string> command = {"jcmd", pid};
    command.insert(command.end(), words.begin(), words.end());
    return command;
  };
  // A container sees its own control group at the top.
  constexpr absl::string_view kGroup = "/sys/fs/cgroup/";
  std::vector<CollectStep> steps;
  steps.push_back(Copy("status.txt", proc + "/status", "memory and threads of the process"));
  steps.push_back(Copy("smaps_rollup.txt", proc + "/smaps_rollup", "what is resident, in sum"));
  for (const absl::string_view name :
       {"memory.max", "memory.current", "memory.peak", "memory.stat", "memory.events"}) {
    steps.push_back(Copy(std::string(name), absl::StrCat(kGroup, name),
                         "limit and use of the container (cgroup version 2)"));
  }
  for (const absl::string_view name : {"memory.limit_in_bytes", "memory.usage_in_bytes",
                                       "memory.max_usage_in_bytes", "memory.oom_control"}) {
    steps.push_back(Copy(std::string(name), absl::StrCat(kGroup, "memory/", name),
                         "limit and use of the container (cgroup version 1)"));
  }
  steps.push_back(Command("vm_version.txt", jcmd({"VM.version"}), "the version of the JVM"));
  steps.push_back(Command("vm_flags.txt", jcmd({"VM.flags"}), "its limits"));
  steps.push_back(Command("jstat_gc.txt", {"jstat", "-gc", pid, "1000", "5"},
                          "heap and metaspace, five times in five seconds"));
  steps.push_back(
      Copy("smaps.txt", proc + "/smaps", "every mapping: stacks, files, arenas of malloc"));
  steps.back().cost = "holds a lock of the process for some milliseconds";
  steps.push_back(Command("native_memory.txt", jcmd({"VM.native_memory", "summary"}),
                          "what the JVM itself allocates, by area"));
  steps.push_back(Command("heap_info.txt", jcmd({"GC.heap_info"}), "size and place of the heap",
                          "stops the process for milliseconds"));
  steps.push_back(Command("metaspace.txt", jcmd({"VM.metaspace"}), "metaspace and its limit",
                          "stops the process for milliseconds"));
  steps.push_back(Command("classloader_stats.txt", jcmd({"VM.classloader_stats"}),
                          "metaspace by class loader",
                          "stops the process for milliseconds, longer with many loaders"));
  steps.push_back(Command("threads.txt", jcmd({"Thread.print"}), "which threads there are",
                          "stops the process for milliseconds, longer with many threads"));
  if (dump) {
    CollectStep step = Command(
        "heap.hprof", jcmd({"GC.heap_dump", absl::StrCat(directory, "/heap.hprof")}), "the heap",
        "collects, and stops the process while it writes: about a second per GB, and as much disk "
        "as the heap holds; probes of liveness may time out");
    step.writes_itself = true;
    steps.push_back(std::move(step));
  }
  return steps;
}

std::string ShellText(const CollectStep& step, const std::string& directory) {
  const std::string to = Quoted(absl::StrCat(directory, "/", step.file));
  if (step.command.empty()) return absl::StrCat("cat ", Quoted(step.copy), " > ", to);
  std::vector<std::string> words;
  for (const std::string& word : step.command) words.push_back(Quoted(word));
  const std::string command = absl::StrJoin(words, " ");
  return step.writes_itself ? command : absl::StrCat(command, " > ", to);
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
