#include "cli/format.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cli/escape.h"

namespace leaktrail::cli {
int UnitShift(absl::string_view unit) {
  static constexpr absl::string_view kUnits = "kmgt";
  if (unit.empty() || absl::EqualsIgnoreCase(unit, "b")) return 0;
  const std::size_t power = kUnits.find(absl::ascii_tolower(static_cast<unsigned char>(unit[0])));
  const absl::string_view rest = unit.substr(1);
  const bool known =
      rest.empty() || absl::EqualsIgnoreCase(rest, "b") || absl::EqualsIgnoreCase(rest, "ib");
  return power == absl::string_view::npos || !known ? -1 : 10 * (static_cast<int>(power) + 1);
}

std::string SecondsText(double seconds) {
  if (seconds < 0.1) return "less than 0.1 s";
  if (seconds < 9.95) return absl::StrFormat("%.1f s", seconds);
  if (seconds < 120) return absl::StrFormat("%.0f s", seconds);
  return absl::StrFormat("%.0f min", seconds / 60);
}

std::string DurationText(std::int64_t seconds) {
  constexpr std::int64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour, kYear = 365 * kDay;
  const auto in = [&](std::int64_t unit, absl::string_view name) {
    return absl::StrCat(seconds / unit, " ", name);
  };
  if (seconds < 2 * kMinute) return in(1, "s");
  if (seconds < 2 * kHour) return in(kMinute, "min");
  if (seconds < 2 * kDay) return in(kHour, "h");
  return seconds < kYear ? in(kDay, "days") : "more than a year";
}

std::string IdText(std::uint64_t id) { return absl::StrFormat("@0x%x", id); }

std::string TimeText(std::int64_t milliseconds) {
  constexpr std::int64_t kYear2200 = 7258118400000;
  if (milliseconds <= 0 || milliseconds > kYear2200) return "";
  const std::time_t seconds = static_cast<std::time_t>(milliseconds / 1000);
  std::tm utc = {};
  if (gmtime_r(&seconds, &utc) == nullptr) return "";
  return absl::StrFormat("%04d-%02d-%02d %02d:%02d:%02d UTC", utc.tm_year + 1900, utc.tm_mon + 1,
                         utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

std::string ShortenName(absl::string_view escaped, int columns) {
  int width = DisplayWidth(escaped);
  if (width <= columns) return std::string(escaped);
  const absl::string_view keyword = absl::ConsumePrefix(&escaped, "class ") ? "class " : "";
  // Only the part before the first '/' or '$' holds packages: "a.b.Foo$$Lambda/0x123".
  const std::size_t packages_end = std::min(escaped.find_first_of("$/"), escaped.size());
  std::vector<std::string> parts = absl::StrSplit(escaped.substr(0, packages_end), '.');
  for (std::size_t i = 0; i + 1 < parts.size() && width > columns; ++i) {
    const absl::string_view initial = Prefix(parts[i], 1);
    if (initial.empty() || initial == "\\") continue;
    width -= DisplayWidth(parts[i]) - DisplayWidth(initial);
    parts[i] = std::string(initial);
  }
  const std::string name =
      absl::StrCat(keyword, absl::StrJoin(parts, "."), escaped.substr(packages_end));
  return ShortenMiddle(name, columns);
}

std::string ShortenMiddle(absl::string_view escaped, int columns) {
  if (DisplayWidth(escaped) <= columns) return std::string(escaped);
  if (columns <= 5) return std::string(Prefix(escaped, columns));
  const int tail = (columns - 3) * 3 / 5;  // the end of a name says more than its beginning
  return absl::StrCat(Prefix(escaped, columns - 3 - tail), "...", Suffix(escaped, tail));
}

std::string ShortenEnd(absl::string_view escaped, int columns) {
  if (DisplayWidth(escaped) <= columns) return std::string(escaped);
  if (columns <= 3) return std::string(Prefix(escaped, columns));
  return absl::StrCat(Prefix(escaped, columns - 3), "...");
}

absl::StatusOr<SizeOrShare> ParseSize(absl::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  const absl::string_view unit = absl::StripAsciiWhitespace(text.substr(digits));
  double number = 0;
  if (digits > 0 && absl::SimpleAtod(text.substr(0, digits), &number)) {
    if (unit == "%" && number <= 100) return SizeOrShare{.share = number / 100};
    const int shift = UnitShift(unit);
    if (shift >= 0 && std::ldexp(number, shift) < 0x1p63) {
      return SizeOrShare{.bytes = static_cast<std::uint64_t>(std::ldexp(number, shift))};
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", text, "' is no size: write a share such as 1% or bytes such as 10MiB"));
}

}  // namespace leaktrail::cli
