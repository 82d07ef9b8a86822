// EXPECT_TRUE(HasText(text, "part")), with both in the message.
#pragma once

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace leaktrail::testing {

inline ::testing::AssertionResult HasText(absl::string_view text, absl::string_view part) {
  if (absl::StrContains(text, part)) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "'" << part << "' is not in '" << text << "'";
}

}  // namespace leaktrail::testing
