// Names of threads that can be shown although they are contents of the dump: those that the JVM and
// well-known frameworks give, with their digits folded to '#'. Others may hold what is nobody's
// business (user names, URLs, request lines) and are shown only on demand.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// "pool-3-thread-12" -> "pool-#-thread-#"; "" if no known pattern fits.
std::string KnownThreadPattern(absl::string_view name);

// The pattern of a thread's name; "" if it is unknown or not in the dump. Reads the file.
std::string KnownThreadName(const graph::Snapshot& snapshot, graph::ObjectIndex thread);

// The name itself. SECRET: only where the user asked for strings.
std::string ThreadName(const graph::Snapshot& snapshot, graph::ObjectIndex thread);

}  // namespace leaktrail::analyses
