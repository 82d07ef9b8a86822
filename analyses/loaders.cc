#include "analyses/loaders.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "analyses/class_families.h"
#include "analyses/class_tables.h"
#include "analyses/holder_path.h"
#include "analyses/loader_evidence.h"
#include "analyses/loader_leaks.h"
#include "analyses/loader_names.h"
#include "analyses/loader_routes.h"
#include "analyses/metaspace.h"
#include "analyses/text.h"
#include "graph/retained_sets.h"

namespace leaktrail::analyses {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

namespace {

constexpr std::size_t kListed = 20;
// Up to so many alike loaders are shown one by one.
constexpr std::size_t kFew = 3;

// One row in the making.
struct Row {
  std::vector<LoaderIndex> loaders;  // empty: the boot loader
  LoaderState state = LoaderState::kPermanent;
  bool below = false;  // below one that should be gone, so dead, too
  std::uint64_t classes = 0;
};

bool ShouldBeGone(LoaderState state) {
  return state == LoaderState::kDead || state == LoaderState::kReplaced;
}

const char* Name(LoaderState state) {
  static constexpr const char* kNames[] = {"permanent", "alive", "unknown", "replaced", "dead"};
  return kNames[static_cast<int>(state)];
}

int Rank(const Row& row) {
  if (row.loaders.empty()) return 0;
  switch (row.state) {
    case LoaderState::kPermanent:
      return 1;
    case LoaderState::kDead:
      return 2;
    case LoaderState::kReplaced:
      return 3;
    default:
      return 4;
  }
}

// By loader: true if it is below one that should be gone.
std::vector<bool> FindBelow(const Snapshot& snapshot, const LoaderTable& loaders) {
  std::vector<bool> leaked;
  for (const Loader& loader : loaders.all()) leaked.push_back(IsLeaked(snapshot, loader));
  const std::vector<LoaderIndex> tops = FindTops(loaders, leaked);
  std::vector<bool> below;
  for (std::uint32_t i = 0; i < loaders.size(); ++i) {
    const bool has_own_state = ShouldBeGone(loaders[LoaderIndex(i)].state);
    below.push_back(tops[i].valid() && tops[i] != LoaderIndex(i) && !has_own_state);
  }
  return below;
}

std::vector<Row> MakeRows(const Snapshot& snapshot, const LoaderTable& loaders) {
  const std::vector<bool> below = FindBelow(snapshot, loaders);
  // Loaders below others are alike whichever those are, and so are those that should be gone.
  std::map<std::tuple<ClassIndex, LoaderState, std::uint8_t, bool, LoaderIndex>, Row> alike;
  for (std::uint32_t i = 0; i < loaders.size(); ++i) {
    const Loader& loader = loaders[LoaderIndex(i)];
    const bool any_parent = below[i] || ShouldBeGone(loader.state);
    const LoaderIndex parent = any_parent ? LoaderIndex::None() : loader.parent;
    Row& row = alike[{loader.type, loader.state, loader.evidence, below[i], parent}];
    row.loaders.push_back(LoaderIndex(i));
    row.below = below[i];
  }
  std::vector<Row> rows;
  rows.emplace_back();
  for (std::uint32_t c = 0; c < snapshot.classes().size(); ++c) {
    const graph::ClassInfo& info = snapshot.classes()[ClassIndex(c)];
    const bool counts = info.kind == graph::ClassKind::kInstance && !info.synthetic;
    if (counts && info.loader == 0) ++rows[0].classes;
  }
  for (auto& [key, row] : alike) {
    if (row.loaders.size() > kFew) {
      rows.push_back(std::move(row));
      continue;
    }
    for (const LoaderIndex l : row.loaders) {
      rows.emplace_back().loaders = {l};
      rows.back().below = row.below;
    }
  }
  for (Row& row : rows) {
    for (const LoaderIndex l : row.loaders) {
      row.state = row.below ? LoaderState::kDead : loaders[l].state;
      row.classes += loaders[l].classes;
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::tuple(Rank(a), b.classes, b.loaders.size()) <
           std::tuple(Rank(b), a.classes, a.loaders.size());
  });
  return rows;
}

// "platform", "com.acme.PluginLoader".
std::string TypeName(const Snapshot& snapshot, const Loader& loader) {
  if (loader.state != LoaderState::kPermanent) return snapshot.classes().Name(loader.type);
  const std::string name = LoaderName(snapshot, snapshot.IdOf(loader.object));
  return IsPermanentLoader(name) ? name : snapshot.classes().Name(loader.type);
}

LoaderSummary Summarise(const Snapshot& snapshot, const LoaderTable& loaders, const Row& row) {
  LoaderSummary summary;
  summary.state = Name(row.state);
  summary.classes = row.classes;
  if (row.loaders.empty()) {
    summary.name = "boot";
    return summary;
  }
  const Loader& first = loaders[row.loaders.front()];
  summary.name = TypeName(snapshot, first);
  summary.loaders = row.loaders.size();
  if (row.loaders.size() == 1) summary.id = snapshot.IdOf(first.object);
  summary.why = row.below ? "its parent should be gone" : std::string(EvidenceOf(first).words);
  if (first.parent.valid()) summary.parent = TypeName(snapshot, loaders[first.parent]);
  for (const LoaderIndex l : row.loaders) summary.instances += loaders[l].instances;
  return summary;
}

// What holds the first loader of the row: for those that should be gone as the pins have it, for
// others the shortest path.
std::string HeldBy(const Snapshot& snapshot, const LoaderTable& loaders,
                   const std::vector<LeakedLoaders>& leaks, Paths& paths, const Row& row) {
  const Loader& loader = loaders[row.loaders.front()];
  const graph::Reachability level = snapshot.LevelOf(loader.object);
  if (level != graph::Reachability::kStrong) {
    return absl::StrCat(graph::Name(level), " references only");
  }
  for (const LeakedLoaders& leaked : leaks) {
    if (leaked.type != loader.type || leaked.routes.empty() || row.below) continue;
    if (std::find(leaked.loaders.begin(), leaked.loaders.end(), row.loaders.front()) ==
        leaked.loaders.end()) {
      continue;
    }
    const std::size_t more = leaked.routes.size() - 1;
    return absl::StrCat(leaked.routes.front().route.phrase, more == 0 ? "" : " and ",
                        more == 0 ? "" : Counted(more, "more route", "more routes"));
  }
  if (row.below) return "";
  const std::vector<ObjectIndex> path = paths.To(loader.object);
  return path.empty() ? "" : RouteOf(snapshot, DescribeEntry(snapshot, path)).phrase;
}

void FillRetained(const Snapshot& snapshot, const LoaderTable& loaders,
                  const std::vector<Row>& rows, std::vector<LoaderSummary>& summaries) {
  std::vector<std::uint32_t> row_of(loaders.size(), graph::kNoColour);
  std::vector<std::vector<ObjectIndex>> sets(rows.size());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (const LoaderIndex l : rows[r].loaders) {
      row_of[l.value()] = static_cast<std::uint32_t>(r);
      sets[r].push_back(loaders[l].object);
      for (const ClassIndex c : loaders.ClassesOf(l)) sets[r].push_back(snapshot.MirrorOf(c));
    }
  }
  std::vector<std::uint32_t> colours;
  for (std::uint32_t c = 0; c < snapshot.classes().size(); ++c) {
    const LoaderIndex l = loaders.OfClass(ClassIndex(c));
    const bool is_boot = snapshot.classes()[ClassIndex(c)].loader == 0;
    colours.push_back(l.valid() ? row_of[l.value()] : is_boot ? 0 : graph::kNoColour);
  }
  const std::vector<std::uint64_t> sizes = graph::RetainedByColour(snapshot, colours, sets);
  for (std::size_t r = 0; r < rows.size(); ++r) summaries[r].retained = sizes[r];
}

LoaderGroup Describe(const Snapshot& snapshot, const LeakedLoaders& leaked) {
  LoaderGroup group;
  group.type = snapshot.classes().Name(leaked.type);
  group.proved = leaked.proved;
  group.confidence = leaked.confidence;
  group.why = std::string(leaked.evidence->words);
  group.loaders = leaked.loaders.size();
  group.below = leaked.below;
  group.classes = leaked.classes;
  group.instances = leaked.instances;
  const MetaspaceEstimate estimate = EstimateMetaspace(leaked.classes);
  group.metaspace = estimate.likely;
  group.metaspace_least = estimate.least;
  group.metaspace_most = estimate.most;
  for (const PinnedBy& pin : leaked.routes) {
    group.routes.push_back({pin.route.phrase, pin.route.fix, pin.loaders, pin.path.ToOwnerPath()});
  }
  group.also_held_by = leaked.also_held_by;
  group.jars = leaked.jars;
  group.jobs = leaked.jobs;
  group.applications = leaked.applications;
  return group;
}

void AddGroups(const Snapshot& snapshot, std::vector<LeakedLoaders>& leaks, Loaders& result) {
  std::vector<std::vector<ObjectIndex>> members;
  for (LeakedLoaders& leaked : leaks) {
    result.groups.push_back(Describe(snapshot, leaked));
    members.push_back(std::move(leaked.members));
  }
  const std::vector<std::uint64_t> sizes = graph::RetainedBySets(snapshot, members);
  for (std::size_t i = 0; i < sizes.size(); ++i) result.groups[i].retained = sizes[i];
}

void AddDuplicates(const Snapshot& snapshot, const LoaderTable& loaders, Loaders& result) {
  absl::flat_hash_map<absl::string_view, std::vector<ClassIndex>> by_name;
  for (std::uint32_t i = 0; i < snapshot.classes().size(); ++i) {
    const ClassIndex c(i);
    const graph::ClassInfo& info = snapshot.classes()[c];
    if (info.kind != graph::ClassKind::kInstance || info.synthetic) continue;
    if (!loaders.OfClass(c).valid() && info.loader != 0) continue;
    by_name[snapshot.classes().Name(c)].push_back(c);
  }
  for (const auto& [name, classes] : by_name) {
    if (classes.size() < 2 || FamilyOf(name).kind != FamilyKind::kNone) continue;
    std::map<std::string, std::uint64_t> types;
    std::set<LoaderIndex> defining;
    for (const ClassIndex c : classes) {
      const LoaderIndex l = loaders.OfClass(c);
      if (defining.insert(l).second) ++types[l.valid() ? TypeName(snapshot, loaders[l]) : "boot"];
    }
    if (defining.size() < 2) continue;
    const auto most =
        std::max_element(types.begin(), types.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    result.duplicates.push_back({std::string(name), defining.size(), most->first, most->second});
  }
  std::sort(result.duplicates.begin(), result.duplicates.end(), [](const auto& a, const auto& b) {
    return std::tie(b.loaders, a.class_name) < std::tie(a.loaders, b.class_name);
  });
  result.total_duplicates = result.duplicates.size();
  if (result.duplicates.size() > kListed) result.duplicates.resize(kListed);
}

void AddFamilies(const Snapshot& snapshot, const LoaderTable& loaders, Loaders& result) {
  struct Members {
    std::uint64_t classes = 0;
    std::set<LoaderIndex> loaders;
  };
  absl::flat_hash_map<ClassFamily, Members> families;
  for (std::uint32_t i = 0; i < snapshot.classes().size(); ++i) {
    const ClassIndex c(i);
    const graph::ClassInfo& info = snapshot.classes()[c];
    if (info.kind != graph::ClassKind::kInstance || info.synthetic) continue;
    ClassFamily family = FamilyOf(snapshot.classes().Name(c));
    if (family.kind == FamilyKind::kNone) continue;
    Members& members = families[std::move(family)];
    ++members.classes;
    members.loaders.insert(loaders.OfClass(c));
  }
  for (const auto& [family, members] : families) {
    result.families.push_back({FamilyText(family), members.classes, members.loaders.size()});
  }
  std::sort(result.families.begin(), result.families.end(), [](const auto& a, const auto& b) {
    return std::tie(b.classes, a.name) < std::tie(a.classes, b.name);
  });
  result.total_families = result.families.size();
  if (result.families.size() > kListed) result.families.resize(kListed);
}

}  // namespace

Loaders DescribeLoaders(const Snapshot& snapshot, const LoadersOptions& options) {
  const ClassCounts counts = CountObjects(snapshot);
  LoaderTable loaders(snapshot, counts.live);
  JudgeLoaders(snapshot, loaders);
  Loaders result;
  result.options = options;
  result.total_loaders = loaders.size() + 1;
  for (const Loader& loader : loaders.all()) {
    result.dead += loader.state == LoaderState::kDead;
    result.replaced += loader.state == LoaderState::kReplaced;
    result.alive += loader.state == LoaderState::kAlive;
  }
  std::vector<Row> rows = MakeRows(snapshot, loaders);
  result.total_rows = rows.size();
  for (const Row& row : rows) result.total_classes += row.classes;
  if (options.limit > 0 && rows.size() > options.limit) rows.resize(options.limit);
  std::vector<LeakedLoaders> leaks = FindLoaderLeaks(snapshot, loaders);
  Paths paths(snapshot);
  for (const Row& row : rows) {
    LoaderSummary& summary = result.rows.emplace_back(Summarise(snapshot, loaders, row));
    if (row.state == LoaderState::kPermanent) continue;
    summary.held_by = HeldBy(snapshot, loaders, leaks, paths, row);
  }
  for (std::uint32_t c = 0; c < snapshot.classes().size(); ++c) {
    if (snapshot.classes()[ClassIndex(c)].loader == 0) result.rows[0].instances += counts.live[c];
  }
  FillRetained(snapshot, loaders, rows, result.rows);
  AddGroups(snapshot, leaks, result);
  AddDuplicates(snapshot, loaders, result);
  AddFamilies(snapshot, loaders, result);
  return result;
}

}  // namespace leaktrail::analyses
