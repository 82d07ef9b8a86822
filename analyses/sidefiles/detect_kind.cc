// What a text is, by what stands in it.
#include <algorithm>

#include "absl/strings/match.h"
#include "analyses/sidefiles/side_files.h"

namespace leaktrail::analyses::sidefiles {
namespace {

bool Has(absl::string_view text, absl::string_view word) { return absl::StrContains(text, word); }

// "fa000000-fbc00000 rw-p 00000000 00:00 0" and "Rss:" further down.
bool IsSmaps(absl::string_view head) {
  return Has(head, "\nRss:") && (Has(head, "\nVmFlags:") || Has(head, "\nSize:")) &&
         !Has(head, "[rollup]");
}

bool IsPodLike(absl::string_view text) {
  return Has(text, "kind:") && Has(text, "apiVersion:") && Has(text, "memory:") &&
         (Has(text, "limits:") || Has(text, "OOMKilled") || Has(text, "FlinkDeployment"));
}

bool IsFlinkConfiguration(absl::string_view text) {
  return Has(text, "taskmanager.memory.") || Has(text, "jobmanager.memory.") ||
         Has(text, "taskmanager.heap.") || (Has(text, "\ntaskmanager:") && Has(text, "memory:")) ||
         (absl::StartsWith(text, "taskmanager:") && Has(text, "memory:"));
}

bool IsUnifiedGcLog(absl::string_view text) {
  return Has(text, "[gc") && (Has(text, "] GC(") || Has(text, "] Using "));
}

bool IsClassicGcLog(absl::string_view text) {
  return Has(text, "[Full GC") || Has(text, "[GC (") || Has(text, "[GC pause (");
}

std::vector<SideKind> MainKinds(absl::string_view text, absl::string_view name) {
  const absl::string_view head = text.substr(0, 64 << 10);
  // Files of this kind have parts that look like others: they are read as a whole.
  if (Has(head, "A fatal error has been detected by the Java") ||
      Has(head, "insufficient memory for the Java Runtime")) {
    return {SideKind::kCrashReport};
  }
  if (Has(text, "Final TaskExecutor Memory configuration") ||
      Has(text, "Final Master Memory configuration")) {
    return {SideKind::kJavaLog};
  }
  if (IsUnifiedGcLog(head) || IsClassicGcLog(text)) return {SideKind::kGcLog};
  if (IsSmaps(head)) return {SideKind::kSmaps};
  if (IsCgroupNumber(name)) return {SideKind::kCgroup};
  if (Has(head, "total_rss ") || absl::StartsWith(head, "anon ") || Has(head, "\noom_kill ")) {
    return {SideKind::kCgroup};
  }

  std::vector<SideKind> kinds;
  if (Has(text, "Native Memory Tracking:") || Has(text, "Native memory tracking is not enabled")) {
    kinds.push_back(SideKind::kNativeTracking);
  }
  if (Has(text, "Total Usage - ") && Has(text, "Virtual space:")) {
    kinds.push_back(SideKind::kMetaspace);
  }
  if (Has(text, "ChunkSz") && Has(text, "BlockSz")) kinds.push_back(SideKind::kClassLoaders);
  if (Has(text, "Full thread dump ")) kinds.push_back(SideKind::kThreads);
  if (Has(text, "garbage-first heap ") || Has(text, "PSYoungGen ") || Has(text, "def new gen") ||
      Has(text, "ZHeap ") || Has(text, "Shenandoah Heap") || Has(text, "DefNew ")) {
    kinds.push_back(SideKind::kHeapInfo);
  }
  if (Has(head, "[rollup]")) kinds.push_back(SideKind::kRollup);
  if (Has(text, "\nVmRSS:")) kinds.push_back(SideKind::kStatus);
  if (Has(head, " FGC ") && Has(head, " GCT")) kinds.push_back(SideKind::kJstat);
  if (kinds.empty() && (Has(text, "-XX:") || Has(head, "Server VM version"))) {
    kinds.push_back(SideKind::kVmFlags);
  }
  if (Has(text, "spark.executor.")) kinds.push_back(SideKind::kSpark);
  if (IsPodLike(text)) kinds.push_back(SideKind::kPod);
  // Flags of the JVM stand in these, too; they say more.
  if (IsFlinkConfiguration(text)) {
    kinds.erase(std::remove(kinds.begin(), kinds.end(), SideKind::kVmFlags), kinds.end());
    kinds.push_back(SideKind::kFlinkConfiguration);
  }
  return kinds;
}

}  // namespace

absl::string_view KindName(SideKind kind) {
  switch (kind) {
    case SideKind::kNativeTracking:
      return "native memory tracking (jcmd VM.native_memory)";
    case SideKind::kMetaspace:
      return "metaspace (jcmd VM.metaspace)";
    case SideKind::kClassLoaders:
      return "class loaders (jcmd VM.classloader_stats)";
    case SideKind::kHeapInfo:
      return "heap (jcmd GC.heap_info)";
    case SideKind::kThreads:
      return "threads (jcmd Thread.print)";
    case SideKind::kSmaps:
      return "mappings (/proc/PID/smaps)";
    case SideKind::kRollup:
      return "mappings in sum (/proc/PID/smaps_rollup)";
    case SideKind::kStatus:
      return "process (/proc/PID/status)";
    case SideKind::kCgroup:
      return "control group";
    case SideKind::kCrashReport:
      return "crash report (hs_err)";
    case SideKind::kGcLog:
      return "GC log";
    case SideKind::kJstat:
      return "jstat";
    case SideKind::kVmFlags:
      return "flags or version of the JVM";
    case SideKind::kFlinkConfiguration:
      return "Flink configuration";
    case SideKind::kJavaLog:
      return "log of a Java process";
    case SideKind::kPod:
      return "Kubernetes limits";
    case SideKind::kSpark:
      return "Spark settings";
  }
  return "";
}

std::vector<SideKind> DetectKinds(absl::string_view text, absl::string_view name) {
  std::vector<SideKind> kinds = MainKinds(text, name);
  // Whatever else a text is: what stdout of a container has may have errors among it. A log may
  // name flags that its JVM was not started with.
  const bool is =
      !kinds.empty() && (kinds[0] == SideKind::kCrashReport || kinds[0] == SideKind::kJavaLog);
  if (!is && (Has(text, "OutOfMemoryError: ") || Has(text, "OutOfDirectMemoryError: "))) {
    std::erase(kinds, SideKind::kVmFlags);
    kinds.push_back(SideKind::kJavaLog);
  }
  return kinds;
}

}  // namespace leaktrail::analyses::sidefiles
