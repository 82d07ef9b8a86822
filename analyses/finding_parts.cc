#include "analyses/finding_parts.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analyses/fingerprint.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {

using graph::ClassIndex;

namespace {

std::vector<std::string> NextCommands(const AnalysisInput& input, const Holder& holder) {
  std::vector<std::string> next;
  const ElementGroup* group = holder.main_group();
  if (group != nullptr) {
    const std::string& name = input.snapshot.classes().Name(group->class_index);
    next.push_back(absl::StrCat("leaktrail path FILE ", ShellName(name)));
  }
  const std::uint64_t id = holder.place < 0 ? 0 : holder.path.steps[holder.place].step.id;
  if (id != 0) next.push_back(absl::StrFormat("leaktrail dominators FILE @0x%x", id));
  return next;
}

}  // namespace

Finding MakeFinding(const AnalysisInput& input, const Holder& holder, absl::string_view rule) {
  constexpr std::size_t kParts = 8;
  Finding finding;
  finding.rule = std::string(rule);
  finding.fingerprint = FingerprintOf(rule, StablePath(input.snapshot, holder));
  finding.retained = holder.retained;
  finding.share_milli = holder.share_milli;
  const ElementGroup* group = holder.main_group();
  finding.instances = group == nullptr ? 1 : group->count;
  if (!holder.path.steps.empty()) finding.path = holder.path.ToOwnerPath();
  finding.parts = MakeParts(input.snapshot, holder, kParts);
  finding.members = holder.holding.members;
  if (finding.members.empty() && group != nullptr) finding.members = group->samples;
  finding.next = NextCommands(input, holder);
  return finding;
}

Holder DescribeMembers(const AnalysisInput& input, Finding& finding) {
  const std::vector<graph::ObjectIndex>& members = finding.members;
  Holder holder;
  if (members.empty()) return holder;
  holder.kind = Holder::Kind::kShared;
  ElementGroup group;
  group.class_index = input.snapshot.ClassOf(members.front());
  group.count = members.size();
  const std::size_t step = std::max<std::size_t>(1, members.size() / kMaxSamples);
  for (std::size_t i = 0; i < members.size() && group.samples.size() < kMaxSamples; i += step) {
    group.samples.push_back(members[i]);
  }
  holder.holding.groups.push_back(std::move(group));
  FindHolderPath(input.snapshot, input.paths, holder);
  finding.instances = members.size();
  finding.fingerprint = FingerprintOf(finding.rule, StablePath(input.snapshot, holder));
  if (!holder.path.steps.empty()) finding.path = holder.path.ToOwnerPath();
  finding.next = NextCommands(input, holder);
  return holder;
}

std::string SizeText(const Holder& holder) {
  return absl::StrCat(BytesText(holder.retained), ", ", ShareText(holder.share_milli),
                      " of the live heap");
}

std::string FillText(const MemoryFacts& memory) {
  if (memory.max_heap_hint == 0) return "The dump does not tell the maximum heap size.";
  return absl::StrCat("The live heap (", BytesText(memory.live), ") is ",
                      ShareText(HeapFill(memory)), " of its maximum, ",
                      BytesText(memory.max_heap_hint), ".");
}

std::string ShortName(absl::string_view class_name) {
  const std::size_t lambda = class_name.find("$$Lambda");
  if (lambda == absl::string_view::npos) return SimpleName(class_name);
  return absl::StrCat("lambda of ", SimpleName(class_name.substr(0, lambda)));
}

std::string ElementsText(const AnalysisInput& input, const Holder& holder) {
  const ElementGroup* group = holder.main_group();
  if (group == nullptr) return "";
  std::string name = ShortName(input.snapshot.classes().Name(group->class_index));
  if (group->count > 1 && absl::StartsWith(name, "lambda of ")) name.insert(6, "s");
  std::string text = absl::StrCat(CountText(group->count), " ", name);
  if (!holder.inside.empty()) absl::StrAppend(&text, " (", ShortName(holder.inside), ")");
  return text;
}

std::string ShellName(absl::string_view class_name) {
  const bool plain = class_name.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
                     absl::string_view::npos;
  if (plain || absl::StrContains(class_name, '\'')) return std::string(class_name);
  return absl::StrCat("'", class_name, "'");
}

std::string Capitalised(absl::string_view sentence) {
  std::string text(sentence);
  const bool is_word = absl::StartsWith(text, "the ") || absl::StartsWith(text, "a ") ||
                       absl::StartsWith(text, "thread-") || absl::StartsWith(text, "one ") ||
                       absl::StartsWith(text, "inheritable ");
  if (is_word) text[0] = absl::ascii_toupper(static_cast<unsigned char>(text[0]));
  return text;
}

bool IsSoftlyHeld(const AnalysisInput& input, const Holder& holder) {
  if (holder.level != graph::Reachability::kStrong) return true;
  const ElementGroup* group = holder.main_group();
  if (group == nullptr) return false;
  const auto kind = input.snapshot.classes()[group->class_index].reference_kind;
  return kind == graph::ReferenceKind::kSoft || kind == graph::ReferenceKind::kWeak;
}

}  // namespace leaktrail::analyses
