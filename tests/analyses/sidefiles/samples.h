// The samples of fixtures/sidefiles, and small helpers for texts of parsers.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/sidefiles/side_files.h"
#include "gtest/gtest.h"

namespace leaktrail::analyses::sidefiles {

inline constexpr std::uint64_t kK = 1024, kM = 1024 * kK, kG = 1024 * kM;

inline std::string SamplePath(const std::string& name) {
  return std::string(LEAKTRAIL_FIXTURES) + "/sidefiles/" + name;
}

inline std::string Sample(const std::string& name) {
  auto text = ReadSideText(SamplePath(name), true);
  EXPECT_TRUE(text.ok()) << text.status();
  return text.ok() ? text->text : "";
}

// The samples that are one process with everything beside it.
inline const std::vector<std::string>& Processes() {
  static const auto* names =
      new std::vector<std::string>{"jdk17-leaky", "jdk17-plain", "jdk25-leaky"};
  return *names;
}

}  // namespace leaktrail::analyses::sidefiles
