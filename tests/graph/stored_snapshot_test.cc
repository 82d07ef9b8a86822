// What is written to a snapshot file and read again is what it was.
#include <gtest/gtest.h>

#include "tests/graph/build_snapshot.h"
#include "tests/graph/built_graph.h"
#include "tests/graph/random_graph.h"
#include "tests/graph/reopened.h"

namespace leaktrail::testing {
namespace {

class StoredGraphTest : public ::testing::TestWithParam<GraphShape> {};

TEST_P(StoredGraphTest, EqualsWhatWasStored) {
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    const ReferenceGraph heap = MakeRandomGraph(GetParam(), seed);
    WriteOptions options;
    options.shuffle_seed = seed;
    options.order = seed % 2 == 0 ? FileOrder::kAscending : FileOrder::kShuffled;
    options.shuffled_addresses = seed % 3 == 0;
    if (seed % 5 == 0) options.dump.id_size = 4;
    const BuiltGraph built = BuildGraph(heap, options);
    const auto reopened = Reopen(*built.snapshot, seed % 2 == 0 ? 1 : 2);
    ASSERT_EQ(FirstDifference(*built.snapshot, *reopened), "")
        << GetParam().name << ", seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, StoredGraphTest, ::testing::ValuesIn(AllShapes()), NameOfShape());
INSTANTIATE_TEST_SUITE_P(Loaders, StoredGraphTest, ::testing::ValuesIn(LoaderShapes()),
                         NameOfShape());

TEST(StoredSnapshotTest, HeapsWithoutObjects) {
  DumpBuilder dump;
  dump.Boot();
  const auto snapshot = BuildSnapshot(dump);
  ASSERT_EQ(snapshot->object_count(), 0u);
  EXPECT_EQ(FirstDifference(*snapshot, *Reopen(*snapshot)), "");
}

}  // namespace
}  // namespace leaktrail::testing
