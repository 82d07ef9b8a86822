// Names from a dump, made safe to print. Class, field, method and thread names are whatever the
// dumped process (or whoever wrote the file) chose: they may hold terminal escape sequences,
// newlines, characters that reverse the direction of text, or bytes that are no UTF-8 at all.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace leaktrail::cli {

// `name` as valid UTF-8 that moves no cursor and hides nothing: control characters, bidirectional
// and invisible characters become "\x1b" or "\u202e", bytes that are no (modified) UTF-8 "\xff",
// and a backslash "\\". For text output; two different names stay different.
std::string Escape(absl::string_view name);

// `name` as valid UTF-8 with every character kept; bytes that are no (modified) UTF-8 become
// U+FFFD. For JSON, whose writer escapes the rest.
std::string ToUtf8(absl::string_view name);

// Columns that `text`, escaped UTF-8, takes on a terminal: East Asian wide characters take two,
// combining marks none.
int DisplayWidth(absl::string_view text);

// The longest prefix (suffix) of escaped UTF-8 `text` that takes at most `columns` columns.
absl::string_view Prefix(absl::string_view text, int columns);
absl::string_view Suffix(absl::string_view text, int columns);

}  // namespace leaktrail::cli
