#include "cli/side_arguments.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace leaktrail::cli {

namespace side = analyses::sidefiles;

bool SideArguments::any() const { return names_files() || !limit.empty(); }

bool SideArguments::names_files() const {
  return !bundle.empty() || !cgroup.empty() ||
         std::any_of(std::begin(files), std::end(files),
                     [](const auto& names) { return !names.empty(); });
}

absl::StatusOr<side::SideFiles> ReadSideArguments(const SideArguments& arguments) {
  side::SideFiles files;
  if (!arguments.bundle.empty()) {
    if (absl::Status status = side::AddBundle(arguments.bundle, files); !status.ok()) return status;
  }
  if (!arguments.cgroup.empty()) {
    if (absl::Status status = side::AddCgroup(arguments.cgroup, files); !status.ok()) return status;
  }
  for (std::size_t i = 0; i < std::size(kSideOptions); ++i) {
    for (const std::string& file : arguments.files[i]) {
      absl::Status status = side::AddFile(file, file, kSideOptions[i].kind, files);
      if (!status.ok()) return status;
    }
  }
  if (!arguments.limit.empty()) {
    const auto limit = side::WholeAmount(arguments.limit);
    if (!limit || *limit == 0) {
      return absl::OutOfRangeError(
          absl::StrCat("--limit ", arguments.limit, ": write an amount of memory, as 4Gi or 512m"));
    }
    files.named_limit = limit;
  }
  return files;
}

}  // namespace leaktrail::cli
