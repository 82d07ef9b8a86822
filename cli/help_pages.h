// What the help pages say, as text.
#pragma once

#include "absl/strings/string_view.h"
#include "cli/arguments.h"

namespace leaktrail::cli {

// What a command has of its own: what it does, examples, options. kHelp: the general page.
absl::string_view HelpPage(Command command);

// Options of several commands, with a heading each: of analyze and diff, of diff, of analyze and
// native, and of all.
extern const absl::string_view kReportOptionsText;
extern const absl::string_view kDiffOptionsText;
extern const absl::string_view kSideOptionsText;
extern const absl::string_view kGlobalOptionsText;

}  // namespace leaktrail::cli
