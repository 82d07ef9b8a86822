// The answer of `leaktrail FILE`: everything that is to be said about one dump, as a report model.
//
// Cost, beside the graph: one walk of the graph for the paths, three passes over the objects, and
// up to kExactNodes (class_tables.h) two walks for the exact retained sizes of classes and loaders.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "absl/strings/string_view.h"
#include "analyses/report.h"
#include "analyses/signature_sources.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

struct AnalyzeOptions {
  bool show_strings = false;  // contents of the dump (names of threads) may be shown
  // Known leaks to look for; what they refer to must live as long as the options.
  std::span<const Signature> signatures = BuiltInSignatures();
  // Without: no rows of classes, loaders, threads and unreachable objects, which take as long as
  // all the rest.
  bool tables = true;
  std::uint64_t holders = 10;
  std::uint64_t classes = 12;
  std::uint64_t loaders = 8;
  std::uint64_t threads = 8;
  std::uint64_t unreachable = 8;
  // Called when a part of the work is done, with its name: "holders", the id of an analysis, ...
  std::function<void(absl::string_view part)> done;
  // Asked before each part: true leaves out all that follow, and the report names them. May be
  // empty.
  std::function<bool()> stop;
};

Report Analyze(const graph::Snapshot& snapshot, const AnalyzeOptions& options);

}  // namespace leaktrail::analyses
