// Running a pass on several threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace leaktrail::graph {

// Calls body(worker) on `threads` threads, the calling one among them, and waits for all. The first
// exception is rethrown when all have ended.
template <typename Body>
void RunWorkers(int threads, Body&& body) {
  std::exception_ptr failure;
  std::mutex mutex;
  auto guarded = [&](int worker) {
    try {
      body(worker);
    } catch (...) {
      std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::thread> others;
  try {
    for (int worker = 1; worker < threads; ++worker) others.emplace_back(guarded, worker);
  } catch (const std::system_error&) {
    // No more threads to be had (a limit on processes or memory): those there are do the work.
  }
  guarded(0);
  for (std::thread& other : others) other.join();
  if (failure) std::rethrow_exception(failure);
}

// Calls body(begin, end, worker) for consecutive chunks of [0, size), handed out as threads get
// free. `chunk` should be a multiple of 64 where chunks write bits of their own range.
template <typename Body>
void ParallelFor(int threads, std::uint64_t size, std::uint64_t chunk, Body&& body) {
  const std::uint64_t chunks = (size + chunk - 1) / chunk;
  if (threads > static_cast<int>(std::min<std::uint64_t>(chunks, 1 << 20))) {
    threads = std::max<int>(1, static_cast<int>(chunks));
  }
  std::atomic<std::uint64_t> next{0};
  RunWorkers(threads, [&](int worker) {
    for (std::uint64_t c = next++; c < chunks; c = next++) {
      body(c * chunk, std::min(size, (c + 1) * chunk), worker);
    }
  });
}

// Lets threads that finish numbered pieces of work in any order publish them in order.
class InOrder {
 public:
  // Blocks until all pieces before `ticket` are done. False if the whole work was abandoned.
  bool Wait(std::uint64_t ticket) {
    std::unique_lock lock(mutex_);
    turn_.wait(lock, [&] { return next_ == ticket || abandoned_; });
    return !abandoned_;
  }
  void Done() {
    {
      std::lock_guard lock(mutex_);
      ++next_;
    }
    turn_.notify_all();
  }
  // Wakes everybody: a piece will never be done.
  void Abandon() {
    {
      std::lock_guard lock(mutex_);
      abandoned_ = true;
    }
    turn_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable turn_;
  std::uint64_t next_ = 0;
  bool abandoned_ = false;
};

}  // namespace leaktrail::graph
