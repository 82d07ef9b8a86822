#include "hprof/choose_heap.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace leaktrail::hprof {

absl::StatusOr<std::size_t> ChooseHeap(const DumpFile& file, const RecordIndex& index, int wanted) {
  const int heaps = static_cast<int>(index.heaps.size());
  if (heaps == 0) {
    return absl::DataLossError(absl::StrCat(
        file.path(), ": no heap dump in the file (", file.size(),
        " bytes). If the JVM (22 or later) was killed while it dumped, look for parts named ",
        file.path(), ".p0, .p1, ... beside it"));
  }
  if (wanted >= heaps) {
    return absl::InvalidArgumentError(absl::StrCat(file.path(), ": no heap dump number ", wanted,
                                                   "; the file has ", heaps, ", numbered from 0"));
  }
  return static_cast<std::size_t>(wanted < 0 ? heaps - 1 : wanted);
}

}  // namespace leaktrail::hprof
