#include "analyses/loader_names.h"

#include "absl/strings/str_format.h"

namespace leaktrail::analyses {

std::string LoaderName(const graph::Snapshot& snapshot, hprof::Id loader) {
  if (loader == 0) return "boot";
  const graph::ObjectIndex object = snapshot.Find(loader);
  if (!object.valid()) return absl::StrFormat("unknown loader @0x%x", loader);
  const std::string& name = snapshot.classes().Name(snapshot.ClassOf(object));
  if (name == "jdk.internal.loader.ClassLoaders$AppClassLoader" ||
      name == "sun.misc.Launcher$AppClassLoader") {
    return "app";
  }
  if (name == "jdk.internal.loader.ClassLoaders$PlatformClassLoader" ||
      name == "sun.misc.Launcher$ExtClassLoader") {
    return "platform";
  }
  return absl::StrFormat("%s @0x%x", name, loader);
}

bool IsPermanentLoader(absl::string_view name) {
  return name == "boot" || name == "platform" || name == "app";
}

}  // namespace leaktrail::analyses
