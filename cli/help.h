// The help pages: examples first. A test checks that they mention every option.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "cli/arguments.h"

namespace leaktrail::cli {

// The page of a command; Command::kHelp: the general one.
std::string HelpText(Command command);

// The parts of the pages: what a command has of its own, its options included, and the options of
// all commands but collect.
std::string HelpBody(Command command);
absl::string_view GlobalOptionsText();
// All but collect, which reads no dump and answers nothing.
bool TakesGlobalOptions(Command command);

// "leaktrail histogram FILE [options]".
absl::string_view UsageLine(Command command);

// "histogram"; "" for kHelp and kVersion.
absl::string_view CommandName(Command command);

}  // namespace leaktrail::cli
