// The sentences of signatures, with figures in the place of {placeholders}.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace leaktrail::analyses {

// What is wrong with the placeholders of a text, and which there are; "" if nothing is.
std::string WrongPlaceholder(absl::string_view text);

// The classes of {count_of:SUFFIX} in a text.
std::vector<std::string> CountedClasses(absl::string_view text);

// Figures of one match.
struct PlaceholderValues {
  std::uint64_t count = 0, total = 0, groups = 0;
  std::string class_name;  // simple
  absl::FunctionRef<std::uint64_t(absl::string_view suffix)> count_of;
};

// {each} stays: it is replaced when the size is known (finish_findings.h).
std::string FillPlaceholders(absl::string_view text, const PlaceholderValues& values);

// The end of a class name with what differs between equal classes taken out: digits become '#',
// the addresses of hidden classes go, lambdas are "$$Lambda" whatever their number.
// "jdk.internal.reflect.GeneratedMethodAccessor12" -> "GeneratedMethodAccessor#".
std::string FamilyName(absl::string_view class_name);

}  // namespace leaktrail::analyses
