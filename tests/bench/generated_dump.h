// A heap for benchmarks: made in memory in a second or two, with the proportions of a service's
// heap (1.5 references per object, one object in seven referred to more than once, some long
// lists).
#pragma once

#include <cstdint>
#include <memory>

#include "hprof/dump_file.h"

namespace leaktrail::testing {

std::unique_ptr<hprof::DumpFile> GenerateDump(std::uint32_t objects);

}  // namespace leaktrail::testing
