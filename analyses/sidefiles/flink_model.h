// Flink's memory model of a TaskManager (since 1.10): process = heap + managed + direct (framework
// and task off-heap, network) + metaspace + overhead.
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
};

// The best there is: the table of a log, else the dump's, else what the configuration comes to.
std::optional<FlinkModel> FindFlinkModel(const SideFiles& files, const DumpFigures* dump);

// With the defaults of Flink 1.10 to 1.16: metaspace 256 MiB; overhead 10 % of the process, from
// 192 MiB to 1 GiB; network 10 % of Flink's memory, from 64 MiB to 1 GiB (later versions: without
// an upper bound); managed 40 % of it; framework heap and off-heap 128 MiB each. None if neither
// the size of the process nor that of Flink is set.
std::optional<FlinkMemoryTable> ComputeFlinkMemory(const FlinkConfiguration& configuration);

// "1.7 GiB (flink-conf.yaml) = heap 384.0 MiB + managed 512.0 MiB + ..."
std::string FlinkModelText(const FlinkModel& model);

}  // namespace leaktrail::analyses::sidefiles
