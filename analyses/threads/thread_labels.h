// What threads are called in answers.
#pragma once

#include <string>

#include "graph/snapshot.h"

namespace leaktrail::analyses {

// A name that may be told: with show_strings the name itself, else only what the JVM and well-known
// libraries give, with its numbers as '#'; "" for others. Reads the file.
std::string ShownThreadName(const graph::Snapshot& snapshot, graph::ObjectIndex thread,
                            bool show_strings);

// "main @0x7ff012345", or with the class where the name is not to be told.
std::string ThreadLabel(const graph::Snapshot& snapshot, graph::ObjectIndex thread,
                        bool show_strings);

// The topmost frame that is not of the platform, else the top frame; "" without frames.
std::string WhereText(const graph::ThreadInfo& thread);

// The thread whose OutOfMemoryError made the JVM write the dump: HotSpot does so inside the
// constructor of the error, which then is the top frame.
bool HasOutOfMemoryError(const graph::ThreadInfo& thread);

}  // namespace leaktrail::analyses
