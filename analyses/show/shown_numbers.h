// Which numbers of a dump may be shown without being asked for.
//
// A program's contents are secrets (strings, arrays), and some numbers are contents, too: boxed
// ones are keys and values of maps, a hash tells a short string, a date or an account is
// somebody's. Counts, sizes, flags and states are what people look at an object for, and are shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "hprof/types.h"

namespace leaktrail::analyses {

// "true", "-12", "0.5"; of a char its character in quotes. `bits`: raw, zero-extended.
std::string NumberText(hprof::ValueType type, std::uint64_t bits);

// False for chars, for the fields of boxes, UUIDs, big numbers, dates and times, and for fields
// whose name has a word such as hash, token, pin or seed.
bool MayShowNumber(absl::string_view declaring_class, absl::string_view field,
                   hprof::ValueType type);

// "int", "boolean"; "object" for references.
absl::string_view TypeName(hprof::ValueType type);

}  // namespace leaktrail::analyses
