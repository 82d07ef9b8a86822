// The routes by which loaders are held, one scene each, the fields as a JDK has them.
#include <functional>

#include "gtest/gtest.h"
#include "tests/analyses/has_text.h"
#include "tests/analyses/loader_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::Finding;

struct RouteScene {
  const char* name;
  // Holds an object of a plugin, or its loader.
  std::function<void(LoaderDump&, Id object, Id loader)> hold;
  const char* phrase;
  const char* cut;
  const char* fix;
};

Id ThreadWith(LoaderDump& heap, Id context_loader, Id thread_locals) {
  const Id name = heap.dump.JavaString("pool-3-thread-7");
  return heap.dump.Instance(heap.boot.thread, {name, context_loader, thread_locals});
}

void HoldByThreadLocal(LoaderDump& heap, Id object, Id) {
  DumpBuilder& dump = heap.dump;
  const Id map_class = dump.Class("java.lang.ThreadLocal$ThreadLocalMap").Field("table", kObject);
  const Id entry_class =
      dump.Class("java.lang.ThreadLocal$ThreadLocalMap$Entry").Field("value", kObject);
  const Id table = dump.ObjectArray(dump.Class("java.lang.ThreadLocal$ThreadLocalMap$Entry[]"),
                                    {dump.Instance(entry_class, {object})});
  dump.Thread(ThreadWith(heap, 0, dump.Instance(map_class, {table})));
}

void HoldByContextLoader(LoaderDump& heap, Id, Id loader) {
  heap.dump.Thread(ThreadWith(heap, loader, 0));
}

void HoldByShutdownHook(LoaderDump& heap, Id object, Id) {
  const Id thread_class = heap.dump.Class("java.util.Hook").Field("task", kObject);
  heap.dump.Class("java.lang.ApplicationShutdownHooks")
      .Static("hooks", kObject, heap.MapOfValues({heap.dump.Instance(thread_class, {object})}))
      .Sticky();
}

void HoldByDriver(LoaderDump& heap, Id object, Id) {
  const Id info = heap.dump.Class("java.sql.DriverInfo").Field("driver", kObject);
  heap.dump.Class("java.sql.DriverManager")
      .Static("registeredDrivers", kObject, heap.List({heap.dump.Instance(info, {object})}))
      .Sticky();
}

void HoldByMBean(LoaderDump& heap, Id object, Id) {
  const Id named = heap.dump.Class("com.sun.jmx.mbeanserver.NamedObject").Field("object", kObject);
  const Id repository_class =
      heap.dump.Class("com.sun.jmx.mbeanserver.Repository").Field("domainTb", kObject);
  const Id domains = heap.MapOfValues({heap.MapOfValues({heap.dump.Instance(named, {object})})});
  heap.dump.Class("java.lang.management.ManagementFactory")
      .Static("platformMBeanServer", kObject, heap.dump.Instance(repository_class, {domains}))
      .Sticky();
}

void HoldByTimer(LoaderDump& heap, Id object, Id) {
  const Id queue_class = heap.dump.Class("java.util.TaskQueue").Field("queue", kObject);
  const Id tasks = heap.dump.ObjectArray(heap.boot.object_array, {object});
  const Id thread_class =
      heap.dump.Class("java.util.TimerThread").Super(heap.boot.thread).Field("queue", kObject);
  heap.dump.Thread(
      heap.dump.Instance(thread_class, {heap.dump.Instance(queue_class, {tasks}), 0, 0, 0}));
}

void HoldByExecutor(LoaderDump& heap, Id object, Id) {
  const Id pool_class =
      heap.dump.Class("java.util.concurrent.ThreadPoolExecutor").Field("threadFactory", kObject);
  const Id pool = heap.dump.Instance(pool_class, {object});
  const Id worker_class =
      heap.dump.Class("java.util.concurrent.ThreadPoolExecutor$Worker").Field("this$0", kObject);
  const Id thread_class =
      heap.dump.Class("java.util.WorkerThread").Super(heap.boot.thread).Field("target", kObject);
  heap.dump.Thread(
      heap.dump.Instance(thread_class, {heap.dump.Instance(worker_class, {pool}), 0, 0, 0}));
}

void HoldByAccessControl(LoaderDump& heap, Id, Id loader) {
  DumpBuilder& dump = heap.dump;
  const Id domain_class =
      dump.Class("java.security.ProtectionDomain").Field("classloader", kObject);
  const Id context_class =
      dump.Class("java.security.AccessControlContext").Field("context", kObject);
  const Id domains = dump.ObjectArray(dump.Class("java.security.ProtectionDomain[]"),
                                      {dump.Instance(domain_class, {loader})});
  const Id thread_class = dump.Class("java.lang.OldThread")
                              .Super(heap.boot.thread)
                              .Field("inheritedAccessControlContext", kObject);
  dump.Thread(dump.Instance(thread_class, {dump.Instance(context_class, {domains}), 0, 0, 0}));
}

void HoldByRunningThread(LoaderDump& heap, Id object, Id) {
  const Id thread_class =
      heap.dump.Class("java.lang.TaskThread").Super(heap.boot.thread).Field("target", kObject);
  heap.dump.Thread(
      heap.dump.Instance(thread_class, {object, heap.dump.JavaString("pool-3-thread-7"), 0, 0}));
}

void HoldByLocal(LoaderDump& heap, Id object, Id) {
  heap.App("com.acme.Server");
  heap.dump.Thread(ThreadWith(heap, 0, 0))
      .Frame("com.acme.Server", "run", "Server.java", 9)
      .Local(object);
}

void HoldByJni(LoaderDump& heap, Id object, Id) { heap.dump.JniGlobalRoot(object); }

void HoldByStatic(LoaderDump& heap, Id object, Id) {
  heap.App("com.acme.Types").Static("cache", kObject, heap.MapOfValues({object}));
}

void HoldByExceptionHandler(LoaderDump& heap, Id object, Id) {
  const Id thread_class = heap.dump.Class("java.lang.OldThread")
                              .Super(heap.boot.thread)
                              .Field("uncaughtExceptionHandler", kObject);
  heap.dump.Thread(heap.dump.Instance(thread_class, {object, 0, 0, 0}));
}

void HoldByCommonsLogging(LoaderDump& heap, Id, Id loader) {
  heap.App("org.apache.commons.logging.LogFactory")
      .Static("factories", kObject, heap.Map({{loader, 0}}));
}

void HoldByLogger(LoaderDump& heap, Id object, Id) {
  const Id logger = heap.dump.Class("java.util.logging.Logger").Field("handlers", kObject);
  heap.App("com.acme.Logs")
      .Static("root", kObject, heap.dump.Instance(logger, {heap.List({object})}));
}

void HoldByRmi(LoaderDump& heap, Id, Id loader) {
  const Id target = heap.dump.Class("sun.rmi.transport.Target").Field("ccl", kObject);
  heap.dump.Class("sun.rmi.transport.ObjectTable")
      .Static("objTable", kObject, heap.MapOfValues({heap.dump.Instance(target, {loader})}))
      .Sticky();
}

void HoldByClassValue(LoaderDump& heap, Id object, Id) {
  const Id entry = heap.dump.Class("java.lang.ClassValue$Entry").Field("value", kObject);
  heap.dump.Class("java.lang.ClassValue$ClassValueMap").Super(heap.map_class);
  heap.dump.JniGlobalRoot(heap.dump.Instance(entry, {object}));
}

const RouteScene kScenes[] = {
    {"ThreadLocal", HoldByThreadLocal, "a ThreadLocal",
     "ThreadLocalMap[value] -> com.acme.plugin.Class0", "ThreadLocal.remove()"},
    {"ContextLoader", HoldByContextLoader, "the context class loader of a thread",
     "contextClassLoader -> com.acme.PluginLoader", "Set the context class loader"},
    {"ShutdownHook", HoldByShutdownHook, "a shutdown hook", "task -> com.acme.plugin.Class0",
     "removeShutdownHook"},
    {"Driver", HoldByDriver, "DriverManager.registeredDrivers", "driver -> com.acme.plugin.Class0",
     "deregisterDriver"},
    {"MBean", HoldByMBean, "an MBean", "object -> com.acme.plugin.Class0", "unregisterMBean"},
    {"Timer", HoldByTimer, "a java.util.Timer", "TaskQueue[x] -> com.acme.plugin.Class0",
     "Cancel the Timer"},
    {"Executor", HoldByExecutor, "an executor's thread factory",
     "threadFactory -> com.acme.plugin.Class0", "Shut the executor down"},
    {"AccessControl", HoldByAccessControl, "the AccessControlContext of a thread",
     "classloader -> com.acme.PluginLoader", "AccessController.doPrivileged"},
    {"RunningThread", HoldByRunningThread, "a running thread pool-#-thread-#",
     "target -> com.acme.plugin.Class0", "Stop the threads"},
    {"Local", HoldByLocal, "a local variable of Server.run(Server.java:9)",
     "<local> in Server.run(Server.java:9) -> com.acme.plugin.Class0", "still running"},
    {"JniGlobal", HoldByJni, "a JNI global reference", " -> com.acme.plugin.Class0", "Native code"},
    {"Static", HoldByStatic, "the static field Types.cache",
     "HashMap[value] -> com.acme.plugin.Class0", "from Types.cache when it stops"},
    {"ExceptionHandler", HoldByExceptionHandler, "the uncaught exception handler of a thread",
     "uncaughtExceptionHandler -> com.acme.plugin.Class0", "Set it back"},
    {"CommonsLogging", HoldByCommonsLogging, "LogFactory.factories",
     "HashMap[key] -> com.acme.PluginLoader", "LogFactory.release"},
    {"Logger", HoldByLogger, "a java.util.logging Logger", "ArrayList[x] -> com.acme.plugin.Class0",
     "Remove the application's handlers"},
    {"Rmi", HoldByRmi, "an exported RMI object", "ccl -> com.acme.PluginLoader", "Unexport"},
    {"ClassValue", HoldByClassValue, "a ClassValue", "value -> com.acme.plugin.Class0",
     "ClassValue.remove"},
};

class LoaderRoutes : public ::testing::TestWithParam<RouteScene> {};

TEST_P(LoaderRoutes, IsNamedWithTheReferenceToCut) {
  const RouteScene& scene = GetParam();
  LoaderDump heap;
  const LoaderDump::Plugin plugin = heap.MakePlugin({.closed = true});
  scene.hold(heap, heap.ObjectOf(plugin), plugin.loader);
  const std::vector<Finding> findings = FindingsOf(heap.Analyze(), "loaders.leaked");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].evidence[0], absl::StrCat("Held: ", scene.phrase, "."));
  EXPECT_EQ(CutOf(findings[0]), scene.cut);
  EXPECT_TRUE(HasText(findings[0].fix[0], scene.fix));
}

INSTANTIATE_TEST_SUITE_P(All, LoaderRoutes, ::testing::ValuesIn(kScenes),
                         [](const auto& scene) { return std::string(scene.param.name); });

TEST(LoaderRoutesTogether, AreCounted) {
  LoaderDump heap;
  std::vector<Id> in_list;
  for (int i = 0; i < 5; ++i) {
    const LoaderDump::Plugin plugin = heap.MakePlugin({.closed = true});
    const Id object = heap.ObjectOf(plugin);
    if (i < 3)
      in_list.push_back(object);
    else
      heap.dump.Thread(ThreadWith(heap, plugin.loader, 0));
  }
  heap.HoldInRegistry(in_list);
  const std::vector<Finding> findings = FindingsOf(heap.Analyze(), "loaders.leaked");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].evidence[0],
            "Held: 3 by the static field Registryplugins.plugins, 2 by the context class loader of "
            "a thread.");
  EXPECT_TRUE(HasLine(findings[0].fix, "For the context class loader of a thread: "));
}

}  // namespace
}  // namespace leaktrail::testing
