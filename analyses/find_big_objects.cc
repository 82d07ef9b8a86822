// heap.big-object: one object, or a handful, that take much of the heap. No leak by itself: nothing
// piles up. But it is where the memory is.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyses/analysis.h"
#include "analyses/finding_parts.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

constexpr absl::string_view kRule = "heap.big-object";

bool Applies(const AnalysisInput& input, const Holder& holder) {
  if (holder.kind != Holder::Kind::kPlace || holder.place < 0 || holder.by_local) return false;
  if (holder.retained < kBigObjectBytes || holder.share_milli < kBigObjectShare) return false;
  if (holder.platform_only && holder.retained < kLargeBytes) return false;
  if (holder.known != nullptr && holder.known->kind == HolderKind::kThreadLocal) return false;
  if (IsSoftlyHeld(input, holder)) return false;
  return holder.share_milli >= kDominatingShare || IsTight(input.memory, holder.retained);
}

// The object itself is most of it: a huge array.
bool IsItself(const AnalysisInput& input, const Holder& holder) {
  return holder.holding.members.size() == 1 &&
         input.snapshot.ShallowSize(holder.holding.members[0]) >= holder.retained / 2;
}

// The objects of the main group are few, and they are most of it.
bool IsHandful(const Holder& holder) {
  const ElementGroup* group = holder.main_group();
  return group != nullptr && group->count < kManyElements && group->retained >= holder.retained / 2;
}

std::string WhatItIs(const AnalysisInput& input, const Holder& holder, bool itself) {
  const graph::ObjectIndex object = holder.holding.members[0];
  if (itself) {
    const std::string name = ShortName(NodeName(input.snapshot, object));
    const std::uint32_t length = input.snapshot.ArrayLength(object);
    return length == 0 ? absl::StrCat("one ", name)
                       : absl::StrCat("one ", name, " of length ", CountText(length));
  }
  return ElementsText(input, holder);
}

Finding Describe(const AnalysisInput& input, const Holder& holder, bool itself) {
  Finding finding = MakeFinding(input, holder, kRule);
  finding.claim = Claim::kMuchInUse;
  finding.title = absl::StrCat(holder.name, itself ? " is " : " holds ",
                               WhatItIs(input, holder, itself), ": ", SizeText(holder));
  finding.severity = IsTight(input.memory, holder.retained) ? Severity::kMedium : Severity::kLow;
  finding.confidence = 90;
  finding.confidence_reason =
      "that it is this big is a fact; whether it has to be, the program knows";
  finding.evidence.push_back(FillText(input.memory));
  if (holder.holding.members.size() == 1 && holder.cut > 0 && holder.cut <= holder.place) {
    finding.evidence.push_back(absl::StrCat("Nothing else holds it: without the marked reference ",
                                            BytesText(holder.retained), " would be free."));
  }
  finding.fix = {
      "See whether it is meant to be this large (a buffer or table sized for the worst case, a "
      "result read as a whole), and load or keep less of it at a time.",
      "If it is needed, it is no leak: give the heap room for it."};
  return finding;
}

}  // namespace

void FindBigObjects(const AnalysisInput& input, std::vector<Finding>& findings) {
  for (const Holder& holder : input.holders) {
    if (!Applies(input, holder)) continue;
    const bool itself = IsItself(input, holder);
    if (itself || IsHandful(holder)) findings.push_back(Describe(input, holder, itself));
  }
}

}  // namespace leaktrail::analyses
