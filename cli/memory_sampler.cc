#include "cli/memory_sampler.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "graph/timings.h"

namespace leaktrail::cli {

MemorySampler::MemorySampler() : thread_([this] { Sample(); }) {}

MemorySampler::~MemorySampler() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

std::uint64_t MemorySampler::TakePeak() {
  std::lock_guard lock(mutex_);
  return std::max(std::exchange(peak_, 0), graph::AnonymousBytes());
}

void MemorySampler::Sample() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    peak_ = std::max(peak_, graph::AnonymousBytes());
    stop_.wait_for(lock, std::chrono::milliseconds(5));
  }
}

}  // namespace leaktrail::cli
