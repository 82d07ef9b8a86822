#include "analyses/finish_findings.h"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analyses/member_set.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"
#include "graph/retained_sets.h"

namespace leaktrail::analyses {
namespace {

using graph::ObjectIndex;
using graph::Snapshot;

// --- sizes

// Replaces {each} by what one instance retains on average.
void FillInEach(Finding& finding) {
  if (finding.instances == 0) return;
  const std::string each = BytesText(finding.retained / finding.instances);
  absl::StrReplaceAll({{"{each}", each}}, &finding.title);
  for (std::string& line : finding.evidence) absl::StrReplaceAll({{"{each}", each}}, &line);
}

void SetSize(const MemoryFacts& memory, std::uint64_t retained, Finding& finding) {
  finding.retained = retained;
  finding.share_milli = Milli(retained, memory.live);
  absl::StrAppend(&finding.title, ": ", BytesText(retained), ", ", ShareText(finding.share_milli),
                  " of the live heap");
  FillInEach(finding);
  if (retained < kLeastLeakBytes) {
    finding.severity = std::min(finding.severity, finding.severity_if_small);
  }
}

void FillSizes(const AnalysisInput& input, std::vector<Finding>& findings) {
  std::vector<Finding*> open;
  std::vector<std::vector<ObjectIndex>> sets;
  for (Finding& finding : findings) {
    if (finding.retained > 0 || finding.members.empty()) continue;
    open.push_back(&finding);
    sets.push_back(finding.members);
  }
  const std::vector<std::uint64_t> sizes = graph::RetainedBySets(input.snapshot, sets);
  for (std::size_t i = 0; i < open.size(); ++i) SetSize(input.memory, sizes[i], *open[i]);
}

// --- the same memory

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

// `better` knows at least as much as `other`. Memory inside of that of `better` is explained by it;
// memory around it only if `better` is a good part of it. Who knows what it is may say that it is
// no leak, but a mere remark explains nothing away.
bool Explains(const Snapshot& snapshot, MemberSets& sets, const Finding& better,
              const Finding& other) {
  constexpr double kGoodPart = 0.4;
  if (better.claim == Claim::kInformation && other.claim != Claim::kInformation) return false;
  if (IsInside(snapshot, sets, other, better)) return true;
  return static_cast<double>(better.retained) >= kGoodPart * static_cast<double>(other.retained) &&
         IsInside(snapshot, sets, better, other);
}

void AppendMissing(std::vector<std::string>& to, const std::vector<std::string>& from) {
  for (const std::string& line : from) {
    if (std::find(to.begin(), to.end(), line) == to.end()) to.push_back(line);
  }
}

void Merge(Finding& to, Finding&& from) {
  if (to.claim == from.claim) to.severity = std::max(to.severity, from.severity);
  if (!to.path) to.path = std::move(from.path);
  if (to.parts.empty()) to.parts = std::move(from.parts);
  AppendMissing(to.evidence, from.evidence);
  if (to.fix.empty()) to.fix = std::move(from.fix);
  if (to.known_issue.empty()) to.known_issue = std::move(from.known_issue);
  AppendMissing(to.next, from.next);
  AppendMissing(to.also, {from.rule});
  AppendMissing(to.also, from.also);
}

void MergeSameMemory(const Snapshot& snapshot, std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tuple(b.knowledge, b.severity, b.retained) <
           std::tuple(a.knowledge, a.severity, a.retained);
  });
  std::vector<Finding> merged;
  MemberSets sets;
  for (Finding& finding : findings) {
    const auto better = std::find_if(merged.begin(), merged.end(), [&](const Finding& each) {
      return each.knowledge > finding.knowledge && Explains(snapshot, sets, each, finding);
    });
    if (better == merged.end())
      merged.push_back(std::move(finding));
    else
      Merge(*better, std::move(finding));
  }
  findings = std::move(merged);
}

}  // namespace

void FinishFindings(const AnalysisInput& input, std::vector<Finding>& findings) {
  FillSizes(input, findings);
  MergeSameMemory(input.snapshot, findings);
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tuple(b.severity, b.claim, b.retained) <
           std::tuple(a.severity, a.claim, a.retained);
  });
}

}  // namespace leaktrail::analyses
