// What the user named, as an open file that can be read at any place: pipes and standard input are
// collected in a temporary file first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "hprof/cursor.h"
#include "hprof/dump_file.h"
#include "hprof/spool_file.h"

namespace leaktrail::hprof {

struct InputSource {
  std::string path;  // "standard input" for -
  FileDescriptor fd;
  std::uint64_t size = 0;
  bool collected = false;       // it lies in the temporary directory
  std::vector<std::byte> head;  // the first kHeadSize bytes
};

// Ends the work with an error if that is no dump: its first bytes, and the name for the message.
using HeadCheck = absl::FunctionRef<absl::Status(Bytes head, absl::string_view path)>;

// `check` sees the first bytes of a pipe before the rest is collected. "-" is standard input.
absl::StatusOr<InputSource> OpenSource(const std::string& path, const OpenOptions& options,
                                       HeadCheck check);

std::string HumanSize(double bytes);  // "1.2 GB"

// Tells options.announce what will be put into the directory of `spool`, if that is worth a word.
// `bytes` is 0 where nobody knows.
void Announce(const OpenOptions& options, const SpoolFile& spool, absl::string_view what,
              std::uint64_t bytes);

absl::Status DiskFullError(absl::string_view directory, absl::string_view doing);

}  // namespace leaktrail::hprof
