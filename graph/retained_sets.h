// Retained sizes of sets: what becomes unreachable when all members of a set are gone. Never a sum
// of nested sizes, and exact also where members hold something only together.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "absl/functional/function_ref.h"
#include "graph/index_types.h"
#include "graph/snapshot.h"

namespace leaktrail::graph {

// Sets as colours: every node has at most one. kNoColour: in none of the sets asked for.
inline constexpr std::uint32_t kNoColour = 0xffffffff;

// Exact retained bytes of each colour [0, colours). `colour_of_class[c]` is the colour of all
// instances of class c (class mirrors are instances of java.lang.Class). One walk of the graph per
// 64 colours; 8 bytes per node meanwhile.
std::vector<std::uint64_t> RetainedByColour(const Snapshot& snapshot,
                                            std::span<const std::uint32_t> colour_of_class,
                                            std::uint32_t colours);

// The same where the set of colour i has the nodes of sets[i], too. As many colours as sets.
std::vector<std::uint64_t> RetainedByColour(const Snapshot& snapshot,
                                            std::span<const std::uint32_t> colour_of_class,
                                            std::span<const std::vector<ObjectIndex>> sets);

// Exact retained bytes of each of several sets of nodes, which may overlap. Unreachable members
// count nothing. Cost as RetainedByColour.
std::vector<std::uint64_t> RetainedBySets(const Snapshot& snapshot,
                                          std::span<const std::vector<ObjectIndex>> sets);

// Exact retained bytes of one set of nodes (unreachable members count nothing).
std::uint64_t RetainedBySet(const Snapshot& snapshot, std::span<const ObjectIndex> members);

// For each class, the summed retained size of its instances that no other instance of the class
// dominates: never above the exact figure, usually equal to it, for all classes in one walk over
// the dominator tree. Colours as above.
std::vector<std::uint64_t> DominatedByColour(const Snapshot& snapshot,
                                             std::span<const std::uint32_t> colour_of_class,
                                             std::uint32_t colours);

// The same for several ways to colour the classes, in one walk.
struct Colouring {
  std::span<const std::uint32_t> of_class;
  std::uint32_t colours = 0;
};
std::vector<std::vector<std::uint64_t>> DominatedByColours(const Snapshot& snapshot,
                                                           std::span<const Colouring> colourings);

}  // namespace leaktrail::graph
