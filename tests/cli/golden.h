// Golden texts: files in tests/golden that hold what a renderer must print, to the byte.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace leaktrail::testing {

// Compares `text` with tests/golden/`name`. With LEAKTRAIL_UPDATE_GOLDEN=1 in the environment the
// file is written instead: read the difference before committing it.
inline void ExpectGolden(const std::string& name, const std::string& text) {
  const std::string path = std::string(LEAKTRAIL_GOLDEN_DIRECTORY) + "/" + name;
  if (std::getenv("LEAKTRAIL_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  const std::string golden((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
  EXPECT_EQ(text, golden) << "golden file: " << path;
}

}  // namespace leaktrail::testing
