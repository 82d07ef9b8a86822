// Class loaders for tests: a java.net.URLClassLoader with the inside it has in a JDK, loaders of
// plugins with classes of their own, and places that hold them.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {

struct PluginSpec {
  bool closed = false;
  int classes = 3;                               // com.acme.plugin.Class0, ...
  std::string prefix = "com.acme.plugin.Class";  // of their names
  std::string url;                               // "" for a loader without URLs
  Id parent = 0;
};

class LoaderDump : public JdkDump {
 public:
  LoaderDump() {
    MaxHeap(64 * kMiB);
    ucp_class = dump.Class("jdk.internal.loader.URLClassPath")
                    .Field("path", kObject)
                    .Field("closed", kBoolean);
    url_class = dump.Class("java.net.URL").Field("file", kObject);
    url_loader_class =
        dump.Class("java.net.URLClassLoader").Super(boot.class_loader).Field("ucp", kObject);
    plugin_loader_class = App("com.acme.PluginLoader").Super(url_loader_class);
  }

  struct Plugin {
    Id loader = 0;
    std::vector<Id> classes;
  };

  // A loader of `type` (com.acme.PluginLoader unless given) that nothing holds yet.
  Plugin MakePlugin(const PluginSpec& spec, Id type = 0) {
    Plugin plugin;
    std::vector<Id> urls;
    if (!spec.url.empty()) urls.push_back(dump.Instance(url_class, {dump.JavaString(spec.url)}));
    const Id ucp = dump.Instance(ucp_class, {List(urls), spec.closed});
    plugin.loader = dump.Instance(type == 0 ? plugin_loader_class : type, {ucp, spec.parent, 0});
    for (int i = 0; i < spec.classes; ++i) {
      plugin.classes.push_back(dump.Class(absl::StrCat(spec.prefix, i)).Loader(plugin.loader));
    }
    return plugin;
  }
  // An instance of the plugin's first class.
  Id ObjectOf(const Plugin& plugin) { return dump.Instance(plugin.classes[0]); }

  // Held by com.acme.Registry.`field`, a list.
  void HoldInRegistry(const std::vector<Id>& objects, absl::string_view field = "plugins") {
    App(absl::StrCat("com.acme.Registry", field)).Static(field, kObject, List(objects));
  }

  Id ucp_class, url_class, url_loader_class, plugin_loader_class;
};

inline bool HasLine(const std::vector<std::string>& lines, absl::string_view part) {
  for (const std::string& line : lines) {
    if (absl::StrContains(line, part)) return true;
  }
  return false;
}

}  // namespace leaktrail::testing
