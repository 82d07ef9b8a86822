// The answers as Markdown, to be pasted into a ticket: at most 60 lines, whatever there is to say.
// Renderers compute nothing. See markdown_parts.h for how names of the dump are made harmless.
#pragma once

#include <string>

#include "analyses/report.h"

namespace leaktrail::cli {

std::string ReportMarkdown(const analyses::Report& report);

}  // namespace leaktrail::cli
