#include "analyses/growth/place_names.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "analyses/class_families.h"
#include "analyses/fingerprint.h"
#include "analyses/loader_names.h"
#include "analyses/owner_path.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::NamedReference;
using graph::ObjectIndex;
using graph::Snapshot;

// "a.b.$Proxy12" -> "a.b.$ProxyN".
std::string UpTo(absl::string_view name, absl::string_view word) {
  const std::size_t at = name.find(word);
  return absl::StrCat(
      name.substr(0, at == absl::string_view::npos ? name.size() : at + word.size()), "N");
}

// How well a kind of reference explains why its target is alive; smaller is better.
int Rank(const NamedReference& reference) {
  switch (reference.kind) {
    case NamedReference::Kind::kField:
    case NamedReference::Kind::kStatic:
      return 0;
    case NamedReference::Kind::kElement:
    case NamedReference::Kind::kReferent:
      return 1;
    case NamedReference::Kind::kLocal:
      return 2;
    default:
      return 3;
  }
}

std::string LocalName(const Snapshot& snapshot, ObjectIndex owner, std::int32_t frame) {
  const graph::ThreadInfo* thread = snapshot.ThreadOf(owner);
  const auto at = static_cast<std::size_t>(frame);
  if (thread == nullptr || frame < 0 || at >= thread->frames.size()) return "<local>";
  const graph::StackFrame& f = thread->frames[at];
  return absl::StrCat("<local> in ", SimpleName(FoldedClassName(f.class_name)), ".", f.method);
}

std::string PlainName(const Snapshot& snapshot, ObjectIndex owner,
                      const NamedReference& reference) {
  switch (reference.kind) {
    case NamedReference::Kind::kField:
      return reference.name;
    case NamedReference::Kind::kStatic:
      return absl::StrCat("static ", reference.name);
    case NamedReference::Kind::kElement:
      return "[x]";
    case NamedReference::Kind::kLocal:
      return LocalName(snapshot, owner, reference.frame);
    case NamedReference::Kind::kReferent:
      return "referent";
    case NamedReference::Kind::kSuper:
      return "<super class>";
    case NamedReference::Kind::kLoader:
      return "<class loader>";
    case NamedReference::Kind::kDefinedClass:
      return "<defined class>";
    case NamedReference::Kind::kClass:
      return "<class>";
    case NamedReference::Kind::kElementClass:
      return "<element class>";
    case NamedReference::Kind::kSigners:
      return "<signers>";
    case NamedReference::Kind::kProtectionDomain:
      return "<protection domain>";
  }
  return "";
}

}  // namespace

std::string FoldedClassName(absl::string_view name) {
  absl::string_view element = name;
  while (absl::ConsumeSuffix(&element, "[]")) {
  }
  const absl::string_view brackets = name.substr(element.size());
  if (absl::StartsWith(element, "unknown-class@")) return absl::StrCat("unknown-class", brackets);
  const ClassFamily family = FamilyOf(element);
  switch (family.kind) {
    case FamilyKind::kNone:
      return std::string(name);
    case FamilyKind::kLambda:
      return absl::StrCat(family.host, "$$Lambda", brackets);
    case FamilyKind::kProxy:
      return absl::StrCat(UpTo(element, "$Proxy"), brackets);
    case FamilyKind::kAccessor:
      return absl::StrCat(UpTo(element, "Accessor"), brackets);
    case FamilyKind::kCompiledScript:
    case FamilyKind::kCompiledFormula:
      return absl::StrCat(NormaliseV1(element), brackets);
    case FamilyKind::kLambdaForm:
    case FamilyKind::kHidden:
      return absl::StrCat(NormaliseV1(family.host), " (hidden class)", brackets);
    case FamilyKind::kEnhanced:
      return absl::StrCat(family.host, " (proxy)", brackets);
    case FamilyKind::kFastClass:
      return absl::StrCat(family.host, " (fast class)", brackets);
  }
  return std::string(name);
}

std::string LoaderType(const Snapshot& snapshot, ClassIndex c) {
  const std::string name = LoaderName(snapshot, snapshot.classes()[c].loader);
  return FoldedClassName(name.substr(0, name.find(" @0x")));
}

std::uint32_t Texts::NumberOf(std::string text) {
  const auto number = static_cast<std::uint32_t>(texts_.size());
  const auto [found, added] = numbers_.try_emplace(std::move(text), number);
  if (added) texts_.push_back(found->first);
  return found->second;
}

PlaceClasses::PlaceClasses(const Snapshot& snapshot) {
  const graph::ClassTable& classes = snapshot.classes();
  absl::flat_hash_map<hprof::Id, bool> permanent;
  for (std::uint32_t c = 0; c < classes.size(); ++c) {
    const ClassIndex index(c);
    const graph::ClassInfo& info = classes[index];
    const auto [known, added] = permanent.try_emplace(info.loader, false);
    if (added) known->second = IsPermanentLoader(LoaderName(snapshot, info.loader));
    PlaceClass place;
    place.name = names_.NumberOf(FoldedClassName(classes.Name(index)));
    place.role = RoleOf(classes, index);
    place.array = info.kind != graph::ClassKind::kInstance;
    place.permanent = known->second;
    place.text = index == classes.java_lang_string;
    classes_.push_back(place);
  }
}

bool ReferenceNames::IsCheap(ObjectIndex owner, const PlaceClasses& classes) const {
  return snapshot_.MirroredClass(owner).valid() || classes[snapshot_.ClassOf(owner)].array;
}

ReferenceNames::References ReferenceNames::Read(ObjectIndex owner) const {
  References references;
  for (NamedReference& reference : snapshot_.NamedReferences(owner)) {
    const auto [known, added] = references.try_emplace(reference.target, reference);
    if (!added && Rank(reference) < Rank(known->second)) known->second = std::move(reference);
  }
  return references;
}

const NamedReference* ReferenceNames::Find(ObjectIndex owner, ObjectIndex target) {
  constexpr std::size_t kLarge = 64;
  const References* references = &last_;
  if (const auto large = large_.find(owner); large != large_.end()) {
    references = &large->second;
  } else if (owner != last_owner_) {
    last_owner_ = ObjectIndex::None();
    last_ = Read(owner);
    if (last_.size() >= kLarge) {
      references = &large_.emplace(owner, std::move(last_)).first->second;
    } else {
      last_owner_ = owner;
    }
  }
  const auto found = references->find(target);
  return found == references->end() ? nullptr : &found->second;
}

std::string ReferenceNames::Name(ObjectIndex owner, ObjectIndex target, ClassIndex collection,
                                 const PlaceClasses& classes) {
  const CollectionShape* shape = nullptr;
  if (collection.valid()) shape = &CollectionShapes()[classes[collection].role.shape];
  const auto out_of = [&](absl::string_view label) {
    return absl::StrCat(CollectionName(snapshot_.classes().Name(collection)), "[", label, "]");
  };
  const ClassIndex mirrored = snapshot_.MirroredClass(target);
  if (mirrored.valid() && snapshot_.LoaderOf(mirrored) == owner) return "<defined class>";
  if (!snapshot_.MirroredClass(owner).valid() && classes[snapshot_.ClassOf(owner)].array) {
    return shape == nullptr ? "[x]" : out_of("x");
  }
  const NamedReference* reference = Find(owner, target);
  if (reference == nullptr) return "";
  if (shape != nullptr) {
    if (const auto label = ExitLabel(*shape, reference->name)) return out_of(*label);
  }
  return PlainName(snapshot_, owner, *reference);
}

}  // namespace leaktrail::analyses
