// All that was found beside a dump, understood. A file is known by its contents; only files of one
// number (of control groups) are known by their names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "analyses/sidefiles/cgroup.h"
#include "analyses/sidefiles/class_loader_stats.h"
#include "analyses/sidefiles/container_limits.h"
#include "analyses/sidefiles/crash_report.h"
#include "analyses/sidefiles/flink_settings.h"
#include "analyses/sidefiles/gc_log.h"
#include "analyses/sidefiles/heap_info.h"
#include "analyses/sidefiles/jstat.h"
#include "analyses/sidefiles/jvm_facts.h"
#include "analyses/sidefiles/metaspace_report.h"
#include "analyses/sidefiles/native_tracking.h"
#include "analyses/sidefiles/process_status.h"
#include "analyses/sidefiles/smaps.h"
#include "analyses/sidefiles/thread_dump.h"

namespace leaktrail::analyses::sidefiles {

enum class SideKind : std::uint8_t {
  kNativeTracking,
  kMetaspace,
  kClassLoaders,
  kHeapInfo,
  kThreads,
  kSmaps,
  kRollup,
  kStatus,
  kCgroup,
  kCrashReport,
  kGcLog,
  kJstat,
  kVmFlags,
  kFlinkConfiguration,
  kJavaLog,
  kPod,
  kSpark,
};

// "native memory tracking (jcmd VM.native_memory)".
absl::string_view KindName(SideKind kind);

// What a text is, by what stands in it; several for the outputs of several commands in one file,
// none if it is nothing known. `name`: of the file, without its directory.
std::vector<SideKind> DetectKinds(absl::string_view text, absl::string_view name);

// Where something is from: the file, when it was written (seconds), and the ids of the process as
// the file has them; several where a process has one outside of its container and one within.
struct Origin {
  std::string file;
  std::int64_t changed = 0;
  std::vector<std::uint64_t> pids;
};

template <typename T>
struct Read : Origin {
  T value;
};
template <typename T>
using MaybeRead = std::optional<Read<T>>;

struct TakenFile {
  std::string file;
  SideKind kind;
  bool replaced = false;  // another one of the kind counts: newer, finer, or named
  bool cut = false;       // only its end was read
};

struct UnreadFile {
  std::string file;
  std::uint64_t line = 0;  // 0: all of it
  std::string what;
};

struct SideFiles {
  MaybeRead<NativeTracking> native, native_change;  // a summary, and a difference to a baseline
  MaybeRead<MetaspaceReport> metaspace;
  MaybeRead<ClassLoaderStats> class_loaders;
  MaybeRead<HeapInfo> heap;
  MaybeRead<ThreadDump> threads;
  MaybeRead<Smaps> smaps;
  MaybeRead<ProcessStatus> rollup, status;
  Cgroup cgroup;            // of several files
  std::string cgroup_file;  // "control group": what it is called as a source; "" without one
  MaybeRead<CrashReport> crash;
  MaybeRead<GcLog> gc_log;
  MaybeRead<Jstat> jstat;
  MaybeRead<FlinkConfiguration> flink;
  MaybeRead<JavaLog> log;
  MaybeRead<PodLimits> pod;
  MaybeRead<SparkSettings> spark;

  // Of all files that tell some. What the JVM itself told counts more than what it was told in a
  // log, and that more than what any other text says of flags.
  VmFlags flags;
  enum FlagRank : std::uint8_t { kByJvm, kInLog, kInText, kFlagRanks };
  VmFlags flags_of[kFlagRanks];
  JvmVersion version;
  FlinkRole command_role = FlinkRole::kUnknown;  // of the command line, if that is told
  std::optional<std::uint64_t> named_limit;      // --limit

  std::vector<TakenFile> taken;  // in the order in which they were read
  std::vector<UnreadFile> unread;
  std::uint64_t unread_lines = 0;        // all, also those beyond the first kMostUnread
  std::vector<std::string> other_files;  // nothing known in them
  std::vector<std::string> dumps;        // heap dumps of the bundle

  bool any() const { return !taken.empty() || named_limit.has_value(); }

  // Of the JVM's own books: the report, else what a crash report has. Null: none.
  const NativeTracking* tracking() const;
  absl::string_view tracking_source() const { return native ? "NMT" : "hs_err"; }
};

inline constexpr std::size_t kMostUnread = 50;

// Reads one file. `name` is what it is called in reports. With `expected` an error if the file is
// not of that kind, or cannot be read; without, what is not known goes to other_files.
absl::Status AddFile(const std::string& path, const std::string& name,
                     std::optional<SideKind> expected, SideFiles& files);

// Reads all files of a directory and of those below it, oldest first, so that of several of one
// kind the newest counts. Links are not followed. Bounded in depth, files and bytes; what was left
// out because of that is in `unread`. Error: no such directory.
absl::Status AddBundle(const std::string& directory, SideFiles& files);

// The files of a control group: DIR is it, or a copy of it.
absl::Status AddCgroup(const std::string& directory, SideFiles& files);

}  // namespace leaktrail::analyses::sidefiles
