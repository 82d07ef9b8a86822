// Which classes are resources: things that are opened and have to be closed, told by name. Data, in
// resource_names.cc; a missing name only makes a rule more careful.
#pragma once

#include "absl/strings/string_view.h"

namespace leaktrail::analyses {

// True for the classes of the Java platform that stand for something outside of the heap or for a
// thread: selectors, sockets, files, inflaters, executors. Exact names.
bool IsPlatformResource(absl::string_view class_name);

// True for those, and for other top-level classes whose name ends as those of resources do:
// "KafkaConsumer", "NetworkClient", "HikariPool", "RealConnectionImpl".
bool IsResourceClass(absl::string_view class_name);

// True for classes that keep a limited number of others by design: "HikariPool",
// "GenericObjectPool", "java.util.concurrent.ThreadPoolExecutor".
bool IsPoolClass(absl::string_view class_name);

// True for classes without a name of their own: lambdas, proxies, anonymous and generated ones.
bool IsNamelessClass(absl::string_view class_name);

}  // namespace leaktrail::analyses
