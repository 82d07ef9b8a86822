// heap.many-threads: more platform threads than a program means to have, and of what kind they are.
#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyses/analysis.h"
#include "analyses/fingerprint.h"
#include "analyses/text.h"
#include "analyses/thread_names.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

using graph::ObjectIndex;
using graph::Snapshot;

constexpr absl::string_view kRule = "heap.many-threads";

// Threads that are alike: by class, name with its digits folded, and what they are doing.
struct Family {
  std::string class_name, folded_name, frame;
  auto operator<=>(const Family&) const = default;
};
using Families = std::map<Family, std::vector<ObjectIndex>>;

// The topmost frame that is not of the platform, else the top frame.
std::string FrameOf(const graph::ThreadInfo& thread) {
  for (const graph::StackFrame& frame : thread.frames) {
    if (!IsPlatformClass(frame.class_name)) return FrameText(frame);
  }
  return thread.frames.empty() ? "" : FrameText(thread.frames.front());
}

// Platform threads: virtual ones have no stack outside of the heap, and thousands are usual
// (jdk.parked-virtual-threads tells of very many).
Families GroupThreads(const Snapshot& snapshot) {
  Families families;
  for (const graph::ThreadInfo& thread : snapshot.threads()) {
    if (!thread.object.valid()) continue;
    if (NodeName(snapshot, thread.object) == "java.lang.VirtualThread") continue;
    // The name is contents of the dump: it serves to tell families apart and goes no further.
    const std::string name = NormaliseV1(ThreadName(snapshot, thread.object));
    families[{NodeName(snapshot, thread.object), name, FrameOf(thread)}].push_back(thread.object);
  }
  return families;
}

}  // namespace

void FindManyThreads(const AnalysisInput& input, std::vector<Finding>& findings) {
  if (input.snapshot.threads().size() < kManyAlikeThreads) return;
  const Families families = GroupThreads(input.snapshot);
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
