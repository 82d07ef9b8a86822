// gzip as HotSpot writes it: independent members of at most BLOCKSIZE bytes, announced in a comment
// of the first header. Source: OpenJDK src/hotspot/share/services/heapDumperCompression.cpp.
#pragma once

#include "absl/status/status.h"
#include "hprof/decompress.h"

namespace leaktrail::hprof {

// Unpacks members in parallel from task.consumed on and stops, without an error, before the first
// that does not look or inflate as expected; the caller goes on there by other means. Does nothing
// for a file that HotSpot did not write.
absl::Status UnpackHotSpotMembers(UnpackTask& task);

}  // namespace leaktrail::hprof
