// The options that name files beside a dump.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "analyses/sidefiles/side_files.h"

namespace leaktrail::cli {

struct SideOption {
  const char* name;  // "--nmt"
  analyses::sidefiles::SideKind kind;
};

inline constexpr SideOption kSideOptions[] = {
    {"--nmt", analyses::sidefiles::SideKind::kNativeTracking},
    {"--smaps", analyses::sidefiles::SideKind::kSmaps},
    {"--status", analyses::sidefiles::SideKind::kStatus},
    {"--metaspace", analyses::sidefiles::SideKind::kMetaspace},
    {"--clstats", analyses::sidefiles::SideKind::kClassLoaders},
    {"--heap-info", analyses::sidefiles::SideKind::kHeapInfo},
    {"--thread-dump", analyses::sidefiles::SideKind::kThreads},
    {"--vm-flags", analyses::sidefiles::SideKind::kVmFlags},
    {"--gc-log", analyses::sidefiles::SideKind::kGcLog},
    {"--hs-err", analyses::sidefiles::SideKind::kCrashReport},
    {"--jstat", analyses::sidefiles::SideKind::kJstat},
    {"--flink-conf", analyses::sidefiles::SideKind::kFlinkConfiguration},
    {"--log", analyses::sidefiles::SideKind::kJavaLog},
    {"--pod", analyses::sidefiles::SideKind::kPod},
    {"--spark-conf", analyses::sidefiles::SideKind::kSpark}};

struct SideArguments {
  std::string bundle;  // a directory; "": none
  std::string cgroup;
  std::string limit;                                        // as given
  std::vector<std::string> files[std::size(kSideOptions)];  // for each option

  bool any() const;
  bool names_files() const;  // not only a limit
};

// Reads all of them: the bundle first, as what is named counts more. Errors: OutOfRange for words
// that are wrong, else files that cannot be read.
absl::StatusOr<analyses::sidefiles::SideFiles> ReadSideArguments(const SideArguments& arguments);

}  // namespace leaktrail::cli
