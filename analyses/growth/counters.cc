#include "analyses/growth/counters.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "analyses/growth/place_names.h"
#include "analyses/loader_table.h"
#include "analyses/mbeans.h"
#include "analyses/thread_names.h"
#include "graph/retained_sets.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

using CounterMap = std::map<std::pair<CounterKind, std::string>, Counter>;

void Add(CounterMap& counters, CounterKind kind, std::string name, std::uint64_t count,
         std::uint64_t bytes) {
  Counter& counter = counters[{kind, name}];
  counter.kind = kind;
  counter.name = std::move(name);
  counter.count += count;
  counter.bytes += bytes;
}

void AddMBeans(const Snapshot& snapshot, const ClassCounts& counts, CounterMap& counters) {
  for (const MBeanDomain& domain : FindMBeans(snapshot, counts.live)) {
    for (const MBeanType& type : domain.types) {
      const std::string of_type = type.type.empty() ? "" : absl::StrCat(", type=", type.type);
      Add(counters, CounterKind::kMBean, absl::StrCat(domain.name, of_type), type.count, 0);
    }
  }
}

void AddThreads(const Snapshot& snapshot, CounterMap& counters) {
  for (const graph::ThreadInfo& thread : snapshot.threads()) {
    if (!thread.object.valid()) continue;
    std::string name = KnownThreadName(snapshot, thread.object);
    if (name.empty()) {
      const ClassIndex c = snapshot.ClassOf(thread.object);
      name = absl::StrCat("other threads of ", FoldedClassName(snapshot.classes().Name(c)));
    }
    Add(counters, CounterKind::kThread, std::move(name), 1, snapshot.RetainedSize(thread.object));
  }
}

void AddLoaders(const Snapshot& snapshot, const ClassCounts& counts, CounterMap& counters) {
  const std::vector<bool> types = LoaderTypes(snapshot);
  for (std::uint32_t c = 0; c < types.size(); ++c) {
    if (!types[c] || counts.live[c] == 0) continue;
    Add(counters, CounterKind::kLoader, FoldedClassName(snapshot.classes().Name(ClassIndex(c))),
        counts.live[c], 0);
  }
}

}  // namespace

std::vector<ClassCount> CountClasses(const Snapshot& snapshot, const ClassCounts& counts) {
  absl::flat_hash_map<hprof::Id, std::string> types;
  std::map<std::pair<std::string, std::string>, ClassCount> rows;
  for (std::uint32_t c = 0; c < snapshot.classes().size(); ++c) {
    const ClassIndex index(c);
    if (counts.live[c] == 0 && snapshot.classes()[index].synthetic) continue;
    const auto [type, added] = types.try_emplace(snapshot.classes()[index].loader);
    if (added) type->second = LoaderType(snapshot, index);
    std::string name = FoldedClassName(snapshot.classes().Name(index));
    ClassCount& row = rows[{name, type->second}];
    row.class_name = std::move(name);
    row.loader = type->second;
    ++row.classes;
    row.instances += counts.live[c];
    row.shallow += counts.live_bytes[c];
  }
  std::vector<ClassCount> sorted;
  for (auto& [key, row] : rows) sorted.push_back(std::move(row));
  return sorted;
}

std::vector<ArrayShape> CountArrayShapes(const Snapshot& snapshot, std::size_t most) {
  absl::flat_hash_map<std::pair<ClassIndex, std::uint32_t>, ArrayShape> shapes;
  snapshot.ForEachObject([&](ObjectIndex o, ClassIndex c, std::uint64_t shallow) {
    if (snapshot.classes()[c].kind == graph::ClassKind::kInstance) return;
    if (snapshot.LevelOf(o) == graph::Reachability::kUnreachable) return;
    ArrayShape& shape = shapes[{c, snapshot.ArrayLength(o)}];
    ++shape.instances;
    shape.shallow += shallow;
  });
  std::map<std::pair<std::string, std::uint32_t>, ArrayShape> by_name;  // loaders taken together
  for (const auto& [key, shape] : shapes) {
    std::string name = FoldedClassName(snapshot.classes().Name(key.first));
    ArrayShape& sum = by_name[{name, key.second}];
    sum.class_name = std::move(name);
    sum.length = key.second;
    sum.instances += shape.instances;
    sum.shallow += shape.shallow;
  }
  std::vector<ArrayShape> rows;
  for (auto& [key, shape] : by_name) rows.push_back(std::move(shape));
  if (rows.size() <= most) return rows;
  std::stable_sort(rows.begin(), rows.end(),
                   [](const ArrayShape& a, const ArrayShape& b) { return a.shallow > b.shallow; });
  rows.resize(most);
  std::sort(rows.begin(), rows.end(), [](const ArrayShape& a, const ArrayShape& b) {
    return std::tie(a.class_name, a.length) < std::tie(b.class_name, b.length);
  });
  return rows;
}

std::vector<Counter> CountOthers(const Snapshot& snapshot, const ClassCounts& counts) {
  CounterMap counters;
  AddMBeans(snapshot, counts, counters);
  AddThreads(snapshot, counters);
  AddLoaders(snapshot, counts, counters);
  std::vector<Counter> sorted;
  for (auto& [key, counter] : counters) sorted.push_back(std::move(counter));
  return sorted;
}

std::string MainClass(const Snapshot& snapshot) {
  for (const graph::ThreadInfo& thread : snapshot.threads()) {
    if (thread.frames.empty() || thread.frames.back().method != "main") continue;
    if (!thread.object.valid() || KnownThreadName(snapshot, thread.object) != "main") continue;
    return thread.frames.back().class_name;
  }
  return "";
}

}  // namespace leaktrail::analyses
