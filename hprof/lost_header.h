// The header of a dump that the JVM had not written yet when it was killed, as its parts tell it:
// see dump_parts.h. The file itself stays empty until its first buffer of names is full, which a
// JVM with few names reaches only at the end.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "hprof/dump_file.h"

namespace leaktrail::hprof {

// 4 or 8: the size of ids with which the records of the parts, heap segments alone, make sense;
// 0 if neither or both do. Walks over the start of each part.
std::uint32_t IdSizeOf(std::span<const std::unique_ptr<DumpFile>> parts);

// A header, nothing behind it, in the place of `path`: no bytes of it are stored, its time is 0.
std::unique_ptr<DumpFile> MakeHeader(const std::string& path, std::uint32_t id_size);

}  // namespace leaktrail::hprof
