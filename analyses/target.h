// What the user means by "@0x7ff012345" or "KafkaConsumer": an object, or the classes of a name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct Target {
  graph::ObjectIndex object;               // valid: one object was named, `classes` is empty
  std::vector<graph::ClassIndex> classes;  // else all classes of one name, one per loader
  std::string class_name;                  // of the object, or the name asked for in full
};

// Accepts "@0x7ff012345" and "0x7ff012345"; a full class name ("com.acme.Order", "byte[]", also
// "com/acme/Order" and "[B"); or the end of one behind a '.' or '$' ("Order"), letters in either
// case, if that leaves one name (names without any instance give way to names with some).
//
// Errors name what was not found and list up to eight names that may have been meant: NotFound, or
// InvalidArgument where the name is ambiguous or the id is no number. The names in the message are
// raw bytes of the dump. Cost: linear in the classes, and in the objects when a name is ambiguous.
absl::StatusOr<Target> ResolveTarget(const graph::Snapshot& snapshot, absl::string_view text);

}  // namespace leaktrail::analyses
