// loaders.leaked: each kind of evidence, generations, and the benign twins that must not trigger
// it.
#include "absl/strings/str_format.h"
#include "gtest/gtest.h"
#include "tests/analyses/has_text.h"
#include "tests/analyses/loader_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::Claim;
using analyses::Finding;
using analyses::Report;
using analyses::Severity;
using analyses::Verdict;

constexpr char kRule[] = "loaders.leaked";

std::vector<Finding> Leaks(const LoaderDump& heap) { return FindingsOf(heap.Analyze(), kRule); }

// --- evidence

// `count` plugins with an instance each in com.acme.Registry.plugins; `closed` of them are closed.
void HoldPlugins(LoaderDump& heap, int count, int closed, PluginSpec spec = {}) {
  std::vector<Id> held;
  for (int i = 0; i < count; ++i) {
    spec.closed = i < closed;
    held.push_back(heap.ObjectOf(heap.MakePlugin(spec)));
  }
  heap.HoldInRegistry(held);
}

TEST(LeakedLoaders, ClosedLoadersThatAreStillHeld) {
  LoaderDump heap;
  HoldPlugins(heap, 5, 5, {.classes = 7, .url = "/opt/acme/secret-dir/orders-1.2.jar"});
  const Report report = heap.Analyze();
  const std::vector<Finding> findings = FindingsOf(report, kRule);
  ASSERT_EQ(findings.size(), 1u);
  const Finding& finding = findings[0];
  EXPECT_TRUE(HasText(
      finding.title,
      "5 class loaders (PluginLoader) that should be gone are still held, with 35 classes: "));
  EXPECT_EQ(finding.instances, 5u);
  // Closed, but the application itself keeps them: it may still use what they have loaded.
  EXPECT_EQ(finding.severity, Severity::kMedium);
  EXPECT_EQ(finding.claim, Claim::kLeak);
  EXPECT_EQ(finding.confidence, 70);
  EXPECT_EQ(CutOf(finding), "ArrayList[x] -> com.acme.plugin.Class0");
  EXPECT_EQ(finding.path->root, "app class loader");
  EXPECT_EQ(finding.evidence[0], "Held: 5 by the static field Registryplugins.plugins.");
  EXPECT_TRUE(HasText(finding.evidence[1], "closed (URLClassPath.closed is true)"));
  // 35 classes of 6 KiB.
  EXPECT_TRUE(HasText(finding.evidence[1], "an estimated 210.0 KiB of metaspace"));
  EXPECT_TRUE(HasLine(finding.evidence, "Jars: orders-1.2.jar."));
  EXPECT_FALSE(HasLine(finding.evidence, "secret-dir"));
  EXPECT_EQ(report.verdict, Verdict::kLeak);
}

TEST(LeakedLoaders, WhatTheyRetainIsTheSetWithClassesAndInstances) {
  LoaderDump heap;
  std::vector<Id> held;
  for (int i = 0; i < 3; ++i) {
    const Id loader = heap.MakePlugin({.closed = true, .classes = 0}).loader;
    const Id data = heap.dump.PrimitiveArray(kByte, 100'000);
    heap.dump.Class("com.acme.plugin.Cache").Loader(loader).Static("data", kObject, data);
    const Id state = heap.dump.Class("com.acme.plugin.State").Loader(loader).Field("log", kObject);
    held.push_back(heap.dump.Instance(state, {heap.dump.PrimitiveArray(kByte, 200'000)}));
  }
  heap.HoldInRegistry(held);
  const std::vector<Finding> findings = Leaks(heap);
  ASSERT_EQ(findings.size(), 1u);
  // The statics of their classes and what the instances hold: three times 300,000 bytes, and little
  // more for loaders and classes.
  EXPECT_GT(findings[0].retained, 900'000u);
  EXPECT_LT(findings[0].retained, 910'000u);
}

TEST(LeakedLoaders, OneClosedLoaderIsLittle) {
  LoaderDump heap;
  HoldPlugins(heap, 1, 1);
  const std::vector<Finding> findings = Leaks(heap);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].severity, Severity::kLow);
  EXPECT_TRUE(
      HasText(findings[0].title,
              "1 class loader (PluginLoader) that should be gone is still held, with 3 classes"));
}

TEST(LeakedLoaders, WithManyClassesOneIsEnough) {
  LoaderDump heap;
  HoldPlugins(heap, 1, 1, {.classes = 150});
  ASSERT_EQ(Leaks(heap).size(), 1u);
  EXPECT_EQ(Leaks(heap)[0].severity, Severity::kMedium);
}

TEST(LeakedLoaders, WhatOnlyARunningMethodHoldsMayGoAnyTime) {
  LoaderDump heap;
  heap.App("com.acme.Server");
  const Id thread = heap.dump.Instance(heap.boot.thread);
  auto frame = heap.dump.Thread(thread).Frame("com.acme.Server", "run", "Server.java", 9);
  for (int i = 0; i < 4; ++i) {
    frame.Local(heap.MakePlugin({.closed = true, .classes = 150}).loader);
  }
  ASSERT_EQ(Leaks(heap).size(), 1u);
  EXPECT_EQ(Leaks(heap)[0].severity, Severity::kLow);
}

TEST(LeakedLoaders, OpenOnesBesideAreNotCounted) {
  LoaderDump heap;
  HoldPlugins(heap, 6, 3);
  const std::vector<Finding> findings = Leaks(heap);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].instances, 3u);
}

TEST(LeakedLoaders, ClosedLoadersWithoutClassesDoNoHarm) {
  LoaderDump heap;
  std::vector<Id> held;
  for (int i = 0; i < 5; ++i) {
    held.push_back(heap.MakePlugin({.closed = true, .classes = 0}).loader);
  }
  heap.HoldInRegistry(held);
  EXPECT_TRUE(Leaks(heap).empty());
}

TEST(LeakedLoaders, WeakAndSoftReferencesHoldNothing) {
  LoaderDump heap;
  std::vector<Id> references;
  for (int i = 0; i < 5; ++i) {
    const Id held = heap.ObjectOf(heap.MakePlugin({.closed = true}));
    references.push_back(i % 2 == 0 ? heap.dump.Instance(heap.boot.soft_reference, {0, held})
                                    : heap.dump.Instance(heap.boot.weak_reference, {held}));
  }
  heap.HoldInRegistry(references);
  EXPECT_TRUE(Leaks(heap).empty());
}

// Tomcat: the state is an enum with a flag; a stopped loader has no resources any more.
struct TomcatScene : LoaderDump {
  TomcatScene() {
    state_class = App("org.apache.catalina.LifecycleState").Field("available", kBoolean);
    webapp_class = App("org.apache.catalina.loader.WebappClassLoaderBase")
                       .Super(url_loader_class)
                       .Field("state", kObject)
                       .Field("resources", kObject);
    loader_class = App("org.apache.catalina.loader.ParallelWebappClassLoader").Super(webapp_class);
    started = dump.Instance(state_class, {true});
    destroyed = dump.Instance(state_class, {false});
    resources = dump.Instance(App("org.apache.catalina.webresources.StandardRoot"));
  }
  // Fields: state, resources, ucp, parent, name.
  Id WebApp(Id state, Id its_resources) {
    const Id loader = dump.Instance(loader_class, {state, its_resources, 0, app_loader, 0});
    const Id servlet = dump.Class("com.shop.Servlet").Loader(loader);
    dump.Class("com.shop.Cart").Loader(loader);
    loaders.push_back(loader);
    return dump.Instance(servlet);
  }
  Id state_class, webapp_class, loader_class, started, destroyed, resources;
  std::vector<Id> loaders;
};

TEST(LeakedLoaders, StoppedWebApplicationsOfTomcat) {
  TomcatScene heap;
  std::vector<Id> held;
  for (int i = 0; i < 3; ++i) held.push_back(heap.WebApp(heap.destroyed, 0));
  held.push_back(heap.WebApp(heap.started, heap.resources));
  // A loader that has not been started yet has its resources.
  held.push_back(heap.WebApp(heap.destroyed, heap.resources));
  heap.HoldInRegistry(held);
  const Id entry_class = heap.dump.Class("java.util.WeakHashMap$Entry")
                             .Super(heap.boot.weak_reference)
                             .Field("value", kObject)
                             .Field("next", kObject);
  // Fields: value, next, referent, queue, next, discovered.
  const Id entry =
      heap.dump.Instance(entry_class, {heap.dump.JavaString("/shop"), 0, heap.loaders[0]});
  const Id table = heap.dump.ObjectArray(heap.dump.Class("java.util.WeakHashMap$Entry[]"), {entry});
  const Id map =
      heap.dump.Instance(heap.dump.Class("java.util.WeakHashMap").Field("table", kObject), {table});
  const Id host = heap.dump.Instance(
      heap.App("org.apache.catalina.core.StandardHost").Field("childClassLoaders", kObject), {map});
  heap.App("org.apache.catalina.startup.Bootstrap").Static("daemon", kObject, host);
  const std::vector<Finding> findings = Leaks(heap);
  ASSERT_EQ(findings.size(), 1u);
  const Finding& finding = findings[0];
  EXPECT_TRUE(HasText(
      finding.title,
      "3 class loaders (ParallelWebappClassLoader) of stopped web applications are still held,"
      " with 6 classes"));
  EXPECT_TRUE(HasText(finding.evidence[1], "state.available is false"));
  EXPECT_TRUE(HasLine(finding.evidence, "Applications: /shop."));
  EXPECT_TRUE(HasLine(finding.fix, "contextDestroyed"));
}

TEST(LeakedLoaders, ThreeRunningWebApplicationsAreNormal) {
  TomcatScene heap;
  std::vector<Id> held;
  for (int i = 0; i < 5; ++i) held.push_back(heap.WebApp(heap.started, heap.resources));
  heap.HoldInRegistry(held);
  EXPECT_TRUE(Leaks(heap).empty());
}

// Flink: the loaders of the jobs that run are in the library cache, each behind a wrapper.
struct FlinkScene : LoaderDump {
  FlinkScene() {
    user_class = App("org.apache.flink.util.FlinkUserCodeClassLoader").Super(url_loader_class);
    child_first = App("org.apache.flink.util.ChildFirstClassLoader").Super(user_class);
    wrapper_class =
        App("org.apache.flink.util.FlinkUserCodeClassLoaders$SafetyNetWrapperClassLoader")
            .Super(url_loader_class)
            .Field("inner", kObject);
    const std::string cache =
        "org.apache.flink.runtime.execution.librarycache.BlobLibraryCacheManager";
    App(cache);
    entry_class = App(cache + "$LibraryCacheEntry")
                      .Field("resolvedClassLoader", kObject)
                      .Field("isReleased", kBoolean);
    resolved_class = App(cache + "$ResolvedClassLoader").Field("classLoader", kObject);
  }
  Plugin Job(bool closed, int number) {
    return MakePlugin({.closed = closed,
                       .url = absl::StrFormat("/tmp/blobStore/job_%032x/blob_p-1-2", number),
                       .parent = app_loader},
                      child_first);
  }
  // Fields: inner, ucp, parent, name.
  Id Wrapper(Id inner) { return dump.Instance(wrapper_class, {inner, 0, app_loader, 0}); }
  Id CacheEntry(Id wrapper) {
    return dump.Instance(entry_class, {dump.Instance(resolved_class, {wrapper}), false});
  }
  Id user_class, child_first, wrapper_class, entry_class, resolved_class;
};

TEST(LeakedLoaders, FinishedJobsOfFlink) {
  FlinkScene heap;
  std::vector<Id> held;
  for (int i = 0; i < 8; ++i) held.push_back(heap.ObjectOf(heap.Job(true, i)));
  // A job that runs, and the emptied wrapper of one that has ended.
  const LoaderDump::Plugin running = heap.Job(false, 99);
  held.push_back(heap.ObjectOf(running));
  held.push_back(heap.CacheEntry(heap.Wrapper(running.loader)));
  held.push_back(heap.Wrapper(0));
  heap.HoldInRegistry(held);
  const std::vector<Finding> findings = Leaks(heap);
  ASSERT_EQ(findings.size(), 1u);
  const Finding& finding = findings[0];
  EXPECT_TRUE(
      HasText(finding.title,
              "8 class loaders (ChildFirstClassLoader) of finished jobs are still held, with 24 "
              "classes"));
  EXPECT_TRUE(HasLine(finding.evidence, "Jobs: job_00000000000000000000000000000000 and 7 more."));
  EXPECT_TRUE(HasLine(finding.fix, "registerUserCodeClassLoaderReleaseHookIfAbsent"));
  EXPECT_TRUE(HasText(finding.known_issue, "Debugging Classloading"));
}

TEST(LeakedLoaders, JobsThatRunAreNormal) {
  FlinkScene heap;
  std::vector<Id> held;
  for (int i = 0; i < 12; ++i) {
    const LoaderDump::Plugin job = heap.Job(false, i);
    held.push_back(heap.ObjectOf(job));
    held.push_back(heap.CacheEntry(heap.Wrapper(job.loader)));
  }
  heap.HoldInRegistry(held);
  EXPECT_TRUE(Leaks(heap).empty());
}

TEST(LeakedLoaders, JobsThatAreNotRegisteredAndNotClosedAreInferred) {
  FlinkScene heap;
  std::vector<Id> held;
  for (int i = 0; i < 4; ++i) held.push_back(heap.ObjectOf(heap.Job(false, i)));
  heap.HoldInRegistry(held);
  const std::vector<Finding> findings = Leaks(heap);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].confidence, 80);
  EXPECT_EQ(findings[0].severity, Severity::kMedium);
}

TEST(LeakedLoaders, OneJobThatIsNotRegisteredIsNormal) {
  FlinkScene heap;
  heap.HoldInRegistry({heap.ObjectOf(heap.Job(false, 1)), heap.ObjectOf(heap.Job(false, 2))});
  EXPECT_TRUE(Leaks(heap).empty());
}

TEST(LeakedLoaders, DisposedBundlesOfFelix) {
  LoaderDump heap;
  const Id wiring_class =
      heap.App("org.apache.felix.framework.BundleWiringImpl").Field("m_isDisposed", kBoolean);
  const Id loader_class = heap.App("org.apache.felix.framework.BundleWiringImpl$BundleClassLoader")
                              .Super(heap.boot.class_loader)
                              .Field("m_wiring", kObject);
  std::vector<Id> held;
  for (int i = 0; i < 5; ++i) {
    const Id loader =
        heap.dump.Instance(loader_class, {heap.dump.Instance(wiring_class, {i < 3}), 0, 0});
    held.push_back(heap.dump.Instance(heap.dump.Class("com.bundle.Service").Loader(loader)));
  }
  heap.HoldInRegistry(held);
  const std::vector<Finding> findings = Leaks(heap);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].instances, 3u);
  EXPECT_TRUE(HasText(findings[0].evidence[1], "m_isDisposed is true"));
}

TEST(LeakedLoaders, ReplacedBundlesOfEquinox) {
  LoaderDump heap;
  const Id wiring_class =
      heap.App("org.eclipse.osgi.container.ModuleWiring").Field("isValid", kBoolean);
  const Id delegate_class =
      heap.App("org.eclipse.osgi.internal.loader.BundleLoader").Field("wiring", kObject);
  const Id loader_class = heap.App("org.eclipse.osgi.internal.loader.EquinoxClassLoader")
                              .Super(heap.boot.class_loader)
                              .Field("delegate", kObject);
  std::vector<Id> held;
  for (int i = 0; i < 5; ++i) {
    const Id delegate =
        heap.dump.Instance(delegate_class, {heap.dump.Instance(wiring_class, {i < 2})});
    const Id loader = heap.dump.Instance(loader_class, {delegate, 0, 0});
    held.push_back(heap.dump.Instance(heap.dump.Class("com.bundle.Service").Loader(loader)));
  }
  heap.HoldInRegistry(held);
  const std::vector<Finding> findings = Leaks(heap);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].instances, 3u);
  EXPECT_TRUE(HasText(findings[0].evidence[1], "isValid is false"));
}

// --- generations

TEST(LeakedLoaders, GenerationsOfOnePlace) {
  LoaderDump heap;
  HoldPlugins(heap, 10, 0, {.classes = 5, .url = "/opt/acme/plugin.jar"});
  const std::vector<Finding> findings = Leaks(heap);
  ASSERT_EQ(findings.size(), 1u);
  const Finding& finding = findings[0];
  EXPECT_TRUE(HasText(
      finding.title,
      "10 class loaders (PluginLoader) hold the same classes, 50 classes in all; of generations of "
      "one application at most one is in use"));
  // The application keeps them in a static field of its own: they may be tenants or plug-ins.
  EXPECT_EQ(finding.confidence, 50);
  EXPECT_EQ(finding.severity, Severity::kLow);
}

TEST(LeakedLoaders, AHundredGenerationsAreTooManyTenants) {
  LoaderDump heap;
  HoldPlugins(heap, 100, 0, {.classes = 5, .url = "/opt/acme/plugin.jar"});
  ASSERT_EQ(Leaks(heap).size(), 1u);
  EXPECT_EQ(Leaks(heap)[0].severity, Severity::kHigh);
  EXPECT_GE(Leaks(heap)[0].confidence, 75);
}

TEST(LeakedLoaders, GenerationsWithoutAPlaceNeedEqualClasses) {
  LoaderDump heap;
  HoldPlugins(heap, 6, 0, {.classes = 5});
  ASSERT_EQ(Leaks(heap).size(), 1u);
  EXPECT_EQ(Leaks(heap)[0].confidence, 50);
  EXPECT_EQ(Leaks(heap)[0].severity, Severity::kLow);
  LoaderDump small;
  HoldPlugins(small, 6, 0, {.classes = 3});
  EXPECT_TRUE(Leaks(small).empty());
}

TEST(LeakedLoaders, TwoOrThreeLoadersOfOneClassAreNormal) {
  LoaderDump heap;
  HoldPlugins(heap, 3, 0, {.classes = 50, .url = "/opt/acme/plugin.jar"});
  EXPECT_TRUE(Leaks(heap).empty());
}

TEST(LeakedLoaders, TheSameJarAtDifferentPlacesIsNormal) {
  LoaderDump heap;
  std::vector<Id> held;
  for (int i = 0; i < 8; ++i) {
    held.push_back(heap.ObjectOf(
        heap.MakePlugin({.url = absl::StrCat("/srv/app", i, "/WEB-INF/lib/shared.jar")})));
  }
  heap.HoldInRegistry(held);
  EXPECT_TRUE(Leaks(heap).empty());
}

TEST(LeakedLoaders, PluginsWithDifferentClassesAreNormal) {
  LoaderDump heap;
  std::vector<Id> held;
  for (int i = 0; i < 40; ++i) {
    held.push_back(heap.ObjectOf(
        heap.MakePlugin({.classes = 6, .prefix = absl::StrCat("com.acme.p", i, ".Class")})));
  }
  heap.HoldInRegistry(held);
  EXPECT_TRUE(Leaks(heap).empty());
}

}  // namespace
}  // namespace leaktrail::testing
