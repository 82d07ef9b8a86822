// A class histogram that a JVM printed: `jcmd PID GC.class_histogram`, `jmap -histo`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace leaktrail::analyses {

struct ClassAmount {
  std::uint64_t instances = 0;
  std::uint64_t bytes = 0;
  bool operator==(const ClassAmount&) const = default;
  ClassAmount& operator+=(const ClassAmount& other) {
    instances += other.instances;
    bytes += other.bytes;
    return *this;
  }
};

// By class name as the class table has it; classes of one name from several loaders are one.
using ClassAmounts = std::map<std::string, ClassAmount>;
ClassAmount Sum(const ClassAmounts& amounts);

struct JvmHistogram {
  ClassAmounts classes;
  // Up to JDK 7 the VM kept its own data in the heap: "<methodKlass>". No dump has them.
  ClassAmounts vm_internal;
  std::optional<ClassAmount> total;  // of the line "Total", where there is one
};

// Reads the forms of JDK 5 and later: with and without numbers of rows, a heading, a total, names
// of modules; also as a Windows shell saves them (UTF-16). Lines that are no rows are left out.
// Errors: nothing in it is a row.
absl::StatusOr<JvmHistogram> ParseJvmHistogram(absl::string_view text, absl::string_view path);
// Errors also: the file cannot be read, or is too large to be a histogram.
absl::StatusOr<JvmHistogram> ReadJvmHistogram(const std::string& path);

}  // namespace leaktrail::analyses
