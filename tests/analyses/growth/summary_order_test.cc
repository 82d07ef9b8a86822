// The order of objects in the file and their addresses play no role.
#include <random>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/analyze.h"
#include "analyses/growth/growth_report.h"
#include "gtest/gtest.h"
#include "tests/graph/built_graph.h"
#include "tests/graph/random_graph.h"

namespace leaktrail::testing {
namespace {

using analyses::DumpSummary;
using analyses::Place;

DumpSummary SummaryOf(const ReferenceGraph& heap, const WriteOptions& options) {
  const BuiltGraph built = BuildGraph(heap, options);
  return analyses::Summarize(*built.snapshot, analyses::Analyze(*built.snapshot, {}));
}

// Objects of eight classes, each with one reference and one to an array of others, so that from one
// class to another only one field leads; three classes hold some of them in statics.
ReferenceGraph MakeHeap(std::uint32_t seed) {
  std::mt19937 random(seed);
  ReferenceGraph heap;
  std::vector<int> classes;
  for (int i = 0; i < 8; ++i) classes.push_back(heap.AddClass({.fields = 1}));
  constexpr int kObjects = 60;
  const auto any = [&] { return static_cast<Node>(random() % kObjects); };
  for (int i = 0; i < kObjects; ++i) {
    if (random() % 4 == 0) {
      std::vector<Node> elements(random() % 6);
      for (Node& element : elements) element = any();
      heap.AddObject(kObjectArrayClass, elements);
    } else {
      heap.AddObject(classes[random() % classes.size()], {any()});
    }
  }
  for (int i = 0; i < 3; ++i) {
    heap.AddClass({.name = absl::StrCat("com.acme.Holder", i), .sticky = true, .statics = {any()}});
  }
  return heap;
}

std::string TextOf(const DumpSummary& summary) {
  std::vector<std::string> lines;
  for (const Place& p : summary.places) {
    lines.push_back(absl::StrCat(static_cast<int>(p.parent), " ", p.edge, " ", p.class_name, " ",
                                 p.objects, " ", p.all_objects, " ", p.own_bytes, " ", p.bytes, " ",
                                 p.exclusive));
  }
  return absl::StrJoin(lines, "\n");
}

TEST(SummaryOrder, PlaysNoRole) {
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    const ReferenceGraph heap = MakeHeap(seed);
    const DumpSummary first = SummaryOf(heap, {});
    WriteOptions options;
    options.order = FileOrder::kShuffled;
    options.shuffled_addresses = true;
    options.shuffle_seed = seed;
    const DumpSummary second = SummaryOf(heap, options);
    ASSERT_EQ(TextOf(second), TextOf(first)) << "seed " << seed << "\n" << heap.Describe();
    EXPECT_TRUE(analyses::Compare(std::vector{first, second}).identical);
  }
}

// Where two fields of many classes lead to one object, either may be named, but nothing is lost and
// nothing grows.
class AnyOrder : public ::testing::TestWithParam<GraphShape> {};

TEST_P(AnyOrder, FindsNothing) {
  for (std::uint32_t seed = 1; seed <= 10; ++seed) {
    const ReferenceGraph heap = MakeRandomGraph(GetParam(), seed);
    const DumpSummary first = SummaryOf(heap, {});
    WriteOptions options;
    options.order = FileOrder::kShuffled;
    options.shuffled_addresses = true;
    const analyses::GrowthReport report =
        analyses::Compare(std::vector{first, SummaryOf(heap, options)});
    EXPECT_FALSE(report.grows) << "seed " << seed;
    EXPECT_EQ(report.live.gained, 0);
    EXPECT_EQ(report.rest.gained, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, AnyOrder, ::testing::ValuesIn(AllAndLoaderShapes()),
                         NameOfShape());

}  // namespace
}  // namespace leaktrail::testing
