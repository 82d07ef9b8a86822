// The check that what a snapshot file says of dominators is a tree.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "graph/store/chunk_dominance.h"

namespace leaktrail::testing {
namespace {

using graph::Bitmap;
using graph::Dominance;

// Node by node to the top, without any cleverness.
bool LeadsToTheTop(const std::vector<std::uint32_t>& dominators) {
  const auto nodes = static_cast<std::uint32_t>(dominators.size());
  for (std::uint32_t node = 0; node < nodes; ++node) {
    std::uint32_t above = node;
    for (std::uint32_t steps = 0; above < nodes; ++steps, above = dominators[above]) {
      if (steps > nodes) return false;
    }
  }
  return true;
}

bool IsTree(const std::vector<std::uint32_t>& dominators, bool forward) {
  const auto nodes = static_cast<std::uint32_t>(dominators.size());
  Dominance dominance;
  dominance.dominators = graph::LargeArray<std::uint32_t>(nodes);
  for (std::uint32_t node = 0; node < nodes; ++node) {
    dominance.dominators[node] = dominators[node];
  }
  Bitmap proved(nodes);
  // In two ranges, as of two threads.
  const std::uint32_t middle = nodes / 2;
  return graph::IsTree(dominance, {middle, nodes}, nodes, forward, proved) &&
         graph::IsTree(dominance, {0, middle}, nodes, forward, proved);
}

TEST(DominatorCheck, FindsEveryDetour) {
  std::mt19937 random(7);
  int trees = 0, others = 0;
  for (int round = 0; round < 20000; ++round) {
    const std::uint32_t nodes = 1 + random() % 12;
    std::vector<std::uint32_t> dominators;
    for (std::uint32_t node = 0; node < nodes; ++node) {
      const std::uint32_t any = random() % (nodes + 2);
      dominators.push_back(any == nodes       ? Dominance::kRoot
                           : any == nodes + 1 ? Dominance::kNone
                                              : any);
    }
    const bool is_tree = LeadsToTheTop(dominators);
    (is_tree ? trees : others) += 1;
    ASSERT_EQ(IsTree(dominators, true), is_tree);
    ASSERT_EQ(IsTree(dominators, false), is_tree);
  }
  EXPECT_GT(trees, 1000);
  EXPECT_GT(others, 1000);
}

TEST(DominatorCheck, TakesLongChainsInLinearTime) {
  constexpr std::uint32_t kNodes = 1'000'000;
  std::vector<std::uint32_t> up, down;
  for (std::uint32_t node = 0; node < kNodes; ++node) {
    up.push_back(node + 1 < kNodes ? node + 1 : Dominance::kRoot);
    down.push_back(node > 0 ? node - 1 : Dominance::kRoot);
  }
  for (const bool forward : {false, true}) {
    EXPECT_TRUE(IsTree(up, forward));
    EXPECT_TRUE(IsTree(down, forward));
  }
  down[0] = kNodes - 1;
  EXPECT_FALSE(IsTree(down, false));
  EXPECT_FALSE(IsTree(down, true));
}

}  // namespace
}  // namespace leaktrail::testing
