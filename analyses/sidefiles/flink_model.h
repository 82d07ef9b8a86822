// Flink's memory model (since 1.10). Of a TaskManager: process = heap + managed + direct (framework
// and task off-heap, network) + metaspace + overhead; a JobManager has neither managed memory nor
// network buffers.
#pragma once

#include <optional>
#include <string>

#include "analyses/sidefiles/dump_figures.h"
#include "analyses/sidefiles/flink_settings.h"
#include "analyses/sidefiles/side_files.h"

namespace leaktrail::analyses::sidefiles {

struct FlinkModel {
  FlinkMemoryTable table;
  std::string source;     // file, or "dump"
  bool computed = false;  // from the configuration with Flink's defaults for what it leaves out
  FlinkRole role = FlinkRole::kTaskManager;
  // Computed, and since 1.17 network buffers have no upper bound by default: what they come to
  // then, with so much less for the heap; 0: the same.
  std::uint64_t network_since_17 = 0;

  // "taskmanager.memory.", "jobmanager.memory.".
  absl::string_view prefix() const;
};

// Which process of Flink the files are of: by its dump, its command line, the table in its log, or
// a configuration of one role alone.
FlinkRole FindFlinkRole(const SideFiles& files, const DumpFigures* dump);

// The best there is for that role: the table of a log, else the dump's, else what the configuration
// comes to. None without a role.
std::optional<FlinkModel> FindFlinkModel(const SideFiles& files, const DumpFigures* dump);

// A TaskManager, with the defaults of Flink: metaspace 256 MiB; overhead 10 % of the process, from
// 192 MiB to 1 GiB; network 10 % of Flink's memory, from 64 MiB to 1 GiB (since 1.17, `since_17`,
// without an upper bound); managed 40 % of it; framework heap and off-heap 128 MiB each. None if
// neither the size of the process nor that of Flink is set.
std::optional<FlinkMemoryTable> ComputeFlinkMemory(const FlinkConfiguration& configuration,
                                                   bool since_17);

// A JobManager: metaspace and overhead as above, 128 MiB off-heap, and the rest is heap.
std::optional<FlinkMemoryTable> ComputeJobManagerMemory(const FlinkConfiguration& configuration);

// "1.7 GiB (flink-conf.yaml) = heap 384.0 MiB + managed 512.0 MiB + ..."
std::string FlinkModelText(const FlinkModel& model);

}  // namespace leaktrail::analyses::sidefiles
