#include "analyses/growth/fair_split.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/analyses/growth/growth_dumps.h"
#include "tests/graph/built_graph.h"
#include "tests/graph/random_graph.h"

namespace leaktrail::testing {
namespace {

using analyses::DumpSummary;
using analyses::Place;
using analyses::PlaceIndex;
using analyses::PlaceTree;
using analyses::PlaceTrie;
using graph::ObjectIndex;

// Two caches with 10 values each of which 6 are the same: each has 4 of its own and half of the 6.
TEST(FairSplit, TwoCachesShareTheirValues) {
  JdkDump dump;
  const std::vector<Id> values = dump.Objects("com.acme.Order", 14, 1000);
  ClassBuilder c = dump.App("com.acme.App");
  c.Static("A", kObject, dump.MapOfValues({values.begin(), values.begin() + 10}));
  c.Static("B", kObject, dump.MapOfValues({values.begin() + 4, values.end()}));
  const DumpSummary summary = SummaryOf(dump);
  EXPECT_EQ(SumOfOwnBytes(summary), summary.memory.live);
  for (const char* field : {"A", "B"}) {
    const std::vector<std::string> map = {"class > class com.acme.App",
                                          absl::StrCat("static ", field, " > java.util.HashMap")};
    std::vector<std::string> orders = map;
    orders.push_back("HashMap[value] > com.acme.Order");
    const Place* place = FindPlace(summary, orders);
    ASSERT_NE(place, nullptr) << field;
    EXPECT_EQ(place->objects, 10u) << field;  // all that the cache holds
    EXPECT_EQ(place->bytes, 4 * kValueBytes + 6 * kValueBytes / 2) << field;
    // Alone it holds the map, its table, its entries and four values.
    EXPECT_EQ(FindPlace(summary, map)->exclusive, 24u + 56 + 10 * 24 + 4 * kValueBytes) << field;
  }
}

// What is shared below something shared is divided again: of the part that is divided already.
TEST(FairSplit, PartsOfParts) {
  JdkDump dump;
  const Id order = dump.App("com.acme.Order").Field("a", kObject).Field("b", kObject);
  const Id left = dump.App("com.acme.Left").Field("data", kObject);
  const Id right = dump.App("com.acme.Right").Field("data", kObject);
  std::vector<Id> orders;
  for (int i = 0; i < 10; ++i) {
    const Id data = dump.dump.PrimitiveArray(kByte, 4000 - 16);
    orders.push_back(dump.dump.Instance(
        order, {dump.dump.Instance(left, {data}), dump.dump.Instance(right, {data})}));
  }
  dump.App("com.acme.App")
      .Static("A", kObject, dump.List(orders))
      .Static("B", kObject, dump.List(orders));
  const DumpSummary summary = SummaryOf(dump);
  EXPECT_EQ(SumOfOwnBytes(summary), summary.memory.live);
  std::uint64_t lefts = 0, rights = 0;
  for (const char* field : {"A", "B"}) {
    std::vector<std::string> path = {"class > class com.acme.App",
                                     absl::StrCat("static ", field, " > java.util.ArrayList")};
    // The list 24, its array 16 + 10 * 4; an order 24, Left and Right 16 each, the data 4000.
    EXPECT_EQ(FindPlace(summary, path)->bytes, 24u + 56 + 10 * (24 + 16 + 16 + 4000) / 2);
    path.insert(path.end(), {"ArrayList[x] > com.acme.Order", "a > com.acme.Left"});
    if (const Place* place = FindPlace(summary, path)) lefts += place->bytes;
    path.back() = "b > com.acme.Right";
    if (const Place* place = FindPlace(summary, path)) rights += place->bytes;
  }
  // One of the lists has all below the orders: half of them, of which the data are halved again.
  EXPECT_EQ(lefts, 10u * (16 + 4000 / 2) / 2);
  EXPECT_EQ(rights, lefts);
}

TEST(FairSplit, OneObjectIsNotDivided) {
  JdkDump dump;
  const Id registry = dump.MapOfValues(dump.Objects("com.acme.Order", 20, 1000));
  dump.App("com.acme.A").Static("registry", kObject, registry);
  dump.App("com.acme.B").Static("registry", kObject, registry);
  const DumpSummary summary = SummaryOf(dump);
  std::uint64_t places = 0;
  for (const Place& place : summary.places) {
    if (place.edge != "static registry") continue;
    ++places;
    EXPECT_EQ(place.bytes, 24u + 96 + 20 * 24 + 20 * kValueBytes);
  }
  EXPECT_EQ(places, 1u);
}

TEST(FairSplit, BackReferencesHoldNothing) {
  JdkDump dump;
  const Id child_class = dump.App("com.acme.Child").Field("parent", kObject);
  const Id parent_class = dump.App("com.acme.Parent").Field("child", kObject);
  const Id parent = 0x7'1000'0000, child = 0x7'1000'0100;
  dump.dump.Instance(parent_class, {child}, parent);
  dump.dump.Instance(child_class, {parent}, child);
  dump.App("com.acme.App").Static("parent", kObject, parent);
  const DumpSummary summary = SummaryOf(dump);
  const std::vector<std::string> path = {"class > class com.acme.App",
                                         "static parent > com.acme.Parent"};
  ASSERT_NE(FindPlace(summary, path), nullptr);
  EXPECT_EQ(FindPlace(summary, path)->bytes, 32u);
  EXPECT_EQ(FindPlace(summary, path)->objects, 1u);
}

// The definition, on graphs where everything is compared: the parts of all objects by rational
// arithmetic, from edges, dominators and places.
class BruteForce {
 public:
  BruteForce(const BuiltGraph& built, const Solution& solution, const PlaceTree& tree)
      : built_(built), solution_(solution), tree_(tree) {
    for (PlaceIndex p = 0; p < tree.trie().size(); ++p) {
      objects_.push_back(tree.trie()[p].objects);
      all_objects_.push_back(tree.trie()[p].all_objects);
    }
  }

  // Bytes by place; what goes to the other holders is kept by place of the holder.
  std::map<PlaceIndex, double> OwnBytes() {
    std::map<PlaceIndex, double> bytes;
    for (std::size_t node = 0; node < built_.nodes.size(); ++node) {
      if (!IsLive(node)) continue;
      bytes[PlaceOf(node)] += Part(node) * static_cast<double>(solution_.sizes[node]);
    }
    return bytes;
  }
  double GivenAway() {
    double given = 0;
    for (std::size_t node = 0; node < built_.nodes.size(); ++node) {
      if (!IsLive(node)) continue;
      const auto holders = static_cast<double>(Others(node).size() + 1);
      given +=
          Whole(node) * (holders - 1) / holders * static_cast<double>(solution_.retained[node]);
    }
    return given;
  }

 private:
  bool IsLive(std::size_t node) const {
    return built_.nodes[node].valid() && solution_.levels[node] != kUnreachable;
  }
  PlaceIndex PlaceOf(std::size_t node) const { return tree_.PlaceOf(built_.nodes[node]); }
  bool IsBelow(PlaceIndex p, PlaceIndex above) const {
    for (; p != PlaceTrie::kNone; p = tree_.trie()[p].key.parent) {
      if (p == above) return true;
    }
    return false;
  }
  double Whole(std::size_t node) {
    const std::size_t dominator = solution_.dominators[node];
    return dominator == Solution::kNone ? 1 : Part(dominator);
  }
  double Part(std::size_t node) {
    return Whole(node) / static_cast<double>(Others(node).size() + 1);
  }

  // Places of holders, with the way by which they hold where that is a place of its own.
  std::set<PlaceIndex> Others(std::size_t node) {
    std::set<PlaceIndex> places;
    const ObjectIndex o = built_.nodes[node];
    const graph::Snapshot& snapshot = *built_.snapshot;
    if (snapshot.MirroredClass(o).valid()) return places;
    for (const graph::Root& root : snapshot.roots()) {
      if (root.object == o && !graph::IsPassing(root.kind)) return places;
    }
    const PlaceIndex own = PlaceOf(node);
    const auto& counts = tree_.IsHead(o) ? objects_ : all_objects_;
    if (counts[own] < analyses::kLeastShared) return places;
    for (std::size_t from = 0; from < solution_.edges.size(); ++from) {
      if (!IsLive(from) || snapshot.ThreadOf(built_.nodes[from]) != nullptr) continue;
      for (const Solution::Edge& edge : solution_.edges[from]) {
        if (edge.target != node || edge.kind == Solution::EdgeKind::kOwnClass) continue;
        const PlaceIndex place = PlaceOf(from);
        if (IsBelow(place, own)) continue;
        if (tree_.trie()[own].key.parent == place && tree_.IsHead(o)) continue;
        places.insert(by_.PlaceBy(built_.nodes[from], o));
      }
    }
    if (places.size() >= analyses::kMostHolders) places.clear();
    return places;
  }

  const BuiltGraph& built_;
  const Solution& solution_;
  const PlaceTree& tree_;
  std::vector<std::uint64_t> objects_, all_objects_;  // by place
  PlaceTree& by_ = const_cast<PlaceTree&>(tree_);
};

class RandomSplit : public ::testing::TestWithParam<GraphShape> {};

TEST_P(RandomSplit, IsWhatTheDefinitionSays) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    const ReferenceGraph heap = MakeRandomGraph(GetParam(), seed);
    const BuiltGraph built = BuildGraph(heap);
    const Solution solution = Solve(heap, built.Sizes());
    PlaceTree tree(*built.snapshot);
    const PlaceIndex before = tree.trie().size();
    BruteForce brute(built, solution, tree);
    const std::map<PlaceIndex, double> expected = brute.OwnBytes();
    const double given = brute.GivenAway();
    const std::vector<std::uint64_t> bytes = analyses::SplitFairly(tree);

    std::uint64_t sum = 0;
    double all_expected = given;
    for (const std::uint64_t b : bytes) sum += b;
    for (const auto& [place, b] : expected) all_expected += b;
    ASSERT_EQ(sum, built.snapshot->live().bytes) << "seed " << seed;
    ASSERT_NEAR(all_expected, static_cast<double>(sum), 1) << "seed " << seed;
    // A place has what its own objects keep, and maybe parts of what stands elsewhere.
    double surplus = 0;
    for (PlaceIndex p = 0; p < bytes.size(); ++p) {
      const auto own = expected.find(p);
      const double least = own == expected.end() ? 0 : own->second;
      ASSERT_GE(static_cast<double>(bytes[p]) + 2, least) << "seed " << seed << " place " << p;
      surplus += static_cast<double>(bytes[p]) - least;
    }
    ASSERT_NEAR(surplus, given, 2.0 * static_cast<double>(bytes.size())) << "seed " << seed;
    ASSERT_GE(tree.trie().size(), before);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, RandomSplit, ::testing::ValuesIn(AllAndLoaderShapes()),
                         NameOfShape());

}  // namespace
}  // namespace leaktrail::testing
