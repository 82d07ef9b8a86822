// Findings about the same memory become one: the one that knows most takes from the others what it
// lacks, and names their rules. So one leak that is an accumulation, a repeated resource and a
// known signature at once is told once.
#pragma once

#include <vector>

#include "analyses/report.h"
#include "graph/snapshot.h"

namespace leaktrail::analyses {

// `findings` have their sizes. Cost: for each pair that may be the same, a sample of the members of
// one is looked for above a few thousand dominators among those of the other.
void MergeSameMemory(const graph::Snapshot& snapshot, std::vector<Finding>& findings);

}  // namespace leaktrail::analyses
