// Tells by its first bytes what a file is that somebody takes for a heap dump.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "hprof/cursor.h"
#include "hprof/dump_file.h"

namespace leaktrail::hprof {

// So many bytes from the start of a file are enough for the functions below.
inline constexpr std::size_t kHeadSize = 512;

bool IsHprof(Bytes head);
// A heap segment with time 0 and no header before it: a part of a dump that was not put together.
bool IsDumpPart(Bytes head);
Compression DetectCompression(Bytes head);

// For a `head` that is not HPROF: one sentence that says what `path` is and what to do. `unpacked`:
// head is what came out of the compressed file `path`.
absl::Status NotHprofError(Bytes head, absl::string_view path, bool unpacked);

}  // namespace leaktrail::hprof
