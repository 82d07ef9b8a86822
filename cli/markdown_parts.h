// Pieces of Markdown for tickets (CommonMark and GitHub's tables). A name from a dump must neither
// format the text, nor call a person, nor become HTML: whatever is no plain word stands in a code
// span, in which nothing means anything.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace leaktrail::cli {

// A code span; `escaped` (escape.h) is one line. More than 200 columns lose their middle.
std::string CodeSpan(absl::string_view escaped);

// A sentence, which is escaped here: plain words as they are, all others as code spans.
std::string MarkdownText(absl::string_view sentence);

// A fenced block around escaped lines, each of which ends with a line feed. The fence is longer
// than any within.
std::string CodeBlock(absl::string_view lines);

// What stands between the bars of a table: a code span or text whose own bars are escaped.
std::string TableCell(absl::string_view markdown);

}  // namespace leaktrail::cli
