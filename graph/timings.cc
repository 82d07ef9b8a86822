#include "graph/timings.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>

namespace leaktrail::graph {

double WallSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double ProcessCpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::uint64_t AnonymousBytes() {
  std::FILE* status = std::fopen("/proc/self/status", "r");
  if (status == nullptr) return 0;
  std::uint64_t kilobytes = 0;
  char line[256];
  while (std::fgets(line, sizeof(line), status) != nullptr) {
    unsigned long long value = 0;
    if (std::sscanf(line, "RssAnon: %llu", &value) == 1) kilobytes = value;
  }
  std::fclose(status);
  return kilobytes * 1024;
}

Timings::Timings() : wall_(WallSeconds()), cpu_(ProcessCpuSeconds()) {}

void Timings::NoteMemory() { peak_ = std::max(peak_, AnonymousBytes()); }

void Timings::Finish(absl::string_view phase) {
  NoteMemory();
  const double wall = WallSeconds();
  const double cpu = ProcessCpuSeconds();
  phases_.push_back({std::string(phase), wall - wall_, cpu - cpu_, peak_});
  wall_ = wall;
  cpu_ = cpu;
}

}  // namespace leaktrail::graph
