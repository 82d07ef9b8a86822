// The conditions of --fail-on: what makes a script's step fail (exit code 1).
//
//   condition = severity | "leak" | rule
//             | "live" limit                  live bytes of the newest dump; % is of its maximum
//             heap | "growth" change               live bytes gained from the first dump to the
//             last | "class:" names ("count" | "bytes") (limit | "+" change)
//   limit, change = (">" | ">=") ["+"] number [unit]     unit = "%" | "B" | "kB" | "MB" | "GB" |
//   ... severity  = "info" | "low" | "medium" | "high"       a finding that is at least so severe
//   names     = a full class name; "*" stands for anything
//
// Blanks may stand between all parts. Units are powers of 1024. Behind "class:", "+" makes it the
// gain from the first dump to the last; without, it is what the newest dump has.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analyses/growth/growth_report.h"
#include "analyses/report.h"

namespace leaktrail::cli {

struct FailCondition {
  enum class Of : std::uint8_t {
    kSeverity,
    kLeak,
    kRule,
    kLive,
    kGrowth,
    kClassCount,
    kClassBytes
  };

  std::string text;  // as written
  Of of = Of::kSeverity;
  analyses::Severity severity = analyses::Severity::kHigh;
  std::string name;       // of kRule and of kClass...
  bool gain = false;      // of kClass...: what it has gained, not what there is
  bool or_equal = false;  // ">="
  bool is_share = false;  // `limit` is in thousandths, else in bytes or objects
  std::uint64_t limit = 0;

  // Whether it speaks of what happens between dumps.
  bool NeedsTwoDumps() const {
    return of == Of::kGrowth || of == Of::kClassCount || of == Of::kClassBytes;
  }
};

// An error shows the column it is about.
absl::StatusOr<FailCondition> ParseFailCondition(absl::string_view text);

// What is to be said of the conditions: those that hold, each with its figure, and those that say
// nothing of these dumps, each with the reason. Sentences, names raw.
struct Judgement {
  std::vector<std::string> failures;
  std::vector<std::string> unjudged;
};
Judgement Judge(std::span<const FailCondition> conditions, const analyses::Report& report);
Judgement Judge(std::span<const FailCondition> conditions, const analyses::GrowthReport& report);

}  // namespace leaktrail::cli
