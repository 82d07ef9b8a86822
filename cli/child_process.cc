#include "cli/child_process.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "graph/timings.h"

namespace leaktrail::cli {
namespace {

// What cannot be had is done without.
void GiveWay() {
  constexpr int kLowest = 19;
  setpriority(PRIO_PROCESS, 0, kLowest);
#ifdef SYS_ioprio_set
  constexpr int kProcess = 1, kIdle = 3 << 13;  // linux/ioprio.h
  syscall(SYS_ioprio_set, kProcess, 0, kIdle);
#endif
  if (std::FILE* file = std::fopen("/proc/self/oom_score_adj", "w"); file != nullptr) {
    std::fputs("1000", file);
    std::fclose(file);
  }
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

[[noreturn]] void RunChild(const std::function<bool()>& work, pid_t parent) {
  GiveWay();
  if (getppid() != parent) _exit(1);
  bool good = false;
  try {
    good = work();
  } catch (...) {
  }
  std::fflush(stderr);
  _exit(good ? 0 : 1);
}

}  // namespace

ChildEnd RunInChild(const std::function<bool()>& work, double milliseconds) {
  const double deadline = graph::WallSeconds() + milliseconds / 1000;
  const pid_t parent = getpid();
  std::fflush(stdout);
  std::fflush(stderr);
  const pid_t child = fork();
  if (child < 0) return ChildEnd::kFailed;
  if (child == 0) RunChild(work, parent);
  bool time_up = false;
  int status = 0;
  while (true) {
    const pid_t ended = waitpid(child, &status, time_up ? 0 : WNOHANG);
    if (ended == child) break;
    if (ended < 0 && errno != EINTR) return ChildEnd::kFailed;
    if (!time_up && graph::WallSeconds() > deadline) {
      time_up = true;
      kill(child, SIGKILL);
    } else if (!time_up) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  if (time_up) return ChildEnd::kTimeUp;
  if (WIFSIGNALED(status)) return ChildEnd::kKilled;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ChildEnd::kDone : ChildEnd::kFailed;
}

}  // namespace leaktrail::cli
