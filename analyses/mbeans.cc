#include "analyses/mbeans.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyses/key_names.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

// Names of classes and fields as in JDK 8 to 25.
constexpr absl::string_view kRepository = "com.sun.jmx.mbeanserver.Repository";
constexpr absl::string_view kNamedObject = "com.sun.jmx.mbeanserver.NamedObject";

constexpr std::size_t kMostServers = 16;
constexpr std::size_t kMostDomains = 4096;
// Domains that are worth an exact size.
constexpr std::uint64_t kNotableCount = 100;
constexpr std::size_t kExactDomains = 16;
constexpr std::size_t kLongestName = 1024;

void SortBySize(std::vector<MBeanDomain>& domains) {
  std::sort(domains.begin(), domains.end(), [](const MBeanDomain& a, const MBeanDomain& b) {
    return std::tuple(b.retained, b.count(), a.name) < std::tuple(a.retained, a.count(), b.name);
  });
}

class MBeanReader {
 public:
  MBeanReader(const Snapshot& snapshot, std::span<const std::uint64_t> instances)
      : snapshot_(snapshot), instances_(instances) {
    const graph::ClassTable& classes = snapshot.classes();
    inside_map_.resize(classes.size());
    for (std::uint32_t i = 0; i < classes.size(); ++i) {
      inside_map_[i] = absl::StartsWith(classes.Name(ClassIndex(i)), "java.util.HashMap");
    }
    named_object_ = classes.FindByName(kNamedObject);
  }

  std::vector<MBeanDomain> Run() {
    for (ObjectIndex repository : Repositories()) ReadDomains(repository);
    std::uint64_t all = 0;
    for (const MBeanDomain& domain : domains_) all += domain.count();
    const std::uint64_t step = std::max<std::uint64_t>(1, (all + kMostNames - 1) / kMostNames);
    for (MBeanDomain& domain : domains_) {
      ReadNames(domain, step);
      for (ObjectIndex o : domain.registrations) domain.retained += snapshot_.RetainedSize(o);
    }
    SortBySize(domains_);
    return std::move(domains_);
  }

 private:
  std::vector<ObjectIndex> Repositories() const {
    std::vector<ObjectIndex> found;
    const ClassIndex c = snapshot_.classes().FindByName(kRepository);
    if (!c.valid() || !named_object_.valid() || instances_[c.value()] == 0) return found;
    for (std::uint32_t i = 0; i < snapshot_.object_count() && found.size() < kMostServers; ++i) {
      const ObjectIndex o(i);
      if (snapshot_.ClassOf(o) != c) continue;
      if (snapshot_.LevelOf(o) != graph::Reachability::kUnreachable) found.push_back(o);
    }
    return found;
  }

  // The objects of a HashMap: its values and keys, from the arrays in memory.
  // What another map had first is not looked at again: maps of a damaged dump may share anything.
  std::vector<ObjectIndex> ContentsOf(ObjectIndex map) {
    std::vector<ObjectIndex> contents;
    std::vector<ObjectIndex> inside = {map};
    while (!inside.empty()) {
      const ObjectIndex o = inside.back();
      inside.pop_back();
      snapshot_.ForEachReference(o, [&](ObjectIndex target) {
        if (target.value() >= snapshot_.object_count() || !seen_.insert(target).second) return;
        const ClassIndex c = snapshot_.ClassOf(target);
        if (!c.valid()) return;
        // A map in a map is what it contains; its own inside is not.
        const bool is_map = snapshot_.ClassOf(target) == snapshot_.ClassOf(map);
        (inside_map_[c.value()] && !is_map ? inside : contents).push_back(target);
      });
    }
    return contents;
  }

  void ReadDomains(ObjectIndex repository) {
    const ObjectIndex table = snapshot_.FieldReference(repository, "domainTb");
    if (!table.valid() || table.value() >= snapshot_.object_count()) return;
    for (ObjectIndex map : ContentsOf(table)) {
      if (domains_.size() >= kMostDomains) return;
      if (!inside_map_[snapshot_.ClassOf(map).value()]) continue;
      MBeanDomain domain;
      domain.map = map;
      for (ObjectIndex o : ContentsOf(map)) {
        if (snapshot_.ClassOf(o) == named_object_) domain.registrations.push_back(o);
      }
      if (domain.registrations.empty()) continue;
      std::sort(domain.registrations.begin(), domain.registrations.end());
      domains_.push_back(std::move(domain));
    }
  }

  MBeanName NameOf(ObjectIndex registration) const {
    const ObjectIndex name = snapshot_.FieldReference(registration, "name");
    if (!name.valid()) return {};
    const ObjectIndex text = snapshot_.FieldReference(name, "_canonicalName");
    if (!text.valid()) return {};
    return ParseMBeanName(snapshot_.StringValue(text, kLongestName).value_or(""));
  }

  // Every `step`-th name, and at least the first.
  void ReadNames(MBeanDomain& domain, std::uint64_t step) const {
    struct Family {
      std::uint64_t count = 0;
      std::string pattern;
    };
    std::map<std::string, Family> families;  // by what is equal but for numbers; not shown
    std::map<std::string, std::uint64_t> types, patterns;
    for (std::size_t i = 0; i < domain.registrations.size(); i += step) {
      const MBeanName name = NameOf(domain.registrations[i]);
      ++domain.names_read;
      if (domain.name.empty()) domain.name = NameOr(name.domain, "(a domain)");
      ++types[NameOr(name.Value("type"), "")];
      std::string pattern = NumberedPattern(name);
      if (pattern.empty()) continue;
      Family& family = families[FoldedName(name.text)];
      ++family.count;
      family.pattern = std::move(pattern);
    }
    for (auto& [folded, family] : families) patterns[family.pattern] += family.count;
    const auto by_count = [](const auto& a, const auto& b) { return a.count > b.count; };
    for (const auto& [type, count] : types) domain.types.push_back({type, count * step});
    std::stable_sort(domain.types.begin(), domain.types.end(), by_count);
    for (const auto& [pattern, count] : patterns) {
      if (count * step >= kLeastFamily) domain.numbered.push_back({pattern, count * step});
    }
    std::stable_sort(domain.numbered.begin(), domain.numbered.end(), by_count);
  }

  const Snapshot& snapshot_;
  std::span<const std::uint64_t> instances_;
  std::vector<bool> inside_map_;  // by class
  ClassIndex named_object_;
  absl::flat_hash_set<ObjectIndex> seen_;
  std::vector<MBeanDomain> domains_;
};

// Where the value that begins at `begin` ends: at the comma that is not inside of quotes.
std::size_t ValueEnd(absl::string_view text, std::size_t begin) {
  bool quoted = false;
  for (std::size_t i = begin; i < text.size(); ++i) {
    if (quoted && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (text[i] == ',' && !quoted)
      return i;
  }
  return text.size();
}

}  // namespace

std::vector<MBeanDomain> FindMBeans(const Snapshot& snapshot,
                                    std::span<const std::uint64_t> instances) {
  return MBeanReader(snapshot, instances).Run();
}

void MeasureMBeans(graph::RetainedSets& sizes, std::vector<MBeanDomain>& domains) {
  std::vector<MBeanDomain*> notable;
  std::vector<std::vector<ObjectIndex>> sets;
  for (MBeanDomain& domain : domains) {
    const bool much = domain.count() >= kNotableCount || !domain.numbered.empty();
    if (!much || notable.size() >= kExactDomains) continue;
    notable.push_back(&domain);
    sets.push_back(domain.registrations);
  }
  const std::vector<std::uint64_t> exact = sizes.BySets(sets);
  for (std::size_t i = 0; i < notable.size(); ++i) {
    notable[i]->retained = exact[i];
    notable[i]->exact = true;
  }
  SortBySize(domains);
}

absl::string_view MBeanName::Value(absl::string_view key) const {
  for (const auto& [name, value] : keys) {
    if (name == key) return value;
  }
  return "";
}

MBeanName ParseMBeanName(absl::string_view canonical) {
  MBeanName name;
  const std::size_t colon = canonical.find(':');
  if (colon == absl::string_view::npos) return name;
  name.domain = std::string(canonical.substr(0, colon));
  name.text = std::string(canonical);
  for (std::size_t at = colon + 1; at < canonical.size();) {
    const std::size_t equals = canonical.find('=', at);
    if (equals == absl::string_view::npos) break;
    const std::size_t end = ValueEnd(canonical, equals + 1);
    name.keys.emplace_back(canonical.substr(at, equals - at),
                           canonical.substr(equals + 1, end - equals - 1));
    at = end + 1;
  }
  return name;
}

std::string NumberedPattern(const MBeanName& name) {
  std::string pattern;
  bool numbered = false;
  if (const absl::string_view type = name.Value("type"); !type.empty()) {
    pattern = absl::StrCat("type=", NameOr(FoldedName(type), "?"));
  }
  for (const auto& [key, value] : name.keys) {
    if (key == "type") continue;
    const std::string folded = FoldedName(value);
    const std::string shown = ShownPattern(folded);
    numbered |= folded.find('#') != std::string::npos;
    absl::StrAppend(&pattern, pattern.empty() ? "" : ",", NameOr(key, "?"), "=",
                    shown.empty() ? "*" : shown);
  }
  return numbered ? pattern : "";
}

}  // namespace leaktrail::analyses
