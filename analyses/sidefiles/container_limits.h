// Limits that are set from outside: resources.limits.memory of a Kubernetes pod, and what Spark
// asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::analyses::sidefiles {

struct PodLimits {
  std::uint64_t limit = 0;       // the largest of its containers
  std::uint64_t request = 0;     // 0: none
  std::uint64_t containers = 0;  // with a limit
  std::uint64_t oom_killed = 0;  // containers that were last ended by the kernel
};

// A pod, or what makes pods (deployment, stateful set, FlinkDeployment), as `kubectl get -o yaml`
// or a manifest has it.
std::optional<PodLimits> ParsePod(absl::string_view text, std::vector<Unread>& unread);

// Of spark-defaults.conf or a spark-submit command line.
struct SparkSettings {
  std::optional<std::uint64_t> memory, overhead, off_heap, pyspark;  // of an executor
  std::optional<double> overhead_factor;

  std::uint64_t Overhead() const;  // as given, else the larger of 384 MiB and its share of memory
  std::uint64_t Total() const;     // what the container gets
};

std::optional<SparkSettings> ParseSparkSettings(absl::string_view text,
                                                std::vector<Unread>& unread);

}  // namespace leaktrail::analyses::sidefiles
