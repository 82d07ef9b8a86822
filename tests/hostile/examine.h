// What comes of a dump that may be damaged: the error, or what is counted and said of it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyses/analyze.h"
#include "graph/snapshot.h"
#include "tests/dump_builder.h"

namespace leaktrail::testing {

struct Examined {
  std::string error;                // empty if there is a result
  std::vector<std::string> health;  // "cut-off x 1", most severe first
  bool partial = false;
  std::unique_ptr<graph::Snapshot> snapshot;  // null after an error

  analyses::Report Report() const { return analyses::Analyze(*snapshot, {}); }
};

inline Examined Examine(std::unique_ptr<hprof::DumpFile> file,
                        const hprof::ImportHealth& open_health = {}) {
  graph::BuildOptions options;
  options.threads = 1;
  auto snapshot = graph::Snapshot::Build(std::move(file), open_health, options);
  Examined examined;
  if (!snapshot.ok()) {
    examined.error = std::string(snapshot.status().message());
    return examined;
  }
  examined.snapshot = *std::move(snapshot);
  const hprof::ImportHealth& health = examined.snapshot->health();
  for (const hprof::ImportHealth::Entry& entry : health.entries()) {
    examined.health.push_back(absl::StrCat(hprof::Describe(entry.oddity).id, " x ", entry.count));
  }
  examined.partial = health.partial();
  return examined;
}

inline Examined Examine(std::vector<std::byte> bytes) {
  return Examine(hprof::DumpFile::FromMemory(std::move(bytes), "heap.hprof"));
}

inline Examined Examine(const DumpBuilder& dump) { return Examine(dump.Bytes()); }

}  // namespace leaktrail::testing
