// Shorthands for tests of Snapshot.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "graph/snapshot.h"
#include "tests/dump_builder.h"

namespace leaktrail::testing {

// Aborts with the message if the dump is refused.
inline std::unique_ptr<graph::Snapshot> BuildSnapshot(const DumpBuilder& dump,
                                                      const graph::BuildOptions& options = {
                                                          .threads = 1}) {
  auto snapshot = graph::Snapshot::Build(dump.File(), {}, options);
  if (!snapshot.ok()) {
    std::fprintf(stderr, "%s\n", snapshot.status().ToString().c_str());
    std::abort();
  }
  return *std::move(snapshot);
}

}  // namespace leaktrail::testing
