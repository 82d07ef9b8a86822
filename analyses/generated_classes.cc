#include "analyses/generated_classes.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "analyses/text.h"

namespace leaktrail::analyses {

using graph::ClassIndex;
using graph::Snapshot;

namespace {

using Kind = FamilyKind;

// A loader that defines no more than this exists for what it defines.
constexpr std::uint32_t kMostClassesOfOwnLoader = 3;

// More than so many loaders for a class each. Template and rule engines get along with some dozens.
constexpr std::uint64_t kManyOwnLoaders = 400;
// Reflection of JDK 17 and before makes one per Method that is called often: thousands are normal
// in a large server.
constexpr std::uint64_t kManyReflectionLoaders = 5'000;

// More than so many of a family are too many. A JVM that does nothing has 90 lambdas and 55
// LambdaForms; a large application has thousands of lambdas, but of hundreds of host classes, and
// some thousand LambdaForms.
std::uint64_t ThresholdOf(Kind kind) {
  switch (kind) {
    case Kind::kLambda:
    case Kind::kHidden:
    case Kind::kCompiledScript:
    case Kind::kCompiledFormula:
      return 1'000;
    case Kind::kEnhanced:  // one per set of callbacks: a few per class
      return 500;
    case Kind::kFastClass:
      return 1'000;
    case Kind::kLambdaForm:
      return 10'000;
    case Kind::kAccessor:
      return kManyReflectionLoaders;
    case Kind::kProxy:  // one per set of interfaces
    case Kind::kNone:   // numbered by hand or by a generator
      break;
  }
  return 2'000;
}

struct Key {
  ClassFamily family;
  ClassIndex loader_type;
  LoaderIndex loader;  // none: each has its own, or the boot loader
  bool own_loaders = false;

  bool operator==(const Key&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const Key& key) {
    return H::combine(std::move(h), key.family, key.loader_type, key.loader, key.own_loaders);
  }
};

// "com.acme.gen.Rule17" -> "com.acme.gen.Rule"; "" if there is no number at the end, or an
// anonymous class.
absl::string_view NumberedStem(absl::string_view name) {
  std::size_t end = name.size();
  while (end > 0 && absl::ascii_isdigit(static_cast<unsigned char>(name[end - 1]))) --end;
  if (end == name.size() || end == 0 || name[end - 1] == '$') return "";
  return name.substr(0, end);
}

std::string TextOf(const Snapshot& snapshot, const Key& key) {
  std::string text = FamilyText(key.family);
  if (text.empty()) text = key.family.host;
  const GeneratingLoader* generator =
      key.own_loaders ? FindGeneratingLoader(snapshot.classes().Name(key.loader_type)) : nullptr;
  const bool says_so = generator == nullptr || key.family.kind != Kind::kNone;
  return says_so ? text : absl::StrCat(text, " (", generator->source, ")");
}

GeneratedFamily NewFamily(const Snapshot& snapshot, const Key& key) {
  GeneratedFamily family;
  family.family = key.family;
  family.text = TextOf(snapshot, key);
  family.loader_type = key.loader_type;
  family.own_loaders = key.own_loaders;
  family.threshold = !key.own_loaders                     ? ThresholdOf(key.family.kind)
                     : key.family.kind == Kind::kAccessor ? kManyReflectionLoaders
                                                          : kManyOwnLoaders;
  return family;
}

}  // namespace

bool MayHaveLargeFamilies(const Snapshot& snapshot) {
  const graph::ClassTable& classes = snapshot.classes();
  absl::flat_hash_map<std::pair<hprof::Id, absl::string_view>, std::uint32_t> numbered;
  absl::flat_hash_map<ClassFamily, std::uint32_t> families;
  absl::flat_hash_map<hprof::Id, std::uint32_t> of_loader;
  for (std::uint32_t i = 0; i < classes.size(); ++i) {
    const graph::ClassInfo& info = classes[ClassIndex(i)];
    if (info.kind != graph::ClassKind::kInstance || info.synthetic) continue;
    if (info.loader != 0) ++of_loader[info.loader];
    const std::string& name = classes.Name(ClassIndex(i));
    ClassFamily family = FamilyOf(name);
    if (family.kind != Kind::kNone) {
      const std::uint32_t count = ++families[family];
      if (count > ThresholdOf(family.kind)) return true;
    } else if (const absl::string_view stem = NumberedStem(name); !stem.empty()) {
      if (++numbered[{info.loader, stem}] > ThresholdOf(Kind::kNone)) return true;
    }
  }
  const auto small = std::count_if(of_loader.begin(), of_loader.end(), [](const auto& loader) {
    return loader.second <= kMostClassesOfOwnLoader;
  });
  return static_cast<std::uint64_t>(small) > kManyOwnLoaders;
}

std::vector<GeneratedFamily> FindGeneratedFamilies(const Snapshot& snapshot,
                                                   const LoaderTable& loaders,
                                                   const std::vector<bool>& leaked) {
  const std::vector<LoaderIndex> tops = FindTops(loaders, leaked);
  absl::node_hash_map<Key, GeneratedFamily> families;
  const graph::ClassTable& classes = snapshot.classes();
  for (std::uint32_t i = 0; i < classes.size(); ++i) {
    const ClassIndex c(i);
    if (classes[c].kind != graph::ClassKind::kInstance || classes[c].synthetic) continue;
    const LoaderIndex l = loaders.OfClass(c);
    if (l.valid() && tops[l.value()].valid()) continue;
    Key key;
    key.family = FamilyOf(classes.Name(c));
    key.own_loaders = l.valid() && loaders[l].state == LoaderState::kUnknown &&
                      loaders[l].classes <= kMostClassesOfOwnLoader;
    if (key.family.kind == Kind::kNone) {
      const absl::string_view stem = NumberedStem(classes.Name(c));
      if (!stem.empty()) key.family.host = absl::StrCat(stem, "#");
      if (key.family.host.empty() && key.own_loaders) key.family.host = classes.Name(c);
      if (key.family.host.empty()) continue;
    }
    if (l.valid()) key.loader_type = loaders[l].type;
    if (!key.own_loaders) key.loader = l;
    const auto [slot, is_new] = families.try_emplace(key);
    if (is_new) slot->second = NewFamily(snapshot, key);
    GeneratedFamily& family = slot->second;
    family.classes.push_back(c);
    if (key.own_loaders) family.loaders.push_back(l);
  }
  std::vector<GeneratedFamily> found;
  for (auto& [key, family] : families) {
    std::sort(family.loaders.begin(), family.loaders.end());
    family.loaders.erase(std::unique(family.loaders.begin(), family.loaders.end()),
                         family.loaders.end());
    if (family.count() >= kLeastListedFamily) found.push_back(std::move(family));
  }
  std::sort(found.begin(), found.end(), [](const GeneratedFamily& a, const GeneratedFamily& b) {
    return std::pair(b.classes.size(), a.classes.front()) <
           std::pair(a.classes.size(), b.classes.front());
  });
  return found;
}

}  // namespace leaktrail::analyses
