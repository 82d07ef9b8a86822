#include "analyses/finish_findings.h"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analyses/merge_findings.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

using graph::ObjectIndex;

// Replaces {each} by what one instance retains on average.
void FillInEach(Finding& finding) {
  if (finding.instances == 0) return;
  const std::string each = BytesText(finding.retained / finding.instances);
  absl::StrReplaceAll({{"{each}", each}}, &finding.title);
  for (std::string& line : finding.evidence) absl::StrReplaceAll({{"{each}", each}}, &line);
}

// A megabyte is little in any heap, and in a large one much more.
bool IsLittle(const Finding& finding) {
  constexpr std::uint32_t kLittleShare = 10;  // thousandths
  return finding.retained < kLeastLeakBytes ||
         (finding.share_milli < kLittleShare && finding.retained < kLargeBytes);
}

bool IsMuch(const Finding& finding) {
  return finding.retained >= kLeastLeakBytes && finding.share_milli >= kNotableShare;
}

// Once it is known how much: the title says so, and how severe it is depends on it.
void SaySize(Finding& finding) {
  absl::StrAppend(&finding.title, ": ", BytesText(finding.retained), ", ",
                  ShareText(finding.share_milli), " of the live heap");
  FillInEach(finding);
  if (IsLittle(finding)) finding.severity = std::min(finding.severity, finding.severity_if_small);
  if (IsMuch(finding)) finding.severity = std::max(finding.severity, finding.severity_if_large);
}

void FillSizes(const AnalysisInput& input, std::vector<Finding>& findings) {
  std::vector<std::vector<ObjectIndex>> sets;
  for (Finding& finding : findings) {
    finding.size_unsaid = finding.retained == 0 && !finding.members.empty();
    if (finding.size_unsaid) sets.push_back(std::move(finding.members));
  }
  const std::vector<std::uint64_t> sizes = input.sizes.BySets(sets);
  std::size_t i = 0;
  for (Finding& finding : findings) {
    if (!finding.size_unsaid) continue;
    finding.members = std::move(sets[i]);  // lent: there may be millions
    finding.retained = sizes[i++];
    finding.share_milli = Milli(finding.retained, input.memory.live);
  }
}

}  // namespace

void FinishFindings(const AnalysisInput& input, std::vector<Finding>& findings) {
  FillSizes(input, findings);
  MergeSameMemory(input.snapshot, findings);
  for (Finding& finding : findings) {
    if (finding.size_unsaid) SaySize(finding);
  }
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tuple(b.severity, b.claim, b.retained) <
           std::tuple(a.severity, a.claim, a.retained);
  });
}

}  // namespace leaktrail::analyses
