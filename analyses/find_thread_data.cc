// heap.thread-local-data: much of the heap behind threads. Either behind their ThreadLocals, where
// values outlive the work they were made for; or in local variables of a method that is running,
// which is no leak but work on too much data at once.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/analysis.h"
#include "analyses/finding_parts.h"
#include "analyses/fingerprint.h"
#include "analyses/text.h"
#include "analyses/thread_names.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

using graph::ObjectIndex;

constexpr absl::string_view kDataRule = "heap.thread-local-data";

// "480,000 String: 45.9 MiB, 97.8% of the live heap"
std::string HeldText(const AnalysisInput& input, const Holder& holder) {
  const std::string elements = ElementsText(input, holder);
  return absl::StrCat(elements, elements.empty() ? "" : ": ", SizeText(holder));
}

// The thread at the beginning of the path; none if the path begins elsewhere.
ObjectIndex ThreadOfPath(const AnalysisInput& input, const Holder& holder) {
  if (holder.path.steps.empty()) return ObjectIndex::None();
  const ObjectIndex first = holder.path.steps.front().object;
  return input.snapshot.ThreadOf(first) != nullptr ? first : ObjectIndex::None();
}

std::string ThreadText(const AnalysisInput& input, ObjectIndex thread) {
  const std::string name = KnownThreadName(input.snapshot, thread);
  const std::string class_name = NodeName(input.snapshot, thread);
  if (!name.empty()) return absl::StrCat("thread ", name);
  return class_name == "java.lang.Thread" ? "a thread" : absl::StrCat("a ", class_name);
}

int FillBonus(const MemoryFacts& memory) {
  const std::uint32_t fill = HeapFill(memory);
  return fill >= kFullFill ? 15 : fill >= kTightFill ? 10 : 0;
}

// --- values of ThreadLocals

bool IsThreadLocalValue(const AnalysisInput& input, const Holder& holder) {
  if (holder.known == nullptr || holder.known->kind != HolderKind::kThreadLocal) return false;
  return holder.retained >= kLeastLeakBytes && holder.share_milli >= kNotableShare &&
         !IsSoftlyHeld(input, holder);
}

Finding DescribeThreadLocal(const AnalysisInput& input, const Holder& holder) {
  Finding finding = MakeFinding(input, holder, kDataRule);
  const std::size_t threads = holder.holding.members.size();
  const ObjectIndex thread = ThreadOfPath(input, holder);
  const std::string of = threads > 1      ? Counted(threads, "thread", "threads")
                         : thread.valid() ? ThreadText(input, thread)
                                          : "a thread";
  finding.claim = Claim::kLeak;
  finding.title = absl::StrCat(Capitalised(holder.known->phrase), " of ", of, " hold ",
                               HeldText(input, holder));
  const bool dominating = holder.share_milli >= kDominatingShare;
  const bool tight = IsTight(input.memory, holder.retained);
  finding.severity = dominating && tight   ? Severity::kHigh
                     : dominating || tight ? Severity::kMedium
                                           : Severity::kLow;
  finding.confidence =
      std::min(85, 45 + (threads >= 5 ? 15 : 0) + (dominating ? 10 : 0) + FillBonus(input.memory));
  finding.confidence_reason =
      "threads of pools live on, and with them what was not removed; data of requests that are "
      "being served right now looks the same";
  if (threads > 1 && thread.valid()) {
    const std::string name = KnownThreadName(input.snapshot, thread);
    finding.evidence.push_back(absl::StrCat("It is the same in all ", CountText(threads),
                                            " threads",
                                            name.empty() ? "." : absl::StrCat(" (", name, ").")));
  }
  if (holder.cut > 0 && holder.path.steps[holder.cut].through_collection) {
    finding.evidence.push_back(absl::StrCat("The value of the ThreadLocal is a ",
                                            holder.path.steps[holder.cut].step.class_name, "."));
  }
  finding.evidence.push_back(FillText(input.memory));
  finding.fix = {std::string(holder.known->fix)};
  return finding;
}

// --- local variables of running methods

bool IsLocalData(const AnalysisInput& input, const Holder& holder) {
  if (!holder.by_local || IsSoftlyHeld(input, holder)) return false;
  if (IsTight(input.memory, holder.retained)) {
    return holder.share_milli >= kNotableShare && holder.retained >= kLeastLeakBytes;
  }
  return holder.share_milli >= kDominatingShare && holder.retained >= kBigObjectBytes;
}

// "Job.write(Job.java:4) <- Job.export(Job.java:3)": the topmost frames outside of the platform, or
// simply the topmost if there are no such.
std::string StackText(const graph::ThreadInfo& thread) {
  constexpr std::size_t kFrames = 4;
  std::vector<std::string> own, all;
  for (const graph::StackFrame& frame : thread.frames) {
    if (all.size() < kFrames) all.push_back(FrameText(frame));
    if (own.size() < kFrames && !IsPlatformClass(frame.class_name)) own.push_back(FrameText(frame));
  }
  return absl::StrJoin(own.empty() ? all : own, " <- ");
}

Finding DescribeLocal(const AnalysisInput& input, const Holder& holder) {
  Finding finding = MakeFinding(input, holder, kDataRule);
  finding.claim = Claim::kMuchInUse;
  finding.title = absl::StrCat(Capitalised(holder.name), holder.place == 0 ? " hold " : " holds ",
                               HeldText(input, holder));
  const bool tight = IsTight(input.memory, holder.retained);
  finding.severity = !tight                                   ? Severity::kLow
                     : holder.share_milli >= kDominatingShare ? Severity::kHigh
                                                              : Severity::kMedium;
  finding.confidence = 80;
  finding.confidence_reason = "the method was running when the dump was taken";
  const ObjectIndex thread = ThreadOfPath(input, holder);
  if (thread.valid()) {
    const std::string stack = StackText(*input.snapshot.ThreadOf(thread));
    finding.evidence.push_back(absl::StrCat("It is work in progress of ", ThreadText(input, thread),
                                            stack.empty() ? "." : absl::StrCat(": ", stack, ".")));
  }
  finding.evidence.push_back(FillText(input.memory));
  finding.fix = {
      "Work in portions: page through the query, stream the file, write out what is done. And put "
      "a "
      "limit on what one request or job may ask for."};
  return finding;
}

}  // namespace

void FindThreadData(const AnalysisInput& input, std::vector<Finding>& findings) {
  for (const Holder& holder : input.holders) {
    if (holder.place < 0) continue;
    if (IsThreadLocalValue(input, holder)) {
      findings.push_back(DescribeThreadLocal(input, holder));
    } else if (IsLocalData(input, holder)) {
      findings.push_back(DescribeLocal(input, holder));
    }
  }
}

}  // namespace leaktrail::analyses
