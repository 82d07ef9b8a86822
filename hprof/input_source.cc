#include "hprof/input_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hprof/file_kind.h"
#include "hprof/stored_file.h"

namespace leaktrail::hprof {
namespace {

constexpr absl::string_view kStandardInput = "standard input";
// Less in the temporary directory is not worth a word.
constexpr std::uint64_t kWorthAWord = 64 << 20;

absl::Status ErrnoError(const std::string& path, int error) {
  std::string message = absl::StrCat("cannot read ", path, ": ", std::strerror(error));
  if (error == ENOENT) return absl::NotFoundError(absl::StrCat("there is no file ", path));
  if (error == EACCES || error == EPERM) {
    return absl::PermissionDeniedError(absl::StrCat(
        message, " (a JVM writes dumps readable by its own user only: run as that user)"));
  }
  return absl::UnavailableError(message);
}

// A pipe can be read only once: collects it in a spool file. Stops early if it is no heap dump.
absl::Status Collect(InputSource& source, const OpenOptions& options, HeadCheck check) {
  absl::StatusOr<SpoolFile> spool = SpoolFile::Create(options.temporary_directory);
  if (!spool.ok()) return spool.status();
  Announce(options, *spool, absl::StrCat(source.path, " is collected in"), 0);
  std::vector<std::byte> buffer(1 << 20);
  std::size_t filled = 0;
  bool more = true;
  while (more) {
    ssize_t n = ::read(source.fd.get(), buffer.data() + filled, buffer.size() - filled);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoError(source.path, errno);
    more = n > 0;
    filled += static_cast<std::size_t>(n);
    if (more && filled < buffer.size()) continue;
    Bytes bytes = Bytes(buffer).first(filled);
    if (source.size == 0 && filled > 0) {
      if (absl::Status status = check(bytes, source.path); !status.ok()) return status;
    }
    absl::Status status = spool->WriteAt(source.size, bytes);
    source.size += filled;
    filled = 0;
    if (absl::IsResourceExhausted(status)) {
      return DiskFullError(spool->directory(),
                           absl::StrCat("collecting ", source.path, " (",
                                        HumanSize(static_cast<double>(source.size)), " so far)"));
    }
    if (!status.ok()) return status;
  }
  source.fd = std::move(*spool).TakeDescriptor();
  source.collected = true;
  return absl::OkStatus();
}

}  // namespace

std::string HumanSize(double bytes) {
  constexpr const char* kUnits[] = {"bytes", "KB", "MB", "GB", "TB"};
  int unit = 0;
  for (; bytes >= 1000 && unit < 4; ++unit) bytes /= 1000;
  return absl::StrFormat("%.*f %s", unit == 0 ? 0 : 1, bytes, kUnits[unit]);
}

absl::Status DiskFullError(absl::string_view directory, absl::string_view doing) {
  return absl::ResourceExhaustedError(
      absl::StrCat("no space left in ", directory, " while ", doing,
                   ": free some there or name another directory with --tmp"));
}

void Announce(const OpenOptions& options, const SpoolFile& spool, absl::string_view what,
              std::uint64_t bytes) {
  if (!options.announce || (bytes != 0 && bytes < kWorthAWord)) return;
  const std::string need =
      bytes != 0 ? absl::StrCat(", about ", HumanSize(static_cast<double>(bytes))) : "";
  options.announce(absl::StrCat(what, " ", spool.directory(), need, " (",
                                HumanSize(static_cast<double>(spool.FreeBytes())),
                                " free there; --tmp DIR names another directory)"));
}

absl::StatusOr<InputSource> OpenSource(const std::string& path, const OpenOptions& options,
                                       HeadCheck check) {
  InputSource source;
  bool is_stdin = path == "-";
  source.path = is_stdin ? std::string(kStandardInput) : path;
  source.fd = FileDescriptor(is_stdin ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                      : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info;
  if (!source.fd.valid() || ::fstat(source.fd.get(), &info) != 0) {
    return ErrnoError(source.path, errno);
  }
  if (S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(source.path, " is a directory: name the heap dump file in it"));
  }
  source.size = S_ISREG(info.st_mode) ? static_cast<std::uint64_t>(info.st_size) : 0;
  if (!S_ISREG(info.st_mode)) {
    if (absl::Status status = Collect(source, options, check); !status.ok()) return status;
  }
  if (source.size == 0) {
    const char* what = S_ISREG(info.st_mode)
                           ? " is empty: the dump was not written (disk full, or the JVM was "
                             "killed), make it again"
                           : " is empty: the command that should write to it wrote nothing";
    return absl::InvalidArgumentError(absl::StrCat(source.path, what));
  }
  source.head.resize(std::min<std::uint64_t>(source.size, kHeadSize));
  source.head.resize(ReadAt(source.fd.get(), 0, source.head));
  if (source.head.empty()) return ErrnoError(source.path, errno);
  return source;
}

}  // namespace leaktrail::hprof
