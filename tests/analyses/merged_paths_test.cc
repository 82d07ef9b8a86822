#include "analyses/merged_paths.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/analyses/shop_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::FindObjectPath;
using analyses::MergedPaths;
using analyses::MergePaths;
using analyses::ObjectPath;
using analyses::PathBranch;
using analyses::PathOptions;
using analyses::ResolveTarget;

std::string Lines(const MergedPaths& paths) {
  std::string out;
  for (const PathBranch& branch : paths.branches) {
    absl::StrAppend(&out, branch.objects, " ", std::string(branch.level, '>'),
                    branch.continues ? "| " : " ");
    if (branch.folded > 0) {
      absl::StrAppend(&out, "... ", branch.folded, "\n");
    } else {
      absl::StrAppend(&out, branch.is_root ? "[" : "", branch.edge, branch.is_root ? "]" : "", " ",
                      branch.class_name, "\n");
    }
  }
  return out;
}

MergedPaths PathsOf(const graph::Snapshot& snapshot, absl::string_view class_name,
                    const PathOptions& options = {}) {
  const auto target = ResolveTarget(snapshot, class_name);
  return target.ok() ? MergePaths(snapshot, *target, options) : MergedPaths{};
}

TEST(MergePaths, BranchesPartWhereThePathsDo) {
  const auto snapshot = ShopDump().Snapshot();
  ASSERT_NE(snapshot, nullptr);
  const MergedPaths paths = PathsOf(*snapshot, "com.acme.Order");
  EXPECT_EQ(paths.objects, 6u);
  EXPECT_EQ(paths.unreachable, 2u);
  EXPECT_EQ(paths.reached, 6u);
  EXPECT_EQ(paths.retained, 6u * 24 + 4 * 24);
  EXPECT_EQ(Lines(paths),
            "5  [system class] class com.acme.Cache\n"
            "5 | static orders java.lang.Object[]\n"
            "5 | [x] com.acme.Order\n"
            "1  [thread] java.lang.Thread\n"
            "1 | <local> in Cache.run(Cache.java:12) com.acme.Order\n");
}

TEST(MergePaths, GoesOnBelowObjectsOfTheClass) {
  const auto snapshot = ShopDump().Snapshot();
  EXPECT_EQ(Lines(PathsOf(*snapshot, "com.acme.Customer")),
            "4  [system class] class com.acme.Cache\n"
            "4 | static orders java.lang.Object[]\n"
            "4 | [x] com.acme.Order\n"
            "4 | customer com.acme.Customer\n");
}

TEST(MergePaths, WeakKindsOnlyWhenAskedFor) {
  const auto snapshot = ShopDump().Snapshot();
  const MergedPaths strong = PathsOf(*snapshot, "com.acme.Report");
  EXPECT_EQ(strong.objects, 1u);
  EXPECT_EQ(strong.reached, 0u);
  EXPECT_TRUE(strong.branches.empty());
  EXPECT_EQ(Lines(PathsOf(*snapshot, "com.acme.Report", {.weakest = graph::Reachability::kSoft})),
            "1  [JNI global] java.lang.ref.SoftReference\n"
            "1 | referent com.acme.Report\n");
}

TEST(MergePaths, SmallBranchesAreFolded) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id value = dump.Class("com.acme.Value");
  std::vector<Id> many;
  for (int i = 0; i < 980; ++i) many.push_back(dump.Instance(value));
  dump.Class("com.acme.Big")
      .Static("all", kObject, dump.ObjectArray(boot.object_array, many))
      .Sticky();
  for (int i = 0; i < 20; ++i) {
    dump.Class(absl::StrCat("com.acme.Small", i))
        .Static("one", kObject, dump.Instance(value))
        .Sticky();
  }
  const auto snapshot = SnapshotOf(dump);
  ASSERT_NE(snapshot, nullptr);
  EXPECT_EQ(Lines(PathsOf(*snapshot, "com.acme.Value")),
            "980  [system class] class com.acme.Big\n"
            "980 | static all java.lang.Object[]\n"
            "980 | [x] com.acme.Value\n"
            "20  ... 20\n");
}

TEST(MergePaths, DeepListsAreOneStep) {
  DumpBuilder dump;
  dump.Boot();
  const Id node = dump.Class("com.acme.Node").Field("next", kObject);
  Id last = 0;
  for (int i = 0; i < 300'000; ++i) last = dump.Instance(node, {last});
  dump.JniGlobalRoot(last);
  const auto snapshot = SnapshotOf(dump);
  ASSERT_NE(snapshot, nullptr);
  const MergedPaths paths = PathsOf(*snapshot, "com.acme.Node");
  EXPECT_EQ(paths.reached, 300'000u);
  EXPECT_EQ(Lines(paths),
            "300000  [JNI global] com.acme.Node\n"
            "300000 | next com.acme.Node\n");
}

// Every object is on exactly one branch, whatever the graph looks like.
TEST(MergePaths, CountsAddUpOnRandomHeaps) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    DumpBuilder dump;
    dump.Boot();
    std::vector<Id> classes, objects;
    for (int c = 0; c < 4; ++c) {
      classes.push_back(dump.Class(absl::StrCat("C", c)).Field("a", kObject).Field("b", kObject));
    }
    for (int i = 0; i < 80; ++i) objects.push_back(dump.NewId(24));
    for (const Id id : objects) {
      const auto pick = [&] {
        return random() % 3 == 0 ? Id{0} : objects[random() % objects.size()];
      };
      dump.Instance(classes[random() % classes.size()], {pick(), pick()}, id);
    }
    for (int i = 0; i < 3; ++i) dump.JniGlobalRoot(objects[random() % objects.size()]);
    const auto snapshot = SnapshotOf(dump);
    ASSERT_NE(snapshot, nullptr);
    for (const PathOptions& options :
         {PathOptions{.limit = 0, .min_milli = 0}, PathOptions{.limit = 5, .min_milli = 100}}) {
      const MergedPaths paths = PathsOf(*snapshot, "C0", options);
      std::uint64_t top = 0;
      for (std::size_t i = 0; i < paths.branches.size(); ++i) {
        const PathBranch& branch = paths.branches[i];
        if (branch.level == 0 && !branch.continues) top += branch.objects;
        if (branch.continues) {
          EXPECT_EQ(branch.objects, paths.branches[i - 1].objects);
        }
        EXPECT_GT(branch.objects, 0u);
      }
      EXPECT_EQ(top, paths.reached) << seed << "\n" << Lines(paths);
    }
  }
}

TEST(FindObjectPath, PathLevelAndSizes) {
  ShopDump shop;
  const auto snapshot = shop.Snapshot();
  const ObjectPath path = FindObjectPath(*snapshot, snapshot->Find(shop.first_order), {});
  EXPECT_EQ(path.id, shop.first_order);
  EXPECT_EQ(path.class_name, "com.acme.Order");
  EXPECT_EQ(path.shallow, 24u);
  EXPECT_EQ(path.retained, 24u);  // its customer is shared
  EXPECT_EQ(path.level, graph::Reachability::kStrong);
  ASSERT_TRUE(path.path.has_value());
  EXPECT_EQ(path.path->root, "system class");
  ASSERT_EQ(path.path->steps.size(), 3u);
  EXPECT_EQ(path.path->steps[1].edge, "static orders");
}

TEST(FindObjectPath, UnreachableAndSoftObjectsHaveNone) {
  ShopDump shop;
  const auto snapshot = shop.Snapshot();
  const ObjectPath garbage = FindObjectPath(*snapshot, snapshot->Find(shop.garbage_order), {});
  EXPECT_EQ(garbage.level, graph::Reachability::kUnreachable);
  EXPECT_FALSE(garbage.path.has_value());
  const auto report = ResolveTarget(*snapshot, "com.acme.Report");
  graph::ObjectIndex soft;
  snapshot->ForEachObject([&](graph::ObjectIndex o, graph::ClassIndex c, std::uint64_t) {
    if (c == report->classes[0]) soft = o;
  });
  EXPECT_FALSE(FindObjectPath(*snapshot, soft, {}).path.has_value());
  EXPECT_TRUE(
      FindObjectPath(*snapshot, soft, {.weakest = graph::Reachability::kSoft}).path.has_value());
}

}  // namespace
}  // namespace leaktrail::testing
