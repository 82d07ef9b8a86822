#include "analyses/resource_names.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

// Names as in JDK 17, where not said otherwise.
constexpr absl::string_view kPlatform[] = {
    "java.io.FileInputStream",
    "java.io.FileOutputStream",
    "java.io.RandomAccessFile",
    "java.lang.Thread",
    "java.net.DatagramSocket",
    "java.net.ServerSocket",
    "java.net.Socket",
    "java.net.SocksSocketImpl",
    "java.net.URLClassLoader",
    "java.util.Timer",
    "java.util.TimerThread",
    "java.util.concurrent.ForkJoinPool",
    "java.util.concurrent.ScheduledThreadPoolExecutor",
    "java.util.concurrent.ThreadPoolExecutor",
    "java.util.jar.JarFile",
    "java.util.logging.FileHandler",
    "java.util.zip.Deflater",
    "java.util.zip.Inflater",
    "java.util.zip.ZipFile",
    "jdk.internal.net.http.HttpClientImpl",
    "sun.nio.ch.DatagramChannelImpl",
    "sun.nio.ch.EPollArrayWrapper",  // JDK 8
    "sun.nio.ch.EPollSelectorImpl",
    "sun.nio.ch.FileChannelImpl",
    "sun.nio.ch.KQueueSelectorImpl",
    "sun.nio.ch.NioSocketImpl",
    "sun.nio.ch.PollSelectorImpl",
    "sun.nio.ch.ServerSocketChannelImpl",
    "sun.nio.ch.SocketChannelImpl",
    "sun.nio.ch.WEPollSelectorImpl",
    "sun.nio.ch.WindowsSelectorImpl",
    "sun.security.ssl.SSLContextImpl$TLSContext",
    "sun.security.ssl.SSLEngineImpl",
    "sun.security.ssl.SSLSocketImpl",
};
static_assert(std::is_sorted(std::begin(kPlatform), std::end(kPlatform)));

// The last word of the name of a class that is opened and closed. Not "Session", "Buffer" or
// "Stream": those are as often data.
constexpr absl::string_view kWords[] = {
    "Allocator", "Arena",    "Channel",   "Client",   "Connection", "Consumer",    "Coordinator",
    "Database",  "Engine",   "EventLoop", "Executor", "Fetcher",    "Metrics",     "Pool",
    "Producer",  "Receiver", "Registry",  "Reporter", "Scheduler",  "Selector",    "Server",
    "Socket",    "Source",   "Thread",    "Timer",    "Transport",  "Transceiver",
};

// "DefaultHttpClientImpl" ends in the word "Client", "Reclient" does not. `name` without package.
bool EndsInWord(absl::string_view name, absl::string_view word) {
  absl::ConsumeSuffix(&name, "Impl");
  return absl::EndsWith(name, word);
}

}  // namespace

bool IsPlatformResource(absl::string_view class_name) {
  return std::binary_search(std::begin(kPlatform), std::end(kPlatform), class_name);
}

bool IsResourceClass(absl::string_view class_name) {
  if (IsPlatformClass(class_name)) return IsPlatformResource(class_name);
  const std::string name = SimpleName(class_name);
  if (absl::StrContains(name, '$') || absl::StrContains(name, '[')) return false;
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](absl::string_view word) { return EndsInWord(name, word); });
}

bool IsPoolClass(absl::string_view class_name) {
  if (class_name == "java.util.concurrent.ThreadPoolExecutor") return true;
  if (IsPlatformClass(class_name)) return false;
  const std::string name = SimpleName(class_name);
  return EndsInWord(name, "Pool") || EndsInWord(name, "ConnectionManager");
}

bool IsNamelessClass(absl::string_view class_name) {
  if (absl::StrContains(class_name, "$$") || absl::StrContains(class_name, "/0x") ||
      absl::StrContains(class_name, "+0x") || absl::StrContains(class_name, "$Proxy")) {
    return true;
  }
  const std::size_t dollar = class_name.rfind('$');
  return dollar != absl::string_view::npos && dollar + 1 < class_name.size() &&
         absl::ascii_isdigit(static_cast<unsigned char>(class_name[dollar + 1]));
}

}  // namespace leaktrail::analyses
