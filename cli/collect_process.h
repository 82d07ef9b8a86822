// What /proc says of a process before it is asked anything. `root`: where the file system begins;
// "" but in tests.
#pragma once

#include <string>

#include "analyses/sidefiles/collect_plan.h"

namespace leaktrail::cli {

// Its letter in /proc/PID/status: 'R', 'S', 'T' ...; '\0': there is no such process.
char ProcessState(const std::string& pid, const std::string& root = "");

// Why jcmd must not ask it; "": it may. jcmd sends SIGQUIT, which ends a process that does not
// catch it (what is no JVM, or a JVM started with -Xrs), makes others stop their work (nginx,
// PostgreSQL), and stays pending where the process is stopped.
std::string WhyNotToAsk(const std::string& pid, const std::string& root = "");

// The control groups that have the figures of its memory: its own or the next above it that has
// any. Never that of the whole machine, and never that of somebody else.
analyses::sidefiles::MemoryGroups FindMemoryGroups(const std::string& pid,
                                                   const std::string& root = "");

}  // namespace leaktrail::cli
