// Opens one file, plain or compressed, as a dump or as a part of one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "hprof/dump_file.h"
#include "hprof/import_health.h"

namespace leaktrail::hprof {

enum class Content : std::uint8_t {
  kDump,  // begins with the header of HPROF
  kPart,  // of a dump that a JVM 22 or newer did not finish: heap segments alone
};

// As DumpFile::Open, of this one file.
absl::StatusOr<std::unique_ptr<DumpFile>> OpenSingleFile(const std::string& path, Content content,
                                                         const OpenOptions& options,
                                                         ImportHealth& health);

}  // namespace leaktrail::hprof
