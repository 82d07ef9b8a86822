// What belongs to each of some objects of one class, and to no other of them. What
// repeated_units.cc is made of.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/snapshot.h"

namespace leaktrail::analyses {

// Follows the references from all `anchors` (at most 64, of one class), level by level. An object
// that two of them reach is shared: it is of none, and the walk ends there, as at classes, class
// loaders, threads, strings and other objects of the anchors' class. The result has what is of one
// only, by anchor, nearest first. Ends after `budget` objects, which is lowered by what was seen.
std::vector<std::vector<graph::ObjectIndex>> OwnObjects(const graph::Snapshot& snapshot,
                                                        std::span<const graph::ObjectIndex> anchors,
                                                        std::size_t& budget);

}  // namespace leaktrail::analyses
