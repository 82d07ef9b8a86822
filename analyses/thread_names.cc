#include "analyses/thread_names.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "graph/notes.h"

namespace leaktrail::analyses {
namespace {

// '#' stands for digits. A trailing '*' stands for anything and is shown as "...".
constexpr absl::string_view kPatterns[] = {
    // HotSpot and the JDK
    "main",
    "Reference Handler",
    "Finalizer",
    "Signal Dispatcher",
    "Common-Cleaner",
    "Attach Listener",
    "Notification Thread",
    "Service Thread",
    "Monitor Deflation Thread",
    "DestroyJavaVM",
    "process reaper",
    "C# CompilerThread#",
    "Sweeper thread",
    "GC Daemon",
    "Java#D Disposer",
    "Keep-Alive-Timer",
    "Keep-Alive-SocketCleaner",
    "FileSystemWatcher",
    "CompletableFutureDelayScheduler",
    "VirtualThread-unparker",
    "VirtualThread-unblocker",
    "MasterPoller",
    "Read-Poller",
    "Write-Poller",
    "JVMCI Native Library*",
    "Surrogate Locker*",
    "Thread-#",
    "Timer-#",
    "pool-#-thread-#",
    "ForkJoinPool-#-worker-#",
    "ForkJoinPool.commonPool-worker-#",
    "HttpClient-#-SelectorManager",
    "HttpClient-#-Worker-#",
    "HTTP-Dispatcher",
    "server-timer",
    "JFR Recorder Thread",
    "JFR Periodic Tasks",
    "RMI Reaper",
    "RMI RenewClean*",
    "RMI Scheduler(#)",
    "RMI TCP Accept-#",
    "RMI TCP Connection*",
    "JMX server connection timeout #",
    "RefProc*",
    // servers and frameworks
    "http-nio-#-exec-#",
    "http-nio-#-Acceptor",
    "http-nio-#-Acceptor-#",
    "http-nio-#-Poller",
    "http-nio-#-ClientPoller-#",
    "http-bio-#-exec-#",
    "http-apr-#-exec-#",
    "https-jsse-nio-#-exec-#",
    "ajp-nio-#-exec-#",
    "Catalina-utility-#",
    "container-#",
    "ContainerBackgroundProcessor*",
    "NioBlockingSelector.BlockPoller-#",
    "qtp#-#",
    "XNIO-# task-#",
    "XNIO-# I/O-#",
    "default task-#",
    "task-#",
    "scheduling-#",
    "SimpleAsyncTaskExecutor-#",
    "taskExecutor-#",
    "nioEventLoopGroup-#-#",
    "epollEventLoopGroup-#-#",
    "defaultEventExecutorGroup-#-#",
    "globalEventExecutor-#-#",
    "reactor-http-nio-#",
    "reactor-http-epoll-#",
    "parallel-#",
    "boundedElastic-#",
    "single-#",
    "elastic-#",
    "lettuce-nioEventLoop-#-#",
    "lettuce-epollEventLoop-#-#",
    "lettuce-eventExecutorLoop-#-#",
    "RxComputationThreadPool-#",
    "RxCachedThreadScheduler-#",
    "vert.x-eventloop-thread-#",
    "vert.x-worker-thread-#",
    "executor-thread-#",
    "grpc-default-executor-#",
    "grpc-default-worker-ELG-#-#",
    "OkHttp Dispatcher",
    "OkHttp ConnectionPool",
    "Okio Watchdog",
    "idle-connection-reaper",
    "HikariPool-# housekeeper",
    "HikariPool-#:housekeeper",
    "HikariPool-# connection adder",
    "mysql-cj-abandoned-connection-cleanup",
    "Abandoned connection cleanup thread",
    "PostgreSQL-JDBC-Cleaner",
    "kafka-producer-network-thread*",
    "kafka-coordinator-heartbeat-thread*",
    "kafka-admin-client-thread*",
    "quartzScheduler_Worker-#",
    "DefaultQuartzScheduler_Worker-#",
    "AsyncAppender-Worker*",
    "logback-#",
    "Log#j#*",
    "Executor task launch worker*",
    "shuffle-client-#-#",
    "rpc-server-#-#",
    "dispatcher-event-loop-#",
    "flink-akka.actor.default-dispatcher-#",
    "flink-pekko.actor.default-dispatcher-#",
    "elasticsearch[*",
    "SpringContextShutdownHook",
    "SpringApplicationShutdownHook",
};

std::string FoldDigits(absl::string_view name) {
  std::string folded;
  for (char c : name) {
    const bool digit = absl::ascii_isdigit(static_cast<unsigned char>(c));
    if (!digit) folded.push_back(c);
    if (digit && (folded.empty() || folded.back() != '#')) folded.push_back('#');
  }
  return folded;
}

}  // namespace

std::string KnownThreadPattern(absl::string_view name) {
  std::string folded = FoldDigits(name);
  for (absl::string_view pattern : kPatterns) {
    if (pattern == folded) return folded;
    if (absl::ConsumeSuffix(&pattern, "*") && absl::StartsWith(folded, pattern)) {
      return std::string(pattern) + "...";
    }
  }
  return "";
}

std::string ThreadName(const graph::Snapshot& snapshot, graph::ObjectIndex thread) {
  constexpr std::size_t kMaxBytes = 200;
  const graph::ObjectIndex name = snapshot.FieldReference(thread, "name");
  if (!name.valid()) return "";
  return snapshot.StringValue(name, kMaxBytes).value_or("");
}

std::string KnownThreadName(const graph::Snapshot& snapshot, graph::ObjectIndex thread) {
  if (!snapshot.holds_values()) return snapshot.notes()->TextOf(thread);
  return KnownThreadPattern(ThreadName(snapshot, thread));
}

}  // namespace leaktrail::analyses
