#include "analyses/sidefiles/crash_report.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "analyses/sidefiles/out_of_memory.h"

namespace leaktrail::analyses::sidefiles {
namespace {

// "#  fatal error: OutOfMemory encountered: Metaspace", "# Native memory allocation (mmap) failed
// to map 16384 bytes ...", "#  SIGSEGV (0xb) at pc=...".
void ReadReason(absl::string_view line, CrashReport& report) {
  constexpr absl::string_view kEncountered = "OutOfMemory encountered: ";
  if (const std::size_t at = line.find(kEncountered); at != absl::string_view::npos) {
    report.kind = CrashKind::kOutOfMemory;
    report.memory = KnownOutOfMemory(line.substr(at + kEncountered.size()));
  } else if (absl::StrContains(line, "insufficient memory for the Java Runtime")) {
    report.kind = CrashKind::kNativeMemory;
  } else if (absl::StrContains(line, "Native memory allocation")) {
    report.kind = CrashKind::kNativeMemory;
    auto bytes = AmountAfter(line, "failed to map ");
    if (!bytes) bytes = AmountAfter(line, "failed to allocate ");
    report.refused_bytes = bytes.value_or(0);
    report.refused_thread = absl::StrContains(line, "thread");
  } else if (absl::StartsWith(line, "#  SIG")) {
    report.kind = CrashKind::kSignal;
  }
}

// "memory_limit_in_bytes: 4194304 k", "memory_limit_in_bytes: unlimited".
void ReadContainer(absl::string_view line, CrashReport& report) {
  if (!absl::ConsumePrefix(&line, "memory_limit_in_bytes:")) return;
  line = absl::StripLeadingAsciiWhitespace(line);
  report.container_limit = AmountAt(line).value_or(0);
}

}  // namespace

std::optional<CrashReport> ParseCrashReport(absl::string_view text, std::vector<Unread>& unread) {
  CrashReport report;
  std::size_t heap = absl::string_view::npos, metaspace = heap, native = heap;
  const absl::string_view all = text;
  bool header = false;
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    const auto offset = static_cast<std::size_t>(line.data() - all.data());
    header = header || absl::StrContains(line, "A fatal error has been detected by the Java") ||
             absl::StrContains(line, "insufficient memory for the Java Runtime");
    if (absl::StartsWith(line, "#")) ReadReason(line, report);
    ReadContainer(line, report);
    if (line == "Heap:") heap = offset;
    if (line == "Metaspace:") metaspace = offset;
    if (absl::StartsWith(line, "Native Memory Tracking:")) native = offset;
  }
  if (!header) return std::nullopt;
  report.version = FindJvmVersion(text);
  ReadVmFlags(text, report.flags);
  constexpr std::size_t kHeapPart = 4 << 10;
  if (heap != absl::string_view::npos) {
    report.heap = ParseHeapInfo(all.substr(heap, kHeapPart), unread);
  }
  if (metaspace != absl::string_view::npos) {
    report.metaspace = ParseMetaspaceReport(all.substr(metaspace, kHeapPart), unread);
  }
  if (native != absl::string_view::npos) {
    report.native = ParseNativeTracking(all.substr(native, 64 << 10), unread);
  }
  return report;
}

}  // namespace leaktrail::analyses::sidefiles
