#include "analyses/class_tables.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "analyses/collections.h"
#include "analyses/loader_names.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

// One walk of the graph takes this many sets.
constexpr std::size_t kSetsPerWalk = 64;

// The exact sizes of the `chosen` of all colours, in their order.
std::vector<std::uint64_t> Exact(graph::RetainedSets& retained_sets,
                                 const std::vector<std::uint32_t>& colours,
                                 const std::vector<std::uint32_t>& chosen) {
  absl::flat_hash_map<std::uint32_t, std::uint32_t> rank;
  for (std::size_t i = 0; i < chosen.size(); ++i) rank[chosen[i]] = static_cast<std::uint32_t>(i);
  std::vector<std::uint32_t> few;
  for (std::uint32_t colour : colours) {
    const auto found = rank.find(colour);
    few.push_back(found == rank.end() ? graph::kNoColour : found->second);
  }
  return retained_sets.ByColour(few, static_cast<std::uint32_t>(chosen.size()));
}

// The `limit` biggest of `sizes`, biggest first; those of equal size in their order. No zeros.
std::vector<std::uint32_t> Biggest(const std::vector<std::uint64_t>& sizes, std::size_t limit) {
  std::vector<std::uint32_t> order(sizes.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return sizes[a] > sizes[b]; });
  order.resize(std::min(order.size(), limit));
  while (!order.empty() && sizes[order.back()] == 0) order.pop_back();
  return order;
}

// Colours of the classes, and of how many of them the rows are.
struct Colours {
  std::vector<std::uint32_t> of_class;
  std::size_t count = 0;
  std::uint64_t limit = 0;
};

// Colours with their retained sizes, biggest first, at most `limit`.
struct Ranked {
  std::vector<std::uint32_t> colours;
  std::vector<std::uint64_t> retained;
  bool exact = true;
};
Ranked Rank(const Snapshot& snapshot, graph::RetainedSets& retained_sets, const Colours& colours,
            const std::vector<std::uint64_t>& dominated) {
  Ranked ranked;
  ranked.exact = snapshot.node_count() <= kExactNodes;
  const std::size_t limit = colours.limit;
  const std::vector<std::uint32_t> candidates =
      Biggest(dominated, ranked.exact ? std::max(limit, kSetsPerWalk) : limit);
  std::vector<std::uint64_t> sizes;
  if (ranked.exact) {
    sizes = Exact(retained_sets, colours.of_class, candidates);
  } else {
    for (std::uint32_t colour : candidates) sizes.push_back(dominated[colour]);
  }
  for (std::uint32_t i : Biggest(sizes, limit)) {
    ranked.colours.push_back(candidates[i]);
    ranked.retained.push_back(sizes[i]);
  }
  return ranked;
}

// Rows that would only say again what other rows say: java.lang.Class retains all static fields, a
// class with one instance is on the path of a holder, and nodes and tables belong to collections.
bool IsNoNews(const Snapshot& snapshot, ClassIndex c, std::uint64_t instances) {
  if (c == snapshot.classes().java_lang_class || instances < 2) return true;
  const CollectionRole role = RoleOf(snapshot.classes(), c);
  return role.shape < 0 && role.part_of != 0;
}

ClassRow MakeRow(const Snapshot& snapshot, std::uint32_t c) {
  ClassRow row;
  row.class_name = snapshot.classes().Name(ClassIndex(c));
  row.loader = LoaderName(snapshot, snapshot.classes()[ClassIndex(c)].loader);
  return row;
}

std::vector<ClassRow> MakeClassRows(const Snapshot& snapshot, const ClassCounts& counts,
                                    const Ranked& ranked) {
  std::vector<ClassRow> rows;
  for (std::size_t i = 0; i < ranked.colours.size(); ++i) {
    const std::uint32_t c = ranked.colours[i];
    ClassRow row = MakeRow(snapshot, c);
    row.instances = counts.live[c];
    row.shallow = counts.live_bytes[c];
    row.retained = ranked.retained[i];
    row.exact = ranked.exact;
    rows.push_back(std::move(row));
  }
  return rows;
}

Colours ColoursOfClasses(const Snapshot& snapshot, const ClassCounts& counts, std::uint64_t limit) {
  Colours colours;
  colours.limit = limit;
  colours.count = snapshot.classes().size();
  colours.of_class.resize(colours.count);
  std::iota(colours.of_class.begin(), colours.of_class.end(), 0);
  for (std::uint32_t c = 0; c < colours.count; ++c) {
    if (IsNoNews(snapshot, ClassIndex(c), counts.live[c])) colours.of_class[c] = graph::kNoColour;
  }
  return colours;
}

// A row without sizes for every loader that has classes; fills in the colours, its numbers.
std::vector<LoaderRow> AllLoaders(const Snapshot& snapshot, const ClassCounts& counts,
                                  Colours& colours) {
  const graph::ClassTable& classes = snapshot.classes();
  absl::flat_hash_map<hprof::Id, std::uint32_t> colour_of_loader;
  std::vector<LoaderRow> all;
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    const hprof::Id loader = classes[ClassIndex(c)].loader;
    const auto [slot, is_new] =
        colour_of_loader.try_emplace(loader, static_cast<std::uint32_t>(all.size()));
    if (is_new) all.emplace_back().id = loader;
    colours.of_class.push_back(slot->second);
    LoaderRow& row = all[slot->second];
    row.classes += classes[ClassIndex(c)].synthetic ? 0 : 1;
    row.instances += counts.live[c];
  }
  colours.count = all.size();
  return all;
}

std::vector<LoaderRow> MakeLoaderRows(const Snapshot& snapshot, std::vector<LoaderRow> all,
                                      const Ranked& ranked) {
  std::vector<LoaderRow> rows;
  for (std::size_t i = 0; i < ranked.colours.size(); ++i) {
    LoaderRow row = std::move(all[ranked.colours[i]]);
    row.name = LoaderName(snapshot, row.id);
    row.retained = ranked.retained[i];
    row.exact = ranked.exact;
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

ClassCounts CountObjects(const Snapshot& snapshot) {
  const graph::ClassTable& classes = snapshot.classes();
  ClassCounts counts;
  for (auto* column : {&counts.live, &counts.live_bytes, &counts.dead, &counts.dead_bytes}) {
    column->resize(classes.size());
  }
  const auto count = [&](ObjectIndex o, ClassIndex c, std::uint64_t shallow) {
    const bool live = snapshot.LevelOf(o) != graph::Reachability::kUnreachable;
    ++(live ? counts.live : counts.dead)[c.value()];
    (live ? counts.live_bytes : counts.dead_bytes)[c.value()] += shallow;
  };
  snapshot.ForEachObject(count);
  for (std::uint32_t c = 0; c < classes.size() && classes.java_lang_class.valid(); ++c) {
    if (classes[ClassIndex(c)].synthetic) continue;
    const ObjectIndex mirror = snapshot.MirrorOf(ClassIndex(c));
    count(mirror, classes.java_lang_class, snapshot.ShallowSize(mirror));
  }
  return counts;
}

std::vector<ClassRow> MakeUnreachableRows(const Snapshot& snapshot, const ClassCounts& counts,
                                          std::uint64_t limit) {
  std::vector<ClassRow> rows;
  for (std::uint32_t c : Biggest(counts.dead_bytes, limit)) {
    ClassRow row = MakeRow(snapshot, c);
    row.instances = counts.dead[c];
    row.shallow = counts.dead_bytes[c];
    rows.push_back(std::move(row));
  }
  return rows;
}

RetainingRows MakeRetainingRows(const Snapshot& snapshot, const ClassCounts& counts,
                                graph::RetainedSets& sizes, std::uint64_t classes,
                                std::uint64_t loaders) {
  const Colours by_class = ColoursOfClasses(snapshot, counts, classes);
  Colours by_loader;
  by_loader.limit = loaders;
  std::vector<LoaderRow> all = AllLoaders(snapshot, counts, by_loader);
  const graph::Colouring colourings[] = {
      {by_class.of_class, static_cast<std::uint32_t>(by_class.count)},
      {by_loader.of_class, static_cast<std::uint32_t>(by_loader.count)}};
  const auto dominated = graph::DominatedByColours(snapshot, colourings);
  return {MakeClassRows(snapshot, counts, Rank(snapshot, sizes, by_class, dominated[0])),
          MakeLoaderRows(snapshot, std::move(all), Rank(snapshot, sizes, by_loader, dominated[1]))};
}

}  // namespace leaktrail::analyses
