// Paths are real, begin at a root, and no way is shorter.
#include "graph/shortest_paths.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/graph/built_graph.h"
#include "tests/graph/random_graph.h"

namespace leaktrail::testing {
namespace {

using graph::ObjectIndex;
using graph::Reachability;
using graph::ShortestPaths;

constexpr int kUnreached = 1 << 30;

// Edges on the way from the nearest root, using nodes up to `weakest` only. The implicit edges from
// objects to their classes may be left out.
std::vector<int> Distances(const Solution& solution, int weakest, bool own_classes) {
  std::vector<int> distances(solution.edges.size(), kUnreached);
  std::vector<std::size_t> queue;
  for (std::size_t node = 0; node < distances.size(); ++node) {
    if (!solution.is_root[node]) continue;
    distances[node] = 0;
    queue.push_back(node);
  }
  for (std::size_t head = 0; head < queue.size(); ++head) {
    for (const Solution::Edge& edge : solution.edges[queue[head]]) {
      const bool left_out = edge.to_own_class && !own_classes;
      if (left_out || solution.levels[edge.target] > weakest) continue;
      if (distances[edge.target] != kUnreached) continue;
      distances[edge.target] = distances[queue[head]] + 1;
      queue.push_back(edge.target);
    }
  }
  return distances;
}

class PathComparison {
 public:
  PathComparison(const ReferenceGraph& heap, const BuiltGraph& built, const Solution& solution,
                 Reachability weakest)
      : heap_(heap),
        built_(built),
        solution_(solution),
        weakest_(static_cast<int>(weakest)),
        least_(Distances(solution, weakest_, /*own_classes=*/true)),
        most_(Distances(solution, weakest_, /*own_classes=*/false)) {}

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
    return CompareSteps(paths, path);
  }

  std::string CompareSteps(const ShortestPaths& paths, const std::vector<ObjectIndex>& path) {
    if (!solution_.is_root[NumberOf(path.front())]) return "path does not begin at a root";
    if (paths.Parent(path.front()).valid()) return "the root has a parent";
    for (std::size_t i = 1; i < path.size(); ++i) {
      if (paths.Parent(path[i]) != path[i - 1]) return "parent is not the node before";
      const auto& edges = solution_.edges[NumberOf(path[i - 1])];
      const bool real = std::any_of(edges.begin(), edges.end(), [&](const Solution::Edge& edge) {
        return edge.target == NumberOf(path[i]);
      });
      if (!real) return "a step is no edge";
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
  const std::vector<int> least_, most_;
};

std::vector<GraphShape> Shapes() {
  std::vector<GraphShape> shapes = AllShapes();
  for (const GraphShape& shape : LoaderShapes()) shapes.push_back(shape);
  return shapes;
}

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

std::string ShapeName(const ::testing::TestParamInfo<GraphShape>& info) {
  std::string name;
  for (const char* c = info.param.name; *c != 0; ++c) name.push_back(*c == ' ' ? '_' : *c);
  return name;
}
INSTANTIATE_TEST_SUITE_P(Shapes, ShortestPathsTest, ::testing::ValuesIn(Shapes()), ShapeName);

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
