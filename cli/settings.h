// Options that need not be written each time: from the environment, and from a file.
//
// What is on the command line counts most, then LEAKTRAIL_... of the environment, then the file. An
// option is taken from one of them only, also where it may be given several times. Of the files
// there is one: that of --config, else of LEAKTRAIL_CONFIG, else .leaktrail.toml in the working
// directory, else leaktrail/config.toml in $XDG_CONFIG_HOME (or ~/.config). One that others may
// write to is not read. docs/scripting.md lists the options; --show-strings is none of them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/arguments.h"

namespace leaktrail::cli {

// An option with its values, as the command line has them; a flag has none.
struct Setting {
  std::string option;               // "--timeout"
  std::vector<std::string> values;  // one for each time it is given
  std::string source;               // "LEAKTRAIL_TIMEOUT", ".leaktrail.toml:3:1"
};

// Of the environment. A variable with another name means nothing: orchestrators make such ones.
std::vector<Setting> EnvironmentSettings();

// Of a text in TOML. Paths in it are relative to the directory of `path`. Errors name the place.
absl::StatusOr<std::vector<Setting>> ParseSettings(absl::string_view toml, const std::string& path);

// The file that is to be read: `named` by --config, or found; "" for none. Error: the one named is
// not there.
absl::StatusOr<std::string> SettingsFile(const std::string& named);

// The whole command line: ParseArguments with the settings that its words leave open. `said`:
// sentences for the user, about a file that is left out.
absl::StatusOr<Arguments> ParseWithSettings(const std::vector<std::string>& words,
                                            std::vector<std::string>& said);

}  // namespace leaktrail::cli
