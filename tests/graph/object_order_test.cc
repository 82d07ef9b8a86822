// The same heap, written and read in different ways, gives the same graph.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/graph/built_graph.h"
#include "tests/graph/random_graph.h"

namespace leaktrail::testing {
namespace {

// Compares all ways with the plain one.
void CheckAllWays(const ReferenceGraph& heap, const std::vector<WriteOptions>& ways,
                  const graph::BuildOptions& build, absl::string_view message) {
  WriteOptions plain = ways.front();
  plain.order = FileOrder::kAscending;
  plain.dump.segment_size = 1 << 20;
  const std::string expected = Fingerprint(BuildGraph(heap, plain));
  for (std::size_t way = 0; way < ways.size(); ++way) {
    ASSERT_EQ(Fingerprint(BuildGraph(heap, ways[way], build)), expected)
        << message << ", way " << way;
  }
}

std::vector<GraphShape> SomeShapes() {
  std::vector<GraphShape> shapes;
  for (const GraphShape& shape : AllShapes()) shapes.push_back(shape);
  shapes.push_back(LoaderShapes().back());
  return shapes;
}

// In address order, backwards, shuffled as ZGC does it, and interleaved.
TEST(ObjectOrderTest, MakesNoDifference) {
  for (const GraphShape& shape : SomeShapes()) {
    for (std::uint32_t seed = 0; seed < 15; ++seed) {
      std::vector<WriteOptions> ways;
      for (const FileOrder order :
           {FileOrder::kDescending, FileOrder::kShuffled, FileOrder::kInterleaved}) {
        ways.push_back({.order = order, .shuffle_seed = seed});
      }
      ASSERT_NO_FATAL_FAILURE(CheckAllWays(MakeRandomGraph(shape, seed), ways, {.threads = 1},
                                           absl::StrCat(shape.name, " ", seed)));
    }
  }
}

TEST(ObjectOrderTest, SegmentsMakeNoDifference) {
  for (const GraphShape& shape : SomeShapes()) {
    for (std::uint32_t seed = 20; seed < 30; ++seed) {
      std::vector<WriteOptions> ways;
      ways.push_back({.dump = {.one_heap_record = true}});
      ways.push_back({.dump = {.version = "1.0.1", .one_heap_record = true}});
      for (const std::size_t segment : {1, 100, 1000}) {
        ways.push_back({.dump = {.segment_size = segment}});
        ways.push_back({.dump = {.segment_size = segment}, .order = FileOrder::kShuffled});
      }
      ASSERT_NO_FATAL_FAILURE(CheckAllWays(MakeRandomGraph(shape, seed), ways, {.threads = 2},
                                           absl::StrCat(shape.name, " ", seed)));
    }
  }
}

TEST(ObjectOrderTest, ThreadsMakeNoDifference) {
  GraphShape shape = LoaderShapes().back();
  shape.objects = 3000;
  for (std::uint32_t seed = 40; seed < 50; ++seed) {
    const ReferenceGraph heap = MakeRandomGraph(shape, seed);
    for (const int threads : {1, 2, 4, 7}) {
      const std::vector<WriteOptions> ways = {
          {.dump = {.segment_size = 500}},
          {.dump = {.segment_size = 500}, .order = FileOrder::kInterleaved},
      };
      ASSERT_NO_FATAL_FAILURE(
          CheckAllWays(heap, ways, {.threads = threads}, absl::StrCat(threads, " threads")));
    }
  }
}

// Ids so far apart that more than 32 bits are needed, ids that are no multiples of 8, ids at the
// end of the address space.
TEST(ObjectOrderTest, AddressesMakeNoDifference) {
  for (const GraphShape& shape : SomeShapes()) {
    for (std::uint32_t seed = 60; seed < 70; ++seed) {
      const ReferenceGraph heap = MakeRandomGraph(shape, seed);
      for (const WriteOptions& options :
           {WriteOptions{.gap = std::uint64_t{3} << 30},
            WriteOptions{.dump = {.segment_size = 300},
            .order = FileOrder::kShuffled,
            .gap = std::uint64_t{1} << 40},
            WriteOptions{.dump = {.alignment = 4}},
            WriteOptions{.dump = {.id_size = 4, .alignment = 1}, .order = FileOrder::kShuffled},
            WriteOptions{.dump = {.first_id = 8}},
            WriteOptions{.dump = {.first_id = Id{0} - (Id{1} << 20)}},
            WriteOptions{.dump = {.id_size = 4, .first_id = 0xfff00000}}}) {
        ASSERT_EQ(Check(heap, options, {.threads = 2}), "") << shape.name << " " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace leaktrail::testing
