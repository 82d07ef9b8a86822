// The main of programs that write one of several dumps:
//
//   PROGRAM              the names of the shapes, one a line
//   PROGRAM SHAPE FILE   writes a dump
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "absl/strings/string_view.h"
#include "hprof/dump_file.h"

namespace leaktrail::testing {

struct DumpShape {
  absl::string_view name;
  std::function<std::unique_ptr<hprof::DumpFile>()> make;
};

// Exit code 1: the file cannot be written; 2: wrong usage.
int WriteShape(std::span<const DumpShape> shapes, int argc, char** argv);

}  // namespace leaktrail::testing
