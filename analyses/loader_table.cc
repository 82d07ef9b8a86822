#include "analyses/loader_table.h"

#include <algorithm>
#include <optional>

#include "analyses/loader_names.h"
#include "graph/class_instances.h"
#include "graph/field_reader.h"

namespace leaktrail::analyses {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

namespace {

constexpr std::uint32_t kMostReads = 1'000'000;

// The objects of all loaders that are alive.
graph::Bitmap LoaderObjects(const Snapshot& snapshot, std::span<const std::uint64_t> instances) {
  const graph::ClassTable& classes = snapshot.classes();
  std::vector<bool> wanted = LoaderTypes(snapshot);
  bool any_wanted = false;
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    wanted[c] = wanted[c] && instances[c] > 0;
    any_wanted = any_wanted || wanted[c];
  }
  graph::Bitmap objects(snapshot.node_count());
  const auto is_live = [&](ObjectIndex o) {
    return snapshot.LevelOf(o) != graph::Reachability::kUnreachable;
  };
  if (any_wanted) {
    graph::ForEachInstance(snapshot, wanted,
                           [&](ObjectIndex o, ClassIndex) { objects.Set(o.value()); });
  }
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    const ObjectIndex loader = snapshot.LoaderOf(ClassIndex(c));
    // A damaged dump may name anything as the loader of a class.
    if (!loader.valid() || loader.value() >= snapshot.object_count()) continue;
    if (is_live(loader)) objects.Set(loader.value());
  }
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
    : objects_(LoaderObjects(snapshot, instances)), of_class_(snapshot.classes().size()) {
  const graph::ClassTable& classes = snapshot.classes();
  loaders_.reserve(objects_.count());
  ClassIndex type;  // of the loader before: there may be a million of it
  bool permanent = false;
  objects_.ForEach([&](std::uint32_t object) {
    Loader& loader = loaders_.emplace_back();
    loader.object = ObjectIndex(object);
    loader.type = snapshot.ClassOf(loader.object);
    if (loader.type != type) permanent = IsPermanentType(classes.Name(loader.type));
    type = loader.type;
    if (permanent) loader.state = LoaderState::kPermanent;
  });
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
  ClassIndex type;  // of the loader before
  std::optional<graph::FieldPlace> place;
  for (std::uint32_t l = 0; l < std::min(size(), kMostReads); ++l) {
    Loader& loader = loaders_[l];
    // The graph in memory tells whether there is anything to read.
    bool refers = false;
    snapshot.ForEachReference(loader.object,
                              [&](ObjectIndex target) { refers |= Find(target).valid(); });
    if (!refers) continue;
    if (loader.type != type) {
      type = loader.type;
      place = graph::FindField(snapshot.classes(), type, "parent");
      if (!snapshot.holds_values() || (place && !hprof::IsReference(place->type))) place.reset();
    }
    loader.parent = Find(place ? snapshot.Find(reader.Read(loader.object, *place).value_or(0))
                               : reader.Reference(loader.object, "parent"));
  }
}

LoaderIndex LoaderTable::Find(ObjectIndex object) const {
  if (!object.valid() || !objects_.Contains(object.value())) return LoaderIndex::None();
  return LoaderIndex(objects_.Number(object.value()));
}

std::span<const ClassIndex> LoaderTable::ClassesOf(LoaderIndex l) const {
  return std::span(classes_).subspan(starts_[l.value()],
                                     starts_[l.value() + 1] - starts_[l.value()]);
}

}  // namespace leaktrail::analyses
