// What stdout and stderr are connected to.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "cli/text_style.h"

namespace leaktrail::cli {

enum class ColorMode { kAuto, kAlways, kNever };

// Width: $COLUMNS, else that of the terminal, else 100; never below 60. Colours with kAuto: only on
// a terminal, not if NO_COLOR is set to anything, not if TERM is "dumb". Unicode: if the locale
// (LC_ALL, LC_CTYPE, LANG) is one of UTF-8.
TextStyle StyleOfStdout(ColorMode mode);

bool StderrIsTerminal();

// Writes everything or says why not. A reader that has gone away (`| head`) is no error.
absl::Status WriteToStdout(absl::string_view text);

}  // namespace leaktrail::cli
