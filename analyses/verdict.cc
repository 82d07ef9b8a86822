#include "analyses/verdict.h"

#include <algorithm>
#include <initializer_list>

#include "absl/strings/str_cat.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"

namespace leaktrail::analyses {
namespace {

// The most severe finding that makes one of `claims`; null if there is none of `least` severity.
const Finding* First(std::span<const Finding> findings, Severity least,
                     std::initializer_list<Claim> claims) {
  const auto found = std::find_if(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.severity >= least &&
           std::find(claims.begin(), claims.end(), finding.claim) != claims.end();
  });
  return found == findings.end() ? nullptr : &*found;
}

// What is short of room outside of the heap.
const Finding* OutsideOfTheHeap(std::span<const Finding> findings) {
  const auto found = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.rule == "native.memory" && finding.severity >= Severity::kMedium;
  });
  return found == findings.end() ? nullptr : &*found;
}

std::string LiveText(const MemoryFacts& memory) {
  std::string text = absl::StrCat(BytesText(memory.live), " live");
  if (memory.max_heap_hint > 0) {
    absl::StrAppend(&text, ", ", ShareText(HeapFill(memory)), " of its maximum of ",
                    BytesText(memory.max_heap_hint));
  }
  return text;
}

// What is missing may be what matters: an incomplete dump can show a leak, but not that there is
// none.
bool TooLittle(const DumpFacts& dump, const MemoryFacts& memory) {
  return memory.live_objects == 0 || !dump.complete;
}

std::vector<std::string> Elsewhere(const DumpFacts& dump, const MemoryFacts& memory,
                                   std::span<const Finding> findings) {
  std::string outside = "If the process grows all the same, look outside of the heap: ";
  if (memory.direct_reserved > 0) {
    absl::StrAppend(&outside, "direct buffers (", BytesText(memory.direct_reserved),
                    " reserved here), ");
  } else {
    absl::StrAppend(&outside, "direct buffers, ");
  }
  absl::StrAppend(&outside, "metaspace (", Counted(dump.classes, "class", "classes"), " of ",
                  Counted(dump.loaders, "loader", "loaders"), " here; jcmd PID VM.metaspace), ",
                  Counted(dump.threads, "thread stack", "thread stacks"),
                  ", native memory (jcmd PID VM.native_memory, needs "
                  "-XX:NativeMemoryTracking=summary). leaktrail native tells what this dump knows "
                  "of them, and who holds it.");
  std::vector<std::string> advice = {
      std::move(outside),
      "If there was an OutOfMemoryError, its message tells which memory ran out. If the heap "
      "grows over days, take a dump then: a leak that has just begun looks like this one."};
  const bool flink = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.rule == "flink.memory";
  });
  if (flink) {
    advice.insert(
        advice.begin(),
        "If the container of this Flink TaskManager is killed, see what it has outside of "
        "its heap: flink.memory, below, with the keys to change.");
  }
  return advice;
}

Judgement Unknown(const MemoryFacts& memory) {
  Judgement judgement;
  judgement.verdict = Verdict::kUnknown;
  if (memory.live_objects == 0) {
    judgement.headline = "the dump holds no live objects";
  } else {
    judgement.headline = absl::StrCat("the dump is not complete. What there is (", LiveText(memory),
                                      ") shows no leak, but what is missing may");
  }
  judgement.advice = {
      "Take the dump again, with room for all of it: it is about as large as the "
      "used heap."};
  return judgement;
}

Judgement Full(const MemoryFacts& memory, const Finding* much) {
  Judgement judgement;
  judgement.verdict = Verdict::kFullButNoLeak;
  judgement.headline =
      absl::StrCat("the heap is short of room (", LiveText(memory), "), ",
                   much != nullptr ? absl::StrCat("and it is in use: ", much->title)
                                   : "but nothing in it stands out");
  judgement.advice = {
      "Give the heap more room (-Xmx), or keep less at a time; what holds the memory is below."};
  return judgement;
}

}  // namespace

namespace {

Judgement JudgeFindings(const DumpFacts& dump, const MemoryFacts& memory,
                        std::span<const Finding> findings) {
  Judgement judgement;
  const Finding* leak = First(findings, Severity::kMedium, {Claim::kLeak});
  const Finding* much = First(findings, Severity::kMedium, {Claim::kMuchInUse});
  // What is in use outweighs a lesser suspicion: the request that fills the heap, not the cache
  // beside it.
  const bool outweighed = leak != nullptr && much != nullptr && much->severity > leak->severity &&
                          much->retained > leak->retained && IsTight(memory, much->retained);
  if (leak != nullptr && !outweighed) {
    judgement.verdict = Verdict::kLeak;
    judgement.headline =
        absl::StrCat(leak->confidence >= kLikely ? "likely: " : "suspected: ", leak->title);
    return judgement;
  }
  if (TooLittle(dump, memory)) return Unknown(memory);
  if (HeapFill(memory) >= kFullFill || (much != nullptr && IsTight(memory, much->retained))) {
    return Full(memory, much);
  }
  judgement.verdict = Verdict::kHeapOk;
  const Finding* most = First(findings, Severity::kLow, {Claim::kLeak, Claim::kMuchInUse});
  judgement.headline = absl::StrCat("the heap is fine: ", LiveText(memory),
                                    most != nullptr ? absl::StrCat(". Most of it: ", most->title)
                                                    : ", and nothing piles up in it");
  const Finding* outside = OutsideOfTheHeap(findings);
  if (outside != nullptr) {
    absl::StrAppend(&judgement.headline, ". Look outside of it: ", outside->title);
  }
  judgement.advice = Elsewhere(dump, memory, findings);
  return judgement;
}

}  // namespace

Judgement Judge(const DumpFacts& dump, const MemoryFacts& memory,
                std::span<const Finding> findings) {
  Judgement judgement = JudgeFindings(dump, memory, findings);
  if (!dump.out_of_memory.empty()) {
    judgement.advice.insert(judgement.advice.begin(),
                            absl::StrCat("The JVM wrote this dump at an OutOfMemoryError of ",
                                         dump.out_of_memory, "."));
  }
  return judgement;
}

void WeakenVerdict(Judgement& judgement) {
  if (judgement.verdict == Verdict::kLeak) return;
  judgement.verdict = Verdict::kUnknown;
  judgement.headline = absl::StrCat("not everything was looked for. So far: ", judgement.headline);
}

}  // namespace leaktrail::analyses
