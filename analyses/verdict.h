// From findings to the one sentence people read first.
//
//   leak       a finding claims one, and not just as a low one
//   full       no leak, but findings of much memory in use while room is short, or a heap that is
//              full with nothing standing out
//   heap ok    none of these: the answer that sends people to look elsewhere
//   unknown    too little of the heap is in the dump to say so
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analyses/report.h"

namespace leaktrail::analyses {

struct Judgement {
  Verdict verdict = Verdict::kUnknown;
  std::string headline;
  std::vector<std::string> advice;
};

// `findings`: most severe first.
Judgement Judge(const DumpFacts& dump, const MemoryFacts& memory,
                std::span<const Finding> findings);

// Where not all was looked for: a leak is one all the same, but that there is none nobody knows.
void WeakenVerdict(Judgement& judgement);

}  // namespace leaktrail::analyses
