#include "hprof/spool_file.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace leaktrail::hprof {
namespace {

std::string ChooseDirectory(const std::string& wanted) {
  if (!wanted.empty()) return wanted;
  const char* from_environment = std::getenv("TMPDIR");
  return from_environment != nullptr && *from_environment != '\0' ? from_environment : "/tmp";
}

// O_TMPFILE needs support by the file system (NFS and some overlays have none).
FileDescriptor OpenUnnamed(const std::string& directory) {
  FileDescriptor fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd.valid()) return fd;
  std::string path = absl::StrCat(directory, "/leaktrail-XXXXXX");
  fd = FileDescriptor(::mkostemp(path.data(), O_CLOEXEC));
  if (fd.valid()) ::unlink(path.c_str());
  return fd;
}

bool IsOutOfSpace(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

std::string FileDescriptor::ProcPath() const { return absl::StrCat("/proc/self/fd/", fd_); }

absl::StatusOr<SpoolFile> SpoolFile::Create(const std::string& directory) {
  std::string chosen = ChooseDirectory(directory);
  FileDescriptor fd = OpenUnnamed(chosen);
  if (!fd.valid()) {
    std::string message =
        absl::StrCat("cannot make a temporary file in ", chosen, " (", std::strerror(errno),
                     "): name another directory with --tmp");
    return absl::FailedPreconditionError(message);
  }
  return SpoolFile(std::move(fd), std::move(chosen));
}

std::uint64_t SpoolFile::FreeBytes() const {
  struct statvfs info;
  if (::fstatvfs(fd_.get(), &info) != 0) return ~std::uint64_t{0};
  return std::uint64_t{info.f_bavail} * info.f_frsize;
}

absl::Status SpoolFile::WriteAt(std::uint64_t offset, Bytes bytes) const {
  if (offset > limit_ || bytes.size() > limit_ - offset) {
    return absl::FailedPreconditionError("the temporary file has reached its limit");
  }
  while (!bytes.empty()) {
    ssize_t n = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && IsOutOfSpace(errno)) return absl::ResourceExhaustedError(std::strerror(errno));
    if (n <= 0) {
      return absl::UnavailableError(absl::StrCat("cannot write to the temporary file in ",
                                                 directory_, ": ", std::strerror(errno)));
    }
    bytes = bytes.subspan(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return absl::OkStatus();
}

}  // namespace leaktrail::hprof
