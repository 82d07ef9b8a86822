// Unpacks gzip, zstd, bzip2 and xz into a spool file, through their own libraries: the filters of
// Boost.Iostreams lose up to a buffer of output before damage, accept cut-off zstd, and tell
// neither where a stream ended nor how much memory xz may ask for.
//
// Memory is bounded by a few MiB (zstd and xz: up to 128 MiB for the window of the largest levels),
// whatever the sizes written in the file say. Damage is counted in `health`, never an error: what
// was unpacked before it is kept.
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
  Bytes input;  // the whole compressed file
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

// Errors: those of `accept` and of the spool file, and kUnimplemented for windows above 128 MiB.
absl::Status Unpack(Compression compression, UnpackTask& task);

// What `input` says that it unpacks to; 0 if it does not say. Not to be relied on: a damaged file
// says anything, and gzip says it modulo 2^32, of the last member.
std::uint64_t AnnouncedSize(Compression compression, Bytes input);

}  // namespace leaktrail::hprof
