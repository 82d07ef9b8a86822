// A file that appears when it is complete, or not at all: until then its bytes stand in a file
// without a name, in the same directory, that goes with the process.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hprof/spool_file.h"

namespace leaktrail::cli {

class OutputFile {
 public:
  // Says at once what cannot be written: no such directory, no permission, `path` is a directory.
  // A file that is there already stays as it is until Publish() replaces it. What is no ordinary
  // file (a device, a pipe) is written to, not replaced.
  static absl::StatusOr<std::unique_ptr<OutputFile>> Create(const std::string& path);
  // Leaves nothing behind if Publish() has not been called, or has failed.
  ~OutputFile();

  const std::string& path() const { return path_; }

  // Writes a part of it.
  absl::Status Append(absl::string_view bytes);
  // Writes all there is, or what is left of it; on the disk when it returns, but not there to be
  // seen.
  absl::Status Write(absl::string_view bytes);
  // Gives it its name. Mode 0600.
  absl::Status Publish();

 private:
  OutputFile(std::string path, std::string temporary, hprof::FileDescriptor fd, bool in_place)
      : path_(std::move(path)),
        temporary_(std::move(temporary)),
        fd_(std::move(fd)),
        in_place_(in_place) {}
  absl::Status LinkTemporary();

  const std::string path_;
  std::string temporary_;  // name until it is complete; "" without one
  const hprof::FileDescriptor fd_;
  const bool in_place_;
};

// Whether both name the same file, and there is one.
bool IsSameFile(const std::string& a, const std::string& b);

}  // namespace leaktrail::cli
