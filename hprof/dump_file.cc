#include "hprof/dump_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/iostreams/device/mapped_file.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "hprof/decompress.h"
#include "hprof/file_kind.h"
#include "hprof/spool_file.h"

namespace leaktrail::hprof {
namespace {

constexpr absl::string_view kStandardInput = "standard input";

std::size_t ReadAt(int fd, std::uint64_t offset, std::span<std::byte> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    ssize_t n =
        ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

// A read-only map of a whole file. The only user of Boost.
class FileMap {
 public:
  // False if the file cannot be mapped (address space limit, a file system without maps).
  bool Open(const std::string& path) {
    try {
      source_.open(path);
      return source_.is_open();
    } catch (const std::exception&) {
      return false;
    }
  }

  Bytes bytes() const {
    if (!source_.is_open()) return {};
    return Bytes(reinterpret_cast<const std::byte*>(source_.data()), source_.size());
  }

  // Gives back the memory of the first `end` bytes; they can still be read, from the file again.
  void Forget(std::uint64_t end) {
    constexpr std::uint64_t kStep = 16 << 20;  // a multiple of all page sizes
    end = end / kStep * kStep;
    if (end <= forgotten_) return;
    Bytes part = bytes().subspan(forgotten_, end - forgotten_);
    ::madvise(const_cast<std::byte*>(part.data()), part.size(), MADV_DONTNEED);
    forgotten_ = end;
  }

 private:
  boost::iostreams::mapped_file_source source_;
  std::uint64_t forgotten_ = 0;
};

class MemoryDump final : public DumpFile {
 public:
  MemoryDump(std::vector<std::byte> bytes, absl::string_view name)
      : DumpFile(std::string(name), bytes.size()), bytes_(std::move(bytes)) {
    stored_size_ = size_;
  }

  std::size_t Read(std::uint64_t offset, std::span<std::byte> out) const override {
    if (offset >= size_) return 0;
    Bytes bytes = Bytes(bytes_).subspan(offset);
    std::size_t n = std::min(bytes.size(), out.size());
    std::copy_n(bytes.begin(), n, out.begin());
    return n;
  }

  Bytes View(std::uint64_t offset, std::uint64_t length, std::vector<std::byte>&) const override {
    if (offset >= size_) return {};
    return Bytes(bytes_).subspan(offset, std::min(length, size_ - offset));
  }

 private:
  std::vector<std::byte> bytes_;
};

// By which a change of an open file is told.
class FileStamp {
 public:
  explicit FileStamp(int fd) { known_ = ::fstat(fd, &info_) == 0; }

  absl::Status CheckUnchanged(int fd, absl::string_view path) const {
    struct stat now;
    if (!known_ || ::fstat(fd, &now) != 0) return absl::OkStatus();
    if (now.st_size != info_.st_size) {
      const bool grows = now.st_size > info_.st_size;
      return absl::UnavailableError(
          absl::StrCat(path, " has changed its size while it was read, from ", info_.st_size,
                       " to ", now.st_size, " bytes: ",
                       grows ? "is it still being written? Wait until it is complete, and try again"
                             : "copy it to a place where nobody changes it, and try again"));
    }
    if (now.st_mtim.tv_sec == info_.st_mtim.tv_sec && now.st_mtim.tv_nsec == info_.st_mtim.tv_nsec)
      return absl::OkStatus();
    return absl::UnavailableError(
        absl::StrCat(path,
                     " was written to while it was read: wait until that is over, or copy it, and "
                     "try again"));
  }

 private:
  struct stat info_;
  bool known_;
};

// A plain dump on disk, or one in a spool file.
class StoredDump final : public DumpFile {
 public:
  StoredDump(std::string path, FileDescriptor fd, std::uint64_t size, Compression compression,
             std::uint64_t stored_size)
      : DumpFile(std::move(path), size), fd_(std::move(fd)), stamp_(fd_.get()) {
    compression_ = compression;
    stored_size_ = stored_size;
    map_.Open(fd_.ProcPath()) || (compression == Compression::kNone && map_.Open(path_));
  }

  absl::Status CheckUnchanged() const override { return stamp_.CheckUnchanged(fd_.get(), path_); }

  std::size_t Read(std::uint64_t offset, std::span<std::byte> out) const override {
    if (offset >= size_) return 0;
    return ReadAt(fd_.get(), offset,
                  out.first(std::min<std::uint64_t>(out.size(), size_ - offset)));
  }

  Bytes View(std::uint64_t offset, std::uint64_t length,
             std::vector<std::byte>& scratch) const override {
    if (offset >= size_) return {};
    length = std::min(length, size_ - offset);
    if (offset + length <= map_.bytes().size()) return map_.bytes().subspan(offset, length);
    scratch.resize(length);
    return Bytes(scratch).first(Read(offset, scratch));
  }

 private:
  FileDescriptor fd_;
  FileStamp stamp_;
  FileMap map_;
};

// What the user named, as an open file that can be read at any place.
struct Source {
  std::string path;
  FileDescriptor fd;
  std::uint64_t size = 0;
  std::vector<std::byte> head;
};

std::string HumanSize(double bytes) {
  constexpr const char* kUnits[] = {"bytes", "KB", "MB", "GB", "TB"};
  int unit = 0;
  for (; bytes >= 1000 && unit < 4; ++unit) bytes /= 1000;
  return absl::StrFormat("%.*f %s", unit == 0 ? 0 : 1, bytes, kUnits[unit]);
}

absl::Status ErrnoError(const std::string& path, int error) {
  std::string message = absl::StrCat("cannot read ", path, ": ", std::strerror(error));
  if (error == ENOENT) return absl::NotFoundError(absl::StrCat("there is no file ", path));
  if (error == EACCES || error == EPERM) {
    return absl::PermissionDeniedError(absl::StrCat(
        message, " (a JVM writes dumps readable by its own user only: run as that user)"));
  }
  return absl::UnavailableError(message);
}

absl::Status DiskFullError(absl::string_view directory, absl::string_view doing) {
  return absl::ResourceExhaustedError(
      absl::StrCat("no space left in ", directory, " while ", doing,
                   ": free some there or name another directory with --tmp"));
}

// A pipe can be read only once: collects it in a spool file. Stops early if it is no heap dump.
absl::Status Collect(Source& source, const OpenOptions& options) {
  absl::StatusOr<SpoolFile> spool = SpoolFile::Create(options.temporary_directory);
  if (!spool.ok()) return spool.status();
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
    if (source.size == 0 && filled > 0 && !IsHprof(bytes) &&
        DetectCompression(bytes) == Compression::kNone) {
      return NotHprofError(bytes, source.path, false);
    }
    absl::Status status = spool->WriteAt(source.size, bytes);
    source.size += filled;
    filled = 0;
    if (absl::IsResourceExhausted(status)) {
      return DiskFullError(spool->directory(), absl::StrCat("collecting ", source.path, " (",
                                                            HumanSize(source.size), " so far)"));
    }
    if (!status.ok()) return status;
  }
  source.fd = std::move(*spool).TakeDescriptor();
  return absl::OkStatus();
}

absl::StatusOr<Source> OpenSource(const std::string& path, const OpenOptions& options) {
  Source source;
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
    if (absl::Status status = Collect(source, options); !status.ok()) return status;
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

// What a compressed file may unpack to. Heaps of zeros shrink to a few thousandths of their size;
// what shrinks more is made to fill the disk.
std::uint64_t InflateLimit(const OpenOptions& options, const Source& source) {
  constexpr std::uint64_t kMostRatio = 1000;
  constexpr std::uint64_t kLeast = std::uint64_t{1} << 30;
  if (options.max_inflate > 0) return options.max_inflate;
  return std::max(kLeast, source.size * kMostRatio);
}

absl::Status ExplainUnpackError(const absl::Status& status, const Source& source,
                                const SpoolFile& spool, const UnpackTask& task) {
  if (absl::IsFailedPrecondition(status)) {
    return absl::FailedPreconditionError(
        absl::StrCat(source.path, " (", HumanSize(static_cast<double>(source.size)),
                     ") unpacks to more than ", HumanSize(static_cast<double>(spool.limit())),
                     ": if it is a heap dump all the same, allow more with --max-inflate SIZE"));
  }
  if (absl::IsResourceExhausted(status)) {
    double need = static_cast<double>(task.produced) * source.size / std::max(task.consumed, 1ul);
    return DiskFullError(spool.directory(),
                         absl::StrCat("unpacking ", source.path, " (", HumanSize(task.produced),
                                      " unpacked, about ", HumanSize(need), " needed)"));
  }
  if (absl::IsUnimplemented(status)) {
    return absl::UnimplementedError(absl::StrCat(source.path, " cannot be unpacked here, ",
                                                 status.message(), ": unpack it with `zstd -d ",
                                                 "--long=31 ", source.path, "`"));
  }
  return status;
}

absl::StatusOr<std::unique_ptr<DumpFile>> OpenCompressed(const Source& source,
                                                         Compression compression,
                                                         const OpenOptions& options,
                                                         ImportHealth& health) {
  FileMap map;
  if (!map.Open(source.fd.ProcPath()) && !map.Open(source.path)) {
    return absl::UnavailableError(
        absl::StrCat("cannot map ", source.path, " into memory: unpack it first"));
  }
  absl::StatusOr<SpoolFile> spool = SpoolFile::Create(options.temporary_directory);
  if (!spool.ok()) return spool.status();
  spool->set_limit(InflateLimit(options, source));
  const FileStamp stamp(source.fd.get());
  auto accept = [&](Bytes head) {
    return IsHprof(head) ? absl::OkStatus() : NotHprofError(head, source.path, true);
  };
  auto forget = [&](std::uint64_t consumed) { map.Forget(consumed); };
  UnpackTask task = {.input = map.bytes(),
                     .threads = options.threads,
                     .accept = accept,
                     .forget = forget,
                     .output = *spool,
                     .health = health};
  if (absl::Status status = Unpack(compression, task); !status.ok()) {
    return ExplainUnpackError(status, source, *spool, task);
  }
  if (absl::Status changed = stamp.CheckUnchanged(source.fd.get(), source.path); !changed.ok()) {
    return changed;
  }
  if (task.produced == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(source.path, " holds no data (", Name(compression),
                     ", empty or cut off at its start): make or copy the dump again"));
  }
  return std::make_unique<StoredDump>(source.path, std::move(*spool).TakeDescriptor(),
                                      task.produced, compression, source.size);
}

}  // namespace

absl::string_view Name(Compression compression) {
  switch (compression) {
    case Compression::kGzip:
      return "gzip";
    case Compression::kZstd:
      return "zstd";
    default:
      return "none";
  }
}

absl::StatusOr<std::unique_ptr<DumpFile>> DumpFile::Open(const std::string& path,
                                                         const OpenOptions& options,
                                                         ImportHealth& health) {
  absl::StatusOr<Source> source = OpenSource(path, options);
  if (!source.ok()) return source.status();
  Compression compression = DetectCompression(source->head);
  if (compression != Compression::kNone) {
    return OpenCompressed(*source, compression, options, health);
  }
  if (!IsHprof(source->head)) return NotHprofError(source->head, source->path, false);
  return std::make_unique<StoredDump>(source->path, std::move(source->fd), source->size,
                                      Compression::kNone, source->size);
}

std::unique_ptr<DumpFile> DumpFile::FromMemory(std::vector<std::byte> bytes,
                                               absl::string_view name) {
  return std::make_unique<MemoryDump>(std::move(bytes), name);
}

}  // namespace leaktrail::hprof
