// The header of a dump without opening it: a few bytes are read, and unpacked if need be.
#pragma once

#include <optional>
#include <string>

#include "hprof/record_index.h"

namespace leaktrail::hprof {

// Nothing if the file is no HPROF dump, plain, gzip or zstd, or cannot be read.
std::optional<Header> PeekHeader(const std::string& path);

}  // namespace leaktrail::hprof
