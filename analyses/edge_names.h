// The name of the reference between two neighbours of a path, and stretches of such references that
// repeat. What owner_path.cc is made of.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/snapshot.h"

namespace leaktrail::analyses {

// One reference of a path, or a folded stretch of them.
struct RawStep {
  graph::ObjectIndex owner;
  graph::ObjectIndex target;
  graph::NamedReference::Kind kind = graph::NamedReference::Kind::kField;
  std::vector<std::string> fields;  // names seen; more than one only where folded
  std::int32_t frame = -1;          // kLocal
  bool found = true;                // false: no reference from owner to target
  std::uint64_t repeats = 1;        // how often the stretch repeats
  std::uint32_t period = 1;         // references in the stretch that repeats
  std::uint64_t skipped = 0;        // a gap: so many steps were left out here
};

// The references of `path`, with long stretches of equal classes folded and the middle of very long
// irregular paths left out. Time: linear in the path with a small constant; file reads: a few
// hundred at most.
std::vector<RawStep> NameSteps(const graph::Snapshot& snapshot,
                               std::span<const graph::ObjectIndex> path);

// Where `target` stands in the object array `array`; reads all of it. Nothing if it is not there or
// the array is too long for that to be worth its time.
std::optional<std::int64_t> ElementIndex(const graph::Snapshot& snapshot, graph::ObjectIndex array,
                                         graph::ObjectIndex target);

}  // namespace leaktrail::analyses
