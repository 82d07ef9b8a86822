#include "cli/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace leaktrail::cli {
namespace {

constexpr absl::string_view kTemporaryName = ".leaktrail.";
constexpr int kAttempts = 100;  // to find a name that nobody has

absl::Status WriteError(const std::string& path, int error) {
  return absl::Status(absl::ErrnoToStatusCode(error),
                      absl::StrCat("cannot write ", path, ": ", std::strerror(error)));
}

// Up to and with the last '/'; "" for the working directory.
std::string DirectoryOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

// Names of what is open already: /dev/stderr may lead to an ordinary file, whose name it is not.
bool IsOpenFileName(const std::string& path) {
  return absl::StartsWith(path, "/dev/std") || absl::StartsWith(path, "/dev/fd/") ||
         absl::StartsWith(path, "/proc/");
}

// Without a name, so that a run that is killed leaves nothing. Not all file systems can, and it
// gets its name by /proc.
hprof::FileDescriptor OpenUnnamed(const std::string& directory) {
  if (::access("/proc/self/fd", X_OK) != 0) return hprof::FileDescriptor(-1);
  const char* const where = directory.empty() ? "." : directory.c_str();
  return hprof::FileDescriptor(::open(where, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
}

// The directory entry is on the disk, too.
void Sync(const std::string& directory) {
  const char* const where = directory.empty() ? "." : directory.c_str();
  const hprof::FileDescriptor fd(::open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.valid()) ::fsync(fd.get());
}

}  // namespace

absl::StatusOr<std::unique_ptr<OutputFile>> OutputFile::Create(const std::string& path) {
  struct stat info;
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (!exists && errno != ENOENT) return WriteError(path, errno);
  if (exists && S_ISDIR(info.st_mode)) return WriteError(path, EISDIR);
  if (IsOpenFileName(path) || (exists && !S_ISREG(info.st_mode))) {
    // Not opened before there is something to write: a pipe would wait for its reader.
    if (::access(path.c_str(), W_OK) != 0) return WriteError(path, errno);
    return std::unique_ptr<OutputFile>(
        new OutputFile(path, "", hprof::FileDescriptor(-1), /*in_place=*/true));
  }
  const std::string directory = DirectoryOf(path);
  if (directory.size() == path.size()) return WriteError(path, EISDIR);
  hprof::FileDescriptor fd = OpenUnnamed(directory);
  std::string temporary;
  if (!fd.valid()) {
    temporary = absl::StrCat(directory, kTemporaryName, "XXXXXX");
    fd = hprof::FileDescriptor(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
    if (!fd.valid()) return WriteError(path, errno);
  }
  ::fchmod(fd.get(), 0600);  // whatever the umask
  return std::unique_ptr<OutputFile>(
      new OutputFile(path, std::move(temporary), std::move(fd), /*in_place=*/false));
}

OutputFile::~OutputFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

absl::Status OutputFile::Append(absl::string_view bytes) {
  const hprof::FileDescriptor opened(in_place_ ? ::open(path_.c_str(), O_WRONLY | O_CLOEXEC) : -1);
  const int fd = in_place_ ? opened.get() : fd_.get();
  if (fd < 0) return WriteError(path_, errno);
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EPIPE && in_place_) return absl::OkStatus();  // as on standard output
    if (n <= 0) return WriteError(path_, n < 0 ? errno : ENOSPC);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return absl::OkStatus();
}

absl::Status OutputFile::Write(absl::string_view bytes) {
  if (absl::Status status = Append(bytes); !status.ok()) return status;
  if (!in_place_ && ::fsync(fd_.get()) != 0) return WriteError(path_, errno);
  return absl::OkStatus();
}

// A file without a name can be given a new one only, so it gets a passing one first.
absl::Status OutputFile::LinkTemporary() {
  for (int i = 0; i < kAttempts; ++i) {
    std::string name = absl::StrCat(DirectoryOf(path_), kTemporaryName, ::getpid(), ".", i);
    if (::linkat(AT_FDCWD, fd_.ProcPath().c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) ==
        0) {
      temporary_ = std::move(name);
      return absl::OkStatus();
    }
    if (errno != EEXIST) break;
  }
  return WriteError(path_, errno);
}

absl::Status OutputFile::Publish() {
  if (in_place_) return absl::OkStatus();
  if (temporary_.empty()) {
    if (absl::Status status = LinkTemporary(); !status.ok()) return status;
  }
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) return WriteError(path_, errno);
  temporary_.clear();
  Sync(DirectoryOf(path_));
  return absl::OkStatus();
}

bool IsSameFile(const std::string& a, const std::string& b) {
  std::error_code neither;
  return std::filesystem::equivalent(a, b, neither);
}

}  // namespace leaktrail::cli
