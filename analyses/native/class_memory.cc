#include "analyses/native/class_memory.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "analyses/class_families.h"
#include "analyses/class_tables.h"
#include "analyses/loader_names.h"
#include "analyses/loader_table.h"
#include "analyses/metaspace.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::Snapshot;

bool Counts(const graph::ClassInfo& info) {
  return info.kind == graph::ClassKind::kInstance && !info.synthetic;
}

Estimate Of(std::uint64_t classes) {
  const MetaspaceEstimate estimate = EstimateMetaspace(classes);
  return {estimate.least, estimate.likely, estimate.most};
}

void AddTo(Estimate& sum, const Estimate& part) {
  sum.least += part.least;
  sum.likely += part.likely;
  sum.most += part.most;
}

// What loaders of this type are called; those of the JVM by their role.
std::string TypeOf(const Snapshot& snapshot, const Loader& loader) {
  const std::string& type = snapshot.classes().Name(loader.type);
  if (type.find("ClassLoaders$") == std::string::npos &&
      type.find("Launcher$") == std::string::npos) {
    return type;
  }
  const std::string name = LoaderName(snapshot, snapshot.IdOf(loader.object));
  return IsPermanentLoader(name) ? name : type;
}

}  // namespace

ClassMemory ReadClassMemory(const Snapshot& snapshot, std::size_t limit) {
  const ClassCounts counts = CountObjects(snapshot);
  const LoaderTable loaders(snapshot, counts.live);
  std::map<std::string, LoaderClasses> by_type;
  absl::flat_hash_map<ClassFamily, std::uint64_t> families;
  std::uint64_t boot = 0;
  for (std::uint32_t i = 0; i < snapshot.classes().size(); ++i) {
    const graph::ClassInfo& info = snapshot.classes()[ClassIndex(i)];
    if (!Counts(info)) continue;
    if (info.loader == 0) ++boot;
    ClassFamily family = FamilyOf(snapshot.classes().Name(ClassIndex(i)));
    if (family.kind != FamilyKind::kNone) ++families[std::move(family)];
  }
  for (const Loader& loader : loaders.all()) {
    if (loader.classes == 0) continue;
    LoaderClasses& row = by_type[TypeOf(snapshot, loader)];
    ++row.loaders;
    row.classes += loader.classes;
  }
  by_type["boot"] = {.loaders = 1, .classes = boot};

  ClassMemory memory;
  for (auto& [type, row] : by_type) {
    row.type = type;
    row.metaspace = Of(row.classes);
    if (type == "boot") {
      const MetaspaceEstimate estimate = EstimateBootMetaspace(row.classes);
      row.metaspace = {estimate.least, estimate.likely, estimate.most};
    }
    memory.classes += row.classes;
    memory.loaders += row.loaders;
    AddTo(memory.metaspace, row.metaspace);
    memory.by_loader.push_back(std::move(row));
  }
  std::stable_sort(memory.by_loader.begin(), memory.by_loader.end(),
                   [](const auto& a, const auto& b) { return a.classes > b.classes; });
  for (const auto& [family, classes] : families) {
    memory.families.push_back({FamilyText(family), classes});
  }
  std::sort(memory.families.begin(), memory.families.end(), [](const auto& a, const auto& b) {
    return std::tie(b.count, a.name) < std::tie(a.count, b.name);
  });
  if (limit > 0 && memory.by_loader.size() > limit) memory.by_loader.resize(limit);
  if (limit > 0 && memory.families.size() > limit) memory.families.resize(limit);
  return memory;
}

}  // namespace leaktrail::analyses
