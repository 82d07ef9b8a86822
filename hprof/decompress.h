// Unpacks gzip and zstd into a spool file.
//
// Memory is bounded by a few MiB per thread (zstd: up to 128 MiB for the window of the largest
// level), whatever the sizes written in the file say. Damage is counted in `health`, never an
// error: what was unpacked before it is kept.
#pragma once

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "hprof/cursor.h"
#include "hprof/dump_file.h"
#include "hprof/import_health.h"
#include "hprof/spool_file.h"

namespace leaktrail::hprof {

struct UnpackTask {
  Bytes input;      // the whole compressed file
  int threads = 1;  // used for gzip as the JDK writes it
  // Asked once, with the first bytes that come out (at least kHeadSize if there are so many),
  // before anything is written; its error ends the work.
  absl::FunctionRef<absl::Status(Bytes head)> accept;
  // Told from time to time how much of the input is done with.
  absl::FunctionRef<void(std::uint64_t consumed)> forget;
  const SpoolFile& output;
  ImportHealth& health;
  // Progress, also valid after an error.
  std::uint64_t consumed = 0;  // bytes of the input
  std::uint64_t produced = 0;  // bytes of the output, all of them written if there is no error
};

// Errors: those of `accept` and of the spool file, and kUnimplemented for zstd windows above 128
// MiB.
absl::Status Unpack(Compression compression, UnpackTask& task);

}  // namespace leaktrail::hprof
