// heap.finalizer-backlog: objects that are dead and only wait for finalize() to run. Told by the
// length of the finalizer's queue, or by how much of the heap nothing else holds.
#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyses/analysis.h"
#include "analyses/finding_parts.h"
#include "analyses/fingerprint.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"
#include "graph/field_reader.h"

namespace leaktrail::analyses {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

constexpr absl::string_view kRule = "heap.finalizer-backlog";

// The objects in java.lang.ref.Finalizer.queue: found dead, not yet finalized.
struct FinalizerQueue {
  std::uint64_t length = 0;                     // as the queue says
  std::vector<ObjectIndex> finalizers;          // the Finalizer of each, at most kMostQueued
  std::map<ClassIndex, std::uint64_t> classes;  // what they will finalize
};

constexpr std::size_t kMostQueued = 200'000;

// Finalizer has a `next` of its own, for the list of all finalizers; the queue is chained by that
// of java.lang.ref.Reference.
ObjectIndex NextInQueue(const Snapshot& snapshot, ObjectIndex finalizer) {
  return graph::DeclaredReference(snapshot, finalizer, snapshot.classes().java_lang_ref_reference,
                                  "next");
}

FinalizerQueue ReadQueue(const Snapshot& snapshot) {
  FinalizerQueue result;
  const ClassIndex c = snapshot.classes().FindByName("java.lang.ref.Finalizer");
  if (!c.valid()) return result;
  const ObjectIndex queue = snapshot.FieldReference(snapshot.MirrorOf(c), "queue");
  if (!queue.valid()) return result;
  result.length = snapshot.FieldBits(queue, "queueLength").value_or(0);
  ObjectIndex finalizer = snapshot.FieldReference(queue, "head");
  while (finalizer.valid() && result.finalizers.size() < kMostQueued) {
    result.finalizers.push_back(finalizer);
    const ObjectIndex dead = snapshot.FieldReference(finalizer, "referent");
    if (dead.valid()) ++result.classes[snapshot.ClassOf(dead)];
    const ObjectIndex next = NextInQueue(snapshot, finalizer);
    if (next == finalizer) break;  // the last refers to itself
    finalizer = next;
  }
  result.length = std::max<std::uint64_t>(result.length < kImplausibleQueue ? result.length : 0,
                                          result.finalizers.size());
  return result;
}

// "Connection.finalize(Connection.java:32)": what the finalizer thread is in the middle of.
std::string RunningFinalizer(const Snapshot& snapshot) {
  for (const graph::ThreadInfo& thread : snapshot.threads()) {
    if (!thread.object.valid()) continue;
    const ClassIndex c = snapshot.ClassOf(thread.object);
    if (!c.valid() || snapshot.classes().Name(c) != "java.lang.ref.Finalizer$FinalizerThread") {
      continue;
    }
    for (const graph::StackFrame& frame : thread.frames) {
      if (frame.method == "finalize") return FrameText(frame);
    }
  }
  return "";
}

std::vector<Accumulated> Parts(const Snapshot& snapshot, const FinalizerQueue& queue) {
  constexpr std::size_t kMostParts = 8;
  std::vector<Accumulated> parts;
  for (const auto& [c, count] : queue.classes) {
    parts.push_back({snapshot.classes().Name(c), count, 0, 0});
  }
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  if (parts.size() > kMostParts) parts.resize(kMostParts);
  return parts;
}

Finding DescribeQueue(const AnalysisInput& input, const FinalizerQueue& queue) {
  Finding finding;
  finding.rule = std::string(kRule);
  finding.fingerprint = FingerprintOf(kRule, "queue");
  finding.knowledge = Knowledge::kStructure;
  finding.claim = Claim::kLeak;
  finding.instances = queue.length;
  finding.members = queue.finalizers;
  finding.parts = Parts(input.snapshot, queue);
  const std::string running = RunningFinalizer(input.snapshot);
  const std::string most =
      finding.parts.empty()
          ? ""
          : absl::StrCat(", most of them ", ShortName(finding.parts[0].class_name));
  finding.title =
      absl::StrCat(CountText(queue.length), " dead objects wait in the finalizer's queue", most);
  finding.severity = running.empty() ? Severity::kMedium : Severity::kHigh;
  finding.severity_if_small = Severity::kMedium;  // what they stand for may be outside of the heap
  finding.confidence = running.empty() ? 75 : 90;
  finding.confidence_reason =
      running.empty()
          ? "counted in the queue; it may be that the thread only just lags behind"
          : "counted in the queue, and the only thread that empties it is in a finalizer";
  if (!running.empty()) {
    finding.evidence.push_back(
        absl::StrCat("The finalizer thread is in ", running,
                     ": until that returns, no other finalizer runs in this JVM."));
  }
  finding.evidence.push_back(
      "Nothing else holds these objects; what they hold stays until their finalizer has run.");
  finding.evidence.push_back(FillText(input.memory));
  finding.fix = {running.empty()
                     ? "Close these objects explicitly (try-with-resources); see the stack of the "
                       "Finalizer thread for what slows it down."
                     : absl::StrCat("Find out why ", running,
                                    " does not return; a finalizer must not wait for anything."),
                 "Replace finalize() by close() or java.lang.ref.Cleaner."};
  finding.next = {"leaktrail path FILE java.lang.ref.Finalizer --include finalizer"};
  return finding;
}

// Without a long queue: how much of the heap nothing but the finalizer list holds.
Finding DescribeLevel(const AnalysisInput& input) {
  const std::uint64_t bytes = input.memory.finalizer;
  Finding finding;
  finding.rule = std::string(kRule);
  finding.fingerprint = FingerprintOf(kRule, "*");
  finding.retained = bytes;
  finding.instances = input.snapshot.amount(graph::Reachability::kFinalizer).objects;
  finding.share_milli = Milli(bytes, input.memory.live);
  // In a dump with much garbage these are mostly objects whose turn has simply not come.
  const std::uint64_t garbage = input.memory.unreachable;
  const bool live_dump = garbage < kLevelBytes || Milli(garbage, input.memory.live) < kLevelShare;
  finding.claim = live_dump ? Claim::kLeak : Claim::kInformation;
  finding.severity = live_dump ? Severity::kMedium : Severity::kInfo;
  finding.confidence = live_dump ? 70 : 40;
  finding.confidence_reason =
      live_dump ? "the dump holds little garbage, so these have been waiting since a collection"
                : "the dump holds garbage too, so a collection may be all that is missing";
  finding.title = absl::StrCat(BytesText(bytes), " (", ShareText(finding.share_milli),
                               " of the live heap) wait for a finalizer to run");
  finding.evidence = {
      "Nothing else holds them any more. One thread runs all finalizers: a slow or "
      "blocked one keeps everything behind it."};
  finding.fix = {
      "See what the Finalizer thread is doing (its stack is in the dump), and close these "
      "objects explicitly."};
  finding.next = {"leaktrail path FILE java.lang.ref.Finalizer"};
  return finding;
}

}  // namespace

void FindFinalizerBacklog(const AnalysisInput& input, std::vector<Finding>& findings) {
  const FinalizerQueue queue = ReadQueue(input.snapshot);
  if (queue.length >= kManyQueued && !queue.finalizers.empty()) {
    findings.push_back(DescribeQueue(input, queue));
  } else if (input.memory.finalizer >= kLevelBytes &&
             Milli(input.memory.finalizer, input.memory.live) >= kLevelShare) {
    findings.push_back(DescribeLevel(input));
  }
}

}  // namespace leaktrail::analyses
