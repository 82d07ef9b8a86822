// What is said instead of an analysis when time or memory do not suffice (analyses/census.h).
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "analyses/census.h"
#include "cli/context.h"
#include "cli/text_style.h"

namespace leaktrail::cli {

// `why` there is no more: a clause.
std::string CensusText(const analyses::Census& census, absl::string_view why,
                       const TextStyle& style);
// Of analyze or histogram: what `command` would have said is left out, "status" is
// "histogram_only".
std::string CensusJson(const analyses::Census& census, absl::string_view why,
                       absl::string_view command, const OutputOptions& options);
// At most 60 lines.
std::string CensusMarkdown(const analyses::Census& census, absl::string_view why);

}  // namespace leaktrail::cli
