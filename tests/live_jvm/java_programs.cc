#include "tests/live_jvm/java_programs.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "tests/live_jvm/java_process.h"

namespace leaktrail::testing {

std::string CompileJava(const std::string& jdk, absl::string_view name,
                        const std::string& directory) {
  int status = 0;
  const std::string output =
      RunCommand({jdk + "/bin/javac", "-nowarn", "-d", directory,
                  absl::StrCat(LEAKTRAIL_LIVE_JVM_DIRECTORY, "/", name, ".java")},
                 &status);
  return status == 0 ? "" : absl::StrCat(jdk, "/bin/javac: ", output);
}

std::string JdkName(const std::string& jdk) {
  if (jdk.empty()) return "none";
  std::string name = std::filesystem::path(jdk).filename().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

std::vector<std::string> JdksOrNone() {
  std::vector<std::string> jdks = FindJdks();
  if (jdks.empty()) jdks.emplace_back();
  return jdks;
}

}  // namespace leaktrail::testing
