#include "analyses/known_holders.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

// Fields read with javap from JDK 17 and 25; the routes seen in dumps of both.
constexpr KnownHolder kHolders[] = {
    {"com.sun.jmx.mbeanserver.Repository", "domainTb", HolderKind::kRegistry, "the MBean server",
     "Whatever registers an MBean has to unregister it (MBeanServer.unregisterMBean). Libraries do "
     "both themselves, the second in close(): find where the owner of these objects is created and "
     "close it, in a finally block or with try-with-resources."},
    {"class java.lang.ApplicationShutdownHooks", "hooks", HolderKind::kRegistry,
     "the list of shutdown hooks",
     "A shutdown hook and all it refers to stay until the JVM ends: register one for the whole "
     "program instead of one per object, or call Runtime.removeShutdownHook when the object is "
     "done."},
    {"class java.io.DeleteOnExitHook", "files", HolderKind::kRegistry,
     "the list of File.deleteOnExit",
     "File.deleteOnExit keeps every path until the JVM ends, also when the file is gone: delete "
     "temporary files when they are done with, and do not call deleteOnExit for each."},
    {"class java.sql.DriverManager", "registeredDrivers", HolderKind::kRegistry,
     "the registry of JDBC drivers",
     "Deregister a driver (DriverManager.deregisterDriver) when its application stops, or put the "
     "driver's jar where the server itself loads it once."},
    {"java.beans.PropertyChangeSupport", "map", HolderKind::kRegistry,
     "the list of property change listeners",
     "Call removePropertyChangeListener when the listener is done."},
    {"java.util.Observable", "obs", HolderKind::kRegistry, "the list of observers",
     "Call deleteObserver when the observer is done."},
    {"java.util.concurrent.ThreadPoolExecutor", "workQueue", HolderKind::kBacklog,
     "the queue of a ThreadPoolExecutor",
     "More tasks come in than the pool gets done. See what its threads are doing (blocked? waiting "
     "for a lock or a slow service?); give the queue a capacity and the pool a rejection policy, "
     "so "
     "that the pressure reaches the producer."},
    {"java.util.concurrent.ScheduledThreadPoolExecutor", "workQueue", HolderKind::kScheduled,
     "the queue of a ScheduledThreadPoolExecutor",
     "A periodic task never ends by itself: keep its ScheduledFuture, and cancel it when what it "
     "serves is done; with setRemoveOnCancelPolicy(true), else it stays until its time comes."},
    {"java.util.TimerThread", "queue", HolderKind::kScheduled, "the queue of a java.util.Timer",
     "A task stays until its time comes, and a periodic one for ever: call TimerTask.cancel and "
     "Timer.purge when what it serves is done."},
    {"java.util.Timer", "queue", HolderKind::kScheduled, "the queue of a java.util.Timer",
     "A task stays until its time comes, and a periodic one for ever: call TimerTask.cancel and "
     "Timer.purge when what it serves is done."},
    {"java.lang.Thread", "threadLocals", HolderKind::kThreadLocal, "thread-local variables",
     "Call ThreadLocal.remove() in a finally block at the end of each request or task: the threads "
     "of a pool do not end, and neither do their values."},
    {"java.lang.Thread", "inheritableThreadLocals", HolderKind::kThreadLocal,
     "inheritable thread-local variables",
     "Call ThreadLocal.remove() in a finally block, and do not start the threads of a pool where "
     "inheritable values are set: they keep what was set at that time."},
    {"class java.lang.ref.Finalizer", "unfinalized", HolderKind::kFinalizer, "the finalizer list",
     "Close these objects explicitly, and see what the Finalizer thread is doing."},
    {"class java.lang.ref.Finalizer", "queue", HolderKind::kFinalizer, "the finalizer queue",
     "The Finalizer thread is behind or stuck: see what it is doing, and close these objects "
     "explicitly so that they need no finalizer."},
};

// A thread of a subclass holds its thread locals just the same: for those the field alone counts.
bool Matches(const KnownHolder& holder, const DescribedStep& owner, const DescribedStep& step) {
  if (step.field != holder.field) return false;
  if (owner.step.class_name == holder.owner) return true;
  return holder.kind == HolderKind::kThreadLocal &&
         absl::StrContains(step.step.class_name, "ThreadLocal$ThreadLocalMap");
}

bool ContainsAny(absl::string_view text, absl::string_view words) {
  for (absl::string_view word : absl::StrSplit(words, ' ')) {
    if (absl::StrContains(text, word)) return true;
  }
  return false;
}

}  // namespace

KnownStep FindKnownHolder(const std::vector<DescribedStep>& steps, int end) {
  for (int i = std::min(end, static_cast<int>(steps.size())) - 1; i > 0; --i) {
    for (const KnownHolder& holder : kHolders) {
      if (Matches(holder, steps[i - 1], steps[i])) return {i, &holder};
    }
  }
  return {};
}

NameHint HintOf(absl::string_view holder) {
  const std::string name = absl::AsciiStrToLower(holder);
  if (ContainsAny(name, "listener observer subscriber callback watcher")) {
    return NameHint::kListeners;
  }
  if (ContainsAny(name, "queue pending backlog outbox inbox buffer")) return NameHint::kQueue;
  if (ContainsAny(name, "session")) return NameHint::kSessions;
  if (ContainsAny(name, "metric meter gauge")) return NameHint::kMetrics;
  return NameHint::kNone;
}

std::vector<std::string> FixFor(NameHint hint, absl::string_view element) {
  switch (hint) {
    case NameHint::kListeners:
      return {absl::StrCat("Remove each ", element,
                           " when what it serves is done (unsubscribe in close() or stop()), or "
                           "hold it weakly.")};
    case NameHint::kQueue:
      return {
          "More comes in than is taken out: give it a capacity (so that producers wait or are "
          "turned away), and find out why the consumer is slow or has stopped."};
    case NameHint::kSessions:
      return {"Let sessions expire, and remove them at logout."};
    case NameHint::kMetrics:
      return {
          "Bound the values that names and tags are made of: an id in a metric name or tag makes "
          "one metric per id."};
    case NameHint::kNone:
      break;
  }
  return {
      "If it is a cache, bound it by size or age (Caffeine, Guava, or LinkedHashMap with "
      "removeEldestEntry). If it is bookkeeping, remove the entry where the work for it ends.",
      "If all of this is needed at once, it is no leak: give the heap room for it."};
}

}  // namespace leaktrail::analyses
