// Levels, dominators, retained sizes, amounts, roots and edges of random heaps against their
// definitions.
#include <gtest/gtest.h>

#include "tests/graph/built_graph.h"
#include "tests/graph/random_graph.h"

namespace leaktrail::testing {
namespace {

constexpr FileOrder kOrders[] = {FileOrder::kAscending, FileOrder::kDescending,
                                 FileOrder::kShuffled, FileOrder::kInterleaved};

// Half of the heaps stand in the file as a collector with one space leaves them.
WriteOptions OptionsFor(std::uint32_t seed) {
  WriteOptions options;
  options.shuffle_seed = seed;
  options.order = seed % 2 == 0 ? FileOrder::kAscending : kOrders[seed / 2 % 4];
  options.shuffled_addresses = seed % 3 == 0;
  if (seed % 5 == 0) options.dump.id_size = 4;
  if (seed % 7 == 0) options.dump.segment_size = 256;
  if (seed % 11 == 0) options.dump.one_heap_record = true;
  if (seed % 20 == 3) options.gap = std::uint64_t{1} << 30;
  if (seed % 10 == 7) options.dump.alignment = 4;
  return options;
}

class RandomDominanceTest : public ::testing::TestWithParam<GraphShape> {};

void CheckSeeds(const GraphShape& shape, std::uint32_t first, std::uint32_t count) {
  for (std::uint32_t seed = first; seed < first + count; ++seed) {
    const ReferenceGraph heap = MakeRandomGraph(shape, seed);
    graph::BuildOptions build;
    build.threads = seed % 4 == 0 ? 2 : 1;
    build.strong_referents = seed % 13 == 0;
    ASSERT_EQ(Check(heap, OptionsFor(seed), build), "") << shape.name << ", seed " << seed;
  }
}

TEST_P(RandomDominanceTest, EqualsDefinition) { CheckSeeds(GetParam(), 0, 300); }

INSTANTIATE_TEST_SUITE_P(Shapes, RandomDominanceTest, ::testing::ValuesIn(AllShapes()),
                         NameOfShape());

class LoaderDominanceTest : public ::testing::TestWithParam<GraphShape> {};

TEST_P(LoaderDominanceTest, EqualsDefinition) { CheckSeeds(GetParam(), 10'000, 1000); }

INSTANTIATE_TEST_SUITE_P(Shapes, LoaderDominanceTest, ::testing::ValuesIn(LoaderShapes()),
                         NameOfShape());

}  // namespace
}  // namespace leaktrail::testing
