// Paths are real, begin at a root, use locals of threads only where there is no other way, and are
// as short as that allows.
#include "graph/shortest_paths.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "tests/graph/built_graph.h"
#include "tests/graph/random_graph.h"

namespace leaktrail::testing {
namespace {

using graph::ObjectIndex;
using graph::Reachability;
using graph::ShortestPaths;

constexpr int kUnreached = 1 << 30;

// What a search may use beside fields.
struct Allowed {
  int weakest;  // nodes up to this level
  bool own_classes;
  bool locals;
};

// Goes on from `queue`, in the order of `distances`.
void Search(const Solution& solution, const Allowed& allowed, std::vector<std::size_t> queue,
            std::vector<int>& distances) {
  for (std::size_t head = 0; head < queue.size(); ++head) {
    for (const Solution::Edge& edge : solution.edges[queue[head]]) {
      if (edge.kind == Solution::EdgeKind::kOwnClass && !allowed.own_classes) continue;
      if (edge.kind == Solution::EdgeKind::kLocal && !allowed.locals) continue;
      if (solution.levels[edge.target] > allowed.weakest) continue;
      if (distances[edge.target] != kUnreached) continue;
      distances[edge.target] = distances[queue[head]] + 1;
      queue.push_back(edge.target);
    }
  }
}

// Edges on the way from the nearest root.
std::vector<int> Distances(const Solution& solution, const Allowed& allowed) {
  std::vector<int> distances(solution.edges.size(), kUnreached);
  std::vector<std::size_t> roots;
  for (std::size_t node = 0; node < distances.size(); ++node) {
    if (!solution.is_root[node]) continue;
    distances[node] = 0;
    roots.push_back(node);
  }
  Search(solution, allowed, std::move(roots), distances);
  return distances;
}

// The same, but locals of threads are used for what cannot be reached without.
void AddLocals(const Solution& solution, const Allowed& allowed, std::vector<int>& distances) {
  std::vector<std::size_t> queue;
  for (std::size_t thread = 0; thread < solution.edges.size(); ++thread) {
    for (const Solution::Edge& edge : solution.edges[thread]) {
      if (edge.kind != Solution::EdgeKind::kLocal || distances[edge.target] != kUnreached) continue;
      distances[edge.target] = 1;
      queue.push_back(edge.target);
    }
  }
  Search(solution, allowed, std::move(queue), distances);
}

class PathComparison {
 public:
  PathComparison(const ReferenceGraph& heap, const BuiltGraph& built, const Solution& solution,
                 Reachability weakest)
      : heap_(heap),
        built_(built),
        solution_(solution),
        weakest_(static_cast<int>(weakest)),
        least_(Distances(solution, {weakest_, true, true})),
        without_locals_(Distances(solution, {weakest_, false, false})),
        most_(without_locals_) {
    AddLocals(solution, {weakest_, false, false}, most_);
    // The edges to own classes may be left out or not; without them there is one answer.
    if (heap.classes.size() == kStandardClasses) least_ = most_;
    const std::vector<int> own_classes = Distances(solution, {weakest_, true, false});
    for (std::size_t node = 0; node < most_.size(); ++node) {
      const bool saves_locals = own_classes[node] != without_locals_[node];
      if (saves_locals && without_locals_[node] == kUnreached) most_[node] = kUnreached;
    }
  }

  std::string Run(const ShortestPaths& paths) {
    for (const Node node : heap_.Nodes()) {
      if (!heap_.Exists(node)) continue;
      const std::string difference = CompareNode(paths, heap_.IndexOf(node));
      if (!difference.empty()) return absl::StrCat("node ", heap_.IndexOf(node), ": ", difference);
    }
    return "";
  }

 private:
  std::string CompareNode(const ShortestPaths& paths, std::size_t number) {
    const ObjectIndex o = built_.nodes[number];
    const bool reachable = solution_.levels[number] <= weakest_;
    if (paths.Reaches(o) != reachable) return reachable ? "not reached" : "reached";
    const std::vector<ObjectIndex> path = paths.PathTo(o);
    if (path.empty() == reachable) return "path of the wrong kind";
    if (!reachable) return "";
    if (path.back() != o) return "path does not end at the node";
    const int length = static_cast<int>(path.size()) - 1;
    if (length < least_[number]) return "path is shorter than possible";
    if (length > most_[number]) return absl::StrCat("path is longer than ", most_[number]);
    return CompareSteps(paths, path, without_locals_[number] == kUnreached);
  }

  std::string CompareSteps(const ShortestPaths& paths, const std::vector<ObjectIndex>& path,
                           bool may_use_locals) {
    if (!solution_.is_root[NumberOf(path.front())]) return "path does not begin at a root";
    if (paths.Parent(path.front()).valid()) return "the root has a parent";
    for (std::size_t i = 1; i < path.size(); ++i) {
      if (paths.Parent(path[i]) != path[i - 1]) return "parent is not the node before";
      const auto& edges = solution_.edges[NumberOf(path[i - 1])];
      const std::size_t target = NumberOf(path[i]);
      const bool real = std::any_of(edges.begin(), edges.end(), [&](const Solution::Edge& edge) {
        const bool is_local = edge.kind == Solution::EdgeKind::kLocal;
        return edge.target == target && (may_use_locals || !is_local);
      });
      if (!real) return "a step is no edge, or a needless local";
    }
    return "";
  }
  std::size_t NumberOf(ObjectIndex o) const {
    return static_cast<std::size_t>(std::find(built_.nodes.begin(), built_.nodes.end(), o) -
                                    built_.nodes.begin());
  }

  const ReferenceGraph& heap_;
  const BuiltGraph& built_;
  const Solution& solution_;
  const int weakest_;
  std::vector<int> least_;
  const std::vector<int> without_locals_;
  std::vector<int> most_;
};

class ShortestPathsTest : public ::testing::TestWithParam<GraphShape> {};

TEST_P(ShortestPathsTest, AreRealAndShortest) {
  for (std::uint32_t seed = 800; seed < 900; ++seed) {
    const ReferenceGraph heap = MakeRandomGraph(GetParam(), seed);
    const BuiltGraph built = BuildGraph(heap);
    const Solution solution = Solve(heap, built.Sizes());
    for (const Reachability weakest : {Reachability::kStrong, Reachability::kSoft,
                                       Reachability::kFinalizer, Reachability::kWeak}) {
      const ShortestPaths paths(*built.snapshot, weakest);
      ASSERT_EQ(PathComparison(heap, built, solution, weakest).Run(paths), "")
          << GetParam().name << ", seed " << seed << "\n"
          << heap.Describe();
    }
  }
}

// A walk that ends when it has seen the wanted nodes finds the same for these.
TEST_P(ShortestPathsTest, ToTargetsAreTheSame) {
  for (std::uint32_t seed = 950; seed < 970; ++seed) {
    const ReferenceGraph heap = MakeRandomGraph(GetParam(), seed);
    const BuiltGraph built = BuildGraph(heap);
    const ShortestPaths all(*built.snapshot);
    for (std::size_t i = 0; i + 1 < built.nodes.size(); i += 3) {
      std::vector<ObjectIndex> targets;
      for (const ObjectIndex node : {built.nodes[i], built.nodes[i + 1]}) {
        if (node.valid()) targets.push_back(node);
      }
      const ShortestPaths some(*built.snapshot, Reachability::kStrong, targets);
      for (const ObjectIndex target : targets) {
        ASSERT_EQ(some.PathTo(target), all.PathTo(target)) << "seed " << seed;
      }
    }
  }
}

// A walk that goes on from target to target finds the same, whichever order they come in.
TEST_P(ShortestPathsTest, ExtendedAreTheSame) {
  for (std::uint32_t seed = 970; seed < 990; ++seed) {
    const BuiltGraph built = BuildGraph(MakeRandomGraph(GetParam(), seed));
    std::vector<ObjectIndex> nodes = built.nodes;
    std::erase_if(nodes, [](ObjectIndex node) { return !node.valid(); });
    if (nodes.empty()) continue;
    std::shuffle(nodes.begin(), nodes.end(), std::mt19937(seed));
    for (const Reachability weakest : {Reachability::kStrong, Reachability::kWeak}) {
      const ShortestPaths all(*built.snapshot, weakest);
      ShortestPaths some(*built.snapshot, weakest, std::span(nodes).first(1));
      for (const ObjectIndex node : nodes) {
        some.Extend(std::span(&node, 1));
        ASSERT_EQ(some.PathTo(node), all.PathTo(node)) << "seed " << seed;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, ShortestPathsTest, ::testing::ValuesIn(AllAndLoaderShapes()),
                         NameOfShape());

TEST(ShortestPathsTest, LeaveOutWhatIsHeldWeaklyUnlessAsked) {
  ReferenceGraph heap;
  const Node target = heap.AddObject(kHolderClass);
  const Node soft = heap.AddObject(kSoftClass, {}, target);
  heap.AddRoot(soft);
  const BuiltGraph built = BuildGraph(heap);
  const ObjectIndex o = built.nodes[heap.IndexOf(target)];
  EXPECT_FALSE(ShortestPaths(*built.snapshot).Reaches(o));
  EXPECT_TRUE(ShortestPaths(*built.snapshot).PathTo(o).empty());
  EXPECT_EQ(ShortestPaths(*built.snapshot, Reachability::kSoft).PathTo(o),
            (std::vector{built.nodes[heap.IndexOf(soft)], o}));
}

}  // namespace
}  // namespace leaktrail::testing
