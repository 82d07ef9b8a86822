#include "cli/machine.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <thread>

namespace leaktrail::cli {
namespace {

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

// The number in a file that holds just one; `otherwise` if there is none.
std::uint64_t NumberIn(const char* path, std::uint64_t otherwise) {
  std::ifstream file(path);
  std::uint64_t number = 0;
  return file >> number ? number : otherwise;
}

// The number behind `key` in a file of lines "key number".
std::uint64_t NumberBehind(const char* path, const std::string& key, std::uint64_t otherwise) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (line.compare(0, key.size(), key) != 0) continue;
    const std::size_t digits = line.find_first_of("0123456789", key.size());
    if (digits != std::string::npos) return std::stoull(line.substr(digits));
  }
  return otherwise;
}

std::uint64_t LeftInGroup(const char* limit_file, const char* used_file, const char* stat_file,
                          const std::string& cache_key) {
  const std::uint64_t limit = NumberIn(limit_file, kUnlimited);
  if (limit == kUnlimited) return kUnlimited;
  const std::uint64_t used = NumberIn(used_file, 0);
  const std::uint64_t cache = std::min(used, NumberBehind(stat_file, cache_key, 0));
  return limit - std::min(limit, used - cache);
}

}  // namespace

std::uint64_t AvailableMemory() {
  const std::uint64_t kib = NumberBehind("/proc/meminfo", "MemAvailable:", 0);
  if (kib == 0) return 0;
  return std::min({kib * 1024,
                   LeftInGroup("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current",
                               "/sys/fs/cgroup/memory.stat", "file "),
                   LeftInGroup("/sys/fs/cgroup/memory/memory.limit_in_bytes",
                               "/sys/fs/cgroup/memory/memory.usage_in_bytes",
                               "/sys/fs/cgroup/memory/memory.stat", "total_cache ")});
}

int ProcessorCount() {
  return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 256u));
}

}  // namespace leaktrail::cli
