// Pages about objects and classes, on small built heaps where everything is known.
#include "analyses/show/object_page.h"

#include <map>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "analyses/show/shown_numbers.h"
#include "gtest/gtest.h"
#include "tests/analyses/shop_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::DescribeTarget;
using analyses::ObjectPage;
using analyses::ReferrerRow;
using analyses::ShowOptions;
using analyses::ValueRow;

ObjectPage Page(const graph::Snapshot& snapshot, absl::string_view target,
                const ShowOptions& options = {}) {
  const auto found = analyses::ResolveTarget(snapshot, target);
  EXPECT_TRUE(found.ok()) << found.status();
  return found.ok() ? DescribeTarget(snapshot, *found, options) : ObjectPage();
}
ObjectPage Page(const graph::Snapshot& snapshot, Id id, const ShowOptions& options = {}) {
  return Page(snapshot, absl::StrCat("@0x", absl::Hex(id)), options);
}

std::string Values(const ObjectPage& page) {
  std::string out;
  for (const ValueRow& row : page.values) {
    absl::StrAppend(&out, out.empty() ? "" : "; ", row.type, " ", row.name, "=",
                    row.masked ? "***" : row.value, row.object.name);
  }
  return out;
}

std::string Referrers(const ObjectPage& page) {
  std::string out;
  for (const ReferrerRow& row : page.referrers) {
    absl::StrAppend(&out, out.empty() ? "" : "; ", row.objects, " ", row.class_name,
                    row.weak ? " weak" : "");
    for (const std::string& edge : row.edges) absl::StrAppend(&out, " ", edge);
  }
  return out;
}

TEST(Show, AnObject) {
  const ShopDump shop;
  const auto snapshot = shop.Snapshot();
  ASSERT_NE(snapshot, nullptr);
  const ObjectPage page = Page(*snapshot, shop.first_order);
  EXPECT_EQ(page.object.name, "com.acme.Order");
  EXPECT_EQ(page.object.shallow, 24u);
  EXPECT_EQ(page.object.retained, 24u);  // its customer is another's, too
  EXPECT_EQ(Values(page), "object customer=com.acme.Customer; long number=100");
  EXPECT_EQ(Referrers(page), "1 java.lang.Object[] [0]");
  EXPECT_EQ(page.dominator.name, "java.lang.Object[]");
  EXPECT_EQ(page.dominator.id, shop.orders_array);
  EXPECT_EQ(page.level, graph::Reachability::kStrong);
  EXPECT_TRUE(page.roots.empty());
}

TEST(Show, RootsAreTold) {
  const ShopDump shop;
  const auto snapshot = shop.Snapshot();
  ASSERT_NE(snapshot, nullptr);
  const ObjectPage local = Page(*snapshot, shop.thread_order);
  ASSERT_EQ(local.roots.size(), 1u);
  EXPECT_EQ(local.roots[0].find("local variable in Cache.run(Cache.java:12) of main @0x"), 0u);
  EXPECT_EQ(Referrers(local), "1 java.lang.Thread local variable in Cache.run(Cache.java:12)");
  const ObjectPage cache = Page(*snapshot, shop.cache);
  ASSERT_EQ(cache.roots.size(), 1u);
  EXPECT_EQ(cache.roots[0], "system class");
}

TEST(Show, GarbageIsHeldByNothing) {
  const ShopDump shop;
  const auto snapshot = shop.Snapshot();
  ASSERT_NE(snapshot, nullptr);
  const ObjectPage page = Page(*snapshot, shop.garbage_order);
  EXPECT_EQ(page.level, graph::Reachability::kUnreachable);
  EXPECT_EQ(page.total_referrers, 0u);
  EXPECT_EQ(page.dominator.id, 0u);
}

TEST(Show, AClassHasStaticsInstancesAndFields) {
  const ShopDump shop;
  const auto snapshot = shop.Snapshot();
  ASSERT_NE(snapshot, nullptr);
  const ObjectPage cache = Page(*snapshot, "com.acme.Cache");
  EXPECT_EQ(cache.object.id, shop.cache);
  EXPECT_EQ(Values(cache), "object orders=java.lang.Object[]");
  ASSERT_TRUE(cache.of_class.has_value());
  EXPECT_EQ(cache.of_class->instances, 0u);

  const ObjectPage order = Page(*snapshot, "com.acme.Order", {.limit = 2});
  ASSERT_TRUE(order.of_class.has_value());
  EXPECT_EQ(order.of_class->instances, 6u);
  EXPECT_EQ(order.of_class->unreachable, 2u);
  EXPECT_EQ(order.of_class->shallow, 6u * 24);
  EXPECT_EQ(order.of_class->retained, 6u * 24 + 4 * 24);  // with the four customers
  EXPECT_EQ(order.of_class->biggest.size(), 2u);
  EXPECT_EQ(order.of_class->biggest[0].retained, 48u);
  EXPECT_EQ(order.of_class->fields, (std::vector<std::string>{"object customer", "long number"}));
  EXPECT_EQ(order.of_class->supers, std::vector<std::string>{"java.lang.Object"});
}

TEST(Show, WhoRefersIsCountedByClassAndWeakOnesApart) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id holder = dump.Class("com.acme.Holder").Field("a", kObject).Field("b", kObject);
  const Id target = dump.Instance(boot.object);
  for (int i = 0; i < 7; ++i) {
    const Id other = dump.Instance(holder, {i % 2 == 0 ? target : Id{0}, i == 1 ? Id{0} : target});
    if (i < 5) dump.JniGlobalRoot(other);
  }
  dump.JniGlobalRoot(dump.Instance(boot.weak_reference, {target}));
  dump.Class("com.acme.Main").Static("KEPT", kObject, target).Sticky();
  const auto snapshot = SnapshotOf(dump);
  ASSERT_NE(snapshot, nullptr);
  const ObjectPage page = Page(*snapshot, target);
  EXPECT_EQ(Referrers(page),
            "6 com.acme.Holder a b; 1 class com.acme.Main static KEPT; "
            "1 java.lang.ref.WeakReference weak referent");
  EXPECT_EQ(page.total_referrers, 8u);
  EXPECT_EQ(page.unreachable_referrers, 2u);
  EXPECT_EQ(page.total_referrer_rows, 3u);
  EXPECT_EQ(Page(*snapshot, target, {.limit = 1}).referrers.size(), 1u);
}

TEST(Show, ArraysAreSummarised) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id zero = dump.PrimitiveArray(kInt, 1000);
  const Id text = dump.ByteArray("secret");
  const Id array = dump.ObjectArray(boot.object_array, {0, text, 0, zero});
  dump.JniGlobalRoot(array);
  const auto snapshot = SnapshotOf(dump);
  ASSERT_NE(snapshot, nullptr);
  const ObjectPage page = Page(*snapshot, array);
  EXPECT_EQ(page.length, 4u);
  EXPECT_EQ(page.set_elements, 2u);
  EXPECT_EQ(Values(page), "object [3]=int[]; object [1]=byte[]");
  EXPECT_EQ(Page(*snapshot, zero).zero, true);
  EXPECT_EQ(Page(*snapshot, text).zero, false);
  EXPECT_EQ(Values(Page(*snapshot, text)), "");
}

TEST(Show, ContentsOnlyOnDemand) {
  DumpBuilder dump;
  dump.Boot();
  const Id account = dump.Class("com.acme.Account")
                         .Field("name", kObject)
                         .Field("initial", kChar)
                         .Field("userPin", kInt)
                         .Field("size", kInt)
                         .Field("open", kBoolean);
  const Id box = dump.Class("java.lang.Long").Field("value", kLong);
  const Id name = dump.JavaString("SECRET");
  const Id object = dump.Instance(account, {name, 'S', 4711, -3, 1});
  const Id number = dump.Instance(box, {123456789});
  dump.JniGlobalRoot(object);
  dump.JniGlobalRoot(number);
  const auto snapshot = SnapshotOf(dump);
  ASSERT_NE(snapshot, nullptr);
  const ObjectPage masked = Page(*snapshot, object);
  EXPECT_EQ(Values(masked),
            "object name=java.lang.String; char initial=***; int userPin=***; int size=-3; "
            "boolean open=true");
  EXPECT_EQ(masked.values[0].object.text, "");
  EXPECT_EQ(Values(Page(*snapshot, number)), "long value=***");
  EXPECT_EQ(Values(Page(*snapshot, name)).find("int hash=***"),
            Values(Page(*snapshot, name)).find("int hash"));
  const ObjectPage shown = Page(*snapshot, object, {.show_strings = true});
  EXPECT_EQ(shown.values[0].object.text, "SECRET");
  EXPECT_EQ(shown.values[1].value, "'S'");
  EXPECT_EQ(shown.values[2].value, "4711");
}

// Against a count over all references, whatever the graph looks like.
TEST(Show, CountsOfReferrersOnRandomHeaps) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    DumpBuilder dump;
    dump.Boot();
    const Id c = dump.Class("C").Field("a", kObject).Field("b", kObject).Sticky();
    std::vector<Id> objects;
    for (int i = 0; i < 40; ++i) objects.push_back(dump.NewId(24));
    std::map<Id, std::map<Id, int>> truth;  // target -> owners
    for (const Id id : objects) {
      const Id a = random() % 3 == 0 ? 0 : objects[random() % objects.size()];
      const Id b = random() % 3 == 0 ? 0 : objects[random() % objects.size()];
      dump.Instance(c, {a, b}, id);
      ++truth[a][id];
      ++truth[b][id];
    }
    dump.JniGlobalRoot(objects[0]);
    const auto snapshot = SnapshotOf(dump);
    ASSERT_NE(snapshot, nullptr);
    for (const Id id : objects) {
      EXPECT_EQ(Page(*snapshot, id).total_referrers, truth[id].size()) << seed;
    }
  }
}

TEST(NumberText, IsThatOfJava) {
  using analyses::NumberText;
  EXPECT_EQ(NumberText(kInt, 0xffffffff), "-1");
  EXPECT_EQ(NumberText(kByte, 0x80), "-128");
  EXPECT_EQ(NumberText(kShort, 0xfffe), "-2");
  EXPECT_EQ(NumberText(kLong, 0xffffffffffffffff), "-1");
  EXPECT_EQ(NumberText(kBoolean, 1), "true");
  EXPECT_EQ(NumberText(kFloat, 0x3f400000), "0.75");
  EXPECT_EQ(NumberText(kDouble, 0xbfe0000000000000), "-0.5");
  EXPECT_EQ(NumberText(kChar, 'x'), "'x'");
  EXPECT_EQ(NumberText(kChar, 0x1b), "'\\u001b'");
}

TEST(MayShowNumber, OnlyWhatIsNobodys) {
  using analyses::MayShowNumber;
  EXPECT_TRUE(MayShowNumber("java.util.HashMap", "size", kInt));
  EXPECT_TRUE(MayShowNumber("com.acme.Mapping", "spinCount", kInt));
  EXPECT_TRUE(MayShowNumber("java.util.concurrent.atomic.AtomicLong", "value", kLong));
  EXPECT_FALSE(MayShowNumber("java.util.HashMap$Node", "hash", kInt));
  EXPECT_FALSE(MayShowNumber("java.lang.Integer", "value", kInt));
  EXPECT_FALSE(MayShowNumber("com.acme.User", "USER_PIN", kInt));
  EXPECT_FALSE(MayShowNumber("com.acme.User", "cardNumber", kLong));
  EXPECT_FALSE(MayShowNumber("java.math.BigDecimal", "intCompact", kLong));
}

}  // namespace
}  // namespace leaktrail::testing
