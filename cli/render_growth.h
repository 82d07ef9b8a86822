// The comparison of dumps, for people and for scripts: text, Markdown (60 lines at most) and JSON.
// As everywhere, renderers compute nothing.
#pragma once

#include <string>

#include "analyses/growth/growth_report.h"
#include "cli/context.h"
#include "cli/text_style.h"

namespace leaktrail::cli {

// The verdict first, on one screen of 25 lines; with `full` all there is. Where the report has
// tables, they stand in the place of the findings.
std::string GrowthText(const analyses::GrowthReport& report, bool full, const TextStyle& style);
std::string GrowthMarkdown(const analyses::GrowthReport& report);
std::string GrowthJson(const analyses::GrowthReport& report, const OutputOptions& options);

}  // namespace leaktrail::cli
