// `leaktrail collect`: prints the commands that collect what native can use, or runs them.
#pragma once

#include <string>

namespace leaktrail::cli {

struct CollectArguments {
  std::string pid;
  std::string directory;
  bool run = false;
  bool no_dump = false;
};

// The commands as a text for people and shells.
std::string CollectCommandsText(const CollectArguments& arguments);

// Runs them one by one into a directory that it makes, and says on stdout what became of each.
// Files are made new, never written over, readable by the user alone. Returns an exit code: what
// cannot be collected is said and left out, only a directory that cannot be made is an error.
int RunCollect(const CollectArguments& arguments);

}  // namespace leaktrail::cli
