#include "analyses/loader_leaks.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "analyses/loader_evidence.h"
#include "analyses/loader_generations.h"
#include "analyses/loader_sources.h"
#include "analyses/text.h"

namespace leaktrail::analyses {

using graph::ObjectIndex;
using graph::Snapshot;

namespace {

constexpr std::size_t kNamedLoaders = 100;

// The evidence that most of the loaders have.
const LoaderEvidence& MostFrequent(const LoaderTable& loaders,
                                   const std::vector<LoaderIndex>& some) {
  std::map<std::uint8_t, std::uint32_t> counts;
  for (const LoaderIndex l : some) ++counts[loaders[l].evidence];
  const auto most =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return LoaderEvidences()[most == counts.end() ? 0 : most->first];
}

void NameSources(const Snapshot& snapshot, const LoaderTable& loaders,
                 const WebApplications& applications, LeakedLoaders& group) {
  std::set<std::string> jars, jobs, names;
  for (std::size_t i = 0; i < std::min(kNamedLoaders, group.loaders.size()); ++i) {
    LoaderSource source = SourceOf(snapshot, loaders, group.loaders[i]);
    jars.insert(source.jars.begin(), source.jars.end());
    if (!source.job.empty()) jobs.insert(std::move(source.job));
    std::string name = applications.NameOf(loaders[group.loaders[i]].object);
    if (!name.empty()) names.insert(std::move(name));
  }
  group.jars.assign(jars.begin(), jars.end());
  group.jobs.assign(jobs.begin(), jobs.end());
  group.applications.assign(names.begin(), names.end());
}

// Inferred evidence is as good as there are many loaders, and better where their place is known.
int ConfidenceOf(const LoaderTable& loaders, const LeakedLoaders& group) {
  int confidence = 100;
  for (const LoaderIndex l : group.loaders) {
    confidence = std::min(confidence, EvidenceOf(loaders[l]).confidence);
  }
  if (group.proved || confidence >= 80) return confidence;
  const std::size_t count = group.loaders.size();
  return confidence + (count >= 20 ? 10 : count >= 10 ? 5 : 0);
}

}  // namespace

void JudgeLoaders(const Snapshot& snapshot, LoaderTable& loaders) {
  JudgeByEvidence(snapshot, loaders);
  JudgeByGenerations(snapshot, loaders);
}

const LoaderTable& JudgedLoaders::Table() {
  if (!table_) {
    table_.emplace(snapshot_, instances_);
    JudgeLoaders(snapshot_, *table_);
  }
  return *table_;
}

bool IsLeaked(const Snapshot& snapshot, const Loader& loader) {
  return (loader.state == LoaderState::kDead || loader.state == LoaderState::kReplaced) &&
         loader.classes > 0 && snapshot.LevelOf(loader.object) == graph::Reachability::kStrong;
}

std::vector<LeakedLoaders> FindLoaderLeaks(const Snapshot& snapshot, const LoaderTable& loaders) {
  std::vector<LoaderIndex> leaked;
  for (std::uint32_t i = 0; i < loaders.size(); ++i) {
    if (IsLeaked(snapshot, loaders[LoaderIndex(i)])) leaked.push_back(LoaderIndex(i));
  }
  if (leaked.empty()) return {};
  const LoaderPins pins(snapshot, loaders, leaked);
  std::map<std::pair<graph::ClassIndex, bool>, LeakedLoaders> by_type;
  for (std::uint32_t i = 0; i < loaders.size(); ++i) {
    const LoaderIndex l(i), top = pins.TopOf(l);
    if (!top.valid()) continue;
    const bool proved = EvidenceOf(loaders[top]).confidence >= kProof;
    LeakedLoaders& group = by_type[{loaders[top].type, proved}];
    group.type = loaders[top].type;
    group.proved = proved;
    group.classes += loaders[l].classes;
    group.instances += loaders[l].instances;
    if (l == top)
      group.loaders.push_back(l);
    else
      ++group.below;
  }
  const WebApplications applications(snapshot);
  std::vector<LeakedLoaders> groups;
  for (auto& [key, group] : by_type) {
    group.confidence = ConfidenceOf(loaders, group);
    group.evidence = &MostFrequent(loaders, group.loaders);
    group.routes = pins.Routes(group.loaders);
    group.also_held_by = pins.AlsoHeldBy(group.loaders, group.routes);
    group.members = pins.Members(group.loaders);
    NameSources(snapshot, loaders, applications, group);
    groups.push_back(std::move(group));
  }
  std::stable_sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
    return std::pair(b.proved, b.classes) < std::pair(a.proved, a.classes);
  });
  return groups;
}

}  // namespace leaktrail::analyses
