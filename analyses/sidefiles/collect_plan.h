// What to collect of a running process, in an order that does no harm: what is free first, what
// stops the process for a moment later, the heap dump last.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/side_files.h"

namespace leaktrail::analyses::sidefiles {

struct CollectStep {
  std::string file;                  // below the directory
  std::vector<std::string> command;  // a tool of the JDK and its words; empty: a file is copied
  std::string copy;                  // the file to copy
  bool asks = false;  // the command asks the process itself, by a signal, and waits for it
  // It is the process that writes the file (a heap dump), and the command's last word, which is to
  // be added, is WordForJvm() of where to.
  bool writes_itself = false;
  std::string success;  // what it answers then
  std::string nothing;  // a line of the output that says that there is nothing to tell
  std::string remedy;   // what helps then
  std::string what;     // "what the JVM itself allocates, by area"
  std::string cost;     // "stops the process while it writes"; "" if there is none
};

// Directories of the control group of a process that has its memory figures; "": none is known.
struct MemoryGroups {
  std::string version2, version1;
};

// `pid`: digits. `dump`: with the heap dump at the end. Of both versions the second counts.
std::vector<CollectStep> CollectSteps(const std::string& pid, const MemoryGroups& groups,
                                      bool dump);

// A word for a POSIX shell, quoted where it has to be.
std::string ShellWord(absl::string_view word);

// A path as the JVM takes it in what jcmd sends: jcmd puts its words together and the JVM divides
// them anew. None if it cannot be said: control characters, both kinds of quotes.
std::optional<std::string> WordForJvm(absl::string_view path);

// All of it for a POSIX shell, in a shell of its own. It looks up the control group where it runs,
// and asks no process that the question would end. `directory`: an absolute path.
std::string CollectScript(const std::string& pid, const std::string& directory, bool dump);

// The steps of which the files at hand have nothing, as lines with PID, and what each would add;
// then what has to be set when a process is started.
std::vector<std::string> CollectNextTime(const SideFiles& files, bool has_dump);

}  // namespace leaktrail::analyses::sidefiles
