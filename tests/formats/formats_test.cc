// What the tool writes, read by the parsers of others: see check.py, which does it.
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace leaktrail::testing {
namespace {

constexpr int kCannotBeDone = 77;

class Formats : public ::testing::TestWithParam<const char*> {};

TEST_P(Formats, AreReadByOthers) {
  const std::string command =
      absl::StrCat("'", LEAKTRAIL_PYTHON, "' -B '", LEAKTRAIL_SOURCE, "/tests/formats/check.py' ",
                   GetParam(), " '", LEAKTRAIL_TOOL, "' '", LEAKTRAIL_SOURCE, "' 2>&1");
  std::FILE* const pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string said;
  std::array<char, 4096> buffer;
  for (std::size_t n; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    said.append(buffer.data(), n);
  }
  const int status = pclose(pipe);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kCannotBeDone) GTEST_SKIP() << said;
  EXPECT_EQ(WEXITSTATUS(status), 0) << said;
}

INSTANTIATE_TEST_SUITE_P(Checks, Formats,
                         ::testing::Values("json", "deterministic", "tables", "profiles",
                                           "diagrams", "metrics", "junit", "hostile"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace leaktrail::testing
