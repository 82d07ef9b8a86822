#include "analyses/signature_proof.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

// By simple names; libraries that were renamed have one name in several packages.
std::string ClassesText(const std::vector<std::string>& classes) {
  std::vector<std::string> names;
  for (const std::string& name : classes) {
    std::string simple = SimpleName(name);
    if (std::find(names.begin(), names.end(), simple) == names.end()) {
      names.push_back(std::move(simple));
    }
  }
  return absl::StrJoin(names, " or ");
}

std::string WhereText(const std::vector<Condition>& where) {
  if (where.empty()) return "";
  std::vector<std::string> texts;
  for (const Condition& condition : where) {
    const bool alone = where.size() == 1 || !absl::StrContains(condition.text, " or ");
    texts.push_back(alone ? condition.text : absl::StrCat("(", condition.text, ")"));
  }
  return absl::StrCat(" with ", absl::StrJoin(texts, " and "));
}

std::string PathText(const FieldPath& path) {
  std::vector<std::string> steps;
  for (const auto& names : path.steps) steps.push_back(absl::StrJoin(names, "|"));
  return absl::StrJoin(steps, ".");
}

std::string CountedText(const CountRule& rule) {
  const std::string classes = ClassesText(rule.classes);
  const bool one = rule.at_least == 1;
  switch (rule.of) {
    case CountRule::Of::kElements:
      return absl::StrCat(one ? "element of " : "elements of ", classes,
                          rule.field->steps.empty() ? "" : ".", PathText(*rule.field));
    case CountRule::Of::kClasses:
      return absl::StrCat(one ? "class" : "classes", rule.family.empty() ? "" : " named ",
                          rule.family, classes.empty() ? "" : " that inherit from ", classes);
    case CountRule::Of::kLoaders:
      return absl::StrCat(one ? "class loader" : "class loaders",
                          classes.empty() ? "" : " of type ", classes);
    case CountRule::Of::kInstances:
      break;
  }
  return absl::StrCat(one ? "instance of " : "instances of ", classes,
                      rule.group_by ? absl::StrCat(" with one ", PathText(*rule.group_by)) : "");
}

std::string RequirementText(const Requirement& requirement) {
  const std::string what =
      absl::StrCat(" ", ClassesText(requirement.classes), WhereText(requirement.where));
  if (requirement.at_least) {
    return absl::StrCat("; at least ", CountText(*requirement.at_least), what);
  }
  if (requirement.at_most) return absl::StrCat("; at most ", CountText(*requirement.at_most), what);
  return absl::StrCat("; at most ", requirement.at_most_percent.value_or(0), "% as many", what);
}

}  // namespace

std::string ProofOf(const Signature& signature) {
  const CountRule& rule = signature.count;
  std::string text = absl::StrCat("at least ", CountText(rule.at_least), " ", CountedText(rule),
                                  WhereText(rule.where));
  if (!signature.held_by.empty()) {
    absl::StrAppend(&text, ", held by ", ClassesText(signature.held_by));
  }
  for (const Requirement& requirement : signature.require) {
    absl::StrAppend(&text, RequirementText(requirement));
  }
  return text;
}

absl::string_view SeverityName(Severity severity) {
  constexpr absl::string_view kNames[] = {"info", "low", "medium", "high"};
  return kNames[static_cast<std::size_t>(severity)];
}

}  // namespace leaktrail::analyses
