// The version of the tool; LEAKTRAIL_VERSION comes from CMakeLists.txt.
#pragma once

namespace leaktrail::cli {

inline constexpr const char* kVersion = LEAKTRAIL_VERSION;

}  // namespace leaktrail::cli
