#include "analyses/signature_match.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyses/collections.h"
#include "analyses/signature_text.h"

namespace leaktrail::analyses {

using graph::ClassIndex;
using graph::ObjectIndex;

namespace {

absl::flat_hash_set<std::string> AllSuffixes(std::span<const Signature> signatures) {
  absl::flat_hash_set<std::string> all;
  const auto add = [&](const std::vector<std::string>& suffixes) {
    all.insert(suffixes.begin(), suffixes.end());
  };
  const auto add_conditions = [&](const std::vector<Condition>& conditions) {
    for (const Condition& condition : conditions) add(ClassesOf(condition));
  };
  for (const Signature& signature : signatures) {
    add(signature.count.classes);
    add_conditions(signature.count.where);
    add(signature.held_by);
    add(signature.retained);
    add(signature.parts);
    add(CountedClasses(signature.headline));
    for (const std::string& line : signature.evidence) add(CountedClasses(line));
    for (const Requirement& requirement : signature.require) {
      add(requirement.classes);
      add_conditions(requirement.where);
    }
  }
  return all;
}

bool IsStatic(const std::optional<FieldPath>& path) { return path && path->from_static; }

// All conditions of a list, ready to be asked.
class Conditions {
 public:
  Conditions(const graph::Snapshot& snapshot, graph::FieldReader& reader,
             const ClassMatches& classes, const std::vector<Condition>& where) {
    tests_.reserve(where.size());
    for (const Condition& condition : where) {
      tests_.emplace_back(snapshot, reader, classes, condition);
    }
  }
  bool Hold(ObjectIndex o) {
    return std::all_of(tests_.begin(), tests_.end(),
                       [&](ConditionTest& test) { return test.Holds(o); });
  }

 private:
  std::vector<ConditionTest> tests_;
};

}  // namespace

// The instances for which conditions hold.
struct SignatureMatcher::Selection {
  std::uint64_t count = 0, total = 0, looked_at = 0;
  ClassIndex main_class;
  std::vector<ObjectIndex> objects;
};

SignatureMatcher::SignatureMatcher(const AnalysisInput& input,
                                   std::span<const Signature> signatures)
    : input_(input),
      signatures_(signatures),
      classes_(input.snapshot.classes(), AllSuffixes(signatures)),
      reader_(input.snapshot) {}

std::vector<ClassIndex> SignatureMatcher::ClassesOf(const std::vector<std::string>& suffixes,
                                                    bool subclasses) const {
  std::vector<ClassIndex> classes;
  for (const std::string& suffix : suffixes) {
    const auto more = subclasses ? classes_.WithSubclasses(suffix) : classes_.Exact(suffix);
    classes.insert(classes.end(), more.begin(), more.end());
  }
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  return classes;
}

std::uint64_t SignatureMatcher::LiveInstancesOf(std::span<const ClassIndex> classes) const {
  std::uint64_t count = 0;
  for (const ClassIndex c : classes) count += input_.instances[c.value()];
  return count;
}

std::uint64_t SignatureMatcher::LiveInstances(absl::string_view suffix) const {
  return LiveInstancesOf(classes_.WithSubclasses(suffix));
}

std::vector<ObjectIndex> SignatureMatcher::InstancesOf(
    std::span<const std::string> suffixes) const {
  std::vector<ObjectIndex> objects;
  if (instances_ == nullptr) return objects;
  const std::vector<std::string> all(suffixes.begin(), suffixes.end());
  for (const ClassIndex c : ClassesOf(all, true)) {
    const auto of_class = instances_->Of(c);
    objects.insert(objects.end(), of_class.begin(), of_class.end());
  }
  return objects;
}

bool SignatureMatcher::CanApply(const Signature& signature) const {
  const CountRule& rule = signature.count;
  switch (rule.of) {
    case CountRule::Of::kInstances:
      return LiveInstancesOf(ClassesOf(rule.classes, rule.subclasses)) >= rule.at_least;
    case CountRule::Of::kElements: {
      const auto classes = ClassesOf(rule.classes, rule.subclasses);
      return IsStatic(rule.field) ? !classes.empty() : LiveInstancesOf(classes) > 0;
    }
    case CountRule::Of::kLoaders:
      return rule.classes.empty() ||
             LiveInstancesOf(ClassesOf(rule.classes, rule.subclasses)) >= rule.at_least;
    case CountRule::Of::kClasses:
      break;
  }
  return true;
}

void SignatureMatcher::CollectInstances(const std::vector<const Signature*>& signatures) {
  std::vector<bool> wanted(input_.snapshot.classes().size());
  bool any = false;
  const auto add = [&](const std::vector<std::string>& suffixes, bool subclasses) {
    for (const ClassIndex c : ClassesOf(suffixes, subclasses)) {
      if (input_.instances[c.value()] == 0) continue;
      wanted[c.value()] = any = true;
    }
  };
  for (const Signature* signature : signatures) {
    const CountRule& rule = signature->count;
    if (rule.of != CountRule::Of::kClasses) add(rule.classes, rule.subclasses);
    add(signature->retained, true);
    add(signature->parts, true);
    for (const Requirement& requirement : signature->require) {
      if (!requirement.where.empty()) add(requirement.classes, true);
    }
  }
  if (any) instances_ = std::make_unique<Instances>(input_.snapshot, wanted);
}

SignatureMatcher::Selection SignatureMatcher::Select(std::span<const ClassIndex> classes,
                                                     const std::vector<Condition>& where) {
  Selection selection;
  if (instances_ == nullptr) return selection;
  Conditions conditions(input_.snapshot, reader_, classes_, where);
  std::uint64_t most = 0;
  for (const ClassIndex c : classes) {
    const auto all = instances_->Of(c);
    const std::size_t step = where.empty() ? 1 : 1 + all.size() / (kMostRead + 1);
    const std::size_t before = selection.objects.size();
    std::uint64_t looked_at = 0;
    if (where.empty()) {
      selection.objects.insert(selection.objects.end(), all.begin(), all.end());
      looked_at = all.size();
    }
    for (std::size_t i = 0; !where.empty() && i < all.size(); i += step, ++looked_at) {
      if (conditions.Hold(all[i])) selection.objects.push_back(all[i]);
    }
    std::uint64_t count = selection.objects.size() - before;
    if (step > 1 && count == looked_at) {  // no exception in the sample
      selection.objects.resize(before);
      selection.objects.insert(selection.objects.end(), all.begin(), all.end());
    }
    if (looked_at > 0 && step > 1) count = count * all.size() / looked_at;
    selection.count += count;
    selection.total += all.size();
    selection.looked_at += looked_at;
    if (count > most) {
      most = count;
      selection.main_class = c;
    }
  }
  return selection;
}

void SignatureMatcher::CountInstances(const Signature& signature, SignatureMatch& match) {
  const CountRule& rule = signature.count;
  Selection selection = Select(ClassesOf(rule.classes, rule.subclasses), rule.where);
  match.count = selection.count;
  match.total = selection.total;
  match.looked_at = selection.looked_at;
  match.main_class = selection.main_class;
  match.members = std::move(selection.objects);
  if (rule.group_by) KeepBiggestGroup(*rule.group_by, match);
}

// Loaders that define at least one class; of any class if the signature names none.
void SignatureMatcher::CountLoaders(const Signature& signature, SignatureMatch& match) {
  const graph::Snapshot& snapshot = input_.snapshot;
  const CountRule& rule = signature.count;
  Conditions conditions(snapshot, reader_, classes_, rule.where);
  const std::vector<ClassIndex> wanted = ClassesOf(rule.classes, rule.subclasses);
  absl::flat_hash_set<hprof::Id> seen;
  std::vector<ObjectIndex> loaders;
  for (std::uint32_t i = 0; i < snapshot.classes().size(); ++i) {
    const hprof::Id id = snapshot.classes()[ClassIndex(i)].loader;
    if (id == 0 || !seen.insert(id).second) continue;
    const ObjectIndex loader = snapshot.Find(id);
    if (!loader.valid() || snapshot.LevelOf(loader) == graph::Reachability::kUnreachable) continue;
    const ClassIndex c = snapshot.ClassOf(loader);
    const bool is_wanted =
        rule.classes.empty() || std::binary_search(wanted.begin(), wanted.end(), c);
    if (is_wanted) loaders.push_back(loader);
  }
  std::sort(loaders.begin(), loaders.end());
  match.total = loaders.size();
  const std::size_t step = rule.where.empty() ? 1 : 1 + loaders.size() / (kMostRead + 1);
  for (std::size_t i = 0; i < loaders.size(); i += step, ++match.looked_at) {
    if (conditions.Hold(loaders[i])) match.members.push_back(loaders[i]);
  }
  match.count = match.members.size() * step;
  if (!match.members.empty()) match.main_class = snapshot.ClassOf(match.members.front());
}

void SignatureMatcher::CountElements(const Signature& signature, SignatureMatch& match) {
  const graph::Snapshot& snapshot = input_.snapshot;
  const CountRule& rule = signature.count;
  const std::vector<ClassIndex> classes = ClassesOf(rule.classes, rule.subclasses);
  std::vector<ObjectIndex> owners;
  if (IsStatic(rule.field)) {
    Conditions conditions(snapshot, reader_, classes_, rule.where);
    for (const ClassIndex c : classes) {
      if (conditions.Hold(snapshot.MirrorOf(c))) owners.push_back(snapshot.MirrorOf(c));
    }
    match.total = match.looked_at = classes.size();
    if (!classes.empty()) match.main_class = classes.front();
  } else {
    Selection selection = Select(classes, rule.where);
    owners = std::move(selection.objects);
    match.total = selection.total;
    match.looked_at = selection.looked_at;
    match.main_class = selection.main_class;
  }
  PathFollower path(snapshot, reader_, *rule.field);
  absl::flat_hash_set<ObjectIndex> seen;
  std::vector<std::pair<std::uint64_t, ObjectIndex>> collections;
  const std::size_t step = 1 + owners.size() / (kMostRead + 1);
  for (std::size_t i = 0; i < owners.size(); i += step) {
    const ObjectIndex collection = path.Follow(owners[i]).object;
    if (!collection.valid() || !seen.insert(collection).second) continue;
    const std::uint64_t size = ElementsOf(snapshot, collection).value_or(0);
    if (size == 0) continue;
    collections.emplace_back(size, collection);
    match.count += size * step;
  }
  std::stable_sort(collections.begin(), collections.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [size, collection] : collections) match.members.push_back(collection);
}

void SignatureMatcher::CountClasses(const Signature& signature, SignatureMatch& match) {
  const graph::Snapshot& snapshot = input_.snapshot;
  const CountRule& rule = signature.count;
  const std::vector<ClassIndex> wanted = ClassesOf(rule.classes, rule.subclasses);
  Conditions conditions(snapshot, reader_, classes_, rule.where);
  for (std::uint32_t i = 0; i < snapshot.classes().size(); ++i) {
    const ClassIndex c(i);
    if (snapshot.classes()[c].synthetic) continue;
    if (!rule.classes.empty() && !std::binary_search(wanted.begin(), wanted.end(), c)) continue;
    const ObjectIndex mirror = snapshot.MirrorOf(c);
    if (snapshot.LevelOf(mirror) == graph::Reachability::kUnreachable) continue;
    ++match.total;
    if (!rule.family.empty() &&
        !absl::EndsWith(FamilyName(snapshot.classes().Name(c)), rule.family)) {
      continue;
    }
    if (!conditions.Hold(mirror)) continue;
    match.members.push_back(mirror);
    if (!match.main_class.valid()) match.main_class = c;
  }
  match.looked_at = match.total;
  if (rule.group_by_family) KeepBiggestFamily(match);
  match.count = match.members.size();
}

// Two classes are of one family if their package and FamilyName are the same.
void SignatureMatcher::KeepBiggestFamily(SignatureMatch& match) {
  const graph::ClassTable& classes = input_.snapshot.classes();
  absl::flat_hash_map<std::string, std::vector<ObjectIndex>> families;
  for (const ObjectIndex mirror : match.members) {
    const absl::string_view name = classes.Name(input_.snapshot.MirroredClass(mirror));
    const std::size_t dot = name.substr(0, name.find('/')).rfind('.');
    const absl::string_view package = name.substr(0, dot == absl::string_view::npos ? 0 : dot);
    families[absl::StrCat(package, ".", FamilyName(name))].push_back(mirror);
  }
  match.groups = families.size();
  match.members.clear();
  for (auto& [name, members] : families) {
    const bool better = members.size() > match.members.size() ||
                        (members.size() == match.members.size() && members < match.members);
    if (better) match.members = std::move(members);
  }
  if (!match.members.empty()) {
    match.main_class = input_.snapshot.MirroredClass(match.members.front());
  }
}

void SignatureMatcher::KeepBiggestGroup(const FieldPath& path, SignatureMatch& match) {
  using Kind = PathValue::Kind;
  const graph::Snapshot& snapshot = input_.snapshot;
  PathFollower follower(snapshot, reader_, path);
  struct Group {
    std::vector<ObjectIndex> members;
  };
  // Keyed by kind and value; Strings by the hash of their content, which goes no further.
  absl::flat_hash_map<std::pair<int, std::uint64_t>, Group> groups;
  const std::size_t all = match.members.size();
  const std::size_t step = 1 + all / (kMostRead + 1);
  for (std::size_t i = 0; i < all; i += step) {
    const PathValue value = follower.Follow(match.members[i]);
    std::pair<int, std::uint64_t> key = {0, value.id};
    if (value.kind == Kind::kNumber) {
      key = {1, static_cast<std::uint64_t>(value.number)};
    } else if (value.kind != Kind::kReference || !value.object.valid()) {
      continue;
    } else if (snapshot.ClassOf(value.object) == snapshot.classes().java_lang_string) {
      key = {2, absl::HashOf(snapshot.StringValue(value.object).value_or(""))};
    }
    groups[key].members.push_back(match.members[i]);
  }
  match.groups = groups.size();
  Group* biggest = nullptr;
  for (auto& [key, group] : groups) {
    const bool better = biggest == nullptr || group.members.size() > biggest->members.size() ||
                        (group.members.size() == biggest->members.size() &&
                         group.members.front() < biggest->members.front());
    if (better) biggest = &group;
  }
  const std::uint64_t counted = biggest == nullptr ? 0 : biggest->members.size();
  match.count = all == 0 ? 0 : counted * step * match.count / all;
  match.members = biggest == nullptr ? std::vector<ObjectIndex>() : std::move(biggest->members);
}

bool SignatureMatcher::Meets(const Requirement& requirement, std::uint64_t count) {
  const std::vector<ClassIndex> classes = ClassesOf(requirement.classes, true);
  const std::uint64_t there = requirement.where.empty() ? LiveInstancesOf(classes)
                                                        : Select(classes, requirement.where).count;
  if (requirement.at_least && there < *requirement.at_least) return false;
  if (requirement.at_most && there > *requirement.at_most) return false;
  return !requirement.at_most_percent ||
         static_cast<double>(there) * 100 <=
             static_cast<double>(*requirement.at_most_percent) * static_cast<double>(count);
}

SignatureMatch SignatureMatcher::Match(const Signature& signature) {
  SignatureMatch match;
  match.signature = &signature;
  switch (signature.count.of) {
    case CountRule::Of::kInstances:
      CountInstances(signature, match);
      break;
    case CountRule::Of::kElements:
      CountElements(signature, match);
      break;
    case CountRule::Of::kClasses:
      CountClasses(signature, match);
      break;
    case CountRule::Of::kLoaders:
      CountLoaders(signature, match);
      break;
  }
  return match;
}

std::vector<SignatureMatch> SignatureMatcher::Find() {
  std::vector<const Signature*> candidates;
  for (const Signature& signature : signatures_) {
    if (CanApply(signature)) candidates.push_back(&signature);
  }
  CollectInstances(candidates);
  std::vector<SignatureMatch> matches;
  for (const Signature* signature : candidates) {
    SignatureMatch match = Match(*signature);
    if (match.count < signature->count.at_least || match.members.empty()) continue;
    const bool met = std::all_of(
        signature->require.begin(), signature->require.end(),
        [&](const Requirement& requirement) { return Meets(requirement, match.count); });
    if (met) matches.push_back(std::move(match));
  }
  return matches;
}

}  // namespace leaktrail::analyses
