// One run of the tool, from the words of the command line to the exit code.
#pragma once

#include <string>
#include <vector>

namespace leaktrail::cli {

// Documented on the general help page.
enum ExitCode {
  kDone = 0,
  kConditionHolds = 1,  // only with --fail-on
  kDifferent = 1,       // only with histogram --verify-histogram
  kUsage = 2,           // also: no such class, object or heap in the dump
  kUnreadable = 3,
  kPartial = 4,  // only with --strict
  kOutOfMemory = 5,
  kOverBudget = 5,  // --timeout or --max-memory left room for no answer
  kNotWritten = 6,
};

// The result goes to stdout, everything else to stderr. Never throws.
int Run(const std::vector<std::string>& words);

}  // namespace leaktrail::cli
