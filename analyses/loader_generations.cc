#include "analyses/loader_generations.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "analyses/class_families.h"
#include "analyses/loader_evidence.h"
#include "analyses/loader_sources.h"
#include "analyses/text.h"

namespace leaktrail::analyses {

using graph::ClassIndex;
using graph::Snapshot;

namespace {

constexpr std::uint32_t kMostSources = 4'000;
// Without a place to compare, equal names of fewer classes are no coincidence worth a word: script
// engines and compilers call all their classes alike.
constexpr std::uint32_t kLeastClassesWithoutSource = 4;

struct Candidate {
  ClassIndex type;
  std::uint64_t key;  // of the place, else of the names of its classes
  LoaderIndex loader;

  auto Order() const { return std::tuple(type, key, loader); }
};

bool IsCandidate(const Snapshot& snapshot, const Loader& loader) {
  if (loader.evidence != 0 || loader.state != LoaderState::kUnknown || loader.classes == 0) {
    return false;
  }
  if (snapshot.LevelOf(loader.object) != graph::Reachability::kStrong) return false;
  const std::string& type = snapshot.classes().Name(loader.type);
  if (IsPlatformClass(type) && type != "java.net.URLClassLoader" &&
      type != "java.net.FactoryURLClassLoader") {
    return false;
  }
  return FindGeneratingLoader(type) == nullptr;
}

// Of the names of its ordinary classes, in whatever order.
std::uint64_t HashOfClasses(const Snapshot& snapshot, const LoaderTable& loaders, LoaderIndex l) {
  std::uint64_t hash = 0;
  for (const ClassIndex c : loaders.ClassesOf(l)) {
    const std::string& name = snapshot.classes().Name(c);
    if (FamilyOf(name).kind == FamilyKind::kNone) hash += absl::Hash<std::string>()(name);
  }
  return hash;
}

// True if most of the loaders define one and the same class.
bool ShareAClass(const Snapshot& snapshot, const LoaderTable& loaders,
                 std::span<const Candidate> group) {
  absl::flat_hash_map<std::uint64_t, std::uint32_t> counts;
  std::uint32_t most = 0;
  for (const Candidate& candidate : group) {
    for (const ClassIndex c : loaders.ClassesOf(candidate.loader)) {
      const std::string& name = snapshot.classes().Name(c);
      if (FamilyOf(name).kind != FamilyKind::kNone) continue;
      most = std::max(most, ++counts[absl::Hash<std::string>()(name)]);
    }
  }
  return most * std::uint64_t{4} >= group.size() * 3;
}

}  // namespace

void JudgeByGenerations(const Snapshot& snapshot, LoaderTable& loaders) {
  std::vector<std::uint32_t> of_type(snapshot.classes().size());
  for (const Loader& loader : loaders.all()) {
    if (IsCandidate(snapshot, loader)) ++of_type[loader.type.value()];
  }
  std::vector<Candidate> candidates;
  // By type: loaders of few classes without a source. After thousands the rest will have none.
  std::vector<std::uint32_t> without_key(snapshot.classes().size());
  for (std::uint32_t i = 0; i < loaders.size() && candidates.size() < kMostSources; ++i) {
    const LoaderIndex l(i);
    const Loader& loader = loaders[l];
    if (of_type[loader.type.value()] < kLeastGenerations || !IsCandidate(snapshot, loader)) {
      continue;
    }
    std::uint32_t& in_vain = without_key[loader.type.value()];
    if (in_vain >= kMostSources) continue;
    std::uint64_t key = SourceOf(snapshot, loaders, l).hash;
    if (key == 0) {
      if (loader.classes < kLeastClassesWithoutSource) {
        ++in_vain;
        continue;
      }
      key = HashOfClasses(snapshot, loaders, l);
    }
    candidates.push_back({loader.type, key, l});
  }
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.Order() < b.Order(); });
  for (std::size_t begin = 0, end = 0; begin < candidates.size(); begin = end) {
    while (end < candidates.size() && candidates[end].type == candidates[begin].type &&
           candidates[end].key == candidates[begin].key) {
      ++end;
    }
    const auto group = std::span(candidates).subspan(begin, end - begin);
    if (group.size() < kLeastGenerations || !ShareAClass(snapshot, loaders, group)) continue;
    for (const Candidate& candidate : group) {
      loaders[candidate.loader].state = LoaderState::kReplaced;
      loaders[candidate.loader].evidence = GenerationsEvidence();
    }
  }
}

}  // namespace leaktrail::analyses
