// Signature files for tests.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "analyses/signature_file.h"
#include "gtest/gtest.h"

namespace leaktrail::testing {

// A signature with all that must be there, except for its count; `more` are further lines of the
// signature itself.
inline std::string SignatureToml(absl::string_view id, absl::string_view count,
                                 absl::string_view more = "") {
  return absl::StrCat("[[signature]]\nid = \"", id,
                      "\"\ntitle = \"Things\"\nfinds = \"Things that pile up.\"\n"
                      "severity = \"high\"\nheadline = \"{count} things\"\nconfidence = 80\n"
                      "confidence_reason = \"they are closed\"\nfix = [\"Drop them.\"]\n"
                      "explanation = \"What it is.\\n\\nMore.\"\n",
                      more, "\n[signature.count]\n", count, "\n");
}

// The one signature of a text without errors.
inline analyses::Signature OneSignature(absl::string_view toml) {
  std::vector<analyses::Signature> signatures;
  const std::vector<std::string> problems =
      analyses::ParseSignatures(toml, "test.toml", signatures);
  EXPECT_EQ(problems, std::vector<std::string>());
  EXPECT_EQ(signatures.size(), 1u);
  return signatures.empty() ? analyses::Signature() : signatures[0];
}

}  // namespace leaktrail::testing
