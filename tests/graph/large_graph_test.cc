// Graphs of hundreds of thousands of nodes, on several threads: what small ones do not reach, such
// as far numbers in the lists of predecessors, many blocks and chunks, and arrays read piece by
// piece. Compared with the iterative algorithm of K. Cooper, T. Harvey and K. Kennedy, "A Simple,
// Fast Dominance Algorithm", Rice University 2001.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "graph/snapshot.h"
#include "tests/graph/raw_dump.h"

namespace leaktrail::testing {
namespace {

using graph::ObjectIndex;

constexpr std::uint32_t kNone = 0xffffffff;
constexpr Id kStep = 64;
constexpr Id kFirst = 0x720000000;

// Objects are numbered as in the file.
struct LargeGraph {
  std::vector<std::vector<std::uint32_t>> targets;
  std::vector<std::uint32_t> roots;  // sorted

  std::unique_ptr<hprof::DumpFile> Write() const {
    DumpBuilder classes({.segment_size = 100'000, .end_record = false});
    const Id array = classes.Boot().object_array;
    std::size_t edges = 0;
    for (const auto& list : targets) edges += list.size();
    RawDump dump(classes, targets.size() * 25 + edges * 8 + roots.size() * 9);
    for (const std::uint32_t root : roots) dump.Root(kFirst + root * kStep);
    std::vector<Id> elements;
    for (std::size_t node = 0; node < targets.size(); ++node) {
      elements.clear();
      for (const std::uint32_t target : targets[node]) elements.push_back(kFirst + target * kStep);
      dump.ObjectArray(kFirst + node * kStep, array, elements);
    }
    return dump.Finish();
  }
};

class IterativeDominators {
 public:
  explicit IterativeDominators(const LargeGraph& graph)
      : graph_(graph), order_of_(graph.targets.size(), kNone), predecessors_(graph.targets.size()) {
    NumberInPostorder();
    // The virtual root has the highest number.
    root_ = static_cast<std::uint32_t>(postorder_.size());
    dominators_.assign(postorder_.size() + 1, kNone);
    dominators_[root_] = root_;
    while (Pass()) {
    }
  }
  // kNone: only the virtual root.
  std::uint32_t DominatorOf(std::uint32_t node) const {
    const std::uint32_t dominator = dominators_[order_of_[node]];
    return dominator == root_ ? kNone : postorder_[dominator];
  }
  bool Reaches(std::uint32_t node) const { return order_of_[node] != kNone; }
  const std::vector<std::uint32_t>& postorder() const { return postorder_; }

 private:
  void NumberInPostorder() {
    std::vector<bool> seen(graph_.targets.size());
    std::vector<std::pair<std::uint32_t, std::size_t>> stack;
    for (const std::uint32_t root : graph_.roots) {
      if (seen[root]) continue;
      seen[root] = true;
      stack.emplace_back(root, 0);
      while (!stack.empty()) {
        auto& [node, next] = stack.back();
        if (next == graph_.targets[node].size()) {
          order_of_[node] = static_cast<std::uint32_t>(postorder_.size());
          postorder_.push_back(node);
          stack.pop_back();
          continue;
        }
        const std::uint32_t target = graph_.targets[node][next++];
        predecessors_[target].push_back(node);
        if (seen[target]) continue;
        seen[target] = true;
        stack.emplace_back(target, 0);
      }
    }
  }
  bool Pass() {
    bool changed = false;
    for (std::uint32_t number = root_; number-- > 0;) {
      const std::uint32_t node = postorder_[number];
      std::uint32_t dominator =
          std::binary_search(graph_.roots.begin(), graph_.roots.end(), node) ? root_ : kNone;
      for (const std::uint32_t predecessor : predecessors_[node]) {
        const std::uint32_t other = order_of_[predecessor];
        if (dominators_[other] == kNone) continue;
        dominator = dominator == kNone ? other : Intersect(other, dominator);
      }
      changed |= dominators_[number] != dominator;
      dominators_[number] = dominator;
    }
    return changed;
  }
  std::uint32_t Intersect(std::uint32_t a, std::uint32_t b) const {
    while (a != b) {
      while (a < b) a = dominators_[a];
      while (b < a) b = dominators_[b];
    }
    return a;
  }

  const LargeGraph& graph_;
  std::vector<std::uint32_t> order_of_;
  std::vector<std::vector<std::uint32_t>> predecessors_;
  std::vector<std::uint32_t> postorder_;
  std::uint32_t root_ = 0;
  std::vector<std::uint32_t> dominators_;  // by postorder number
};

void CheckLargeGraph(const LargeGraph& graph) {
  const IterativeDominators expected(graph);
  ASSERT_GT(expected.postorder().size(), graph.targets.size() / 4);
  for (const int threads : {1, 2, 4}) {
    auto built = graph::Snapshot::Build(graph.Write(), {}, {.threads = threads});
    ASSERT_TRUE(built.ok()) << built.status();
    const graph::Snapshot& snapshot = **built;
    const auto count = static_cast<std::uint32_t>(graph.targets.size());
    ASSERT_EQ(snapshot.object_count(), count);
    std::vector<std::uint64_t> retained(count);
    for (const std::uint32_t node : expected.postorder()) {
      retained[node] += snapshot.ShallowSize(ObjectIndex(node));
      // Dominators have higher numbers in postorder than what they dominate.
      const std::uint32_t dominator = expected.DominatorOf(node);
      if (dominator != kNone) retained[dominator] += retained[node];
    }
    for (std::uint32_t node = 0; node < count; ++node) {
      const ObjectIndex o(node);
      const std::uint32_t dominator = expected.Reaches(node) ? expected.DominatorOf(node) : kNone;
      ASSERT_EQ(snapshot.LevelOf(o), expected.Reaches(node) ? graph::Reachability::kStrong
                                                            : graph::Reachability::kUnreachable)
          << node << " with threads: " << threads;
      ASSERT_EQ(snapshot.ImmediateDominator(o),
                dominator == kNone ? ObjectIndex::None() : ObjectIndex(dominator))
          << node << " with threads: " << threads;
      ASSERT_EQ(snapshot.RetainedSize(o), retained[node]) << node << " with threads: " << threads;
    }
  }
}

// `local` of 100 references lead to a neighbour, the others anywhere.
LargeGraph MakeLargeGraph(std::uint32_t nodes, std::uint32_t seed, int local, int mean_references) {
  std::mt19937 random(seed);
  LargeGraph graph;
  graph.targets.resize(nodes);
  const auto references =
      static_cast<std::uint32_t>(static_cast<std::uint64_t>(nodes) * mean_references / 2);
  for (std::uint32_t i = 0; i < references; ++i) {
    const std::uint32_t from = random() % nodes;
    const bool near = random() % 100 < static_cast<std::uint32_t>(local);
    graph.targets[from].push_back(near ? (from + random() % 20) % nodes : random() % nodes);
  }
  for (int i = 0; i < 20; ++i) graph.roots.push_back(random() % nodes);
  std::sort(graph.roots.begin(), graph.roots.end());
  return graph;
}

TEST(LargeGraphTest, RandomReferences) { CheckLargeGraph(MakeLargeGraph(300'000, 1, 0, 3)); }

TEST(LargeGraphTest, MostlyNearReferences) { CheckLargeGraph(MakeLargeGraph(200'000, 2, 98, 4)); }

TEST(LargeGraphTest, SparseReferences) { CheckLargeGraph(MakeLargeGraph(400'000, 3, 60, 3)); }

// Trees whose children stand before or behind them in the file: nearly everything is private.
TEST(LargeGraphTest, PrivateTrees) {
  LargeGraph graph;
  constexpr std::uint32_t kNodes = 200'000;
  graph.targets.resize(kNodes);
  std::mt19937 random(4);
  std::vector<std::uint32_t> order(kNodes);
  for (std::uint32_t i = 0; i < kNodes; ++i) order[i] = i;
  std::shuffle(order.begin() + 1, order.end(), random);
  for (std::uint32_t i = 1; i < kNodes; ++i) {
    const std::uint32_t parent = i - 1 - random() % std::min<std::uint32_t>(i, 50);
    graph.targets[order[parent]].push_back(order[i]);
  }
  for (int i = 0; i < 500; ++i) graph.targets[random() % kNodes].push_back(random() % kNodes);
  graph.roots = {order[0]};
  CheckLargeGraph(graph);
}

// Arrays that are published piece by piece (from 262,144 elements on), beside others in the same
// segment, and arrays with just the number of references that fits a byte, and one more.
TEST(LargeGraphTest, HugeArrays) {
  LargeGraph graph;
  constexpr std::uint32_t kNodes = 20'000;
  graph.targets.resize(kNodes);
  std::mt19937 random(5);
  auto fill = [&](std::uint32_t node, std::uint32_t length) {
    for (; length > 0; --length) graph.targets[node].push_back(random() % kNodes);
  };
  for (const std::uint32_t node : {0u, 1u, 5'000u, 5'002u, 19'999u}) fill(node, 262'144 + node % 3);
  for (const std::uint32_t length : {253, 254, 255, 256, 257, 262'143}) {
    fill(100 + length % 1000, length);
    fill(6'000 + length % 1000, length);
  }
  for (std::uint32_t node = 0; node < kNodes; node += 3) fill(node, 1);
  graph.roots = {7, 5'000};
  CheckLargeGraph(graph);
}

}  // namespace
}  // namespace leaktrail::testing
