// hs_err_pidN.log: why the JVM ended, and what it said of its memory then.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/heap_info.h"
#include "analyses/sidefiles/jvm_facts.h"
#include "analyses/sidefiles/metaspace_report.h"
#include "analyses/sidefiles/native_tracking.h"
#include "analyses/sidefiles/side_text.h"

namespace leaktrail::analyses::sidefiles {

enum class CrashKind : std::uint8_t {
  kOther,
  kSignal,        // SIGSEGV and the like
  kOutOfMemory,   // an OutOfMemoryError with CrashOnOutOfMemoryError
  kNativeMemory,  // the system gave the JVM no more memory
};

struct CrashReport {
  CrashKind kind = CrashKind::kOther;
  std::string memory;               // kOutOfMemory: "Metaspace", "Java heap space"; "": another
  std::uint64_t refused_bytes = 0;  // kNativeMemory: what was asked for
  bool refused_thread = false;      // kNativeMemory: the stack of a new thread
  JvmVersion version;
  VmFlags flags;
  std::optional<std::uint64_t> container_limit;  // 0: without a limit
  std::optional<HeapInfo> heap;
  std::optional<MetaspaceReport> metaspace;
  std::optional<NativeTracking> native;
};

std::optional<CrashReport> ParseCrashReport(absl::string_view text, std::vector<Unread>& unread);

}  // namespace leaktrail::analyses::sidefiles
