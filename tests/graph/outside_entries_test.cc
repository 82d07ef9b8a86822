// Entries are what the definition says, on random heaps and groups: every node of a group that
// something outside of all groups refers to, and paths that do not pass through a group.
#include "graph/outside_entries.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "tests/graph/built_graph.h"
#include "tests/graph/random_graph.h"

namespace leaktrail::testing {
namespace {

using graph::Entry;
using graph::GuardedGroups;
using graph::kNoGroup;
using graph::ObjectIndex;
using graph::OutsideEntries;

// Some classes with their instances and some objects, in up to four groups.
struct RandomGroups {
  RandomGroups(const ReferenceGraph& heap, const BuiltGraph& built, std::uint32_t seed)
      : of_node(heap.objects.size() + heap.classes.size(), kNoGroup) {
    std::mt19937 random(seed);
    groups.count = 1 + random() % 4;
    groups.of_class.assign(built.snapshot->classes().size(), kNoGroup);
    std::vector<std::uint32_t> of_class(heap.classes.size(), kNoGroup);
    for (std::size_t c = kStandardClasses; c < heap.classes.size(); ++c) {
      if (random() % 3 != 0 || !heap.Exists(ClassNode(static_cast<int>(c)))) continue;
      of_class[c] = random() % groups.count;
      const ObjectIndex mirror = built.nodes[heap.IndexOf(ClassNode(static_cast<int>(c)))];
      groups.of_class[built.snapshot->MirroredClass(mirror).value()] = of_class[c];
      of_node[heap.IndexOf(ClassNode(static_cast<int>(c)))] = of_class[c];
    }
    for (std::size_t o = 0; o < heap.objects.size(); ++o) {
      of_node[o] = of_class[static_cast<std::size_t>(heap.objects[o].c)];
      if (random() % 8 != 0 || !built.nodes[o].valid()) continue;
      of_node[o] = random() % groups.count;
      groups.of_object.emplace_back(built.nodes[o], of_node[o]);
    }
  }
  GuardedGroups groups;
  std::vector<std::uint32_t> of_node;  // by ReferenceGraph::IndexOf
};

class Comparison {
 public:
  Comparison(const BuiltGraph& built, const Solution& solution, const RandomGroups& random,
             const OutsideEntries& entries)
      : built_(built), solution_(solution), random_(random), entries_(entries) {
    without_locals_ = Reach(false);
    with_locals_ = Reach(true);
  }

  std::string Run() {
    for (std::uint32_t group = 0; group < random_.groups.count; ++group) {
      const std::string difference = CompareGroup(group);
      if (!difference.empty()) return absl::StrCat("group ", group, ": ", difference);
    }
    return "";
  }

 private:
  // Strongly reachable from the roots without passing through a group, whose nodes are the ends.
  std::vector<bool> Reach(bool locals) const {
    std::vector<bool> reached(solution_.edges.size());
    std::vector<std::size_t> queue;
    const auto reach = [&](std::size_t node) {
      if (reached[node] || solution_.levels[node] != kStrong) return;
      reached[node] = true;
      if (random_.of_node[node] == kNoGroup) queue.push_back(node);
    };
    for (std::size_t node = 0; node < reached.size(); ++node) {
      if (solution_.is_root[node]) reach(node);
    }
    for (std::size_t head = 0; head < queue.size(); ++head) {
      for (const Solution::Edge& edge : solution_.edges[queue[head]]) {
        if (edge.kind != Solution::EdgeKind::kLocal || locals) reach(edge.target);
      }
    }
    return reached;
  }

  std::string CompareGroup(std::uint32_t group) {
    std::set<std::size_t> must, may;
    bool is_alive = false;
    for (std::size_t node = 0; node < random_.of_node.size(); ++node) {
      if (random_.of_node[node] != group) continue;
      is_alive = is_alive || solution_.levels[node] == kStrong;
      if (without_locals_[node]) must.insert(node);
      if (with_locals_[node]) may.insert(node);
    }
    const std::span<const Entry> entries = entries_.Of(group);
    if (entries.empty() == is_alive) return is_alive ? "no entry" : "entered, but not alive";
    if (!is_alive) return "";
    if (entries_.OnlyThroughOthers(group) != may.empty()) return "held by others, or not";
    if (may.empty()) return entries.size() == 1 ? "" : "several entries from others";
    std::set<std::size_t> entered;
    for (const Entry& entry : entries) {
      const std::size_t to = NumberOf(entry.to);
      if (!may.contains(to)) return absl::StrCat("entry of ", to, ", which is no end");
      entered.insert(to);
      // Locals come last.
      const bool may_use_locals =
          must.empty() || entry.from != entries[0].from || entry.to != entries[0].to;
      const std::string difference = ComparePath(entry, may_use_locals);
      if (!difference.empty()) return absl::StrCat("path to ", to, ": ", difference);
    }
    for (const std::size_t node : must) {
      if (!entered.contains(node)) return absl::StrCat("no entry of ", node);
    }
    return "";
  }

  std::string ComparePath(const Entry& entry, bool may_use_locals) {
    const std::vector<ObjectIndex> path = entries_.PathTo(entry);
    if (!solution_.is_root[NumberOf(path.front())]) return "does not begin at a root";
    for (std::size_t i = 1; i < path.size(); ++i) {
      const std::size_t from = NumberOf(path[i - 1]), to = NumberOf(path[i]);
      if (random_.of_node[from] != kNoGroup) return "passes through a group";
      const auto& edges = solution_.edges[from];
      const bool real = std::any_of(edges.begin(), edges.end(), [&](const Solution::Edge& edge) {
        const bool is_local = edge.kind == Solution::EdgeKind::kLocal;
        return edge.target == to && (!is_local || may_use_locals);
      });
      if (!real) return absl::StrCat("no edge from ", from, " to ", to);
    }
    return "";
  }

  std::size_t NumberOf(ObjectIndex o) const {
    return static_cast<std::size_t>(std::find(built_.nodes.begin(), built_.nodes.end(), o) -
                                    built_.nodes.begin());
  }

  const BuiltGraph& built_;
  const Solution& solution_;
  const RandomGroups& random_;
  const OutsideEntries& entries_;
  std::vector<bool> without_locals_, with_locals_;
};

class OutsideEntriesTest : public ::testing::TestWithParam<GraphShape> {};

TEST_P(OutsideEntriesTest, AreWhatTheDefinitionSays) {
  for (std::uint32_t seed = 1'300; seed < 1'400; ++seed) {
    const ReferenceGraph heap = MakeRandomGraph(GetParam(), seed);
    const BuiltGraph built = BuildGraph(heap);
    const Solution solution = Solve(heap, built.Sizes());
    const RandomGroups random(heap, built, seed);
    const OutsideEntries entries(*built.snapshot, random.groups);
    ASSERT_EQ(Comparison(built, solution, random, entries).Run(), "")
        << GetParam().name << ", seed " << seed << "\n"
        << heap.Describe();
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, OutsideEntriesTest, ::testing::ValuesIn(AllAndLoaderShapes()),
                         NameOfShape());

}  // namespace
}  // namespace leaktrail::testing
