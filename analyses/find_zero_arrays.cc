// memory.zero-arrays: a good part of the heap is large arrays of nothing but zeros.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyses/analysis.h"
#include "analyses/finding_parts.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"
#include "analyses/zero_arrays.h"

namespace leaktrail::analyses {
namespace {

constexpr std::size_t kShown = 3;

// A repeated resource may have told the largest of them as its part.
bool IsTold(const std::vector<Finding>& findings, const std::string& arrays) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    return std::any_of(finding.evidence.begin(), finding.evidence.end(),
                       [&](const std::string& line) { return absl::StrContains(line, arrays); });
  });
}

}  // namespace

void FindZeroArrays(const AnalysisInput& input, std::vector<Finding>& findings) {
  std::vector<ArrayGroup> groups = FindLargeArrays(input.snapshot);
  std::erase_if(groups, [](const ArrayGroup& group) { return group.ZeroCount() == 0; });
  std::stable_sort(groups.begin(), groups.end(), [](const ArrayGroup& a, const ArrayGroup& b) {
    return a.ZeroBytes() > b.ZeroBytes();
  });
  std::uint64_t bytes = 0, count = 0;
  for (const ArrayGroup& group : groups) {
    bytes += group.ZeroBytes();
    count += group.ZeroCount();
  }
  const std::uint32_t share = Milli(bytes, input.memory.live);
  if (bytes < kBigObjectBytes || share < kZeroShare) return;
  if (IsTold(findings, ArraysText(input.snapshot, groups.front()))) return;

  Finding finding;
  finding.rule = "memory.zero-arrays";
  finding.knowledge = Knowledge::kContents;
  finding.claim = Claim::kMuchInUse;
  finding.severity = Severity::kLow;
  finding.confidence = 90;
  finding.confidence_reason = "their contents were read";
  finding.members = groups.front().samples;
  DescribeMembers(input, finding);
  finding.instances = count;
  finding.retained = bytes;
  finding.share_milli = share;
  finding.title =
      absl::StrCat(CountText(count), " large arrays hold nothing but zeros: ", BytesText(bytes),
                   ", ", ShareText(share), " of the live heap");
  for (std::size_t i = 0; i < std::min(kShown, groups.size()); ++i) {
    if (groups[i].ZeroBytes() < bytes / 10) break;
    finding.evidence.push_back(absl::StrCat(ArraysText(input.snapshot, groups[i]), "."));
  }
  finding.fix = {
      "Buffers that are made before they are needed, or larger than they need to be: make them "
      "when there is something to put in, or have fewer of their owners."};
  findings.push_back(std::move(finding));
}

}  // namespace leaktrail::analyses
