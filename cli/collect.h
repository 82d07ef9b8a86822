// `leaktrail collect`: prints the commands that collect what native can use, or runs them.
#pragma once

#include <chrono>
#include <string>

namespace leaktrail::cli {

struct CollectArguments {
  std::string pid;
  std::string directory;
  bool run = false;
  bool no_dump = false;
  // A JVM that does not answer must not keep the others waiting; a dump may take its time.
  std::chrono::seconds patience{60};
  std::chrono::seconds patience_with_dump{1800};
};

// Prints them, or runs them one by one into a directory that it makes, and says on stdout what
// became of each. Returns an exit code: what cannot be collected is said and left out; an error is
// a process that is not there, a directory or file that cannot be written, and nothing collected
// at all. Once the process has not answered it is asked no more.
int RunCollect(const CollectArguments& arguments);

}  // namespace leaktrail::cli
