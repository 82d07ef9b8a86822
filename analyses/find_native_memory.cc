// native.memory: direct memory that is near its limit or was lost, as far as the heap tells. It
// never makes a leak of the heap: it is there for the case that the heap is fine.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyses/analysis.h"
#include "analyses/fingerprint.h"
#include "analyses/native/direct_memory.h"
#include "analyses/native/native_conclusions.h"
#include "analyses/native/native_owners.h"
#include "analyses/native/netty_memory.h"
#include "analyses/text.h"

namespace leaktrail::analyses {
namespace {

constexpr absl::string_view kRule = "native.memory";
constexpr std::size_t kOwners = 3;

std::string DirectLine(const DirectMemory& direct) {
  std::string line =
      absl::StrCat("Direct buffers: ", BytesText(direct.reserved.value_or(direct.bytes)), " in ",
                   CountText(direct.count.value_or(direct.buffers)));
  if (direct.limit > 0) absl::StrAppend(&line, ", limit ", BytesText(direct.limit));
  return absl::StrCat(line, ".");
}

// Who holds the direct buffers; the path of the first becomes that of the finding.
void AddOwners(const AnalysisInput& input, const BufferMemory& memory, Finding& finding) {
  NativeOwners owners =
      FindNativeOwners(input.snapshot, input.paths, memory.direct_buffers, kOwners);
  for (const NativeOwner& owner : owners.owners) {
    if (owner.name.empty()) continue;
    finding.evidence.push_back(absl::StrCat(BytesText(owner.bytes), " in ",
                                            Counted(owner.count, "buffer", "buffers"), " held by ",
                                            owner.name, "."));
  }
  if (!owners.owners.empty()) finding.path = std::move(owners.owners.front().path);
}

}  // namespace

void FindNativeMemory(const AnalysisInput& input, std::vector<Finding>& findings) {
  const BufferMemory memory = ReadBufferMemory(input.snapshot);
  const std::vector<NettyMemory> netty = ReadNettyMemory(input.snapshot);
  for (const NativeConclusion& conclusion : DirectConclusions(memory.direct, netty)) {
    if (conclusion.severity < Severity::kMedium) continue;
    Finding finding;
    finding.rule = std::string(kRule);
    finding.fingerprint = FingerprintOf(kRule, conclusion.id);
    finding.knowledge = Knowledge::kSignature;
    finding.claim = Claim::kInformation;
    finding.severity = conclusion.severity;
    finding.confidence = 90;
    finding.confidence_reason = "counted by the JVM or by netty, at the moment of the dump";
    finding.title = conclusion.text;
    finding.evidence.push_back(DirectLine(memory.direct));
    if (conclusion.id == "native.direct-limit") {
      finding.instances = memory.direct.buffers;
      AddOwners(input, memory, finding);
    }
    finding.fix = {conclusion.advice};
    finding.next = {"leaktrail native FILE"};
    findings.push_back(std::move(finding));
  }
}

}  // namespace leaktrail::analyses
