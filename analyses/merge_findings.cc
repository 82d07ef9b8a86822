#include "analyses/merge_findings.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "analyses/member_set.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

using graph::ObjectIndex;
using graph::Snapshot;

// Members that speak for all of a finding.
std::vector<ObjectIndex> Sample(const std::vector<ObjectIndex>& members) {
  constexpr std::size_t kSamples = 16;
  std::vector<ObjectIndex> sample;
  const std::size_t step = std::max<std::size_t>(1, members.size() / kSamples);
  for (std::size_t i = 0; i < members.size() && sample.size() < kSamples; i += step) {
    sample.push_back(members[i]);
  }
  return sample;
}

// True if one of `owners` is `o` or dominates it, as far up as a few thousand dominators.
bool IsBelow(const Snapshot& snapshot, ObjectIndex o, const MemberSet& owners) {
  constexpr int kMaxSteps = 4096;
  for (int i = 0; i < kMaxSteps && o.valid(); ++i, o = snapshot.ImmediateDominator(o)) {
    if (owners.Contains(o)) return true;
  }
  return false;
}

// At least three of four members of `inner` lie in the memory of `outer`.
bool IsInside(const Snapshot& snapshot, MemberSets& sets, const Finding& inner,
              const Finding& outer) {
  const MemberSet& owners = sets.Of(outer.members);
  const std::vector<ObjectIndex> sample = Sample(inner.members);
  const auto below = std::count_if(sample.begin(), sample.end(),
                                   [&](ObjectIndex o) { return IsBelow(snapshot, o, owners); });
  return !sample.empty() && below * 4 >= static_cast<std::ptrdiff_t>(sample.size()) * 3;
}

// One of each: 100 pools, and 100 resources with a pool in each.
bool SameCount(const Finding& a, const Finding& b) {
  const std::uint64_t more = std::max(a.instances, b.instances);
  const std::uint64_t less = std::min(a.instances, b.instances);
  return less >= kLeastEqual && more - less <= std::max<std::uint64_t>(1, more / kEqualTolerance);
}

enum class Relation { kNone, kInside, kAround, kOneOfEach };

// How `other` lies to the memory of `better`, which knows at least as much. Memory inside of it is
// explained by it; memory around it only if `better` is a good part of that, in size and number, or
// one of each. Who knows what it is may say that it is no leak, but a mere remark explains nothing
// away.
Relation RelationOf(const Snapshot& snapshot, MemberSets& sets, const Finding& better,
                    const Finding& other) {
  constexpr double kGoodPart = 0.4;
  if (better.claim == Claim::kInformation && other.claim != Claim::kInformation) {
    return Relation::kNone;
  }
  // Where only the numbers say that something is in use, a leak in it has to be told all the same.
  if (better.claim == Claim::kMuchInUse && other.claim == Claim::kLeak &&
      better.knowledge < Knowledge::kSignature) {
    return Relation::kNone;
  }
  const bool structured = other.knowledge >= Knowledge::kStructure;
  if (structured && better.knowledge > other.knowledge && SameCount(better, other) &&
      (IsInside(snapshot, sets, better, other) || IsInside(snapshot, sets, other, better))) {
    return Relation::kOneOfEach;
  }
  if (better.knowledge == other.knowledge && !structured) return Relation::kNone;
  if (IsInside(snapshot, sets, other, better)) return Relation::kInside;
  if (better.knowledge == other.knowledge) return Relation::kNone;
  const bool enough =
      static_cast<double>(better.retained) >= kGoodPart * static_cast<double>(other.retained) &&
      (!structured || 2 * better.instances >= other.instances);
  return enough && IsInside(snapshot, sets, better, other) ? Relation::kAround : Relation::kNone;
}

void AppendMissing(std::vector<std::string>& to, const std::vector<std::string>& from) {
  for (const std::string& line : from) {
    if (std::find(to.begin(), to.end(), line) == to.end()) to.push_back(line);
  }
}

// What the analysis of the structure has measured is better than what the signature could: all the
// parts, the way to them and their size.
void TakeStructure(Finding& to, Finding& from) {
  if (from.path) to.path = std::move(from.path);
  if (from.parts.size() > to.parts.size()) to.parts = std::move(from.parts);
  std::swap(to.evidence, from.evidence);
  std::swap(to.next, from.next);
  if (from.retained > to.retained) {
    to.retained = from.retained;
    to.share_milli = from.share_milli;
    to.members = std::move(from.members);
  }
}

void Merge(Relation relation, Finding& to, Finding&& from) {
  if (to.claim == from.claim) to.severity = std::max(to.severity, from.severity);
  if (relation == Relation::kOneOfEach) TakeStructure(to, from);
  const bool other_path = to.path.has_value();
  if (!to.path) to.path = std::move(from.path);
  if (to.parts.empty()) to.parts = std::move(from.parts);
  // "The marked reference" means that of the path which is shown.
  if (other_path) {
    std::erase_if(from.evidence, [](const std::string& line) {
      return absl::StrContains(line, "marked reference");
    });
  }
  AppendMissing(to.evidence, from.evidence);
  if (to.fix.empty()) to.fix = std::move(from.fix);
  if (to.known_issue.empty()) to.known_issue = std::move(from.known_issue);
  AppendMissing(to.next, from.next);
  AppendMissing(to.also, {from.rule});
  AppendMissing(to.also, from.also);
}

// The finding takes the place of the first that explains it, or one of its own.
void MergeOrAppend(const Snapshot& snapshot, MemberSets& sets, std::vector<Finding>& merged,
                   Finding&& finding) {
  for (Finding& better : merged) {
    const Relation relation = RelationOf(snapshot, sets, better, finding);
    if (relation != Relation::kNone) return Merge(relation, better, std::move(finding));
  }
  merged.push_back(std::move(finding));
}

}  // namespace

void MergeSameMemory(const Snapshot& snapshot, std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tuple(b.knowledge, b.severity, b.retained) <
           std::tuple(a.knowledge, a.severity, a.retained);
  });
  std::vector<Finding> merged;
  MemberSets sets;
  for (Finding& finding : findings) MergeOrAppend(snapshot, sets, merged, std::move(finding));
  findings = std::move(merged);
}

}  // namespace leaktrail::analyses
