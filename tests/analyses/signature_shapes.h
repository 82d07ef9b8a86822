// Whether the classes and fields that a signature names exist, by the classes of a dump that has
// loaded the real libraries.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/class_matches.h"
#include "analyses/signature.h"
#include "analyses/signature_text.h"
#include "graph/field_reader.h"
#include "graph/snapshot.h"

namespace leaktrail::testing {

class SignatureShapes {
 public:
  SignatureShapes(const graph::Snapshot& snapshot, const analyses::Signature& signature)
      : classes_(snapshot.classes()),
        signature_(signature),
        matches_(snapshot.classes(), Suffixes(signature)) {}

  // "com.acme.Pool.closed" for each name that is nowhere; "com.acme.Pool" if the class is not. Of a
  // path only the first step is looked up in the class itself, since a dump does not tell the types
  // of fields; the others have to be fields of any class.
  std::vector<std::string> Unresolved() {
    const analyses::CountRule& rule = signature_.count;
    NeedClasses(rule.classes);
    NeedConditions(rule.classes, rule.where);
    if (rule.field) NeedPath(rule.classes, *rule.field);
    if (rule.group_by) NeedPath(rule.classes, *rule.group_by);
    NeedClasses(signature_.held_by);
    NeedClasses(signature_.retained);
    NeedClasses(signature_.parts);
    for (const analyses::Requirement& requirement : signature_.require) {
      NeedClasses(requirement.classes);
      NeedConditions(requirement.classes, requirement.where);
    }
    NeedClasses(analyses::CountedClasses(signature_.headline));
    for (const std::string& line : signature_.evidence) {
      NeedClasses(analyses::CountedClasses(line));
    }
    return std::move(unresolved_);
  }

 private:
  using Names = std::vector<std::string>;

  static absl::flat_hash_set<std::string> Suffixes(const analyses::Signature& signature) {
    absl::flat_hash_set<std::string> all;
    const auto add = [&](const Names& names) { all.insert(names.begin(), names.end()); };
    const auto add_conditions = [&](const std::vector<analyses::Condition>& conditions) {
      for (const analyses::Condition& condition : conditions) add(analyses::ClassesOf(condition));
    };
    for (const Names* names :
         {&signature.count.classes, &signature.held_by, &signature.retained, &signature.parts}) {
      add(*names);
    }
    add_conditions(signature.count.where);
    for (const analyses::Requirement& requirement : signature.require) {
      add(requirement.classes);
      add_conditions(requirement.where);
    }
    add(analyses::CountedClasses(signature.headline));
    for (const std::string& line : signature.evidence) add(analyses::CountedClasses(line));
    return all;
  }

  void Miss(std::string what) {
    if (std::find(unresolved_.begin(), unresolved_.end(), what) == unresolved_.end()) {
      unresolved_.push_back(std::move(what));
    }
  }

  void NeedClasses(const Names& suffixes) {
    for (const std::string& suffix : suffixes) {
      if (matches_.Exact(suffix).empty()) Miss(suffix);
    }
  }

  void NeedConditions(const Names& owners, const std::vector<analyses::Condition>& conditions) {
    for (const analyses::Condition& condition : conditions) {
      NeedClasses(analyses::ClassesOf(condition));
      for (const analyses::Term& term : condition.any_of) {
        if (term.test != analyses::Term::Test::kMissing) NeedPath(owners, term.path);
        if (term.value == analyses::Term::Value::kStatic) NeedStatic(term.name, term.static_name);
        if (term.value == analyses::Term::Value::kEnum && !AnyStatic(term.name)) {
          Miss(absl::StrCat("enum constant ", term.name));
        }
      }
    }
  }

  void NeedPath(const Names& owners, const analyses::FieldPath& path) {
    for (std::size_t i = 0; i < path.steps.size(); ++i) {
      const bool found =
          i > 0 ? AnyField(path.steps[i]) : OwnersHave(owners, path.steps[0], path.from_static);
      if (found) continue;
      const std::string names = absl::StrJoin(path.steps[i], "|");
      Miss(i > 0 ? absl::StrCat("any class with a field ", names)
                 : absl::StrCat(absl::StrJoin(owners, "|"), ".", names));
    }
  }

  bool OwnersHave(const Names& owners, const Names& names, bool statics) {
    for (const std::string& owner : owners) {
      for (const graph::ClassIndex c : matches_.WithSubclasses(owner)) {
        for (const std::string& name : names) {
          if (statics ? HasStatic(c, name) : graph::FindField(classes_, c, name).has_value()) {
            return true;
          }
        }
      }
    }
    return false;
  }

  void NeedStatic(const std::string& owner, const std::string& name) {
    const auto all = matches_.Exact(owner);
    const bool found = std::any_of(all.begin(), all.end(),
                                   [&](graph::ClassIndex c) { return HasStatic(c, name); });
    if (!found) Miss(absl::StrCat(owner, ".", name));
  }

  bool HasStatic(graph::ClassIndex c, const std::string& name) {
    for (int depth = 0; c.valid() && depth < 64; c = classes_[c].super, ++depth) {
      for (const graph::StaticField& field : classes_.statics(c)) {
        if (classes_.Text(field.name) == name) return true;
      }
    }
    return false;
  }

  bool AnyStatic(const std::string& name) {
    for (std::uint32_t i = 0; i < classes_.size(); ++i) {
      for (const graph::StaticField& field : classes_.statics(graph::ClassIndex(i))) {
        if (classes_.Text(field.name) == name) return true;
      }
    }
    return false;
  }

  bool AnyField(const Names& names) {
    for (std::uint32_t i = 0; i < classes_.size(); ++i) {
      for (const graph::Field& field : classes_.fields(graph::ClassIndex(i))) {
        const std::string& name = classes_.Text(field.name);
        if (std::find(names.begin(), names.end(), name) != names.end()) return true;
      }
    }
    return false;
  }

  const graph::ClassTable& classes_;
  const analyses::Signature& signature_;
  const analyses::ClassMatches matches_;
  std::vector<std::string> unresolved_;
};

}  // namespace leaktrail::testing
