// The words behind the command: which dump, and what the command is about.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "cli/arguments.h"

namespace leaktrail::cli {

// An error that says how the command is used, and where its help is.
absl::Status UsageError(Command command, absl::string_view problem);

// Splits the words into FILE and what the command is about. Without a verb they may make the
// command another one: FILEs to compare.
absl::Status UnderstandWords(const std::vector<std::string>& words, bool verb_given, Arguments& to);

}  // namespace leaktrail::cli
