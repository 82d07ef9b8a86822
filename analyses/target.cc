#include "analyses/target.h"

#include <algorithm>
#include <map>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "analyses/owner_path.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr std::size_t kMaxNamed = 8;

// Classes by name; a name can be defined by many loaders.
using ClassesByName = std::map<std::string, std::vector<ClassIndex>>;

ClassesByName AllClasses(const Snapshot& snapshot) {
  ClassesByName all;
  for (std::uint32_t c = 0; c < snapshot.classes().size(); ++c) {
    all[snapshot.classes().Name(ClassIndex(c))].push_back(ClassIndex(c));
  }
  return all;
}

// "[Lcom/acme/Order;" and "com/acme/Order" as "com.acme.Order[]" and "com.acme.Order".
std::string JavaName(absl::string_view text) {
  int dimensions = 0;
  while (absl::ConsumePrefix(&text, "[")) ++dimensions;
  std::string name(text);
  if (dimensions > 0) {
    static const std::map<std::string, std::string> kPrimitives = {
        {"Z", "boolean"}, {"B", "byte"}, {"C", "char"}, {"D", "double"},
        {"F", "float"},   {"I", "int"},  {"J", "long"}, {"S", "short"}};
    const auto primitive = kPrimitives.find(name);
    if (primitive != kPrimitives.end()) name = primitive->second;
    if (absl::StartsWith(name, "L") && absl::EndsWith(name, ";")) {
      name = name.substr(1, name.size() - 2);
    }
  }
  // Behind '$' a '/' belongs to the name: "com.acme.Foo$$Lambda/0x7f...".
  const std::size_t packages_end = std::min(name.find('$'), name.size());
  std::replace(name.begin(), name.begin() + static_cast<std::ptrdiff_t>(packages_end), '/', '.');
  for (int i = 0; i < dimensions; ++i) name += "[]";
  return name;
}

bool IsTailOf(absl::string_view tail, absl::string_view name) {
  if (!absl::EndsWithIgnoreCase(name, tail)) return false;
  if (name.size() == tail.size()) return true;
  const char before = name[name.size() - tail.size() - 1];
  return before == '.' || before == '$';
}

// How many letters must change to get from a to b; at most `limit`.
std::size_t EditDistance(absl::string_view a, absl::string_view b, std::size_t limit) {
  const std::size_t difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference >= limit) return limit;
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, diagonal + 1});
    }
  }
  return std::min(row[b.size()], limit);
}

// Names whose simple name contains the text or nearly equals it, best first.
std::vector<std::string> Suggestions(const ClassesByName& all, absl::string_view text) {
  const std::string wanted = absl::AsciiStrToLower(SimpleName(text));
  const std::size_t limit = wanted.size() / 3 + 2;
  std::vector<std::pair<std::size_t, std::string>> scored;
  for (const auto& [name, unused] : all) {
    const std::string simple = absl::AsciiStrToLower(SimpleName(name));
    const std::size_t distance = EditDistance(wanted, simple, limit);
    if (distance < limit) {
      scored.emplace_back(distance, name);
    } else if (wanted.size() > 2 && absl::StrContains(simple, wanted)) {
      scored.emplace_back(limit + simple.size(), name);
    }
  }
  std::sort(scored.begin(), scored.end());
  std::vector<std::string> names;
  for (auto& [score, name] : scored) {
    if (names.size() < kMaxNamed) names.push_back(std::move(name));
  }
  return names;
}

std::string Listed(const std::vector<std::string>& names) {
  return absl::StrCat("\n  ", absl::StrJoin(names, "\n  "));
}

std::vector<bool> ClassesWithInstances(const Snapshot& snapshot) {
  std::vector<bool> found(snapshot.classes().size());
  snapshot.ForEachObject(
      [&](ObjectIndex, ClassIndex c, std::uint64_t) { found[c.value()] = true; });
  return found;
}

// Of several names the one that has instances, if it is the only one.
absl::StatusOr<std::string> ChooseName(const Snapshot& snapshot, const ClassesByName& all,
                                       absl::string_view text,
                                       const std::vector<std::string>& names) {
  const std::vector<bool> has_instances = ClassesWithInstances(snapshot);
  std::vector<std::string> alive;
  for (const std::string& name : names) {
    const auto& classes = all.at(name);
    const bool any = std::any_of(classes.begin(), classes.end(),
                                 [&](ClassIndex c) { return has_instances[c.value()]; });
    if (any) alive.push_back(name);
  }
  if (alive.size() == 1) return alive.front();
  std::vector<std::string> shown = alive.empty() ? names : alive;
  const std::size_t count = shown.size();
  shown.resize(std::min(kMaxNamed, count));
  return absl::InvalidArgumentError(absl::StrCat(
      "'", text, "' can mean ", count, " classes; write the full name of one:", Listed(shown),
      count > shown.size() ? "\n  ..." : ""));
}

absl::StatusOr<Target> ResolveClass(const Snapshot& snapshot, absl::string_view text) {
  const ClassesByName all = AllClasses(snapshot);
  const std::string wanted = JavaName(text);
  auto found = all.find(wanted);
  if (found == all.end()) {
    std::vector<std::string> names;
    for (const auto& [name, unused] : all) {
      if (IsTailOf(wanted, name)) names.push_back(name);
    }
    if (names.empty()) {
      const std::vector<std::string> near = Suggestions(all, wanted);
      return absl::NotFoundError(absl::StrCat("no class '", text, "' in this dump",
                                              near.empty()
                                                  ? "; `leaktrail histogram FILE` lists the classes"
                                                  : absl::StrCat("; did you mean:", Listed(near))));
    }
    if (names.size() > 1) {
      absl::StatusOr<std::string> chosen = ChooseName(snapshot, all, text, names);
      if (!chosen.ok()) return chosen.status();
      names = {*std::move(chosen)};
    }
    found = all.find(names.front());
  }
  return Target{.classes = found->second, .class_name = found->first};
}

absl::StatusOr<Target> ResolveObject(const Snapshot& snapshot, absl::string_view text) {
  std::uint64_t id = 0;
  if (!absl::SimpleHexAtoi(text, &id)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'@", text, "' is no object id: write it as in @0x7ff012345"));
  }
  ObjectIndex object = snapshot.Find(id);
  const ClassIndex mirrored = snapshot.classes().Find(id);
  if (!object.valid() && mirrored.valid()) object = snapshot.MirrorOf(mirrored);
  if (!object.valid()) {
    return absl::NotFoundError(absl::StrCat("no object with the id '@", text,
                                            "' in this dump. Ids are addresses: they "
                                            "differ from dump to dump, even of one process"));
  }
  return Target{.object = object, .class_name = NodeName(snapshot, object)};
}

}  // namespace

absl::StatusOr<Target> ResolveTarget(const Snapshot& snapshot, absl::string_view text) {
  const bool marked = absl::ConsumePrefix(&text, "@");
  if (marked || absl::StartsWithIgnoreCase(text, "0x")) return ResolveObject(snapshot, text);
  return ResolveClass(snapshot, text);
}

}  // namespace leaktrail::analyses
