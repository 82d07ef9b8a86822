// The peak of anonymous memory while something runs: the kernel keeps none, so it is looked at
// every few milliseconds by a thread of its own. For --timings.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace leaktrail::cli {

class MemorySampler {
 public:
  MemorySampler();
  ~MemorySampler();
  MemorySampler(const MemorySampler&) = delete;
  MemorySampler& operator=(const MemorySampler&) = delete;

  // Bytes, since construction or the call before.
  std::uint64_t TakePeak();

 private:
  void Sample();

  std::mutex mutex_;
  std::condition_variable stop_;
  bool stopped_ = false;
  std::uint64_t peak_ = 0;
  std::thread thread_;
};

}  // namespace leaktrail::cli
