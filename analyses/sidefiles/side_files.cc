#include "analyses/sidefiles/side_files.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace leaktrail::analyses::sidefiles {
namespace {

// Two looks at a process within so many seconds are of one moment.
constexpr std::int64_t kSameMoment = 60;

template <typename T>
bool Keep(std::optional<T> value, const Origin& origin, MaybeRead<T>& to) {
  if (!value) return false;
  to = Read<T>{origin, *std::move(value)};
  return true;
}

// "4711:", as jcmd begins each output.
void AddPid(absl::string_view text, std::vector<std::uint64_t>& pids) {
  absl::string_view rest;
  const auto pid = NumberAt(text.substr(0, text.find('\n')), &rest);
  if (pid && (rest == ":" || rest == ":\r")) pids.push_back(*pid);
}

// One text of one kind goes where it belongs. False: it could not be made sense of.
class Filing {
 public:
  // `named`: by an option, so it counts more than all before it.
  Filing(const SideText& side, const std::string& name, bool named, SideFiles& files,
         std::vector<Unread>& unread)
      : text_(side.text),
        cut_(side.cut),
        named_(named),
        origin_{name, side.changed, {}},
        files_(files),
        unread_(unread) {
    AddPid(text_, origin_.pids);
  }

  bool File(SideKind kind) {
    switch (kind) {
      case SideKind::kNativeTracking:
        return FileNativeTracking();
      case SideKind::kMetaspace:
        return Keep(ParseMetaspaceReport(text_, unread_), origin_, files_.metaspace);
      case SideKind::kClassLoaders:
        return Keep(ParseClassLoaderStats(text_, unread_), origin_, files_.class_loaders);
      case SideKind::kHeapInfo:
        return Keep(ParseHeapInfo(text_, unread_), origin_, files_.heap);
      case SideKind::kThreads:
        NoteVersion(FindJvmVersion(text_));
        return Keep(ParseThreadDump(text_, unread_), origin_, files_.threads);
      case SideKind::kSmaps:
        return FileSmaps();
      case SideKind::kRollup:
        return Keep(ParseSmapsRollup(text_, unread_), origin_, files_.rollup);
      case SideKind::kStatus:
        return FileStatus();
      case SideKind::kCgroup:
        return FileCgroup();
      case SideKind::kCrashReport:
        return FileCrash();
      case SideKind::kGcLog:
        return FileGcLog();
      case SideKind::kJstat:
        return FileJstat();
      case SideKind::kVmFlags:
        return FileFlags();
      case SideKind::kFlinkConfiguration:
        return Keep(ParseFlinkConfiguration(text_, unread_), origin_, files_.flink);
      case SideKind::kJavaLog:
        return FileLog();
      case SideKind::kPod:
        return Keep(ParsePod(text_, unread_), origin_, files_.pod);
      case SideKind::kSpark:
        return Keep(ParseSparkSettings(text_, unread_), origin_, files_.spark);
    }
    return false;
  }

 private:
  void NoteVersion(const JvmVersion& version) {
    if (version.known()) files_.version = version;
  }

  bool FileNativeTracking() {
    const auto report = ParseNativeTracking(text_, unread_);
    if (!report) return false;
    if (report->diff) Keep(report, origin_, files_.native_change);
    // Of two looks at one moment the finer one is worth more, and a summary more than a difference.
    if (files_.native && !named_ && origin_.changed - files_.native->changed <= kSameMoment) {
      const NativeTracking& other = files_.native->value;
      if (report->scale > other.scale || (report->diff && !other.diff)) return true;
    }
    return Keep(report, origin_, files_.native);
  }

  bool FileSmaps() {
    if (cut_) {  // its sums would be too small
      unread_.push_back({0, "smaps larger than 64 MiB: not used"});
      return false;
    }
    return Keep(ParseSmaps(text_, unread_), origin_, files_.smaps);
  }

  bool FileStatus() {
    auto status = ParseProcessStatus(text_, unread_);
    if (status) origin_.pids = status->pids;
    return Keep(std::move(status), origin_, files_.status);
  }

  // Each of jstat's reports has other columns: what the newer one lacks stays.
  bool FileJstat() {
    auto jstat = ParseJstat(text_, unread_);
    if (!jstat) return false;
    if (files_.jstat) {
      const Jstat& before = files_.jstat->value;
      if (!jstat->heap_committed) jstat->heap_committed = before.heap_committed;
      if (!jstat->metaspace_committed) jstat->metaspace_committed = before.metaspace_committed;
      if (!jstat->least_old) jstat->least_old = before.least_old;
    }
    return Keep(std::move(jstat), origin_, files_.jstat);
  }

  bool FileCgroup() {
    const std::string base = origin_.file.substr(origin_.file.rfind('/') + 1);
    const bool read = ReadCgroupStat(text_, files_.cgroup, unread_) ||
                      ReadCgroupNumber(base, text_, files_.cgroup, unread_) ||
                      ReadCgroupEvents(text_, files_.cgroup, unread_);
    if (read) files_.cgroup_file = "control group";
    return read;
  }

  bool FileCrash() {
    auto crash = ParseCrashReport(text_, unread_);
    if (!crash) return false;
    NoteVersion(crash->version);
    NoteFlags(SideFiles::kInLog, crash->flags);
    NoteRole();
    return Keep(std::move(crash), origin_, files_.crash);
  }

  bool FileGcLog() {
    auto log = ParseGcLog(text_, unread_);
    if (!log) return false;
    NoteVersion(log->version);
    NoteFlags(SideFiles::kInLog, log->flags);
    return Keep(std::move(log), origin_, files_.gc_log);
  }

  bool FileFlags() {
    VmFlags flags;
    ReadVmFlags(text_, flags);
    const JvmVersion version = FindJvmVersion(text_);
    NoteVersion(version);
    NoteRole();
    NoteFlags(named_ || IsToldByJvm(text_) ? SideFiles::kByJvm : SideFiles::kInText, flags);
    return flags.any() || version.known() || RoleOfCommand(text_) != FlinkRole::kUnknown;
  }

  // Of one rank the newest counts.
  void NoteFlags(SideFiles::FlagRank rank, VmFlags flags) {
    Complete(flags, files_.flags_of[rank]);
    files_.flags_of[rank] = flags;
    files_.flags = {};
    for (const VmFlags& each : files_.flags_of) Complete(files_.flags, each);
  }

  void NoteRole() {
    const FlinkRole role = RoleOfCommand(text_);
    if (role != FlinkRole::kUnknown) files_.command_role = role;
  }

  bool FileLog() {
    auto log = ParseJavaLog(text_, unread_);
    if (!log) return false;
    NoteVersion(log->version);
    NoteFlags(SideFiles::kInLog, log->flags);
    if (files_.log) {  // several logs: errors add up, the newest tables count
      const JavaLog& before = files_.log->value;
      if (!log->task_manager) log->task_manager = before.task_manager;
      if (!log->job_manager) log->job_manager = before.job_manager;
      for (const auto& [message, count] : before.errors) log->errors[message] += count;
      for (const auto& [message, count] : before.mentions) log->mentions[message] += count;
    }
    return Keep(std::move(log), origin_, files_.log);
  }

  absl::string_view text_;
  bool cut_, named_;
  Origin origin_;
  SideFiles& files_;
  std::vector<Unread>& unread_;
};

void NoteUnread(const std::string& file, const std::vector<Unread>& unread, SideFiles& files) {
  files.unread_lines += unread.size();
  for (const Unread& each : unread) {
    if (files.unread.size() < kMostUnread) files.unread.push_back({file, each.line, each.what});
  }
}

template <typename T>
bool IsFrom(const MaybeRead<T>& read, const std::string& file) {
  return read && read->file == file;
}

// Control groups, logs, flags and what jstat prints add up; of all else one file of a kind counts.
bool Counts(const SideFiles& files, SideKind kind, const std::string& file) {
  switch (kind) {
    case SideKind::kNativeTracking:  // a summary and a difference are two things
      return IsFrom(files.native, file) || IsFrom(files.native_change, file);
    case SideKind::kMetaspace:
      return IsFrom(files.metaspace, file);
    case SideKind::kClassLoaders:
      return IsFrom(files.class_loaders, file);
    case SideKind::kHeapInfo:
      return IsFrom(files.heap, file);
    case SideKind::kThreads:
      return IsFrom(files.threads, file);
    case SideKind::kSmaps:
      return IsFrom(files.smaps, file);
    case SideKind::kRollup:
      return IsFrom(files.rollup, file);
    case SideKind::kStatus:
      return IsFrom(files.status, file);
    case SideKind::kCrashReport:
      return IsFrom(files.crash, file);
    case SideKind::kGcLog:
      return IsFrom(files.gc_log, file);
    case SideKind::kFlinkConfiguration:
      return IsFrom(files.flink, file);
    case SideKind::kPod:
      return IsFrom(files.pod, file);
    case SideKind::kSpark:
      return IsFrom(files.spark, file);
    case SideKind::kCgroup:
    case SideKind::kJstat:
    case SideKind::kVmFlags:
    case SideKind::kJavaLog:
      break;
  }
  return true;
}

void NoteTaken(const std::string& name, SideKind kind, bool cut, SideFiles& files) {
  files.taken.push_back({name, kind, false, cut});
  for (TakenFile& each : files.taken) each.replaced = !Counts(files, each.kind, each.file);
}

}  // namespace

const NativeTracking* SideFiles::tracking() const {
  if (native) return &native->value;
  return crash && crash->value.native ? &*crash->value.native : nullptr;
}

absl::Status AddFile(const std::string& path, const std::string& name,
                     std::optional<SideKind> expected, SideFiles& files) {
  const bool named = expected.has_value();
  absl::StatusOr<SideText> side = ReadSideText(path, named);
  if (!side.ok()) {
    if (named) return side.status();
    NoteUnread(name, {{0, "cannot be read"}}, files);
    return absl::OkStatus();
  }
  std::vector<SideKind> kinds;
  if (named) {
    kinds = {*expected};
  } else {
    kinds = DetectKinds(side->text, name.substr(name.rfind('/') + 1));
  }
  bool taken = false;
  for (const SideKind kind : kinds) {
    std::vector<Unread> unread;
    const bool read = Filing(*side, name, named, files, unread).File(kind);
    NoteUnread(name, unread, files);
    if (read) NoteTaken(name, kind, side->cut, files);
    taken = taken || read;
  }
  if (taken) return absl::OkStatus();
  if (named) {
    std::string why;
    if (!files.unread.empty() && files.unread.back().file == name) {
      why = absl::StrCat(": ", files.unread.back().what);
    }
    return absl::InvalidArgumentError(
        absl::StrCat("nothing of ", KindName(*expected), " in ", path, why));
  }
  files.other_files.push_back(name);
  return absl::OkStatus();
}

}  // namespace leaktrail::analyses::sidefiles
