// A temporary file without a name, for bytes that have to be unpacked or collected from a pipe. Its
// space is free again as soon as it is closed, even after a crash.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "hprof/cursor.h"

namespace leaktrail::hprof {

// Owns a file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor();

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  // A path under which the open file can be opened again, also when it has no name.
  std::string ProcPath() const;

 private:
  int fd_ = -1;
};

class SpoolFile {
 public:
  // In `directory`; empty: $TMPDIR, else /tmp. Errors name the directory and --tmp.
  static absl::StatusOr<SpoolFile> Create(const std::string& directory);

  // No byte is written at or behind `bytes`; without this there is no limit.
  void set_limit(std::uint64_t bytes) { limit_ = bytes; }
  std::uint64_t limit() const { return limit_; }

  // Thread-safe. kResourceExhausted when the directory is full, kFailedPrecondition when the limit
  // is reached.
  absl::Status WriteAt(std::uint64_t offset, Bytes bytes) const;

  // Bytes that the file system of the directory has left for us.
  std::uint64_t FreeBytes() const;

  const std::string& directory() const { return directory_; }
  FileDescriptor TakeDescriptor() && { return std::move(fd_); }

 private:
  SpoolFile(FileDescriptor fd, std::string directory)
      : fd_(std::move(fd)), directory_(std::move(directory)) {}

  FileDescriptor fd_;
  std::string directory_;
  std::uint64_t limit_ = ~std::uint64_t{0};
};

}  // namespace leaktrail::hprof
