// Names and figures laid out for people; bytes, counts and shares are in analyses/text.h.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace leaktrail::cli {

// "less than 0.1 s", "0.8 s", "12 s", "3 min".
std::string SecondsText(double seconds);

// "45 s", "90 min", "18 h", "12 days", "more than a year"; rounded down.
std::string DurationText(std::int64_t seconds);

// "@0x7ff012345".
std::string IdText(std::uint64_t id);

// Milliseconds since the epoch as "2026-11-21 09:05:13 UTC"; "" if that is no plausible time.
std::string TimeText(std::int64_t milliseconds);

// A class name, escaped, in at most `columns` columns. Packages are abbreviated from the left and
// only as far as needed ("o.a.kafka.common.network.Selector"); what is still too long loses its
// middle ("VeryLong...Factory"). Names with no '.' just lose their middle.
std::string ShortenName(absl::string_view escaped, int columns);

// Any escaped text in at most `columns` columns; too long text loses its middle.
std::string ShortenMiddle(absl::string_view escaped, int columns);

// The same; too long text ends in "...".
std::string ShortenEnd(absl::string_view escaped, int columns);

// A lower bound for bytes, absolute or as a share of something: the larger of both counts.
struct SizeOrShare {
  std::uint64_t bytes = 0;
  double share = 0;
};

// Shift of a unit of bytes: "" and "B" 0, "k", "KB", "KiB" 10, "m..." 20 and so on; -1 if it is
// none.
int UnitShift(absl::string_view unit);

// "10MiB", "10M", "512k", "4096" or "1%". Units are powers of 1024. Error: anything else.
absl::StatusOr<SizeOrShare> ParseSize(absl::string_view text);

}  // namespace leaktrail::cli
