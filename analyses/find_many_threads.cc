// heap.many-threads: more platform threads than a program means to have, and of what kind they are.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyses/analysis.h"
#include "analyses/fingerprint.h"
#include "analyses/text.h"
#include "analyses/thread_families.h"
#include "analyses/thread_names.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

using graph::ObjectIndex;

constexpr absl::string_view kRule = "heap.many-threads";

}  // namespace

void FindManyThreads(const AnalysisInput& input, std::vector<Finding>& findings) {
  if (input.snapshot.threads().size() < kManyAlikeThreads) return;
  const ThreadFamilies families = GroupThreads(input.snapshot);
  std::uint64_t all = 0;
  for (const auto& [family, threads] : families) all += threads.size();
  const auto biggest = std::max_element(
      families.begin(), families.end(),
      [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  if (biggest == families.end()) return;
  const auto& [family, members] = *biggest;
  const bool alike = members.size() >= kManyAlikeThreads;
  if (!alike && all < kManyThreads) return;

  Finding finding;
  finding.rule = std::string(kRule);
  finding.fingerprint = FingerprintOf(kRule, alike ? NormaliseV1(family.frame) : "*");
  finding.knowledge = Knowledge::kStructure;
  finding.claim = alike ? Claim::kLeak : Claim::kMuchInUse;
  finding.severity = members.size() >= kManyThreads ? Severity::kHigh : Severity::kMedium;
  finding.severity_if_small = finding.severity;  // what a thread costs is not in the heap
  finding.instances = alike ? members.size() : all;
  // Without members: what it is about is outside of the heap, and what a thread keeps in the heap
  // is a story of its own.
  std::uint64_t most = 0;
  for (const ObjectIndex thread : members) {
    const std::uint64_t retained = input.snapshot.RetainedSize(thread);
    finding.retained += retained;
    most = std::max(most, retained);
  }
  if (most > finding.retained / 2) finding.retained -= most;  // one of them, not all
  finding.share_milli = Milli(finding.retained, input.memory.live);
  const std::string name = KnownThreadName(input.snapshot, members.front());
  const std::string kind =
      absl::StrCat(CountText(members.size()), " of ", CountText(all), " threads do the same",
                   name.empty() ? "" : absl::StrCat(" (", name, ")"),
                   family.frame.empty() ? "" : absl::StrCat(", in ", family.frame));
  finding.title = absl::StrCat(alike ? kind : absl::StrCat(CountText(all), " threads are alive"),
                               "; they keep ", BytesText(finding.retained), " of the heap");
  finding.confidence = alike ? 75 : 60;
  finding.confidence_reason = "the number is a fact; a server may be meant to have as many";
  if (!alike) finding.evidence.push_back(absl::StrCat(kind, "."));
  finding.evidence.push_back(
      absl::StrCat("Outside of the heap each has a stack, too: 1 MiB of address space by default "
                   "(-Xss), about ",
                   BytesText(finding.instances << 20), " for these."));
  finding.fix = {"Use one bounded pool instead of a thread or an executor per request or session.",
                 "Shut executors down (shutdown, close) when what they serve is done."};
  finding.next = {absl::StrCat("leaktrail path FILE ", family.class_name)};
  findings.push_back(std::move(finding));
}

}  // namespace leaktrail::analyses
