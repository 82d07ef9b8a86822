#include "analyses/loader_table.h"

#include <algorithm>

#include "analyses/loader_names.h"
#include "graph/field_reader.h"

namespace leaktrail::analyses {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

namespace {

constexpr std::uint32_t kMostReads = 1'000'000;

// The objects of all loaders that are alive, in index order.
std::vector<ObjectIndex> LoaderObjects(const Snapshot& snapshot,
                                       std::span<const std::uint64_t> instances) {
  const graph::ClassTable& classes = snapshot.classes();
  std::vector<bool> wanted = LoaderTypes(snapshot);
  bool any_wanted = false;
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    wanted[c] = wanted[c] && instances[c] > 0;
    any_wanted = any_wanted || wanted[c];
  }
  std::vector<ObjectIndex> objects;
  const auto is_live = [&](ObjectIndex o) {
    return snapshot.LevelOf(o) != graph::Reachability::kUnreachable;
  };
  for (std::uint32_t i = 0; any_wanted && i < snapshot.object_count(); ++i) {
    const ObjectIndex o(i);
    const ClassIndex c = snapshot.ClassOf(o);
    if (c.valid() && wanted[c.value()] && is_live(o)) objects.push_back(o);
  }
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    const ObjectIndex loader = snapshot.LoaderOf(ClassIndex(c));
    // A damaged dump may name anything as the loader of a class.
    if (!loader.valid() || loader.value() >= snapshot.object_count()) continue;
    if (is_live(loader)) objects.push_back(loader);
  }
  std::sort(objects.begin(), objects.end());
  objects.erase(std::unique(objects.begin(), objects.end()), objects.end());
  return objects;
}

bool IsPermanentType(absl::string_view name) {
  return name == "jdk.internal.loader.ClassLoaders$AppClassLoader" ||
         name == "jdk.internal.loader.ClassLoaders$PlatformClassLoader" ||
         name == "jdk.internal.loader.ClassLoaders$BootClassLoader" ||
         name == "sun.misc.Launcher$AppClassLoader" || name == "sun.misc.Launcher$ExtClassLoader";
}

}  // namespace

std::vector<bool> LoaderTypes(const Snapshot& snapshot) {
  const graph::ClassTable& classes = snapshot.classes();
  std::vector<bool> types(classes.size());
  if (!classes.java_lang_class_loader.valid()) return types;
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    types[c] = classes.IsSubclass(ClassIndex(c), classes.java_lang_class_loader);
  }
  return types;
}

LoaderTable::LoaderTable(const Snapshot& snapshot, std::span<const std::uint64_t> instances)
    : of_class_(snapshot.classes().size()) {
  const graph::ClassTable& classes = snapshot.classes();
  for (const ObjectIndex object : LoaderObjects(snapshot, instances)) {
    by_object_[object] = LoaderIndex(size());
    Loader& loader = loaders_.emplace_back();
    loader.object = object;
    loader.type = snapshot.ClassOf(object);
    if (IsPermanentType(classes.Name(loader.type))) loader.state = LoaderState::kPermanent;
  }
  starts_.resize(loaders_.size() + 1);
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    const LoaderIndex l = Find(snapshot.LoaderOf(ClassIndex(c)));
    of_class_[c] = l;
    if (!l.valid()) continue;
    ++starts_[l.value() + 1];
    Loader& loader = loaders_[l.value()];
    const graph::ClassInfo& info = classes[ClassIndex(c)];
    if (info.kind == graph::ClassKind::kInstance && !info.synthetic) ++loader.classes;
    loader.instances += instances[c];
  }
  for (std::size_t l = 1; l < starts_.size(); ++l) starts_[l] += starts_[l - 1];
  classes_.resize(starts_.back());
  std::vector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    if (of_class_[c].valid()) classes_[next[of_class_[c].value()]++] = ClassIndex(c);
  }
  ReadParents(snapshot);
}

void LoaderTable::ReadParents(const Snapshot& snapshot) {
  graph::FieldReader reader(snapshot);
  for (std::uint32_t l = 0; l < std::min(size(), kMostReads); ++l) {
    Loader& loader = loaders_[l];
    loader.parent = Find(reader.Reference(loader.object, "parent"));
  }
}

LoaderIndex LoaderTable::Find(ObjectIndex object) const {
  if (!object.valid()) return LoaderIndex::None();
  const auto found = by_object_.find(object);
  return found == by_object_.end() ? LoaderIndex::None() : found->second;
}

std::span<const ClassIndex> LoaderTable::ClassesOf(LoaderIndex l) const {
  return std::span(classes_).subspan(starts_[l.value()],
                                     starts_[l.value() + 1] - starts_[l.value()]);
}

}  // namespace leaktrail::analyses
