// The answers as Markdown, to be pasted into a ticket: at most 60 lines, whatever there is to say.
// Renderers compute nothing. See markdown_parts.h for how names of the dump are made harmless.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "analyses/report.h"

namespace leaktrail::cli {

std::string ReportMarkdown(const analyses::Report& report);

// One finding alone; `file` stands for FILE in its commands.
std::string FindingMarkdown(const analyses::Finding& finding, std::size_t number,
                            absl::string_view file);

}  // namespace leaktrail::cli
