// What a shell needs to complete the words of a command line.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace leaktrail::cli {

enum class Shell { kBash, kZsh, kFish };

// A script for the shell to read: commands, options, the values of those options that name theirs,
// directories and files where they belong.
std::string CompletionScript(Shell shell);

}  // namespace leaktrail::cli
