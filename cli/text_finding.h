// One finding as text, in the room that is left for it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/report.h"
#include "cli/text_style.h"

namespace leaktrail::cli {

// "HIGH".
absl::string_view SeverityName(analyses::Severity severity);

// Whether the headline of the report has already said what the title says.
bool TitleIsIn(const analyses::Finding& finding, absl::string_view headline);

// "140 Selector 1.0 MiB, 5,600 MetricName 918.8 KiB and 3 more classes", or, where most parts come
// in one number, "140 each of Selector 1.0 MiB, Metrics, Fetcher and 4 more classes". Not escaped.
// `parts` must not be empty.
std::string PartsText(const std::vector<analyses::Accumulated>& parts, std::size_t limit);

// How many lines each part of a finding may take; what does not fit is left out by whole sentences,
// but the first of each is always there.
struct FindingRoom {
  std::size_t path_steps = 0;
  std::size_t parts = 0;        // classes
  bool parts_as_table = false;  // else in one paragraph
  std::size_t evidence = 0;
  std::size_t fix = 0;
  std::size_t known = 0;
  std::size_t next = 0;  // commands
};

// A finding with path, parts, evidence, advice and commands. The title is left out where `headline`
// has just said the same. `file` stands for FILE in commands.
std::string FindingText(const analyses::Finding& finding, std::size_t number,
                        absl::string_view headline, absl::string_view file, const FindingRoom& room,
                        const TextStyle& style);

// In two or three lines: what it is, the reference to cut and, if there is room, what to run.
std::string ShortFindingText(const analyses::Finding& finding, std::size_t number,
                             absl::string_view file, bool with_command, const TextStyle& style);

}  // namespace leaktrail::cli
