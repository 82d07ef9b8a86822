// The tool as a whole, in this process.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/run.h"

namespace leaktrail::testing {

struct ToolResult {
  int code;
  std::string out, err;

  nlohmann::json json() const { return nlohmann::json::parse(out); }
};

inline ToolResult RunTool(const std::vector<std::string>& words) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int code = cli::Run(words);
  std::string out = ::testing::internal::GetCapturedStdout();
  return {code, std::move(out), ::testing::internal::GetCapturedStderr()};
}

inline std::string FixtureDump(const std::string& name) {
  return absl::StrCat(LEAKTRAIL_FIXTURES, "/dumps/", name, ".hprof.zst");
}

}  // namespace leaktrail::testing
