// The messages of OutOfMemoryError: which memory it was that ran out. Messages are the JVM's own;
// others may hold anything and are not repeated.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace leaktrail::analyses::sidefiles {

// "Metaspace" for "java.lang.OutOfMemoryError: Metaspace. The metaspace out-of-memory ..."; ""
// if the text begins with no known message.
inline std::string KnownOutOfMemory(absl::string_view message) {
  constexpr absl::string_view kKnown[] = {"Metaspace",
                                          "Compressed class space",
                                          "Java heap space",
                                          "GC overhead limit exceeded",
                                          "Direct buffer memory",
                                          "Cannot reserve",
                                          "unable to create new native thread",
                                          "unable to create native thread",
                                          "Requested array size exceeds VM limit",
                                          "PermGen space",
                                          "Map failed"};
  for (const absl::string_view known : kKnown) {
    if (message.substr(0, known.size()) != known) continue;
    if (known == "Cannot reserve") return "Direct buffer memory";  // as JDK 17 and later say it
    if (known == "unable to create new native thread") return "unable to create native thread";
    return std::string(known);
  }
  return "";
}

}  // namespace leaktrail::analyses::sidefiles
