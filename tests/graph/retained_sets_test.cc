// Retained sizes of sets and colours against the definition: what cannot be reached without them.
#include "graph/retained_sets.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <utility>
#include <vector>

#include "graph/join_nodes.h"
#include "graph/region_masks.h"
#include "graph/snapshot_data.h"
#include "tests/graph/built_graph.h"
#include "tests/graph/random_graph.h"

namespace leaktrail::testing {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;

// A random heap, built and solved.
struct Sample {
  Sample(const GraphShape& shape, std::uint32_t seed)
      : heap(MakeRandomGraph(shape, seed)),
        built(BuildGraph(heap, {.shuffle_seed = seed, .shuffled_addresses = true})),
        solution(Solve(heap, built.Sizes())),
        random(seed) {}

  // Colours of the model's classes, as the engine wants them.
  std::vector<std::uint32_t> ByClassIndex(const std::vector<std::uint32_t>& colour_of_class) const {
    const graph::ClassTable& table = built.snapshot->classes();
    std::vector<std::uint32_t> colours(table.size(), graph::kNoColour);
    for (std::size_t c = 0; c < heap.classes.size(); ++c) {
      const ClassIndex index = table.Find(built.ids[heap.objects.size() + c]);
      if (index.valid()) colours[index.value()] = colour_of_class[c];
    }
    return colours;
  }
  std::vector<std::uint64_t> RetainedByDefinition(const std::vector<std::uint32_t>& colour_of_class,
                                                  std::uint32_t colours) const {
    std::vector<std::uint64_t> retained;
    for (std::uint32_t colour = 0; colour < colours; ++colour) {
      std::vector<bool> removed(solution.levels.size());
      for (std::size_t i = 0; i < removed.size(); ++i) {
        const std::size_t c = i < heap.objects.size() ? static_cast<std::size_t>(heap.objects[i].c)
                                                      : std::size_t{kClassClass};
        removed[i] = colour_of_class[c] == colour;
      }
      retained.push_back(solution.RetainedBySet(removed));
    }
    return retained;
  }
  std::vector<std::uint32_t> RandomColours(std::uint32_t colours, double share) {
    std::vector<std::uint32_t> result;
    for (std::size_t c = 0; c < heap.classes.size(); ++c) {
      const bool coloured = random() % 1000 < share * 1000;
      result.push_back(coloured ? static_cast<std::uint32_t>(random() % colours)
                                : graph::kNoColour);
    }
    return result;
  }

  ReferenceGraph heap;
  BuiltGraph built;
  Solution solution;
  std::mt19937 random;
};

// Sets given half by classes and half by nodes.
void CheckMixedSets(Sample& sample, const std::vector<std::uint32_t>& colour_of_class,
                    std::uint32_t colours) {
  const std::size_t nodes = sample.solution.levels.size();
  std::vector<std::vector<ObjectIndex>> sets(colours);
  std::vector<std::uint64_t> expected;
  for (std::uint32_t colour = 0; colour < colours; ++colour) {
    std::vector<bool> removed(nodes);
    for (std::size_t i = 0; i < nodes; ++i) {
      const std::size_t c = i < sample.heap.objects.size()
                                ? static_cast<std::size_t>(sample.heap.objects[i].c)
                                : std::size_t{kClassClass};
      removed[i] = colour_of_class[c] == colour;
      if (sample.random() % 10 != 0 || !sample.built.nodes[i].valid()) continue;
      removed[i] = true;
      sets[colour].push_back(sample.built.nodes[i]);
    }
    expected.push_back(sample.solution.RetainedBySet(removed));
  }
  ASSERT_EQ(
      graph::RetainedByColour(*sample.built.snapshot, sample.ByClassIndex(colour_of_class), sets),
      expected)
      << sample.heap.Describe();
}

void CheckColours(Sample& sample, const std::vector<std::uint32_t>& colour_of_class,
                  std::uint32_t colours) {
  const std::vector<std::uint32_t> by_index = sample.ByClassIndex(colour_of_class);
  const std::vector<std::uint64_t> expected = sample.RetainedByDefinition(colour_of_class, colours);
  ASSERT_EQ(graph::RetainedByColour(*sample.built.snapshot, by_index, colours), expected)
      << sample.heap.Describe();
  CheckMixedSets(sample, colour_of_class, colours);
  const std::vector<std::uint64_t> dominated =
      graph::DominatedByColour(*sample.built.snapshot, by_index, colours);
  ASSERT_EQ(dominated.size(), colours);
  for (std::uint32_t colour = 0; colour < colours; ++colour) {
    ASSERT_LE(dominated[colour], expected[colour]) << sample.heap.Describe();
  }
}

// All ways to measure up to 64 sets must be right for all sets, whatever RetainedSets would choose.
void CheckAllWays(const graph::Snapshot& snapshot,
                  const std::vector<std::vector<ObjectIndex>>& sets,
                  const std::vector<std::uint64_t>& expected) {
  graph::JoinNodes joins(snapshot);
  const graph::NodeSets batch(snapshot, sets);
  ASSERT_TRUE(joins.keeps_references());
  const auto check = [&](const std::array<std::uint64_t, 64>& retained) {
    ASSERT_EQ(std::vector(retained.begin(), retained.begin() + static_cast<int>(sets.size())),
              expected);
  };
  check(graph::RegionMasks(snapshot, joins, batch).Retained());
  const graph::DominatorChildren children(snapshot.data().dominance, snapshot.node_count());
  check(graph::ColourMasks(snapshot, joins, children, batch).Retained());
  const graph::JoinNodes not_kept(snapshot, false);
  ASSERT_FALSE(not_kept.keeps_references());
  check(graph::ColourMasks(snapshot, not_kept, children, batch).Retained());
}

class RetainedSetsTest : public ::testing::TestWithParam<GraphShape> {};

TEST_P(RetainedSetsTest, OfColoursEqualDefinition) {
  for (std::uint32_t seed = 500; seed < 600; ++seed) {
    Sample sample(GetParam(), seed);
    ASSERT_NO_FATAL_FAILURE(CheckColours(sample, sample.RandomColours(2, 0.7), 2)) << seed;
    ASSERT_NO_FATAL_FAILURE(CheckColours(sample, sample.RandomColours(8, 0.4), 8)) << seed;
    // Colours beyond 64 need more than one walk; the last of them is partly full.
    ASSERT_NO_FATAL_FAILURE(CheckColours(sample, sample.RandomColours(150, 1), 150)) << seed;
  }
}

TEST_P(RetainedSetsTest, OfClassesEqualDefinition) {
  for (std::uint32_t seed = 610; seed < 650; ++seed) {
    Sample sample(GetParam(), seed);
    std::vector<std::uint32_t> own_colour(sample.heap.classes.size());
    for (std::size_t c = 0; c < own_colour.size(); ++c) {
      own_colour[c] = static_cast<std::uint32_t>(c);
    }
    ASSERT_NO_FATAL_FAILURE(
        CheckColours(sample, own_colour, static_cast<std::uint32_t>(own_colour.size())))
        << seed;
  }
}

TEST_P(RetainedSetsTest, OfNodesEqualDefinition) {
  for (std::uint32_t seed = 700; seed < 740; ++seed) {
    Sample sample(GetParam(), seed);
    std::vector<std::vector<ObjectIndex>> sets;
    std::vector<std::uint64_t> expected;
    for (int set = 0; set < 20; ++set) {
      std::vector<bool> removed(sample.solution.levels.size());
      std::vector<ObjectIndex> members;
      for (std::size_t i = 0; i < removed.size(); ++i) {
        if (!sample.built.nodes[i].valid() || sample.random() % 10 > 1u + set % 3) continue;
        removed[i] = true;
        members.push_back(sample.built.nodes[i]);
        if (sample.random() % 8 == 0) members.push_back(members.back());
      }
      expected.push_back(sample.solution.RetainedBySet(removed));
      ASSERT_EQ(graph::RetainedBySet(*sample.built.snapshot, members), expected.back())
          << "seed " << seed << "\n"
          << sample.heap.Describe();
      sets.push_back(std::move(members));
    }
    ASSERT_NO_FATAL_FAILURE(CheckAllWays(*sample.built.snapshot, sets, expected))
        << "seed " << seed << "\n"
        << sample.heap.Describe();
    for (int times = 0; times < 2; ++times) {  // 80 sets: more than one batch
      sets.reserve(2 * sets.size());
      expected.reserve(2 * expected.size());
      sets.insert(sets.end(), sets.begin(), sets.begin() + static_cast<int>(sets.size()));
      expected.insert(expected.end(), expected.begin(),
                      expected.begin() + static_cast<int>(expected.size()));
    }
    ASSERT_EQ(graph::RetainedBySets(*sample.built.snapshot, sets), expected)
        << "seed " << seed << "\n"
        << sample.heap.Describe();
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, RetainedSetsTest, ::testing::ValuesIn(AllAndLoaderShapes()),
                         NameOfShape());

// What two objects hold only together belongs to neither, but to the set of both.
TEST(RetainedSetsTest, CountsWhatMembersHoldTogether) {
  ReferenceGraph heap;
  const int holder = heap.AddClass({.name = "com.acme.Pair", .fields = 2, .sticky = true});
  const Node shared = heap.AddBytes(1000);
  const Node first = heap.AddObject(holder, {shared}), second = heap.AddObject(holder, {shared});
  heap.AddRoot(first);
  heap.AddRoot(second);
  const BuiltGraph built = BuildGraph(heap);
  const graph::Snapshot& snapshot = *built.snapshot;
  const ObjectIndex a = built.nodes[heap.IndexOf(first)], b = built.nodes[heap.IndexOf(second)];
  const std::uint64_t pair = snapshot.ShallowSize(a);
  EXPECT_EQ(snapshot.RetainedSize(a), pair);
  EXPECT_EQ(graph::RetainedBySet(snapshot, std::vector{a}), pair);
  EXPECT_EQ(graph::RetainedBySet(snapshot, std::vector{a, b}), 2 * pair + 1016);
  EXPECT_EQ(graph::RetainedBySet(snapshot, {}), 0u);

  std::vector<std::uint32_t> colours(snapshot.classes().size(), graph::kNoColour);
  colours[snapshot.classes().FindByName("com.acme.Pair").value()] = 0;
  EXPECT_EQ(graph::RetainedByColour(snapshot, colours, 1)[0], 2 * pair + 1016);
  EXPECT_EQ(graph::DominatedByColour(snapshot, colours, 1)[0], 2 * pair);
  EXPECT_TRUE(graph::RetainedByColour(snapshot, colours, 0).empty());
}

// Nested members count once: a list of nodes of one class retains its head's size.
TEST(RetainedSetsTest, CountsNestedMembersOnce) {
  ReferenceGraph heap;
  const int node_class = heap.AddClass({.name = "com.acme.Node", .fields = 1, .sticky = true});
  Node last = heap.AddObject(node_class);
  for (int i = 0; i < 9; ++i) last = heap.AddObject(node_class, {last});
  heap.AddRoot(last);
  const BuiltGraph built = BuildGraph(heap);
  const graph::Snapshot& snapshot = *built.snapshot;
  std::vector<std::uint32_t> colours(snapshot.classes().size(), graph::kNoColour);
  colours[snapshot.classes().FindByName("com.acme.Node").value()] = 0;
  const std::uint64_t all = 10 * snapshot.ShallowSize(ObjectIndex(0));
  EXPECT_EQ(graph::RetainedByColour(snapshot, colours, 1)[0], all);
  EXPECT_EQ(graph::DominatedByColour(snapshot, colours, 1)[0], all);
}

}  // namespace
}  // namespace leaktrail::testing
