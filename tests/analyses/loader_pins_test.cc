// loaders.leaked: what holds the loaders where they hold each other, and hostile heaps.
#include "gtest/gtest.h"
#include "tests/analyses/has_text.h"
#include "tests/analyses/loader_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::Finding;

std::vector<Finding> Leaks(const LoaderDump& heap) {
  return FindingsOf(heap.Analyze(), "loaders.leaked");
}

TEST(LoaderPins, OneLeakedLoaderNeverExplainsAnother) {
  LoaderDump heap;
  DumpBuilder& dump = heap.dump;
  // The static field of each loader's class refers to an object of the next: a chain, of which only
  // the first is held from outside.
  Id next = 0;
  for (int i = 0; i < 6; ++i) {
    const Id loader = heap.MakePlugin({.closed = true, .classes = 0}).loader;
    const Id c = dump.Class("com.acme.plugin.Node").Loader(loader).Static("next", kObject, next);
    next = dump.Instance(c);
  }
  heap.HoldInRegistry({next});
  const std::vector<Finding> findings = Leaks(heap);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].instances, 6u);
  EXPECT_EQ(findings[0].evidence[0],
            "Held: 1 by the static field Registryplugins.plugins, 5 by another of these loaders.");
  EXPECT_EQ(CutOf(findings[0]), "ArrayList[x] -> com.acme.plugin.Node");
}

TEST(LoaderPins, LoadersBelowAreCountedIn) {
  LoaderDump heap;
  std::vector<Id> held;
  for (int i = 0; i < 3; ++i) {
    const LoaderDump::Plugin job = heap.MakePlugin({.closed = true, .classes = 2});
    const Id child = heap.MakePlugin({.classes = 1, .parent = job.loader}).loader;
    held.push_back(heap.dump.Instance(heap.dump.Class("SC").Loader(child)));
  }
  heap.HoldInRegistry(held);
  const std::vector<Finding> findings = Leaks(heap);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_TRUE(HasText(
      findings[0].title,
      "3 class loaders (PluginLoader) that should be gone are still held, with 12 classes"));
  EXPECT_TRUE(HasLine(findings[0].evidence, "3 loaders below them are counted in."));
  // Not `parent`: the object of the child is what is held from outside.
  EXPECT_EQ(CutOf(findings[0]), "ArrayList[x] -> SC");
}

TEST(LoaderPins, FurtherHoldersAreNamed) {
  LoaderDump heap;
  std::vector<Id> held, deeper;
  for (int i = 0; i < 3; ++i) {
    const LoaderDump::Plugin plugin = heap.MakePlugin({.closed = true});
    held.push_back(heap.ObjectOf(plugin));
    deeper.push_back(heap.List({heap.List({heap.ObjectOf(plugin)})}));
  }
  heap.HoldInRegistry(held);
  heap.HoldInRegistry(deeper, "archive");
  const std::vector<Finding> findings = Leaks(heap);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_TRUE(
      HasLine(findings[0].evidence, "Also held by the static field Registryarchive.archive"));
}

// --- hostile heaps

TEST(LoaderPins, ACycleOfParents) {
  LoaderDump heap;
  const Id first = heap.dump.NewId(64), second = heap.dump.NewId(64);
  const Id ucp = heap.dump.Instance(heap.ucp_class, {0, true});
  heap.dump.Instance(heap.plugin_loader_class, {ucp, second, 0}, first);
  heap.dump.Instance(heap.plugin_loader_class, {ucp, first, 0}, second);
  const Id a = heap.dump.Class("com.acme.A").Loader(first);
  const Id b = heap.dump.Class("com.acme.B").Loader(second);
  heap.HoldInRegistry({heap.dump.Instance(a), heap.dump.Instance(b)});
  const std::vector<Finding> findings = Leaks(heap);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_TRUE(HasText(findings[0].title, "with 2 classes"));
}

TEST(LoaderPins, ALoaderThatIsItsOwnParentAndAnArrayAsLoader) {
  LoaderDump heap;
  const Id self = heap.dump.NewId(64);
  heap.dump.Instance(heap.plugin_loader_class,
                     {heap.dump.Instance(heap.ucp_class, {0, true}), self, 0}, self);
  const Id array = heap.dump.PrimitiveArray(kByte, 8);
  const Id a = heap.dump.Class("com.acme.A").Loader(self);
  const Id b = heap.dump.Class("com.acme.B").Loader(array);
  heap.dump.Class("com.acme.C").Loader(0xdead);
  heap.HoldInRegistry({heap.dump.Instance(a), heap.dump.Instance(b)});
  ASSERT_EQ(Leaks(heap).size(), 1u);
  EXPECT_EQ(Leaks(heap)[0].instances, 1u);
}

TEST(LoaderPins, ThousandsOfLoadersInAChain) {
  LoaderDump heap;
  const Id ucp = heap.dump.Instance(heap.ucp_class, {0, true});
  Id parent = 0;
  for (int i = 0; i < 50'000; ++i) {
    parent = heap.dump.Instance(heap.plugin_loader_class, {ucp, parent, 0});
  }
  const Id c = heap.dump.Class("com.acme.A").Loader(parent);
  heap.HoldInRegistry({heap.dump.Instance(c)});
  const std::vector<Finding> findings = Leaks(heap);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].instances, 1u);
}

}  // namespace
}  // namespace leaktrail::testing
