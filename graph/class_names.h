// Class names as people write them, from the spellings found in HPROF files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "hprof/types.h"

namespace leaktrail::graph {

// The name in Java source form, from any writer's spelling:
//   java/lang/String, java.lang.String    -> java.lang.String
//   [B, byte[]                            -> byte[]
//   [[Ljava/lang/String;                  -> java.lang.String[][]
//   a/B$$Lambda+0x00007f01 (hidden class) -> a.B$$Lambda/0x00007f01, as the JVM prints it
// What follows no known form keeps its bytes. Any bytes are allowed.
std::string ReadableClassName(absl::string_view raw);

// What a readable name says about an array class.
struct ArrayName {
  absl::string_view element;                  // "byte" of "byte[]", "byte[]" of "byte[][]"
  std::optional<hprof::ValueType> primitive;  // kByte for "byte[]"; none for arrays of references
};

// None unless `readable` is the name of an array class. The result points into `readable`.
std::optional<ArrayName> ParseArrayName(absl::string_view readable);

// "byte" for kByte; "java.lang.Object" for references.
absl::string_view ElementName(hprof::ValueType type);

}  // namespace leaktrail::graph
