#include "analyses/loader_names.h"

#include "absl/strings/str_format.h"

namespace leaktrail::analyses {

std::string LoaderName(const graph::Snapshot& snapshot, hprof::Id loader) {
  const graph::ObjectIndex object =
      loader == 0 ? graph::ObjectIndex::None() : snapshot.Find(loader);
  if (!object.valid()) return LoaderName(loader, "");
  return LoaderName(loader, snapshot.classes().Name(snapshot.ClassOf(object)));
}

std::string LoaderName(hprof::Id loader, absl::string_view class_name) {
  if (loader == 0) return "boot";
  if (class_name.empty()) return absl::StrFormat("unknown loader @0x%x", loader);
  if (class_name == "jdk.internal.loader.ClassLoaders$AppClassLoader" ||
      class_name == "sun.misc.Launcher$AppClassLoader") {
    return "app";
  }
  if (class_name == "jdk.internal.loader.ClassLoaders$PlatformClassLoader" ||
      class_name == "sun.misc.Launcher$ExtClassLoader") {
    return "platform";
  }
  return absl::StrFormat("%s @0x%x", class_name, loader);
}

bool IsPermanentLoader(absl::string_view name) {
  return name == "boot" || name == "platform" || name == "app";
}

}  // namespace leaktrail::analyses
