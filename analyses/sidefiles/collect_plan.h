// What to collect of a running process, in an order that does no harm: what is free first, what
// stops the process for a moment later, the heap dump last.
#pragma once

#include <string>
#include <vector>

#include "analyses/sidefiles/side_files.h"

namespace leaktrail::analyses::sidefiles {

struct CollectStep {
  std::string file;                  // below the directory
  std::vector<std::string> command;  // program and arguments; empty: a file is copied
  std::string copy;                  // the file to copy
  bool writes_itself = false;        // the command writes the file (a heap dump)
  std::string what;                  // "what the JVM itself allocates, by area"
  std::string cost;                  // "stops the process while it writes"; "" if there is none
};

// `pid`: digits, or "PID" for a text. `directory`: where to, as it is to be written. `dump`: with
// the heap dump at the end.
std::vector<CollectStep> CollectSteps(const std::string& pid, const std::string& directory,
                                      bool dump);

// The step as one line for a POSIX shell.
std::string ShellText(const CollectStep& step, const std::string& directory);

// The steps of which the files at hand have nothing, as lines with PID, and what each would add;
// then what has to be set when a process is started.
std::vector<std::string> CollectNextTime(const SideFiles& files, bool has_dump);

}  // namespace leaktrail::analyses::sidefiles
