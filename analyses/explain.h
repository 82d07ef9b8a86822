// The page of text behind a rule id.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace leaktrail::analyses {

// Title, what the rule finds, and its explanation, unwrapped: paragraphs are separated by an empty
// line. `id` is a rule id. NotFound names the ids there are.
absl::StatusOr<std::string> Explain(absl::string_view id);

}  // namespace leaktrail::analyses
