// JDKs of this machine, and a Java program that runs while a test looks at it.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace leaktrail::testing {

// Homes of all JDKs found (with java and jcmd): JAVA_HOME, java on PATH, /usr/lib/jvm. No two are
// the same.
std::vector<std::string> FindJdks();

// Runs a command to its end; its output, with standard error. `status` becomes its exit status.
std::string RunCommand(const std::vector<std::string>& command, int* status);

class JavaProcess {
 public:
  // Starts the command and waits for a line READY on its standard output.
  explicit JavaProcess(const std::vector<std::string>& command);
  // Closes its standard input, which ends it.
  ~JavaProcess();
  JavaProcess(const JavaProcess&) = delete;
  JavaProcess& operator=(const JavaProcess&) = delete;

  bool ready() const { return ready_; }
  const std::string& output() const { return output_; }  // until it was ready
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  std::FILE* reader_ = nullptr;
  bool ready_ = false;
  std::string output_;
};

}  // namespace leaktrail::testing
