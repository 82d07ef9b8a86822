// What cards of findings are made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/explain.h"
#include "cli/html/markup.h"

namespace leaktrail::cli::html {

// "v1:41aa0c55e0d90007" -> "fp-41aa0c55e0d90007": the place of a finding in the page. It is the
// same in every report that has the finding.
std::string AnchorOf(absl::string_view fingerprint);

// "full in 4 h at this pace"; "" if that is not known.
std::string FullIn(const std::optional<std::int64_t>& seconds);

// "90% sure: each is still registered", and how to refer to it: rule and fingerprint.
Markup Sureness(int confidence, absl::string_view reason, absl::string_view rule,
                absl::string_view fingerprint);

// The page of `rule`, to be opened; nothing if it is not among `pages`.
Markup Explanation(absl::string_view rule, const std::vector<analyses::Page>& pages);

}  // namespace leaktrail::cli::html
