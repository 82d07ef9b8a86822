// From what the single analyses found to what the report says.
//
// 1. Findings that name members and no size get it: the exact retained size of the members as one
//    set, all findings in one walk of the graph.
// 2. Findings about the same memory become one (merge_findings.h).
// 3. Their titles say the size, "{each}" in title and evidence becomes what one of the instances
//    retains on average, and the severity heeds whether it is little or much.
// 4. The most severe come first.
//
// Cost: as graph::RetainedBySets, if any finding asks for it.
#pragma once

#include <vector>

#include "analyses/analysis.h"
#include "analyses/report.h"

namespace leaktrail::analyses {

void FinishFindings(const AnalysisInput& input, std::vector<Finding>& findings);

}  // namespace leaktrail::analyses
