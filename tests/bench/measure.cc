// measure COMMAND...: runs the command with its output thrown away, and prints what it took: wall
// seconds, CPU seconds of it and its children, and the peak of their anonymous memory in bytes
// (looked at every 2 milliseconds). Ends with the command's exit code.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

std::string ReadSmall(const std::string& path) {
  char buffer[4096];
  const int file = open(path.c_str(), O_RDONLY);
  if (file < 0) return "";
  const ssize_t n = read(file, buffer, sizeof buffer);
  close(file);
  return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : "";
}

std::uint64_t NumberAfter(const std::string& text, const char* key) {
  const std::size_t at = text.find(key);
  return at == std::string::npos ? 0
                                 : std::strtoull(text.c_str() + at + std::strlen(key), nullptr, 10);
}

std::uint64_t AnonymousBytes(pid_t process) {
  return NumberAfter(ReadSmall("/proc/" + std::to_string(process) + "/status"), "RssAnon:") * 1024;
}

// The process and all below it.
std::vector<pid_t> Family(pid_t first) {
  std::vector<pid_t> family = {first};
  for (std::size_t i = 0; i < family.size(); ++i) {
    const std::string id = std::to_string(family[i]);
    std::string children = ReadSmall("/proc/" + id + "/task/" + id + "/children");
    char* at = children.data();
    for (char* end = nullptr;; at = end) {
      const long child = std::strtol(at, &end, 10);
      if (end == at) break;
      family.push_back(static_cast<pid_t>(child));
    }
  }
  return family;
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: measure COMMAND...\n");
    return 2;
  }
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child < 0) {
    std::perror("fork");
    return 2;
  }
  if (child == 0) {
    const int nothing = open("/dev/null", O_RDWR);
    dup2(nothing, 0);
    dup2(nothing, 1);
    dup2(nothing, 2);
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  std::uint64_t peak = 0;
  int status = 0;
  rusage usage = {};
  while (wait4(child, &status, WNOHANG, &usage) == 0) {
    std::uint64_t now = 0;
    for (const pid_t process : Family(child)) now += AnonymousBytes(process);
    peak = std::max(peak, now);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
  std::printf("%.3f %.3f %llu\n", wall.count(), Seconds(usage.ru_utime) + Seconds(usage.ru_stime),
              static_cast<unsigned long long>(peak));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
