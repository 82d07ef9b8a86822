#include "analyses/collections.h"

#include "gtest/gtest.h"
#include "tests/analyses/chain_dump.h"
#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::BoundOf;
using analyses::CollectionRole;
using analyses::ElementCount;
using analyses::IsInside;
using analyses::RoleOf;

// Classes of a dump with the names given, "Sub < Super" for a subclass.
class Roles {
 public:
  explicit Roles(const std::vector<std::string>& names) {
    dump_.Boot();
    for (const std::string& name : names) {
      const std::size_t sign = name.find(" < ");
      ClassBuilder c = dump_.Class(name.substr(0, sign));
      if (sign != std::string::npos) c.Super(dump_.Class(name.substr(sign + 3)));
    }
    snapshot_ = SnapshotOf(dump_);
  }
  CollectionRole operator[](absl::string_view name) const {
    return RoleOf(snapshot_->classes(), snapshot_->classes().FindByName(name));
  }

 private:
  DumpBuilder dump_;
  std::unique_ptr<graph::Snapshot> snapshot_;
};

TEST(CollectionRole, TellsWhatIsInsideOfWhat) {
  const Roles roles({"com.acme.Lru < java.util.HashMap", "java.util.HashMap$Node",
                     "java.util.HashMap$Node[]", "java.util.HashSet", "java.util.ArrayList",
                     "com.acme.Order", "com.acme.Order[]"});
  const CollectionRole map = roles["java.util.HashMap"], node = roles["java.util.HashMap$Node"];
  const CollectionRole set = roles["java.util.HashSet"], list = roles["java.util.ArrayList"];
  const CollectionRole table = roles["java.util.HashMap$Node[]"], order = roles["com.acme.Order"];
  const CollectionRole array = roles["java.lang.Object[]"], orders = roles["com.acme.Order[]"];
  EXPECT_EQ(map.shape, roles["com.acme.Lru"].shape);
  EXPECT_TRUE(IsInside(node, table));
  EXPECT_TRUE(IsInside(node, order));  // a node stands nowhere else
  EXPECT_TRUE(IsInside(table, map));
  EXPECT_TRUE(IsInside(array, list));
  EXPECT_TRUE(IsInside(map, set));
  EXPECT_FALSE(IsInside(map, node));     // a map as a value of a map
  EXPECT_FALSE(IsInside(set, map));      //
  EXPECT_FALSE(IsInside(array, array));  // an array as an element of a list
  EXPECT_FALSE(IsInside(array, node));   // an array as a value of a map
  EXPECT_FALSE(IsInside(orders, order));
  EXPECT_FALSE(IsInside(order, node));
}

std::uint64_t CountOf(const ChainDump& dump) {
  const auto path = dump.path();
  return path.size() < 2 ? 999 : ElementCount(dump.snapshot(), path[1]).value_or(777);
}

TEST(ElementCount, IsReadWhereTheCollectionKeepsIt) {
  EXPECT_EQ(CountOf(ChainDump("java.util.HashMap .table java.util.HashMap$Node[]",
                              {"java.util.HashMap.size=12"})),
            12u);
  EXPECT_EQ(CountOf(ChainDump("java.util.concurrent.LinkedBlockingQueue .count "
                              "java.util.concurrent.atomic.AtomicInteger",
                              {"java.util.concurrent.atomic.AtomicInteger.value=300000"})),
            300'000u);
  EXPECT_EQ(CountOf(ChainDump("java.util.concurrent.ConcurrentHashMap .counterCells "
                              "java.util.concurrent.ConcurrentHashMap$CounterCell[] [] "
                              "java.util.concurrent.ConcurrentHashMap$CounterCell",
                              {"java.util.concurrent.ConcurrentHashMap.baseCount=40",
                               "java.util.concurrent.ConcurrentHashMap$CounterCell.value=2"})),
            42u);
  EXPECT_EQ(CountOf(ChainDump("java.util.ArrayDeque .elements java.lang.Object[]",
                              {"java.util.ArrayDeque.head=0", "java.util.ArrayDeque.tail=0"})),
            0u);
  EXPECT_EQ(CountOf(ChainDump("com.google.common.cache.LocalCache .segments "
                              "com.google.common.cache.LocalCache$Segment[] [] "
                              "com.google.common.cache.LocalCache$Segment",
                              {"com.google.common.cache.LocalCache$Segment.count=7"})),
            7u);
  // No count: the class has none, or is no collection.
  EXPECT_EQ(CountOf(ChainDump("java.util.concurrent.ConcurrentLinkedQueue .head A")), 777u);
  EXPECT_EQ(CountOf(ChainDump("com.acme.Cache .map A", {"com.acme.Cache.size=5"})), 777u);
}

std::string Bound(const ChainDump& dump) { return BoundOf(dump.snapshot(), dump.path()[1]); }

TEST(BoundOf, KnowsCollectionsWithALimit) {
  EXPECT_EQ(Bound(ChainDump("java.util.concurrent.ArrayBlockingQueue .items java.lang.Object[]")),
            "a capacity of 1");
  EXPECT_EQ(Bound(ChainDump("java.util.concurrent.LinkedBlockingQueue .head A",
                            {"java.util.concurrent.LinkedBlockingQueue.capacity=1000"})),
            "a capacity of 1,000");
  EXPECT_EQ(Bound(ChainDump("java.util.concurrent.LinkedBlockingQueue .head A",
                            {"java.util.concurrent.LinkedBlockingQueue.capacity=2147483647"})),
            "");
  EXPECT_EQ(Bound(ChainDump("java.util.HashMap .table A")), "");
  EXPECT_EQ(Bound(ChainDump("com.acme.Repo .table A")), "");
}

}  // namespace
}  // namespace leaktrail::testing
