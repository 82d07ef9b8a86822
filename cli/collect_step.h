// One step of `collect`: a file of the system is copied, or a tool of the JDK is run.
#pragma once

#include <chrono>
#include <string>

#include "analyses/sidefiles/collect_plan.h"

namespace leaktrail::cli {

struct StepResult {
  std::string why;           // "": it is there; else why not
  bool no_answer = false;    // the process was asked and did not answer
  bool not_written = false;  // there was something, and the disk did not take it
};

// Does it. Its file appears in `directory` (absolute) when it is whole, with mode 0600, or not at
// all; what is empty, or says that there is nothing, counts as nothing. A command that takes longer
// than `patience` is ended. What a process has been asked it may do later all the same: a heap dump
// carries the name FILE.part until then.
StepResult DoStep(const analyses::sidefiles::CollectStep& step, const std::string& directory,
                  std::chrono::milliseconds patience);

}  // namespace leaktrail::cli
