// A JVM that runs LiveHeap.java, to be asked and dumped.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "graph/snapshot.h"
#include "tests/live_jvm/java_process.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {

struct LiveCase {
  std::string jdk;    // empty: there is none
  std::string flags;  // separated by spaces
  std::string program = "LiveHeap";
};
inline void PrintTo(const LiveCase& live, std::ostream* out) {
  *out << live.jdk << " " << live.flags;
}

// Where LiveHeap.java is compiled to.
inline std::string ClassDirectory(const std::string& jdk) {
  static const TempDirectory directory;
  return directory.File(std::filesystem::path(jdk).filename().string());
}

// Compiles LiveHeap.java and, where the JDK knows what they are about, LiveRecords.java and
// LiveVirtualThreads.java, for one JDK, once. What is wrong with the first, or "".
inline std::string Compile(const std::string& jdk) {
  static auto* errors = new std::map<std::string, std::string>();
  const auto [error, is_new] = errors->try_emplace(jdk);
  if (!is_new) return error->second;
  const std::string compiler = jdk + "/bin/javac";
  int status = 0;
  const std::string output =
      RunCommand({compiler, "-nowarn", "-d", ClassDirectory(jdk),
                  absl::StrCat(LEAKTRAIL_LIVE_JVM_DIRECTORY, "/LiveHeap.java")},
                 &status);
  if (status != 0) error->second = absl::StrCat(compiler, ": ", output);
  for (const char* program : {"LiveRecords", "LiveVirtualThreads"}) {
    RunCommand({compiler, "-nowarn", "-d", ClassDirectory(jdk),
                absl::StrCat(LEAKTRAIL_LIVE_JVM_DIRECTORY, "/", program, ".java")},
               &status);
  }
  return error->second;
}

// A JVM with the program of LiveHeap.java in it.
class LiveJvm {
 public:
  explicit LiveJvm(const LiveCase& live) : live_(live), error_(Compile(live.jdk)) {}

  bool Start() {
    if (!error_.empty()) return false;
    std::vector<std::string> command = {live_.jdk + "/bin/java", "-Xmx192m"};
    for (absl::string_view flag : absl::StrSplit(live_.flags, ' ')) command.emplace_back(flag);
    command.insert(command.end(), {"-cp", ClassDirectory(live_.jdk), live_.program});
    process_ = std::make_unique<JavaProcess>(command);
    if (process_->ready()) return true;
    error_ = process_->output();
    return false;
  }

  std::string Ask(std::vector<std::string> request) {
    std::vector<std::string> command = {live_.jdk + "/bin/jcmd", absl::StrCat(process_->pid())};
    command.insert(command.end(), request.begin(), request.end());
    int status = 0;
    const std::string answer = RunCommand(command, &status);
    EXPECT_EQ(status, 0) << absl::StrJoin(command, " ") << ": " << answer;
    return answer;
  }

  // `all`: with the garbage. `option`: another one of GC.heap_dump.
  std::unique_ptr<graph::Snapshot> Dump(bool all, const std::string& option = "") {
    const std::string path = File("live.hprof");
    std::filesystem::remove(path);
    std::vector<std::string> request = Request("GC.heap_dump", all, path);
    if (!option.empty()) request.insert(request.begin() + 1, option);
    const std::string answer = Ask(request);
    SCOPED_TRACE(answer);
    return Read(path);
  }
  // The dump in a file; null, and a failure of the test, if it cannot be read.
  static std::unique_ptr<graph::Snapshot> Read(const std::string& path) {
    hprof::ImportHealth health;
    auto file = hprof::DumpFile::Open(path, {}, health);
    if (!file.ok()) {
      ADD_FAILURE() << file.status();
      return nullptr;
    }
    auto snapshot = graph::Snapshot::Build(*std::move(file), health, {.threads = 2});
    if (!snapshot.ok()) {
      ADD_FAILURE() << snapshot.status();
      return nullptr;
    }
    return *std::move(snapshot);
  }
  static std::vector<std::string> Request(const std::string& command, bool all,
                                          const std::string& path = "") {
    std::vector<std::string> request = {command};
    if (all) request.emplace_back("-all");
    if (!path.empty()) request.push_back(path);
    return request;
  }
  // A path in a directory that is removed with this.
  std::string File(absl::string_view name) const { return directory_.File(name); }
  pid_t pid() const { return process_->pid(); }
  // Why it does not run.
  const std::string& error() const { return error_; }

 private:
  const LiveCase live_;
  TempDirectory directory_;
  std::string error_;
  std::unique_ptr<JavaProcess> process_;
};

}  // namespace leaktrail::testing
