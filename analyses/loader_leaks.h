// The class loaders of a heap that should be gone and are not, grouped by what they are, with what
// holds them and what they cost.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyses/loader_evidence.h"
#include "analyses/loader_pins.h"
#include "analyses/loader_table.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// Loaders of one type that are not in use, with those below them.
struct LeakedLoaders {
  graph::ClassIndex type;
  // By flags of their container; else inferred from what they are (loader_evidence.h).
  bool proved = false;
  int confidence = 0;
  std::vector<LoaderIndex> loaders;
  std::uint32_t below = 0;                   // further loaders, whose parent they are
  std::uint64_t classes = 0;                 // of all of them, those below included
  std::uint64_t instances = 0;               // likewise
  const LoaderEvidence* evidence = nullptr;  // that of most
  std::vector<PinnedBy> routes;
  std::vector<std::string> also_held_by;
  std::vector<std::string> jars, jobs, applications;  // of the first hundred; sorted, each once
  std::vector<graph::ObjectIndex> members;            // LoaderPins::Members
};

// Judges all loaders of the table: by evidence, then by generations.
void JudgeLoaders(const graph::Snapshot& snapshot, LoaderTable& loaders);

// The judged table of all loaders, made when first asked for. What it is given must live longer.
class JudgedLoaders {
 public:
  JudgedLoaders(const graph::Snapshot& snapshot, std::span<const std::uint64_t> instances)
      : snapshot_(snapshot), instances_(instances) {}
  const LoaderTable& Table();

 private:
  const graph::Snapshot& snapshot_;
  std::span<const std::uint64_t> instances_;
  std::optional<LoaderTable> table_;
};

// True if it counts as leaked: dead or replaced, defines classes, and is strongly held.
bool IsLeaked(const graph::Snapshot& snapshot, const Loader& loader);

// Most classes first. Without any leaked loader there is no walk of the graph.
std::vector<LeakedLoaders> FindLoaderLeaks(const graph::Snapshot& snapshot,
                                           const LoaderTable& loaders);

}  // namespace leaktrail::analyses
