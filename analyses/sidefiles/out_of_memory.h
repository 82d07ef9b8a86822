// OutOfMemoryErrors in texts: which memory it was that ran out. Messages are the JVM's own (and
// netty's); others may hold anything and are not repeated.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace leaktrail::analyses::sidefiles {

// What netty's OutOfDirectMemoryError is called here.
inline constexpr absl::string_view kNettyMemory = "direct memory of netty";

// "Metaspace" for "Metaspace. The metaspace out-of-memory ...", the message of an OutOfMemoryError;
// "" if the text begins with no known message.
std::string KnownOutOfMemory(absl::string_view message);

// By message; "" for those that are not known.
using ErrorCounts = std::map<std::string, std::uint64_t>;

// Counts the errors of a log, line by line. An error that a trace tells again ("Caused by:") is
// one.
class ErrorCounter {
 public:
  void Line(absl::string_view line);

  const ErrorCounts& errors() const { return errors_; }
  // Lines that only name one: "configured a handler for java.lang.OutOfMemoryError: Metaspace".
  const ErrorCounts& mentions() const { return mentions_; }

 private:
  ErrorCounts errors_, mentions_;
  ErrorCounts trace_;  // of the trace that is being read
};

}  // namespace leaktrail::analyses::sidefiles
