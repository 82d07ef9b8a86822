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

// The same where the class of the loader is known; "": it is not in the dump.
std::string LoaderName(hprof::Id loader, absl::string_view class_name);

// True for the names of loaders that live as long as the JVM: "boot", "platform", "app".
bool IsPermanentLoader(absl::string_view name);

}  // namespace leaktrail::analyses
