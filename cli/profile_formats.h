// Profiles of the heap in the formats of viewers. Equal heaps give equal bytes.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "analyses/profile.h"
#include "analyses/report.h"

namespace leaktrail::cli {

enum class Weight { kBytes, kObjects };

// One line per stack, "frame;frame 4096": for flamegraph.pl, inferno, and diffs of two such files.
std::string CollapsedStacks(const analyses::Profile& profile, Weight weight);

// Both trees, each by bytes and by objects, as one file for https://www.speedscope.app, whose
// schema is https://www.speedscope.app/file-format-schema.json.
std::string Speedscope(const analyses::Profile& dominators, const analyses::Profile& paths,
                       const analyses::DumpFacts& dump);

// profile.proto of https://github.com/google/pprof, gzipped: sample types "objects" and "bytes",
// the latter shown by default. `tree` says which one it is, as a comment.
std::string Pprof(const analyses::Profile& profile, absl::string_view tree,
                  const analyses::DumpFacts& dump);

}  // namespace leaktrail::cli
