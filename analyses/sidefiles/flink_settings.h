// What Flink was told to use for what: its configuration (flink-conf.yaml, config.yaml), and the
// table that a TaskManager or JobManager prints into its log when it starts. The table is what it
// came to, so it counts more.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/jvm_facts.h"
#include "analyses/sidefiles/out_of_memory.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::analyses::sidefiles {

// The keys of a configuration that are about memory, as they are written: sizes, fractions and the
// state backend. Nothing else of the file is kept: configurations hold passwords.
struct FlinkConfiguration {
  std::map<std::string, std::string> values;
  bool nested = false;  // the format of Flink 1.19 and later

  std::optional<std::uint64_t> Size(absl::string_view key) const;
  std::optional<double> Fraction(absl::string_view key) const;
  std::string Word(absl::string_view key) const;  // "" if not set or no word of letters
};

std::optional<FlinkConfiguration> ParseFlinkConfiguration(absl::string_view text,
                                                          std::vector<Unread>& unread);

// "Final TaskExecutor Memory configuration", "Final Master Memory configuration"; bytes. A
// JobManager's heap and off-heap memory are the task's here; it has none of the others.
struct FlinkMemoryTable {
  std::uint64_t process = 0, flink = 0;
  std::uint64_t framework_heap = 0, task_heap = 0;
  std::uint64_t managed = 0;
  std::uint64_t framework_off_heap = 0, task_off_heap = 0, network = 0;
  std::uint64_t metaspace = 0, overhead = 0;
};

// A log: of a process of Flink with its table, or any other with errors of memory.
struct JavaLog {
  std::optional<FlinkMemoryTable> task_manager, job_manager;
  ErrorCounts errors, mentions;  // OutOfMemoryErrors, and lines that only name one
  VmFlags flags;
  JvmVersion version;
};

std::optional<JavaLog> ParseJavaLog(absl::string_view text, std::vector<Unread>& unread);

}  // namespace leaktrail::analyses::sidefiles
