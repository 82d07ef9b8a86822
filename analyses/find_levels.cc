// What is in the dump but not held strongly: heap.soft-data and heap.unreachable. Exact figures;
// what they mean depends on how the dump was taken.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyses/analysis.h"
#include "analyses/finding_parts.h"
#include "analyses/fingerprint.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

bool IsMuch(std::uint64_t bytes, std::uint64_t whole) {
  return bytes >= kLevelBytes && Milli(bytes, whole) >= kLevelShare;
}

Finding MakeLevelFinding(absl::string_view rule, std::uint64_t bytes, std::uint64_t objects,
                         std::uint64_t whole) {
  Finding finding;
  finding.rule = std::string(rule);
  finding.fingerprint = FingerprintOf(rule, "*");
  finding.retained = bytes;
  finding.instances = objects;
  finding.share_milli = Milli(bytes, whole);
  finding.confidence = 95;
  finding.confidence_reason = "counted";
  return finding;
}

}  // namespace

void FindSoftData(const AnalysisInput& input, std::vector<Finding>& findings) {
  const std::uint64_t bytes = input.memory.soft;
  if (!IsMuch(bytes, input.memory.live)) return;
  const graph::Amount amount = input.snapshot.amount(graph::Reachability::kSoft);
  Finding finding = MakeLevelFinding("heap.soft-data", bytes, amount.objects, input.memory.live);
  const auto holder =
      std::find_if(input.holders.begin(), input.holders.end(), [&](const Holder& each) {
        return each.place >= 0 && IsSoftlyHeld(input, each) && each.share_milli >= kNotableShare;
      });
  if (holder != input.holders.end()) {
    const Finding with_path = MakeFinding(input, *holder, finding.rule);
    finding.fingerprint = with_path.fingerprint;
    finding.path = with_path.path;
    finding.parts = with_path.parts;
    finding.next = with_path.next;
  }
  finding.title = absl::StrCat(BytesText(bytes), " (", ShareText(finding.share_milli),
                               " of the live heap) are held by soft references only");
  finding.evidence = {
      "The JVM clears soft references before it reports an OutOfMemoryError, so this "
      "is a cache that gives way, not a leak. It can still make the collector work "
      "hard in a heap that is nearly full.",
      FillText(input.memory)};
  findings.push_back(std::move(finding));
}

void FindUnreachable(const AnalysisInput& input, std::vector<Finding>& findings) {
  const std::uint64_t bytes = input.memory.unreachable;
  const std::uint64_t all = bytes + input.memory.live;
  if (!IsMuch(bytes, all)) return;
  Finding finding =
      MakeLevelFinding("heap.unreachable", bytes, input.memory.unreachable_objects, all);
  finding.title = absl::StrCat(BytesText(bytes), " (", ShareText(finding.share_milli),
                               " of what the dump holds) are garbage that was not collected yet");
  finding.evidence = {
      "No GC root leads to it, so it is in none of the other figures. The dump was "
      "taken without a collection before it (jmap -dump without live, or on "
      "OutOfMemoryError)."};
  finding.fix = {
      "Nothing, if the heap was just not full yet. Much garbage at an OutOfMemoryError "
      "means that the program allocates faster than the collector frees, or that one "
      "huge array found no room."};
  finding.next = {"leaktrail histogram FILE --unreachable"};
  if (input.snapshot.health().partial()) {
    finding.confidence = 30;
    finding.confidence_reason = "the dump is not complete: what holds them may be missing";
    finding.title = absl::StrCat(BytesText(bytes), " (", ShareText(finding.share_milli),
                                 " of what the dump holds) are reached from no GC root");
    finding.evidence = {
        "No GC root leads to it, so it is in none of the other figures. It is garbage, or held by "
        "what is missing from the dump."};
    finding.fix = {"Take the dump again: a complete one tells."};
  }
  findings.push_back(std::move(finding));
}

}  // namespace leaktrail::analyses
