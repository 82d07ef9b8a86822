// Heaps of Java programs for tests of the analyses: collections with the inside they have in a JDK,
// classes of the application with their loader, and the maximum heap where the JDK notes it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyses/analyze.h"
#include "graph/snapshot.h"
#include "tests/analyses/shop_dump.h"
#include "tests/dump_builder.h"

namespace leaktrail::testing {

class JdkDump {
 public:
  explicit JdkDump(DumpOptions options = {}) : dump(options), boot(dump.Boot()) {
    const Id loader_class =
        dump.Class("jdk.internal.loader.ClassLoaders$AppClassLoader").Super(boot.class_loader);
    app_loader = dump.Instance(loader_class);
    dump.JniGlobalRoot(app_loader);
    map_class = dump.Class("java.util.HashMap").Field("table", kObject).Field("size", kInt);
    linked_map_class =
        dump.Class("java.util.LinkedHashMap").Super(map_class).Field("accessOrder", kBoolean);
    node_class = dump.Class("java.util.HashMap$Node").Field("key", kObject).Field("value", kObject);
    table_class = dump.Class("java.util.HashMap$Node[]");
    list_class =
        dump.Class("java.util.ArrayList").Field("elementData", kObject).Field("size", kInt);
  }

  // A class of the application.
  ClassBuilder App(absl::string_view name) { return dump.Class(name).Loader(app_loader); }

  Id Map(const std::vector<std::pair<Id, Id>>& entries) {
    return dump.Instance(map_class, {Table(entries), entries.size()});
  }
  // A map with least-recently-used order, as a class of the application would be.
  Id LruMap(absl::string_view name, const std::vector<std::pair<Id, Id>>& entries) {
    const Id lru = App(name).Super(linked_map_class);
    return dump.Instance(lru, {1, Table(entries), entries.size()});
  }
  Id MapOfValues(const std::vector<Id>& values) {
    std::vector<std::pair<Id, Id>> entries;
    for (Id value : values) entries.emplace_back(0, value);
    return Map(entries);
  }
  Id List(const std::vector<Id>& elements) {
    return dump.Instance(list_class,
                         {dump.ObjectArray(boot.object_array, elements), elements.size()});
  }
  // `count` objects of the class, each with a byte[] of `bytes`.
  std::vector<Id> Objects(absl::string_view class_name, int count, int bytes) {
    const Id c = App(class_name).Field("payload", kObject);
    std::vector<Id> objects;
    for (int i = 0; i < count; ++i) {
      objects.push_back(dump.Instance(c, {dump.PrimitiveArray(kByte, bytes)}));
    }
    return objects;
  }
  // About `mebibytes` in one array.
  Id Huge(int mebibytes) { return dump.PrimitiveArray(kLong, mebibytes * 131072); }

  // Where the JDK notes the maximum heap, unless the flag says that the figure is another limit.
  void MaxHeap(std::uint64_t bytes, absl::string_view max_direct_memory_flag = "-1") {
    const Id key = dump.JavaString("sun.nio.MaxDirectMemorySize");
    const Id properties = Map({{key, dump.JavaString(max_direct_memory_flag)}});
    dump.Class("jdk.internal.misc.VM")
        .Static("directMemory", kLong, bytes)
        .Static("savedProps", kObject, properties)
        .Sticky();
  }

  analyses::Report Analyze() const {
    const auto snapshot = SnapshotOf(dump);
    return snapshot == nullptr ? analyses::Report() : analyses::Analyze(*snapshot, {});
  }

  // Without signatures: what the analyses find on their own.
  analyses::Report AnalyzeWithoutSignatures() const {
    const auto snapshot = SnapshotOf(dump);
    return snapshot == nullptr ? analyses::Report()
                               : analyses::Analyze(*snapshot, {.signatures = {}});
  }

  DumpBuilder dump;
  const BootClasses boot;
  Id app_loader, map_class, linked_map_class, node_class, table_class, list_class;

 private:
  Id Table(const std::vector<std::pair<Id, Id>>& entries) {
    std::vector<Id> nodes;
    for (const auto& [key, value] : entries) {
      nodes.push_back(dump.Instance(node_class, {key, value}));
    }
    return dump.ObjectArray(table_class, nodes);
  }
};

inline constexpr std::uint64_t kMiB = 1 << 20;

// The findings of one rule.
inline std::vector<analyses::Finding> FindingsOf(const analyses::Report& report,
                                                 absl::string_view rule) {
  std::vector<analyses::Finding> found;
  for (const analyses::Finding& finding : report.findings) {
    if (finding.rule == rule) found.push_back(finding);
  }
  return found;
}

// "edge -> Class" of the step that is marked to be cut; "" if none is.
inline std::string CutOf(const analyses::Finding& finding) {
  if (!finding.path) return "";
  for (const analyses::PathStep& step : finding.path->steps) {
    if (step.cut_here) return absl::StrCat(step.edge, " -> ", step.class_name);
  }
  return "";
}

}  // namespace leaktrail::testing
