// read_file FILE: what it takes to read a file that the system has in memory, with two threads and
// reused buffers. Prints the seconds of the fastest of some runs. The yardstick for the whole tool.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>

namespace {

constexpr std::uint64_t kBlock = 1 << 20;

bool ReadAll(int file, std::uint64_t size) {
  std::atomic<std::uint64_t> next{0};
  std::atomic<bool> failed{false};
  auto read_blocks = [&] {
    std::vector<char> buffer(kBlock);
    for (std::uint64_t at = next.fetch_add(kBlock); at < size; at = next.fetch_add(kBlock)) {
      const std::uint64_t want = std::min(kBlock, size - at);
      for (std::uint64_t done = 0; done < want;) {
        const ssize_t n = pread(file, buffer.data(), want - done, static_cast<off_t>(at + done));
        if (n <= 0) {
          failed = true;
          return;
        }
        done += static_cast<std::uint64_t>(n);
      }
    }
  };
  std::thread other(read_blocks);
  read_blocks();
  other.join();
  return !failed;
}

}  // namespace

int main(int argc, char** argv) {
  const int file = argc == 2 ? open(argv[1], O_RDONLY) : -1;
  struct stat info;
  if (file < 0 || fstat(file, &info) != 0) {
    std::fprintf(stderr, "usage: read_file FILE (that can be read)\n");
    return 2;
  }
  double best = 1e9;
  for (int run = 0; run < 4; ++run) {
    const auto start = std::chrono::steady_clock::now();
    if (!ReadAll(file, static_cast<std::uint64_t>(info.st_size))) {
      std::perror(argv[1]);
      return 1;
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::min(best, seconds.count());
  }
  std::printf("%.4f\n", best);
  return 0;
}
