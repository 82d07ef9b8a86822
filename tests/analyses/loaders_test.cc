// `leaktrail loaders`: the model behind it.
#include "analyses/loaders.h"

#include "gtest/gtest.h"
#include "tests/analyses/has_text.h"
#include "tests/analyses/loader_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::DescribeLoaders;
using analyses::Loaders;
using analyses::LoaderSummary;

// The only row of this name and state.
LoaderSummary RowOf(const Loaders& loaders, absl::string_view name, absl::string_view state) {
  for (const LoaderSummary& row : loaders.rows) {
    if (row.name == name && row.state == state) return row;
  }
  ADD_FAILURE() << "no row of " << name << ", " << state;
  return {};
}

// Five closed plugins and two open ones of different places in a registry, a child of a closed one.
struct PluginScene : LoaderDump {
  PluginScene() {
    std::vector<Id> held;
    for (int i = 0; i < 7; ++i) {
      const Plugin plugin = MakePlugin({.closed = i < 5,
                                        .classes = 4,
                                        .url = absl::StrCat("/opt/plugin", i, ".jar"),
                                        .parent = app_loader});
      held.push_back(ObjectOf(plugin));
      if (i == 0) {
        const Id child = MakePlugin({.classes = 0, .parent = plugin.loader}).loader;
        held.push_back(dump.Instance(dump.Class("SC").Loader(child)));
      }
    }
    HoldInRegistry(held);
  }
  Loaders Describe(std::uint64_t limit = 0) const {
    return DescribeLoaders(*SnapshotOf(dump), {.limit = limit});
  }
};

TEST(DescribeLoaders, RowsOfOneKindAreOne) {
  const Loaders loaders = PluginScene().Describe();
  EXPECT_EQ(loaders.total_loaders, 10u);  // boot, app, 7 plugins, a child
  EXPECT_EQ(loaders.dead, 5u);
  EXPECT_EQ(loaders.rows[0].name, "boot");
  EXPECT_EQ(loaders.rows[1].name, "app");
  const LoaderSummary dead = loaders.rows[2];
  EXPECT_EQ(dead.name, "com.acme.PluginLoader");
  EXPECT_EQ(dead.state, "dead");
  EXPECT_EQ(dead.loaders, 5u);
  EXPECT_EQ(dead.id, 0u);
  EXPECT_EQ(dead.classes, 20u);
  EXPECT_EQ(dead.instances, 5u);
  EXPECT_EQ(dead.parent, "app");
  EXPECT_EQ(dead.why, "closed (URLClassPath.closed is true)");
  EXPECT_EQ(dead.held_by, "the static field Registryplugins.plugins");
  EXPECT_GT(dead.retained, 0u);
  // The open ones are few and shown one by one.
  const LoaderSummary open = RowOf(loaders, "com.acme.PluginLoader", "unknown");
  EXPECT_EQ(open.loaders, 1u);
  EXPECT_NE(open.id, 0u);
  EXPECT_EQ(open.held_by, "the static field Registryplugins.plugins");
}

TEST(DescribeLoaders, ALoaderBelowADeadOneIsDead) {
  const Loaders loaders = PluginScene().Describe();
  bool found = false;
  for (const LoaderSummary& row : loaders.rows) {
    if (row.why != "its parent should be gone") continue;
    found = true;
    EXPECT_EQ(row.state, "dead");
    EXPECT_EQ(row.classes, 1u);
    EXPECT_EQ(row.parent, "com.acme.PluginLoader");
  }
  EXPECT_TRUE(found);
}

TEST(DescribeLoaders, GroupsSayWhatTheFindingSays) {
  const PluginScene heap;
  const Loaders loaders = heap.Describe();
  const auto findings = FindingsOf(heap.Analyze(), "loaders.leaked");
  ASSERT_EQ(loaders.groups.size(), 1u);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(loaders.groups[0].retained, findings[0].retained);
  EXPECT_EQ(loaders.groups[0].loaders, findings[0].instances);
  EXPECT_EQ(loaders.groups[0].below, 1u);
  EXPECT_EQ(loaders.groups[0].classes, 21u);
  EXPECT_EQ(loaders.groups[0].metaspace, 21u * 6 * 1024);
  ASSERT_EQ(loaders.groups[0].routes.size(), 1u);
  EXPECT_EQ(loaders.groups[0].routes[0].loaders, 5u);
  EXPECT_EQ(loaders.groups[0].jars.size(), 5u);
}

TEST(DescribeLoaders, DuplicatesAndFamilies) {
  PluginScene heap;
  for (int i = 0; i < 3; ++i) heap.App(absl::StrCat("com.acme.Shop$$Lambda$", i, "/0x80"));
  const Loaders loaders = heap.Describe();
  EXPECT_EQ(loaders.total_duplicates, 4u);
  EXPECT_EQ(loaders.duplicates[0].class_name, "com.acme.plugin.Class0");
  EXPECT_EQ(loaders.duplicates[0].loaders, 7u);
  EXPECT_EQ(loaders.duplicates[0].of_type, 7u);
  ASSERT_EQ(loaders.total_families, 2u);
  EXPECT_EQ(loaders.families[0].name, "lambdas of com.acme.Shop");
  EXPECT_EQ(loaders.families[0].classes, 3u);
}

TEST(DescribeLoaders, LimitsRows) {
  const Loaders loaders = PluginScene().Describe(2);
  EXPECT_EQ(loaders.rows.size(), 2u);
  EXPECT_GT(loaders.total_rows, 2u);
  EXPECT_EQ(loaders.groups.size(), 1u);
}

}  // namespace
}  // namespace leaktrail::testing
