#include "analyses/loader_routes.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "analyses/instances.h"
#include "analyses/loader_names.h"
#include "analyses/text.h"
#include "analyses/thread_names.h"

namespace leaktrail::analyses {

using graph::ClassIndex;
using graph::NamedReference;
using graph::ObjectIndex;
using graph::Snapshot;

namespace {

// The first row that fits a reference of the path: the more a route says, the further up it is.
struct RouteRow {
  // Suffix of the class whose field it is; "class X" for a static of X, "*Pool" for any class whose
  // name ends so, "*" for any.
  absl::string_view owner;
  absl::string_view field;  // "" for any
  absl::string_view phrase;
  absl::string_view fix;
  RouteKind kind = RouteKind::kOther;
};

constexpr absl::string_view kShutdownFix =
    "Remove the hook (Runtime.removeShutdownHook) when the application stops, or let the server "
    "register it.";
constexpr absl::string_view kThreadLocalFix =
    "Call ThreadLocal.remove() in a finally block; the threads of the pool outlive the "
    "application.";
constexpr absl::string_view kExecutorFix =
    "Shut the executor down (and wait for its threads) when the application stops.";
constexpr absl::string_view kTimerFix = "Cancel the Timer when the application stops.";
constexpr absl::string_view kAccessFix =
    "Start long-lived threads from the server, or inside AccessController.doPrivileged with a "
    "context without the application's protection domain.";
constexpr absl::string_view kContextLoaderFix =
    "Set the context class loader of long-lived threads to the server's, and stop the threads that "
    "the application starts when it stops.";
constexpr absl::string_view kHandlerFix =
    "Set it back to null (or to what it was) when the application stops.";

// Fields read with javap from JDK 17 and 25, or from the libraries; most routes seen in dumps.
constexpr RouteRow kRoutes[] = {
    {"class java.lang.ApplicationShutdownHooks", "hooks", "a shutdown hook", kShutdownFix},
    {"class java.sql.DriverManager", "registeredDrivers", "DriverManager.registeredDrivers",
     "Deregister the JDBC driver (DriverManager.deregisterDriver) when the application stops, or "
     "load it from the server's own lib directory, once."},
    {"com.sun.jmx.mbeanserver.Repository", "domainTb", "an MBean",
     "Unregister its MBeans (MBeanServer.unregisterMBean) when the application stops."},
    {"*", "threadLocals", "a ThreadLocal", kThreadLocalFix},
    {"*", "inheritableThreadLocals", "an inheritable ThreadLocal", kThreadLocalFix},
    {"java.util.TimerThread", "queue", "a java.util.Timer", kTimerFix},
    {"java.util.Timer", "queue", "a java.util.Timer", kTimerFix},
    {"*", "inheritedAccessControlContext", "the AccessControlContext of a thread", kAccessFix},
    {"*ThreadPoolExecutor", "workQueue", "the queue of an executor", kExecutorFix},
    {"*ThreadPoolExecutor", "threadFactory", "an executor's thread factory", kExecutorFix},
    {"*ThreadPoolExecutor", "handler", "an executor's rejection handler", kExecutorFix},
    {"java.util.concurrent.ThreadPoolExecutor$Worker", "firstTask", "a task of an executor",
     kExecutorFix},
    {"java.util.concurrent.ForkJoinWorkerThread", "contextClassLoader",
     "the context class loader of a fork-join thread", kContextLoaderFix,
     RouteKind::kContextLoader},
    {"sun.rmi.transport.Target", "", "an exported RMI object",
     "Unexport its remote objects (UnicastRemoteObject.unexportObject) when the application "
     "stops."},
    {"class sun.rmi.transport.ObjectTable", "", "an exported RMI object",
     "Unexport its remote objects (UnicastRemoteObject.unexportObject) when the application "
     "stops."},
    {"class org.apache.commons.logging.LogFactory", "factories", "LogFactory.factories",
     "Call LogFactory.release(loader) when the application stops."},
    {"java.util.logging.Logger", "", "a java.util.logging Logger",
     "Remove the application's handlers, filters and levels from loggers that outlive it."},
    {"java.util.logging.Logger$ConfigurationData", "", "a java.util.logging Logger",
     "Remove the application's handlers, filters and levels from loggers that outlive it."},
    {"class java.util.logging.Level$KnownLevel", "", "a java.util.logging Level of its own",
     "A Level subclass stays registered for ever before JDK 11: upgrade, or use the standard "
     "levels."},
    {"class java.util.ResourceBundle", "cacheList", "the cache of ResourceBundle",
     "Call ResourceBundle.clearCache(loader) when the application stops."},
    {"java.lang.ClassValue$ClassValueMap", "", "a ClassValue",
     "Call ClassValue.remove for the classes of the server when the application stops."},
    {"java.lang.ClassValue$Entry", "value", "a ClassValue",
     "Call ClassValue.remove for the classes of the server when the application stops."},
    {"java.beans.ThreadGroupContext", "", "the bean info cache of Introspector",
     "Call Introspector.flushCaches() when the application stops."},
    {"class sun.security.jca.Providers", "", "a security provider",
     "Remove the provider (Security.removeProvider) when the application stops."},
    {"class java.net.ProxySelector", "theProxySelector", "ProxySelector.setDefault", kHandlerFix},
    {"class java.net.Authenticator", "theAuthenticator", "Authenticator.setDefault", kHandlerFix},
    {"class java.net.URL", "factory", "URL.setURLStreamHandlerFactory",
     "The factory can be set once per JVM: let the server set it."},
    {"class java.net.URL", "handlers", "the cache of URL stream handlers",
     "Let the server provide the protocol's handler."},
    {"class java.lang.Thread", "defaultUncaughtExceptionHandler",
     "Thread.setDefaultUncaughtExceptionHandler", kHandlerFix},
    {"*", "uncaughtExceptionHandler", "the uncaught exception handler of a thread", kHandlerFix},
    {"sun.management.NotificationEmitterSupport", "listenerList", "a listener of a platform MXBean",
     "Remove the notification listener when the application "
     "stops."},
    {"javax.management.NotificationBroadcasterSupport", "listenerList", "a listener of an MBean",
     "Remove the notification listener when the application stops."},
    {"sun.net.www.http.KeepAliveCache", "keepAliveTimer", "the HTTP keep-alive thread",
     kContextLoaderFix},
    {"*", "contextClassLoader", "the context class loader of a thread", kContextLoaderFix,
     RouteKind::kContextLoader},
};

bool OwnerMatches(absl::string_view owner, absl::string_view pattern) {
  if (pattern == "*") return true;
  if (absl::ConsumePrefix(&pattern, "*")) return absl::EndsWith(owner, pattern);
  if (absl::StartsWith(pattern, "class ")) return owner == pattern;
  return HasSuffix(owner, pattern);
}

const RouteRow* FindRow(const DescribedPath& path) {
  for (const RouteRow& row : kRoutes) {
    for (std::size_t i = 1; i < path.steps.size(); ++i) {
      const std::string& field = path.steps[i].field;
      if (field.empty() || (!row.field.empty() && field != row.field)) continue;
      if (OwnerMatches(path.steps[i - 1].step.class_name, row.owner)) return &row;
    }
  }
  return nullptr;
}

Route ThreadRoute(const Snapshot& snapshot, const DescribedPath& path) {
  const DescribedStep& first = path.steps.front();
  std::string name = KnownThreadName(snapshot, first.object);
  if (name.empty() && !IsPlatformClass(first.step.class_name)) {
    name = absl::StrCat("(", SimpleName(first.step.class_name), ")");
  }
  return {absl::StrCat("a running thread", name.empty() ? "" : " ", name),
          "Stop the threads that the application started (interrupt and join them, close what owns "
          "them) when it stops.",
          RouteKind::kRunningThread};
}

Route LocalRoute(const DescribedStep& step) {
  absl::string_view frame = step.step.edge;
  absl::ConsumePrefix(&frame, "<local> in ");
  return {absl::StrCat("a local variable of ", frame),
          "The method is still running: let it end when the application stops."};
}

Route StaticRoute(const DescribedStep& owner, const DescribedStep& step) {
  const std::string name = absl::StrCat(
      SimpleName(absl::StripPrefix(absl::string_view(owner.step.class_name), "class ")), ".",
      step.field);
  return {absl::StrCat("the static field ", name),
          absl::StrCat("Remove the application's entries from ", name,
                       " when it stops, hold them weakly, or load that class with the "
                       "application."),
          RouteKind::kStaticField};
}

}  // namespace

Route RouteOf(const Snapshot& snapshot, const DescribedPath& path) {
  if (path.steps.empty()) return {"nothing that the dump shows", ""};
  if (const RouteRow* row = FindRow(path); row != nullptr) {
    return {std::string(row->phrase), std::string(row->fix), row->kind};
  }
  for (const DescribedStep& step : path.steps) {
    if (step.kind == NamedReference::Kind::kLocal) return LocalRoute(step);
  }
  if (snapshot.ThreadOf(path.steps.front().object) != nullptr) return ThreadRoute(snapshot, path);
  for (std::size_t i = path.steps.size(); i-- > 1;) {
    const DescribedStep& step = path.steps[i];
    const bool is_static = step.kind == NamedReference::Kind::kStatic && !step.field.empty();
    if (is_static) return StaticRoute(path.steps[i - 1], step);
  }
  if (path.root == "JNI global") {
    return {"a JNI global reference",
            "Native code or an agent holds it: look for the library that creates the reference."};
  }
  if (path.steps.size() == 1 && path.root == graph::Name(graph::RootKind::kAssumed)) {
    return {"what is missing from the dump", "Take a whole dump: it shows the reference to cut."};
  }
  return {absl::StrCat("a ", SimpleName(path.steps.front().step.class_name), " (",
                       path.root.empty() ? "no GC root" : path.root, ")"),
          "Cut the marked reference when the application stops."};
}

DescribedPath DescribeEntry(const Snapshot& snapshot, const std::vector<ObjectIndex>& path) {
  std::size_t begin = 0;
  std::string loader_name;
  for (std::size_t i = path.size() - 1; i-- > 0;) {  // the end is the loader's own
    const ClassIndex c = snapshot.MirroredClass(path[i]);
    if (!c.valid()) continue;
    std::string name = LoaderName(snapshot, snapshot.classes()[c].loader);
    if (!IsPermanentLoader(name)) continue;
    begin = i;
    loader_name = std::move(name);
    break;
  }
  DescribedPath described = Describe(snapshot, std::span(path).subspan(begin));
  if (described.root.empty() && !loader_name.empty()) {
    described.root = absl::StrCat(loader_name, " class loader");
  }
  if (described.steps.empty()) return described;
  DescribedStep& last = described.steps.back();
  last.step.cut_here =
      described.steps.size() > 1 || described.root != graph::Name(graph::RootKind::kAssumed);
  const ObjectIndex end = path.back();
  const ClassIndex mirrored = snapshot.MirroredClass(end);
  const ClassIndex c = mirrored.valid() ? mirrored : snapshot.ClassOf(end);
  const ObjectIndex loader = snapshot.LoaderOf(c);
  if (loader.valid() && last.step.detail.empty()) {
    last.step.detail = absl::StrCat("loaded by ", SimpleName(NodeName(snapshot, loader)));
  }
  return described;
}

}  // namespace leaktrail::analyses
