#include "analyses/sidefiles/side_files.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace leaktrail::analyses::sidefiles {
namespace {

template <typename T>
bool Keep(std::optional<T> value, const std::string& file, MaybeRead<T>& to) {
  if (!value) return false;
  to = Read<T>{*std::move(value), file};
  return true;
}

// One text of one kind goes where it belongs. False: it could not be made sense of.
class Filing {
 public:
  Filing(absl::string_view text, const std::string& name, SideFiles& files,
         std::vector<Unread>& unread)
      : text_(text), name_(name), files_(files), unread_(unread) {}

  bool File(SideKind kind) {
    switch (kind) {
      case SideKind::kNativeTracking:
        return FileNativeTracking(ParseNativeTracking(text_, unread_));
      case SideKind::kMetaspace:
        return Keep(ParseMetaspaceReport(text_, unread_), name_, files_.metaspace);
      case SideKind::kClassLoaders:
        return Keep(ParseClassLoaderStats(text_, unread_), name_, files_.class_loaders);
      case SideKind::kHeapInfo:
        return Keep(ParseHeapInfo(text_, unread_), name_, files_.heap);
      case SideKind::kThreads:
        NoteVersion(FindJvmVersion(text_));
        return Keep(ParseThreadDump(text_, unread_), name_, files_.threads);
      case SideKind::kSmaps:
        return Keep(ParseSmaps(text_, unread_), name_, files_.smaps);
      case SideKind::kRollup:
        return Keep(ParseSmapsRollup(text_, unread_), name_, files_.rollup);
      case SideKind::kStatus:
        return Keep(ParseProcessStatus(text_, unread_), name_, files_.status);
      case SideKind::kCgroup:
        return FileCgroup();
      case SideKind::kCrashReport:
        return FileCrash();
      case SideKind::kGcLog:
        return FileGcLog();
      case SideKind::kJstat:
        return Keep(ParseJstat(text_, unread_), name_, files_.jstat);
      case SideKind::kVmFlags:
        return FileFlags();
      case SideKind::kFlinkConfiguration:
        return Keep(ParseFlinkConfiguration(text_, unread_), name_, files_.flink);
      case SideKind::kJavaLog:
        return FileLog();
      case SideKind::kPod:
        return Keep(ParsePod(text_, unread_), name_, files_.pod);
      case SideKind::kSpark:
        return Keep(ParseSparkSettings(text_, unread_), name_, files_.spark);
    }
    return false;
  }

 private:
  void NoteVersion(const JvmVersion& version) {
    if (version.known()) files_.version = version;
  }

  bool FileNativeTracking(std::optional<NativeTracking> report) {
    if (report && report->diff) {
      if (!Keep(report, name_, files_.native_change)) return false;
      if (files_.native) return true;  // its figures are in the summary, too
    }
    // Of two looks at one moment the finer one is worth more.
    if (report && files_.native && report->scale > files_.native->value.scale) return true;
    return Keep(std::move(report), name_, files_.native);
  }

  bool FileCgroup() {
    const std::string base = name_.substr(name_.rfind('/') + 1);
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
    Complete(files_.flags, crash->flags);
    return Keep(std::move(crash), name_, files_.crash);
  }

  bool FileGcLog() {
    auto log = ParseGcLog(text_, unread_);
    if (!log) return false;
    NoteVersion(log->version);
    Complete(files_.flags, log->flags);
    return Keep(std::move(log), name_, files_.gc_log);
  }

  bool FileFlags() {
    VmFlags flags;
    ReadVmFlags(text_, flags);
    const JvmVersion version = FindJvmVersion(text_);
    NoteVersion(version);
    Complete(flags, files_.flags);
    const bool any = flags.any() || version.known();
    files_.flags = flags;
    return any;
  }

  bool FileLog() {
    auto log = ParseJavaLog(text_, unread_);
    if (!log) return false;
    NoteVersion(log->version);
    Complete(files_.flags, log->flags);
    if (files_.log) {  // several logs: errors add up, the newest table counts
      if (!log->flink) log->flink = files_.log->value.flink;
      for (const auto& [message, count] : files_.log->value.out_of_memory) {
        log->out_of_memory[message] += count;
      }
    }
    return Keep(std::move(log), name_, files_.log);
  }

  absl::string_view text_;
  const std::string& name_;
  SideFiles& files_;
  std::vector<Unread>& unread_;
};

void NoteUnread(const std::string& file, const std::vector<Unread>& unread, SideFiles& files) {
  files.unread_lines += unread.size();
  for (const Unread& each : unread) {
    if (files.unread.size() < kMostUnread) files.unread.push_back({file, each.line, each.what});
  }
}

// Control groups and logs add up; of all else a newer file takes the place of the older.
void NoteTaken(const std::string& name, SideKind kind, bool cut, SideFiles& files) {
  const bool add_up = kind == SideKind::kCgroup || kind == SideKind::kJavaLog ||
                      kind == SideKind::kVmFlags || kind == SideKind::kJstat;
  // A summary and a difference of native memory tracking are two things.
  const bool two = kind == SideKind::kNativeTracking && files.native && files.native_change &&
                   files.native->file != files.native_change->file;
  for (TakenFile& other : files.taken) {
    const bool used =
        two && (other.file == files.native->file || other.file == files.native_change->file);
    if (other.kind == kind && !add_up && !used && other.file != name) other.replaced = true;
  }
  files.taken.push_back({name, kind, false, cut});
}

}  // namespace

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
    const bool read = Filing(side->text, name, files, unread).File(kind);
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
