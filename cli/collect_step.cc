#include "cli/collect_step.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/output_file.h"
#include "hprof/spool_file.h"

namespace leaktrail::cli {
namespace {

using analyses::sidefiles::CollectStep;
using hprof::FileDescriptor;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostHead = 4096;   // of the output, to judge it
constexpr std::size_t kMostReason = 200;  // of what a tool complains
constexpr int kNotFound = 127;            // as shells have it

// Takes what comes, into the file if there is one, and keeps its beginning.
class Sink {
 public:
  explicit Sink(OutputFile* file) : file_(file) {}

  // False: it cannot be written.
  bool Take(absl::string_view bytes) {
    head_.append(bytes.data(), std::min(bytes.size(), kMostHead - head_.size()));
    if (file_ == nullptr) return true;
    status_ = file_->Append(bytes);
    return status_.ok();
  }
  const std::string& head() const { return head_; }
  const absl::Status& status() const { return status_; }

 private:
  OutputFile* const file_;
  std::string head_;
  absl::Status status_;
};

struct Pipe {
  Pipe() {
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    read = FileDescriptor(ends[0]);
    write = FileDescriptor(ends[1]);
  }
  FileDescriptor read, write;
};

[[noreturn]] void Execute(const std::vector<std::string>& command, int output, int errors,
                          pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it has ended before that
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const int null = open("/dev/null", O_RDWR);
  dup2(null, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(errors >= 0 ? errors : null, STDERR_FILENO);
  execvp(words[0], words.data());
  _exit(kNotFound);
}

// All that comes through the pipe before its end; false: time was up, or it cannot be written.
bool Drain(int pipe, Clock::time_point end, Sink& sink) {
  char buffer[64 << 10];
  while (Clock::now() < end) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    pollfd waiting = {pipe, POLLIN, 0};
    if (poll(&waiting, 1, static_cast<int>(left.count()) + 1) <= 0) continue;
    const ssize_t n = read(pipe, buffer, sizeof buffer);
    if (n == 0) return true;
    if (n < 0) continue;
    if (!sink.Take(absl::string_view(buffer, static_cast<std::size_t>(n)))) return false;
  }
  return false;
}

// False: it had to be ended.
bool WaitUntil(pid_t child, Clock::time_point end, int* status) {
  while (waitpid(child, status, WNOHANG) == 0) {
    if (Clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

std::string TextOf(int fd) {
  std::string text(kMostHead, '\0');
  const ssize_t n = fd < 0 ? 0 : pread(fd, text.data(), text.size(), 0);
  text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return text;
}

// The first line that tells something: not the number of the process.
std::string FirstLine(absl::string_view text) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || absl::EndsWith(line, ":")) continue;
    return std::string(line.substr(0, kMostReason));
  }
  return "";
}

std::string LastLine(absl::string_view text) {
  text = absl::StripTrailingAsciiWhitespace(text);
  return FirstLine(text.substr(text.find_last_of('\n') + 1));
}

std::string Because(absl::string_view what, absl::string_view reason) {
  return absl::StrCat(what, reason.empty() ? "" : ": ", reason);
}

// Runs a command to its end, or ends it when time is up or what it prints cannot be written.
StepResult RunTool(const std::vector<std::string>& command, std::chrono::milliseconds patience,
                   Sink& sink) {
  const auto end = Clock::now() + patience;
  Pipe pipe;
  if (!pipe.read.valid()) return {std::strerror(errno)};
  const FileDescriptor errors(memfd_create("errors", MFD_CLOEXEC));
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return {std::strerror(errno)};
  if (child == 0) Execute(command, pipe.write.get(), errors.get(), parent);
  pipe.write = FileDescriptor();
  int status = 0;
  const bool ended = Drain(pipe.read.get(), end, sink) && WaitUntil(child, end, &status);
  if (!ended) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    if (!sink.status().ok()) return {std::string(sink.status().message()), false, true};
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience).count();
    return {absl::StrCat("gave up after ", seconds, " s; the process may still do it later"), true};
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotFound) {
    return {absl::StrCat("no such command: ", command[0], " (of a JDK; is it on PATH?)")};
  }
  const std::string complaint = TextOf(errors.get());
  const std::string reason = FirstLine(complaint.empty() ? sink.head() : complaint);
  const std::string code = WIFEXITED(status) ? absl::StrCat("exit code ", WEXITSTATUS(status))
                                             : absl::StrCat("ended by signal ", WTERMSIG(status));
  // Of the tool, after waiting for ten seconds.
  return {Because(code, reason), absl::StrContains(complaint, "AttachNotSupportedException")};
}

StepResult CopyFile(const std::string& path, Sink& sink) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return {errno == ENOENT ? "there is none" : std::strerror(errno)};
  char buffer[64 << 10];
  while (true) {
    const ssize_t n = read(file.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return {std::strerror(errno)};
    if (n == 0) return {};
    if (!sink.Take(absl::string_view(buffer, static_cast<std::size_t>(n)))) {
      return {std::string(sink.status().message()), false, true};
    }
  }
}

// A file that the process itself writes, as its own user, and never over another one.
StepResult LetItWrite(const CollectStep& step, const std::string& path,
                      std::chrono::milliseconds patience) {
  const std::string part = path + ".part";
  const auto word = analyses::sidefiles::WordForJvm(part);
  if (!word) return {"a JVM cannot be told this directory"};
  std::vector<std::string> command = step.command;
  command.push_back(*word);
  Sink said(nullptr);
  StepResult result = RunTool(command, patience, said);
  if (!result.why.empty()) return result;
  // jcmd ends well whatever the JVM says. A disk that is full leaves the beginning of a dump.
  struct stat info;
  const bool exists = stat(part.c_str(), &info) == 0;
  if (!exists || info.st_size == 0 || !absl::StrContains(said.head(), step.success)) {
    unlink(part.c_str());
    return {Because(exists ? "the JVM could not write it"
                           : "the JVM wrote no file (it writes as its own user, in its own "
                             "container)",
                    LastLine(said.head())),
            false, exists};
  }
  if (std::rename(part.c_str(), path.c_str()) != 0) return {std::strerror(errno), false, true};
  return {};
}

}  // namespace

StepResult DoStep(const CollectStep& step, const std::string& directory,
                  std::chrono::milliseconds patience) {
  const std::string path = absl::StrCat(directory, "/", step.file);
  if (step.writes_itself) return LetItWrite(step, path, patience);
  auto file = OutputFile::Create(path);
  if (!file.ok()) return {std::string(file.status().message()), false, true};
  Sink sink(file->get());
  StepResult result =
      step.command.empty() ? CopyFile(step.copy, sink) : RunTool(step.command, patience, sink);
  if (!result.why.empty()) return result;
  if (!step.nothing.empty() && absl::StrContains(sink.head(), step.nothing)) {
    return {absl::StrCat(step.nothing, " (", step.remedy, ")")};
  }
  if (sink.head().empty()) return {"it is empty"};
  if (!step.command.empty() && FirstLine(sink.head()).empty()) return {"it printed nothing"};
  absl::Status written = (*file)->Write("");
  if (written.ok()) written = (*file)->Publish();
  if (!written.ok()) return {std::string(written.message()), false, true};
  return {};
}

}  // namespace leaktrail::cli
