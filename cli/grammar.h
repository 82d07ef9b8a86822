// The words and options of the command line as CLI11 knows them, before they are understood.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/arguments.h"

namespace leaktrail::cli {

// What CLI11 fills in. What has only one meaning is in `parsed` already.
struct RawArguments {
  Arguments parsed;
  bool help = false;
  bool version = false;
  std::string color, by, sort, count, min, group, max_inflate;
  std::vector<std::string> include, exclude;
  std::vector<std::string> compare_by, fail_on, outputs;
  std::map<Command, std::vector<std::string>> places;  // FILE and what follows it
  std::vector<std::string> help_topics;
};

// The whole grammar, with `raw` as the place of what is read. The top level doubles as `analyze`
// and `diff`: options before the command and FILEs without one.
std::unique_ptr<CLI::App> MakeParser(RawArguments& raw);

}  // namespace leaktrail::cli
