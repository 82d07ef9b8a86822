// Very many of everything: what takes more than linear time takes minutes here and meets the time
// limit of the test. LEAKTRAIL_MANY=10 makes all of it ten times as many, to measure by hand.
#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "analyses/dominator_tree.h"
#include "analyses/histogram.h"
#include "analyses/loaders.h"
#include "analyses/merged_paths.h"
#include "cli/render_json.h"
#include "cli/render_text.h"
#include "tests/analyses/client_dump.h"
#include "tests/hostile/examine.h"

namespace leaktrail::testing {
namespace {

int Times(int count) {
  const char* factor = std::getenv("LEAKTRAIL_MANY");
  int times = 1;
  if (factor != nullptr && !absl::SimpleAtoi(factor, &times)) times = 1;
  return count * times;
}

// Everything that is said about a dump.
void TellAll(const DumpBuilder& dump) {
  const Examined examined = Examine(dump);
  ASSERT_EQ(examined.error, "");
  const graph::Snapshot& snapshot = *examined.snapshot;
  const analyses::Report report = examined.Report();
  EXPECT_FALSE(cli::ReportText(report, /*full=*/true, {}).empty());
  EXPECT_FALSE(cli::ReportJson(report, {}).empty());
  EXPECT_FALSE(analyses::MakeHistogram(snapshot, {.limit = 0}).rows.empty());
  analyses::MakeDominatorTree(snapshot, nullptr, {.limit = 0});
  analyses::DescribeLoaders(snapshot, {});
}

// Names of classes that begin alike, end alike, and are long.
TEST(ManyTest, Classes) {
  ClientDump heap;
  std::vector<Id> objects;
  for (int i = 0; i < Times(30'000); ++i) {
    const char* pattern = i % 3 == 0   ? "com.acme.$Proxy"
                          : i % 3 == 1 ? "com.acme.Scripts$$Lambda$"
                                       : "org.apache.kafka.common.utils.AppInfoParser$AppInfo";
    const Id c = heap.App(absl::StrCat(pattern, i, i % 100 == 0 ? std::string(1000, 'x') : ""))
                     .Field("next", kObject);
    objects.push_back(heap.dump.Instance(c, {objects.empty() ? 0 : objects.back()}));
  }
  heap.App("com.acme.Main").Static("kept", kObject, heap.List(objects)).Sticky();
  TellAll(heap.dump);
}

// Each class inherits from the one before it, and has an object.
TEST(ManyTest, SuperClasses) {
  ClientDump heap;
  std::vector<Id> objects;
  Id super = heap.boot.class_loader;  // what inherits from it is asked about often
  for (int i = 0; i < Times(30'000); ++i) {
    super = heap.App(absl::StrCat("com.acme.C", i)).Super(super).InstanceSize(0);
    objects.push_back(heap.dump.RawInstance(super, {}));
  }
  heap.App("com.acme.Main").Static("kept", kObject, heap.List(objects)).Sticky();
  TellAll(heap.dump);
}

TEST(ManyTest, Loaders) {
  ClientDump heap;
  const Id type = heap.App("com.acme.PluginLoader").Super(heap.boot.class_loader);
  std::vector<Id> loaders;
  for (int i = 0; i < Times(10'000); ++i) {
    loaders.push_back(heap.dump.Instance(type));
    heap.dump.Class("com.acme.Plugin").Loader(loaders.back());
  }
  heap.App("com.acme.Main").Static("kept", kObject, heap.List(loaders)).Sticky();
  TellAll(heap.dump);
}

TEST(ManyTest, MBeans) {
  ClientDump heap;
  std::vector<std::vector<Id>> domains(100);
  for (int i = 0; i < Times(50'000); ++i) {
    const Id object = heap.dump.Instance(heap.metric_class, {i});
    domains[i % 7 == 0 ? i % 100 : 0].push_back(
        heap.Registration(absl::StrCat("com.acme", i % 7 == 0 ? i % 100 : 0, ":type=Metric", i,
                                       ",client-id=c", i, ",name=", std::string(i % 200, 'n')),
                          object));
  }
  heap.PlatformMBeanServer(domains);
  TellAll(heap.dump);
}

TEST(ManyTest, Threads) {
  ClientDump heap;
  for (int i = 0; i < Times(20'000); ++i) {
    const Id name = heap.dump.JavaString(absl::StrCat("pool-", i, "-thread-", i % 3));
    const Id local = heap.dump.Instance(heap.metric_class, {i});
    ThreadBuilder thread = heap.dump.Thread(heap.dump.Instance(heap.boot.thread, {name}));
    for (int f = 0; f < 10; ++f) thread.Frame("java.lang.Thread", absl::StrCat("run", i % 50));
    thread.Local(local);
  }
  TellAll(heap.dump);
}

// Each Reference holds the next: by turns soft, weak and phantom.
TEST(ManyTest, References) {
  ClientDump heap;
  Id next = 0;
  for (int i = 0; i < Times(100'000); ++i) {
    next = i % 3 == 0   ? heap.dump.Instance(heap.boot.soft_reference, {0, next, 0, next})
           : i % 3 == 1 ? heap.dump.Instance(heap.boot.weak_reference, {next, 0, next})
                        : heap.dump.Instance(heap.boot.phantom_reference, {next});
  }
  heap.App("com.acme.Main").Static("kept", kObject, next).Sticky();
  TellAll(heap.dump);
}

TEST(ManyTest, StepsInOnePath) {
  ClientDump heap;
  const Id node = heap.App("com.acme.Node").Field("next", kObject);
  Id next = 0;
  for (int i = 0; i < Times(200'000); ++i) next = heap.dump.Instance(node, {next});
  heap.App("com.acme.Main").Static("kept", kObject, next).Sticky();
  TellAll(heap.dump);
}

// Maps in maps in maps, each the value of the one around it.
TEST(ManyTest, CollectionsInOnePath) {
  ClientDump heap;
  Id inner = heap.dump.Instance(heap.metric_class, {1});
  for (int i = 0; i < Times(50'000); ++i) {
    inner = i % 2 == 0 ? heap.Map({{0, inner}}) : heap.List({inner});
  }
  heap.App("com.acme.Main").Static("kept", kObject, inner).Sticky();
  TellAll(heap.dump);
}

TEST(ManyTest, Strings) {
  ClientDump heap;
  std::vector<Id> strings;
  for (int i = 0; i < Times(100'000); ++i) {
    strings.push_back(heap.dump.JavaString(absl::StrCat("s", i)));
  }
  heap.App("com.acme.Main").Static("kept", kObject, heap.List(strings)).Sticky();
  TellAll(heap.dump);
}

}  // namespace
}  // namespace leaktrail::testing
