// What people call a class loader.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "graph/snapshot.h"
#include "hprof/types.h"

namespace leaktrail::analyses {

// "boot", "platform" (before JDK 9: the extension loader) and "app" for those of the JVM; every
// other one by its class and address: "com.acme.PluginLoader @0x7ff012345". `loader` is the id of
// the loader object as in ClassInfo::loader. Reads the file.
std::string LoaderName(const graph::Snapshot& snapshot, hprof::Id loader);

// True for the names of loaders that live as long as the JVM: "boot", "platform", "app".
bool IsPermanentLoader(absl::string_view name);

}  // namespace leaktrail::analyses
