// Retained sizes of sets: what becomes unreachable when all members of a set are gone. Never a sum
// of nested sizes, and exact also where members hold something only together.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/functional/function_ref.h"
#include "graph/index_types.h"
#include "graph/snapshot.h"

namespace leaktrail::graph {

// Sets as colours: every node has at most one. kNoColour: in none of the sets asked for.
inline constexpr std::uint32_t kNoColour = 0xffffffff;

class JoinNodes;
class NodeSets;

// Asked several times about one snapshot, which must live longer, it looks only once at how objects
// refer to each other: keep it as long as there are questions. For one thread. One walk of the
// graph at first and less for each 64 sets; 4 bytes per node meanwhile.
class RetainedSets {
 public:
  explicit RetainedSets(const Snapshot& snapshot);
  ~RetainedSets();
  RetainedSets(const RetainedSets&) = delete;
  RetainedSets& operator=(const RetainedSets&) = delete;

  // Exact retained bytes of each colour [0, colours). `colour_of_class[c]` is the colour of all
  // instances of class c (class mirrors are instances of java.lang.Class).
  std::vector<std::uint64_t> ByColour(std::span<const std::uint32_t> colour_of_class,
                                      std::uint32_t colours);
  // The same where the set of colour i has the nodes of sets[i], too. As many colours as sets.
  std::vector<std::uint64_t> ByColour(std::span<const std::uint32_t> colour_of_class,
                                      std::span<const std::vector<ObjectIndex>> sets);
  // Exact retained bytes of each of several sets of nodes, which may overlap. Unreachable members
  // count nothing.
  std::vector<std::uint64_t> BySets(std::span<const std::vector<ObjectIndex>> sets);

 private:
  JoinNodes& Joins();
  std::array<std::uint64_t, 64> OfBatch(const NodeSets& sets);

  const Snapshot& snapshot_;
  std::unique_ptr<JoinNodes> joins_;  // made when first asked for
};

// The same for those who ask once.
std::vector<std::uint64_t> RetainedByColour(const Snapshot& snapshot,
                                            std::span<const std::uint32_t> colour_of_class,
                                            std::uint32_t colours);
std::vector<std::uint64_t> RetainedByColour(const Snapshot& snapshot,
                                            std::span<const std::uint32_t> colour_of_class,
                                            std::span<const std::vector<ObjectIndex>> sets);
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
