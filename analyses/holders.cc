#include "analyses/holders.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "analyses/collections.h"
#include "analyses/fingerprint.h"
#include "analyses/holder_path.h"
#include "analyses/loader_names.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

using graph::ObjectIndex;
using graph::Snapshot;

bool IsPermanentLoader(const Snapshot& snapshot, ObjectIndex o) {
  const std::string name = LoaderName(snapshot, snapshot.IdOf(o));
  return name == "platform" || name == "app";
}

// Below the roots and below a loader that never goes hangs everything that has no single owner.
bool IsNobody(const Snapshot& snapshot, const Holding& holding) {
  return holding.members.empty() ||
         (holding.members.size() == 1 && IsPermanentLoader(snapshot, holding.members[0]));
}

Holder MakeHolder(Holder::Kind kind, Holding holding, std::uint64_t live) {
  Holder holder;
  holder.kind = kind;
  holder.retained = holding.retained;
  holder.share_milli = Milli(holding.retained, live);
  holder.holding = std::move(holding);
  return holder;
}

// Takes the groups of which there are many out of `holding`, each as a holder of its own: objects
// that two or more collections hold, or many threads.
std::vector<Holder> SplitShared(const Snapshot& snapshot, Holding& holding,
                                std::uint64_t min_bytes) {
  std::vector<Holder> shared;
  const std::uint64_t live = snapshot.live().bytes;
  const auto is_shared = [&](const ElementGroup& group) {
    return !group.folded && group.count >= kMany && group.retained >= min_bytes &&
           group.class_index != snapshot.classes().java_lang_class;
  };
  for (ElementGroup& group : holding.groups) {
    if (!is_shared(group)) continue;
    Holding part;
    part.retained = group.retained;
    part.groups.push_back(group);
    holding.retained -= std::min(holding.retained, group.retained);
    shared.push_back(MakeHolder(Holder::Kind::kShared, std::move(part), live));
  }
  std::erase_if(holding.groups, is_shared);
  return shared;
}

void DescribePlatform(Holder& holder) {
  holder.name = "the Java platform";
  holder.platform_only = true;
  DescribedStep step;
  step.step.class_name = "the Java platform: classes, interned strings, modules";
  step.step.retained = holder.retained;
  holder.path.root = "GC roots";
  holder.path.steps.push_back(std::move(step));
  holder.place = 0;
}

void SortBySize(std::vector<Holder>& holders) {
  std::stable_sort(holders.begin(), holders.end(),
                   [](const Holder& a, const Holder& b) { return a.retained > b.retained; });
}

// The biggest holdings, without paths yet.
std::vector<Holder> Candidates(const Snapshot& snapshot, const HolderOptions& options) {
  const std::uint64_t live = snapshot.live().bytes;
  std::vector<Holder> holders;
  Holding platform;
  for (Holding& holding : FindHoldings(snapshot, options.min_bytes)) {
    if (!IsNobody(snapshot, holding)) {
      holders.push_back(MakeHolder(Holder::Kind::kPlace, std::move(holding), live));
      continue;
    }
    for (Holder& holder : SplitShared(snapshot, holding, options.min_bytes)) {
      holders.push_back(std::move(holder));
    }
    platform.retained += holding.retained;
    std::move(holding.groups.begin(), holding.groups.end(), std::back_inserter(platform.groups));
  }
  if (platform.retained >= options.min_bytes && platform.retained > 0) {
    holders.push_back(MakeHolder(Holder::Kind::kPlatform, std::move(platform), live));
  }
  SortBySize(holders);
  const std::size_t most = 3 * options.limit;  // some will become one
  if (holders.size() > most) holders.resize(most);
  return holders;
}

// Adds what `from` has to `to`.
void Absorb(Holder& to, Holder&& from, std::uint64_t live) {
  Holding& all = to.holding;
  all.members.insert(all.members.end(), from.holding.members.begin(), from.holding.members.end());
  absl::flat_hash_map<std::pair<graph::ClassIndex, bool>, std::size_t> place_of;
  for (std::size_t i = 0; i < all.groups.size(); ++i) {
    place_of.try_emplace({all.groups[i].class_index, all.groups[i].folded}, i);
  }
  for (ElementGroup& group : from.holding.groups) {
    const auto [slot, is_new] =
        place_of.try_emplace({group.class_index, group.folded}, all.groups.size());
    if (is_new) {
      all.groups.push_back(std::move(group));
      continue;
    }
    ElementGroup& same = all.groups[slot->second];
    same.count += group.count;
    same.shallow += group.shallow;
    same.retained += group.retained;
  }
  all.retained += from.holding.retained;
  to.retained += from.retained;
  to.share_milli = Milli(to.retained, live);
}

// Holders that a person would find at the same place become one.
void MergeEqual(const Snapshot& snapshot, std::vector<Holder>& holders) {
  std::vector<Holder> merged;
  absl::flat_hash_map<std::string, std::size_t> place_of;
  for (Holder& holder : holders) {
    const bool single = holder.kind == Holder::Kind::kPlace && holder.place >= 0;
    const std::string key = single ? ExactPath(snapshot, holder) : absl::StrCat("#", merged.size());
    const auto [slot, is_new] = place_of.try_emplace(key, merged.size());
    if (is_new)
      merged.push_back(std::move(holder));
    else
      Absorb(merged[slot->second], std::move(holder), snapshot.live().bytes);
  }
  holders = std::move(merged);
}

// What the platform keeps for itself is of no interest by its parts.
void MergePlatform(std::vector<Holder>& holders, std::uint64_t live) {
  const auto platform = std::find_if(holders.begin(), holders.end(), [](const Holder& holder) {
    return holder.kind == Holder::Kind::kPlatform;
  });
  if (platform == holders.end()) return;
  Holder all = std::move(*platform);
  holders.erase(platform);
  std::erase_if(holders, [&](Holder& holder) {
    const bool plain = holder.platform_only && holder.known == nullptr;
    if (!plain || holder.retained >= kLeastLeakBytes) return false;
    Absorb(all, std::move(holder), live);
    return true;
  });
  all.holding.members.clear();
  all.path.steps.front().step.retained = all.retained;
  holders.push_back(std::move(all));
}

PathStep PlaceStep(const Holder& holder) {
  PathStep step = holder.path.steps[holder.place].step;
  const std::size_t members = holder.holding.members.size();
  if (members > 1) {
    absl::StrAppend(&step.detail, step.detail.empty() ? "" : ", ", "one of ", CountText(members));
  }
  return step;
}

}  // namespace

const ElementGroup* Holder::main_group() const {
  const ElementGroup* biggest = nullptr;
  std::uint64_t of_many = 0;
  for (const ElementGroup& group : holding.groups) {
    if (group.folded || group.count < kMany) continue;
    if (biggest == nullptr) biggest = &group;
    of_many += group.retained;
  }
  if (biggest != nullptr && of_many >= retained / 2) return biggest;
  return holding.groups.empty() ? nullptr : &holding.groups.front();
}

std::vector<Holder> FindHolders(const Snapshot& snapshot, Paths& paths,
                                const HolderOptions& options) {
  std::vector<Holder> holders = Candidates(snapshot, options);
  for (Holder& holder : holders) {
    if (holder.kind == Holder::Kind::kPlatform)
      DescribePlatform(holder);
    else
      FindHolderPath(snapshot, paths, holder);
  }
  MergeEqual(snapshot, holders);
  MergePlatform(holders, snapshot.live().bytes);
  SortBySize(holders);
  if (holders.size() > options.limit) holders.resize(options.limit);
  for (Holder& holder : holders) SortGroups(snapshot, holder.holding.groups);
  return holders;
}

std::vector<Accumulated> MakeParts(const Snapshot& snapshot, const Holder& holder,
                                   std::size_t limit) {
  std::vector<Accumulated> parts;
  Accumulated inside;
  for (const ElementGroup& group : holder.holding.groups) {
    const std::string& name = snapshot.classes().Name(group.class_index);
    if (!group.folded) {
      if (parts.size() < limit) parts.push_back({name, group.count, group.shallow, group.retained});
      continue;
    }
    if (inside.class_name.empty()) {  // the biggest of them lends its name
      inside.class_name = name;
      inside.count = group.count;
    }
    inside.shallow += group.shallow;
    inside.retained += group.retained;
  }
  if (inside.retained == 0) return parts;
  const auto smaller = std::find_if(parts.begin(), parts.end(), [&](const Accumulated& part) {
    return part.retained < inside.retained;
  });
  parts.insert(smaller, std::move(inside));
  if (parts.size() > limit) parts.resize(limit);
  return parts;
}

HolderRow MakeRow(const Snapshot& snapshot, const Holder& holder) {
  constexpr std::size_t kParts = 6;
  HolderRow row;
  row.retained = holder.retained;
  row.share_milli = holder.share_milli;
  row.name = holder.name;
  row.accumulated = MakeParts(snapshot, holder, kParts);
  if (holder.place < 0) return row;
  row.path = holder.path.ToOwnerPath();
  row.path.steps.resize(static_cast<std::size_t>(holder.place) + 1);
  row.path.steps.back() = PlaceStep(holder);
  if (!row.accumulated.empty() && holder.kind == Holder::Kind::kPlace) {
    row.accumulation_point = row.path.steps.back();
  }
  return row;
}

}  // namespace leaktrail::analyses
