// Which of the heap dumps in a file is read.
#pragma once

#include <cstddef>

#include "absl/status/statusor.h"
#include "hprof/dump_file.h"
#include "hprof/record_index.h"

namespace leaktrail::hprof {

// The index of heap dump number `wanted`, or of the last for -1. Errors: there is none.
absl::StatusOr<std::size_t> ChooseHeap(const DumpFile& file, const RecordIndex& index, int wanted);

}  // namespace leaktrail::hprof
