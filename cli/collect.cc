#include "cli/collect.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyses/sidefiles/collect_plan.h"
#include "analyses/sidefiles/side_text.h"
#include "cli/escape.h"
#include "cli/terminal.h"

namespace leaktrail::cli {
namespace {

using analyses::sidefiles::CollectStep;

// A JVM that does not answer must not keep the others waiting; a dump may take its time.
constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::seconds kPatienceWithDump{1800};

std::string Absolute(const std::string& directory) {
  return std::filesystem::absolute(directory).lexically_normal().string();
}

// Waits for a child and ends it when it takes too long. "": it ended well.
std::string WaitFor(pid_t child, std::chrono::seconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > end) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      return absl::StrCat("gave up after ", patience.count(), " s");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) return "no such command (is it on PATH?)";
  return WIFEXITED(status) ? absl::StrCat("exit code ", WEXITSTATUS(status)) : "it was ended";
}

std::string RunCommand(const CollectStep& step, int output) {
  std::vector<char*> words;
  for (const std::string& word : step.command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) return std::strerror(errno);
  if (child == 0) {
    const int null = open("/dev/null", O_RDWR);
    dup2(null, STDIN_FILENO);
    dup2(output >= 0 ? output : null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    execvp(words[0], words.data());
    _exit(127);
  }
  return WaitFor(child, step.writes_itself ? kPatienceWithDump : kPatience);
}

std::string CopyFile(const CollectStep& step, int output) {
  const auto text = analyses::sidefiles::ReadSideText(step.copy, true);
  if (!text.ok()) return "there is none, or it is not readable";
  absl::string_view rest = text->text;
  while (!rest.empty()) {
    const ssize_t written = write(output, rest.data(), rest.size());
    if (written < 0) return std::strerror(errno);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return "";
}

// "": done; else why not.
std::string Collect(const CollectStep& step, const std::string& directory) {
  if (step.writes_itself) {
    // The JVM writes it, as its own user and 0600, and never over another file.
    const std::string why = RunCommand(step, -1);
    if (!why.empty()) return why;
    std::error_code ignored;
    return std::filesystem::exists(absl::StrCat(directory, "/", step.file), ignored)
               ? ""
               : "the JVM wrote no file (it writes as its own user, in its own container)";
  }
  const std::string path = absl::StrCat(directory, "/", step.file);
  const int output = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (output < 0) return std::strerror(errno);
  std::string why = step.command.empty() ? CopyFile(step, output) : RunCommand(step, output);
  close(output);
  if (!why.empty()) unlink(path.c_str());  // a half of it would be read as the whole
  return why;
}

std::string CostText(const CollectStep& step) {
  return step.cost.empty() ? "" : absl::StrCat("; ", step.cost);
}

}  // namespace

std::string CollectCommandsText(const CollectArguments& arguments) {
  const std::string directory = Absolute(arguments.directory);
  std::string out =
      "# What leaktrail native --bundle can use, what is cheap first. --run does it.\n";
  absl::StrAppend(&out, "umask 077; set -o noclobber\n");
  CollectStep make;
  make.command = {"mkdir", directory};
  make.writes_itself = true;
  absl::StrAppend(&out, ShellText(make, directory), "\n");
  for (const CollectStep& step :
       analyses::sidefiles::CollectSteps(arguments.pid, directory, !arguments.no_dump)) {
    absl::StrAppend(&out, ShellText(step, directory), "  # ", step.what, CostText(step), "\n");
  }
  return out;
}

int RunCollect(const CollectArguments& arguments) {
  const std::string directory = Absolute(arguments.directory);
  if (!arguments.run) {
    return WriteToStdout(CollectCommandsText(arguments)).ok() ? 0 : 6;
  }
  if (kill(static_cast<pid_t>(std::strtol(arguments.pid.c_str(), nullptr, 10)), 0) != 0) {
    std::fprintf(stderr, "leaktrail: process %s: %s\n", arguments.pid.c_str(),
                 std::strerror(errno));
    return 3;
  }
  umask(077);
  if (mkdir(directory.c_str(), 0700) != 0) {
    std::fprintf(stderr, "leaktrail: cannot make %s: %s\n", Escape(directory).c_str(),
                 std::strerror(errno));
    return 6;
  }
  for (const CollectStep& step :
       analyses::sidefiles::CollectSteps(arguments.pid, directory, !arguments.no_dump)) {
    const std::string why = Collect(step, directory);
    std::printf("%-28s %s\n", step.file.c_str(),
                why.empty() ? step.what.c_str() : absl::StrCat("left out: ", why).c_str());
    std::fflush(stdout);
  }
  std::printf("\nleaktrail native --bundle %s\n", Escape(directory).c_str());
  return std::ferror(stdout) != 0 ? 6 : 0;
}

}  // namespace leaktrail::cli
