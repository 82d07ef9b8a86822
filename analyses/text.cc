#include "analyses/text.h"

#include <array>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace leaktrail::analyses {

std::string BytesText(std::uint64_t bytes) {
  static constexpr std::array<const char*, 6> kUnits = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return absl::StrCat(bytes, " B");
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < kUnits.size()) {  // 1,023.97 KiB reads as 1.0 MiB
    value /= 1024;
    ++unit;
  }
  return absl::StrFormat("%.1f %s", value, kUnits[unit]);
}

std::string CountText(std::uint64_t count) {
  std::string digits = absl::StrCat(count);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), ",");
  }
  return digits;
}

std::string ShareText(std::uint32_t milli) {
  return absl::StrFormat("%d.%d%%", milli / 10, milli % 10);
}

std::string Counted(std::uint64_t count, absl::string_view singular, absl::string_view plural) {
  return absl::StrCat(CountText(count), " ", count == 1 ? singular : plural);
}

std::uint32_t Milli(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return 0;
  const long double share = static_cast<long double>(part) / static_cast<long double>(whole);
  return static_cast<std::uint32_t>(std::llround(share * 1000));
}

std::string SimpleName(absl::string_view class_name) {
  // "a.b.C$$Lambda/0x7f.." and "a.b.C$$Lambda+0x7f..": the package ends before '$', '/' and '+'.
  const std::size_t packages_end = class_name.find_first_of("$/+[");
  const std::size_t dot = class_name.substr(0, packages_end).rfind('.');
  return std::string(dot == absl::string_view::npos ? class_name : class_name.substr(dot + 1));
}

std::string CollectionName(absl::string_view class_name) {
  std::string simple = SimpleName(class_name);
  const std::size_t dollar = simple.rfind('$');
  if (dollar == std::string::npos || dollar + 1 == simple.size()) return simple;
  const bool anonymous = absl::ascii_isdigit(static_cast<unsigned char>(simple[dollar + 1]));
  return anonymous ? simple : simple.substr(dollar + 1);
}

bool IsPlatformClass(absl::string_view class_name) {
  static constexpr absl::string_view kPackages[] = {"java.", "javax.", "jdk.", "sun.", "com.sun.",
                                                    // Android
                                                    "android.", "com.android.", "dalvik.",
                                                    "libcore.", "org.apache.harmony."};
  static constexpr absl::string_view kPrimitives[] = {"boolean", "byte", "char",  "double",
                                                      "float",   "int",  "short", "long"};
  for (absl::string_view package : kPackages) {
    if (absl::StartsWith(class_name, package)) return true;
  }
  const absl::string_view element = class_name.substr(0, class_name.find('['));
  for (absl::string_view primitive : kPrimitives) {
    if (element == primitive) return true;
  }
  return false;
}

}  // namespace leaktrail::analyses
