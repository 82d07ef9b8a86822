// What a JVM 22 or newer leaves when it is killed while it dumps: the file itself, with the names
// at best, and beside it a part for each of the threads that wrote (FILE.p0, FILE.p1, ...), which
// would have been appended to it at the end. Source: OpenJDK src/hotspot/share/services/
// heapDumper.cpp, DumpMerger.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "hprof/dump_file.h"
#include "hprof/import_health.h"

namespace leaktrail::hprof {

// `base`, or, if it is such a file and there are parts beside it, all of them as one dump, counted
// as kUnfinishedParts. Nothing is done for a dump that has its end record. Costs the listing of a
// directory; only where there are parts, a walk over the records.
absl::StatusOr<std::unique_ptr<DumpFile>> WithPartsBeside(std::unique_ptr<DumpFile> base,
                                                          const OpenOptions& options,
                                                          ImportHealth& health);

// The same where `path` is missing or still empty, so that opening it gave `reason`: the parts
// beside it as one dump, or `reason` if there are none. An error if they do not tell the size of
// ids.
absl::StatusOr<std::unique_ptr<DumpFile>> FromPartsAlone(const std::string& path,
                                                         const absl::Status& reason,
                                                         const OpenOptions& options,
                                                         ImportHealth& health);

// One dump of several, one behind the other. Of the first, only its first `first_size` bytes.
std::unique_ptr<DumpFile> JoinDumps(std::vector<std::unique_ptr<DumpFile>> pieces,
                                    std::uint64_t first_size);

}  // namespace leaktrail::hprof
