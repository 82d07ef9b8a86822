#include "analyses/dominator_tree.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/analyses/shop_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::DominatorOptions;
using analyses::DominatorRow;
using analyses::DominatorTree;
using analyses::MakeDominatorTree;
using analyses::ResolveTarget;
using analyses::Target;

// "0 com.acme.Order x6 240" per row.
std::string Lines(const DominatorTree& tree) {
  std::string out;
  for (const DominatorRow& row : tree.rows) {
    const std::string name = row.folded > 0 ? absl::StrCat("... ", row.folded) : row.name;
    absl::StrAppend(&out, row.level, " ", name, " x", row.objects, " ", row.retained, "\n");
  }
  return out;
}

DominatorTree Below(const graph::Snapshot& snapshot, absl::string_view text,
                    const DominatorOptions& options) {
  const absl::StatusOr<Target> target = ResolveTarget(snapshot, text);
  return target.ok() ? MakeDominatorTree(snapshot, &*target, options) : DominatorTree{};
}

TEST(DominatorTree, BelowAClassByClass) {
  const auto snapshot = ShopDump().Snapshot();
  ASSERT_NE(snapshot, nullptr);
  const DominatorTree tree = Below(*snapshot, "com.acme.Order", {.min_share = 0});
  EXPECT_EQ(tree.target_objects, 6u);
  // The customer that two orders share hangs below the array, not below an order.
  EXPECT_EQ(Lines(tree),
            "0 com.acme.Order x6 216\n"
            "1 com.acme.Customer x3 72\n");
}

TEST(DominatorTree, BelowAnObject) {
  ShopDump shop;
  const auto snapshot = shop.Snapshot();
  const DominatorTree tree = Below(*snapshot, absl::StrCat("@0x", absl::Hex(shop.orders_array)),
                                   {.min_share = 0, .group_by_class = true});
  EXPECT_EQ(Lines(tree),
            "0 java.lang.Object[] x1 256\n"
            "1 com.acme.Order x5 192\n"
            "2 com.acme.Customer x3 72\n"
            "1 com.acme.Customer x1 24\n");
  EXPECT_EQ(tree.rows[0].id, shop.orders_array);
  EXPECT_EQ(tree.rows[1].id, 0u);
}

TEST(DominatorTree, UnreachableTargetHasNoTree) {
  ShopDump shop;
  const auto snapshot = shop.Snapshot();
  const DominatorTree tree =
      Below(*snapshot, absl::StrCat("@0x", absl::Hex(shop.garbage_order)), {});
  EXPECT_EQ(tree.retained, 0u);
}

TEST(DominatorTree, BigObjectsStandAloneSmallOnesTogether) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id holder = dump.Class("com.acme.Holder").Field("data", kObject).Sticky();
  std::vector<Id> holders = {dump.Instance(holder, {dump.PrimitiveArray(kByte, 100'000)})};
  for (int i = 0; i < 50; ++i) {
    holders.push_back(dump.Instance(holder, {dump.PrimitiveArray(kByte, 1000)}));
  }
  dump.JniGlobalRoot(dump.ObjectArray(boot.object_array, holders));
  const auto snapshot = SnapshotOf(dump);
  ASSERT_NE(snapshot, nullptr);
  const DominatorTree tree =
      MakeDominatorTree(*snapshot, nullptr, {.min_bytes = 5'000, .min_share = 0});
  EXPECT_EQ(Lines(tree),
            "0 java.lang.Object[] x1 151856\n"
            "1 com.acme.Holder x1 100032\n"
            "2 byte[] x1 100016\n"
            "1 com.acme.Holder x50 51600\n"
            "2 byte[] x50 50800\n");
  EXPECT_NE(tree.rows[1].id, 0u);
  EXPECT_EQ(tree.rows[3].id, 0u);
}

TEST(DominatorTree, ChainsOfOneClassAreOneRow) {
  DumpBuilder dump;
  dump.Boot();
  const Id node =
      dump.Class("com.acme.Node").Field("next", kObject).Field("value", kObject).Sticky();
  Id last = 0;
  for (int i = 0; i < 100'000; ++i) last = dump.Instance(node, {last, 0});
  dump.JniGlobalRoot(last);
  const auto snapshot = SnapshotOf(dump);
  ASSERT_NE(snapshot, nullptr);
  const DominatorTree tree = MakeDominatorTree(*snapshot, nullptr, {.min_share = 0.1});
  ASSERT_EQ(tree.rows.size(), 1u) << Lines(tree);
  EXPECT_EQ(tree.rows[0].objects, 100'000u);
  EXPECT_EQ(tree.rows[0].id, last);
  EXPECT_EQ(tree.rows[0].shallow, tree.rows[0].retained);
}

// Rows of one level below a row never claim more than the row has.
TEST(DominatorTree, NothingIsCountedTwice) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    DumpBuilder dump;
    dump.Boot();
    std::vector<Id> classes, objects;
    for (int c = 0; c < 4; ++c) {
      classes.push_back(
          dump.Class("C" + std::to_string(c)).Field("a", kObject).Field("b", kObject));
    }
    for (int i = 0; i < 60; ++i) objects.push_back(dump.NewId(24));
    for (const Id id : objects) {
      const auto pick = [&] {
        return random() % 3 == 0 ? Id{0} : objects[random() % objects.size()];
      };
      dump.Instance(classes[random() % classes.size()], {pick(), pick()}, id);
    }
    for (int i = 0; i < 3; ++i) dump.JniGlobalRoot(objects[random() % objects.size()]);
    const auto snapshot = SnapshotOf(dump);
    ASSERT_NE(snapshot, nullptr);
    for (const bool by_class : {false, true}) {
      const DominatorTree tree = MakeDominatorTree(
          *snapshot, nullptr,
          {.depth = 1000, .min_bytes = 1, .min_share = 0, .group_by_class = by_class, .limit = 0});
      std::uint64_t shallow = 0;
      for (const DominatorRow& row : tree.rows) shallow += row.shallow;
      EXPECT_EQ(shallow, snapshot->live().bytes) << seed;
      std::vector<std::uint64_t> left = {tree.retained};
      for (const DominatorRow& row : tree.rows) {
        left.resize(static_cast<std::size_t>(row.level) + 1);
        ASSERT_GE(left.back(), row.retained) << seed << "\n" << Lines(tree);
        left.back() -= row.retained;
        left.push_back(row.retained - row.shallow);
      }
    }
  }
}

TEST(DominatorTree, LimitKeepsTheBiggestAndSaysWhatIsMissing) {
  const auto snapshot = ShopDump().Snapshot();
  const DominatorTree all = MakeDominatorTree(*snapshot, nullptr, {.min_share = 0, .limit = 0});
  const DominatorTree cut = MakeDominatorTree(*snapshot, nullptr, {.min_share = 0, .limit = 2});
  EXPECT_GT(all.rows.size(), 10u);
  EXPECT_EQ(cut.rows[0].retained, all.rows[0].retained);
  EXPECT_GT(cut.rows.back().folded, 1u) << Lines(cut);
  const DominatorTree flat = MakeDominatorTree(*snapshot, nullptr, {.depth = 0, .min_share = 0});
  for (const DominatorRow& row : flat.rows) EXPECT_EQ(row.level, 0);
}

}  // namespace
}  // namespace leaktrail::testing
