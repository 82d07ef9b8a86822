// Limits that are set from outside: resources.limits.memory of a Kubernetes pod, and what Spark
// asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::analyses::sidefiles {

struct ContainerLimit {
  std::uint64_t limit = 0;  // 0: none
  bool oom_killed = false;  // was last ended by the kernel
};

struct PodLimits {
  std::vector<ContainerLimit> containers;  // the JVM's may be any of them
  // FlinkDeployment: resource.memory of the processes of a role; 0: not told.
  std::uint64_t task_manager = 0, job_manager = 0;

  // That with the largest limit: what is beside a JVM (proxies, log shippers) needs less. Null: no
  // container with a limit.
  const ContainerLimit* Largest() const;
};

std::optional<PodLimits> ParsePod(absl::string_view text, std::vector<Unread>& unread);

// Of spark-defaults.conf or a spark-submit command line.
struct SparkSettings {
  std::optional<std::uint64_t> memory, overhead, off_heap, pyspark;  // of an executor
  std::optional<double> overhead_factor, kubernetes_factor;
  bool off_heap_enabled = false;

  std::uint64_t Overhead() const;  // as given, else the larger of 384 MiB and its share of memory
  std::uint64_t Total() const;     // what the container gets
};

std::optional<SparkSettings> ParseSparkSettings(absl::string_view text,
                                                std::vector<Unread>& unread);

}  // namespace leaktrail::analyses::sidefiles
