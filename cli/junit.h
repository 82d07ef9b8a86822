// The conditions of --fail-on as test cases of JUnit's XML, which CI systems show: one that holds
// is a failed test, one that says nothing of the dumps a skipped one.
#pragma once

#include <span>
#include <string>

#include "absl/strings/string_view.h"
#include "cli/fail_condition.h"

namespace leaktrail::cli {

// `suite`: what was judged, the dump's name; `headline`: the verdict.
std::string JUnitXml(absl::string_view suite, absl::string_view headline,
                     std::span<const FailCondition> conditions, const Judgement& judgement);

}  // namespace leaktrail::cli
