#include "analyses/native/rocksdb_handles.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "analyses/book_reader.h"
#include "analyses/instances.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr absl::string_view kBases[] = {"rocksdb.AbstractImmutableNativeReference",
                                        "rocksdb.RocksMutableObject"};

std::vector<ClassIndex> HandleClasses(const graph::ClassTable& classes) {
  std::vector<ClassIndex> bases, handles;
  for (std::uint32_t i = 0; i < classes.size(); ++i) {
    for (const absl::string_view base : kBases) {
      if (HasSuffix(classes.Name(ClassIndex(i)), base)) bases.emplace_back(i);
    }
  }
  for (std::uint32_t i = 0; i < classes.size() && !bases.empty(); ++i) {
    const bool is_handle = std::any_of(bases.begin(), bases.end(), [&](ClassIndex base) {
      return classes.IsSubclass(ClassIndex(i), base);
    });
    if (is_handle) handles.emplace_back(i);
  }
  return handles;
}

}  // namespace

RocksDbHandles ReadRocksDbHandles(const Snapshot& snapshot) {
  RocksDbHandles handles;
  const std::vector<ClassIndex> classes = HandleClasses(snapshot.classes());
  if (classes.empty()) return handles;
  std::vector<bool> wanted(snapshot.classes().size());
  for (const ClassIndex c : classes) wanted[c.value()] = true;
  const Instances instances(snapshot, wanted);
  BookReader books(snapshot);
  std::size_t left = kMostHandles;
  for (const ClassIndex c : classes) {
    const auto objects = instances.Of(c);
    if (objects.size() > left) handles.all = false;
    const auto read = objects.first(std::min(objects.size(), left));
    left -= read.size();
    NativeHandles row{.c = c};
    for (const ObjectIndex o : read) {
      const auto open = books.Figure(o, "owningHandle_");
      if (!open) continue;
      ++(*open != 0 ? row.open : row.closed);
      if (*open == 0) continue;
      row.retained += snapshot.RetainedSize(o);
      row.open_objects.push_back(o);
    }
    if (row.open + row.closed > 0) handles.types.push_back(std::move(row));
  }
  std::sort(handles.types.begin(), handles.types.end(), [](const auto& a, const auto& b) {
    return std::tuple(b.open, b.closed, a.c) < std::tuple(a.open, a.closed, b.c);
  });
  return handles;
}

}  // namespace leaktrail::analyses
