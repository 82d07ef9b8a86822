// The manual page: the pages of --help, laid out for man(1).
#pragma once

#include <string>

namespace leaktrail::cli {

// leaktrail(1) in the man macros, groff_man(7): synopsis, the general page, a section per command.
std::string ManPage();

}  // namespace leaktrail::cli
