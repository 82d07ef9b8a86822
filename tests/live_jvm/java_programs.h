// The Java programs of this folder, compiled for a JDK.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace leaktrail::testing {

// Compiles NAME.java with the JDK into `directory`; what is wrong, or "".
std::string CompileJava(const std::string& jdk, absl::string_view name,
                        const std::string& directory);

// "temurin_25_jdk_amd64": a JDK as part of a test's name.
std::string JdkName(const std::string& jdk);

// All JDKs of this machine; one empty string if there is none.
std::vector<std::string> JdksOrNone();

}  // namespace leaktrail::testing
