// The algorithm on bare graphs: against the definition on small ones, and by the steps it takes on
// large ones that are shaped to make it take many.
#include "graph/semi_nca.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>
#include <vector>

namespace leaktrail::testing {
namespace {

// Node 0 is the virtual root. The last of several successors is visited first.
struct BareGraph {
  explicit BareGraph(std::uint32_t nodes) : targets(nodes), numbers(nodes) {}
  void Add(std::uint32_t source, std::uint32_t target) {
    targets[source].push_back(target);
    ++edges;
  }

  template <typename F>
  void ForEachSuccessor(std::uint32_t node, F&& f) {
    for (const std::uint32_t target : targets[node]) f(target);
  }
  std::uint32_t& Number(std::uint32_t node) { return numbers[node]; }
  void Prefetch(std::uint32_t) {}

  graph::DominatorTree Run() {
    // The algorithm wants the first root first.
    const std::vector<std::uint32_t> roots(targets[0].rbegin(), targets[0].rend());
    return graph::SemiNca(*this, targets.size(), edges).Run(roots, [] {});
  }

  std::vector<std::vector<std::uint32_t>> targets;
  std::vector<std::uint32_t> numbers;
  std::uint64_t edges = 0;
};

std::vector<bool> ReachedWithout(const BareGraph& graph, std::uint32_t removed) {
  std::vector<bool> reached(graph.targets.size());
  std::vector<std::uint32_t> stack = {0};
  reached[0] = true;
  while (!stack.empty()) {
    const std::uint32_t node = stack.back();
    stack.pop_back();
    for (const std::uint32_t target : graph.targets[node]) {
      if (target == removed || reached[target]) continue;
      reached[target] = true;
      stack.push_back(target);
    }
  }
  return reached;
}

// What a node dominates is what is lost without it.
void ExpectDefinition(const BareGraph& graph, const graph::DominatorTree& tree) {
  const auto nodes = static_cast<std::uint32_t>(graph.targets.size());
  std::vector<std::uint32_t> node_of(tree.count + 1);
  for (std::uint32_t node = 1; node < nodes; ++node) node_of[graph.numbers[node]] = node;
  std::vector<std::set<std::uint32_t>> dominators(nodes);
  for (std::uint32_t node = 1; node < nodes; ++node) {
    if (graph.numbers[node] == 0) continue;
    for (std::uint32_t n = tree.dominators[graph.numbers[node]]; n != 1; n = tree.dominators[n]) {
      dominators[node].insert(node_of[n]);
    }
  }
  const std::vector<bool> reachable = ReachedWithout(graph, nodes);
  for (std::uint32_t removed = 1; removed < nodes; ++removed) {
    const std::vector<bool> reached = ReachedWithout(graph, removed);
    for (std::uint32_t node = 1; node < nodes; ++node) {
      ASSERT_EQ(graph.numbers[node] != 0, reachable[node]) << node;
      if (!reachable[node] || node == removed) continue;
      ASSERT_EQ(dominators[node].contains(removed), !reached[node]) << removed << " of " << node;
    }
  }
}

// A list, and edges between any two of its nodes: the deepest of small graphs.
TEST(SemiNcaTest, ListsWithShortcutsEqualTheDefinition) {
  for (std::uint32_t seed = 0; seed < 1000; ++seed) {
    std::mt19937 random(seed);
    const std::uint32_t nodes = 2 + random() % 60;
    BareGraph graph(nodes);
    for (std::uint32_t edge = random() % (nodes / 2 + 1); edge > 0; --edge) {
      graph.Add(random() % nodes, 1 + random() % (nodes - 1));
    }
    for (std::uint32_t node = 0; node + 1 < nodes; ++node) {
      if (random() % 20 != 0) graph.Add(node, node + 1);
    }
    const graph::DominatorTree tree = graph.Run();
    ASSERT_NO_FATAL_FAILURE(ExpectDefinition(graph, tree)) << "seed " << seed;
  }
}

constexpr std::uint32_t kLength = 100'000;

// Steps per edge that nothing but the logarithm of the depth can explain.
std::uint64_t MostSteps(const BareGraph& graph) {
  return graph.edges * static_cast<std::uint64_t>(3 * std::log2(graph.targets.size()));
}

// An audit trail: a list of events, the newest first, each with its order; the orders are in a map,
// too, which is found later.
TEST(SemiNcaTest, ListFoundBeforeTheOtherHolderOfItsItems) {
  BareGraph graph(2 + 2 * kLength);
  const std::uint32_t map = 1;
  const auto event = [](std::uint32_t i) { return 2 + i; };
  const auto order = [](std::uint32_t i) { return 2 + kLength + i; };
  graph.Add(0, map);
  graph.Add(0, event(0));
  for (std::uint32_t i = 0; i < kLength; ++i) {
    graph.Add(event(i), order(i));
    if (i + 1 < kLength) graph.Add(event(i), event(i + 1));
    graph.Add(map, order(i));
  }
  const graph::DominatorTree tree = graph.Run();
  ASSERT_GT(graph.Number(map), graph.Number(event(kLength - 1)));
  for (std::uint32_t i = 0; i < kLength; ++i) {
    ASSERT_EQ(tree.dominators[graph.Number(order(i))], 1u) << i;
    ASSERT_EQ(tree.dominators[graph.Number(event(i))], i == 0 ? 1u : graph.Number(event(i - 1)));
  }
  EXPECT_LT(tree.steps, MostSteps(graph));
}

// As before, but each item is also held from somewhere else in the list, so that its dominator is
// any node above.
TEST(SemiNcaTest, ItemsHeldFromTwoPlacesOfAList) {
  std::mt19937 random(1);
  BareGraph graph(1 + 2 * kLength);
  std::vector<std::uint32_t> above(kLength);
  graph.Add(0, 1);
  for (std::uint32_t i = 0; i < kLength; ++i) {
    above[i] = random() % (i + 1);
    graph.Add(1 + above[i], 1 + kLength + i);
  }
  for (std::uint32_t i = 0; i < kLength; ++i) {
    graph.Add(1 + i, 1 + kLength + i);
    if (i + 1 < kLength) graph.Add(1 + i, 1 + i + 1);
  }
  const graph::DominatorTree tree = graph.Run();
  for (std::uint32_t i = 0; i < kLength; ++i) {
    ASSERT_EQ(tree.dominators[graph.Number(1 + kLength + i)], graph.Number(1 + above[i])) << i;
  }
  EXPECT_LT(tree.steps, MostSteps(graph));
}

// Shortcuts that jump back and forth over a list, found deepest first: long paths to compress.
TEST(SemiNcaTest, ManyShortcutsInAList) {
  std::mt19937 random(2);
  BareGraph graph(1 + kLength);
  for (std::uint32_t i = 0; i < 4 * kLength; ++i) {
    graph.Add(random() % (1 + kLength), 1 + random() % kLength);
  }
  for (std::uint32_t i = 0; i < kLength; ++i) graph.Add(i, i + 1);
  EXPECT_LT(graph.Run().steps, MostSteps(graph));
}

}  // namespace
}  // namespace leaktrail::testing
