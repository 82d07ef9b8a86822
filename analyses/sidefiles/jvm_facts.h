// What many files tell in passing: which JVM it was, and with which limits it ran.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::analyses::sidefiles {

struct JvmVersion {
  int feature = 0;  // 8, 17, 25; 0: not known
  int update = 0;   // of 8: the number behind the u; of others the third number

  bool known() const { return feature > 0; }
  std::string Text() const;  // "JDK 8u131", "JDK 17.0.15"
};

// From the first line that names one: `VM.version`, the head of a thread dump, of a crash report or
// of a GC log. JDK 8 calls its VM 25.131-b11, which is none of JDK 25.
JvmVersion FindJvmVersion(absl::string_view text);

// Bytes; none: not said.
struct VmFlags {
  std::optional<std::uint64_t> max_heap, max_metaspace, max_direct, thread_stack, code_cache;
  std::string collector;  // "G1", "Parallel", "Serial", "Z", "Shenandoah", "CMS"; "": not said

  bool any() const { return max_heap || max_metaspace || max_direct || thread_stack || code_cache; }
};

// Flags as `jcmd PID VM.flags`, `VM.command_line`, a GC log of JDK 8, a Flink log or a crash report
// list them: "-XX:MaxHeapSize=1024", "-Xmx1g", "size_t MaxHeapSize = 1024 {product}". What is there
// already stays, unless the new one is given later in the same text.
void ReadVmFlags(absl::string_view text, VmFlags& flags);

// What `more` knows and `flags` does not.
void Complete(VmFlags& flags, const VmFlags& more);

// True if the JVM itself says so: the text is of `jcmd PID VM.flags`, VM.command_line or
// -XX:+PrintFlagsFinal. Any other text may only talk about flags.
bool IsToldByJvm(absl::string_view text);

// Which process of Flink a command line starts: "java_command:
// org.apache.flink...TaskManagerRunner".
enum class FlinkRole : std::uint8_t { kUnknown, kTaskManager, kJobManager };
FlinkRole RoleOfCommand(absl::string_view text);

}  // namespace leaktrail::analyses::sidefiles
