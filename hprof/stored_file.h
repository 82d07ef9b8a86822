// A file on disk that is open for reading: its map, reading without one, and whether it changes.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "hprof/cursor.h"

namespace leaktrail::hprof {

// Copies up to out.size() bytes from `offset` on; fewer only at the end of the file or after an
// error. Thread-safe.
std::size_t ReadAt(int fd, std::uint64_t offset, std::span<std::byte> out);

// A read-only map of a whole file.
class FileMap {
 public:
  FileMap();
  ~FileMap();
  FileMap(FileMap&&) noexcept;

  // False if the file cannot be mapped (address space limit, a file system without maps).
  bool Open(const std::string& path);
  // Empty if there is no map.
  Bytes bytes() const;
  // Gives back the memory of the first `end` bytes; they can still be read, from the file again.
  void Forget(std::uint64_t end);

 private:
  struct Source;
  std::unique_ptr<Source> source_;
  std::uint64_t forgotten_ = 0;
};

// By which a change of an open file is told: its size and the time of its last change.
class FileStamp {
 public:
  explicit FileStamp(int fd) { known_ = ::fstat(fd, &info_) == 0; }

  // An error, with what to do, if the file is not any more what it was.
  absl::Status CheckUnchanged(int fd, absl::string_view path) const;

 private:
  struct stat info_;
  bool known_;
};

}  // namespace leaktrail::hprof
