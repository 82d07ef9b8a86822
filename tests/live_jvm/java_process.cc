#include "tests/live_jvm/java_process.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace leaktrail::testing {
namespace {

namespace fs = std::filesystem;

// The child's side of a fork: `input` and `output` become its standard streams.
[[noreturn]] void Execute(const std::vector<std::string>& command, int input, int output) {
  dup2(input, 0);
  dup2(output, 1);
  dup2(output, 2);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  _exit(127);
}

struct Pipe {
  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0) std::abort();
  }
  int read() const { return ends[0]; }
  int write() const { return ends[1]; }
  int ends[2];
};

bool ReadLine(std::FILE* reader, std::string& line) {
  line.clear();
  for (int c = std::fgetc(reader); c != EOF; c = std::fgetc(reader)) {
    if (c == '\n') return true;
    line.push_back(static_cast<char>(c));
  }
  return !line.empty();
}

}  // namespace

std::vector<std::string> FindJdks() {
  std::vector<fs::path> candidates;
  if (const char* home = std::getenv("JAVA_HOME"); home != nullptr) candidates.emplace_back(home);
  std::error_code error;
  const char* path = std::getenv("PATH");
  for (absl::string_view directory : absl::StrSplit(path != nullptr ? path : "", ':')) {
    const fs::path java = fs::canonical(fs::path(std::string(directory)) / "java", error);
    if (!error) candidates.push_back(java.parent_path().parent_path());
  }
  for (const auto& entry : fs::directory_iterator("/usr/lib/jvm", error)) {
    candidates.push_back(entry.path());
  }
  std::vector<std::string> jdks;
  for (const fs::path& candidate : candidates) {
    const fs::path java = fs::canonical(candidate / "bin/java", error);
    if (error || !fs::exists(candidate / "bin/jcmd", error)) continue;
    const std::string home = java.parent_path().parent_path().string();
    if (std::find(jdks.begin(), jdks.end(), home) == jdks.end()) jdks.push_back(home);
  }
  std::sort(jdks.begin(), jdks.end());
  return jdks;
}

std::string RunCommand(const std::vector<std::string>& command, int* status) {
  const Pipe output;
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const pid_t child = fork();
  if (child == 0) Execute(command, nothing, output.write());
  close(output.write());
  close(nothing);
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = read(output.read(), buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(n));
  }
  close(output.read());
  waitpid(child, status, 0);
  return text;
}

JavaProcess::JavaProcess(const std::vector<std::string>& command) {
  const Pipe input, output;
  pid_ = fork();
  if (pid_ == 0) Execute(command, input.read(), output.write());
  close(input.read());
  close(output.write());
  input_ = input.write();
  reader_ = fdopen(output.read(), "r");
  std::string line;
  while (!ready_ && ReadLine(reader_, line)) {
    ready_ = line == "READY";
    if (!ready_) absl::StrAppend(&output_, line, "\n");
  }
}

JavaProcess::~JavaProcess() {
  close(input_);
  // It must not block on what it still has to say.
  std::string line;
  while (ReadLine(reader_, line)) {
  }
  std::fclose(reader_);
  waitpid(pid_, nullptr, 0);
}

}  // namespace leaktrail::testing
