#include "cli/budget.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "analyses/text.h"
#include "cli/format.h"
#include "graph/timings.h"

namespace leaktrail::cli {
namespace {

using analyses::BytesText;

// Of the time, what the graph may take where a cheaper answer has to fit behind it.
constexpr double kGraphShare = 0.75;

// Milliseconds of a unit; 0: there is no such unit.
double UnitOf(absl::string_view unit) {
  if (unit == "ms") return 1;
  if (unit.empty() || unit == "s") return 1000;
  if (unit == "m" || unit == "min") return 60'000;
  if (unit == "h") return 3'600'000;
  if (unit == "d") return 86'400'000;
  return 0;
}

}  // namespace

absl::StatusOr<std::uint64_t> ParseDuration(absl::string_view text) {
  const absl::Status wrong = absl::InvalidArgumentError(
      absl::StrCat("'", text, "' is no duration: write 90s, 10m, 1h30m or 500ms"));
  double sum = 0;
  absl::string_view rest = text;
  if (rest.empty()) return wrong;
  while (!rest.empty()) {
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789."), rest.size());
    const std::size_t end = std::min(rest.find_first_of("0123456789.", digits), rest.size());
    double number = 0;
    const double unit = UnitOf(rest.substr(digits, end - digits));
    const bool is_bare = digits == end && rest.size() != text.size();  // "1h30"
    if (digits == 0 || unit == 0 || is_bare || !absl::SimpleAtod(rest.substr(0, digits), &number)) {
      return wrong;
    }
    sum += number * unit;
    rest.remove_prefix(end);
  }
  if (sum < 1 || sum > 1e15) return wrong;
  return static_cast<std::uint64_t>(std::llround(sum));
}

Budget::Budget(const BudgetArguments& arguments)
    : arguments_(arguments), start_(graph::WallSeconds()) {}

bool Budget::NeedsEstimate() const { return arguments_.memory > 0 || arguments_.degrade; }

absl::Status Budget::CheckCost(const analyses::CostEstimate& cost, std::uint64_t available) const {
  if (!arguments_.no_graph.empty()) return absl::CancelledError(arguments_.no_graph);
  if (arguments_.memory > 0 && cost.memory > arguments_.memory) {
    return absl::CancelledError(absl::StrCat("the graph needs about ", BytesText(cost.memory),
                                             " of memory, and --max-memory ",
                                             arguments_.memory_text, " is less"));
  }
  if (!arguments_.degrade) return absl::OkStatus();
  if (available > 0 && cost.memory > available) {
    return absl::CancelledError(absl::StrCat("the graph needs about ", BytesText(cost.memory),
                                             " of memory, and ", BytesText(available),
                                             " are free"));
  }
  const double left = static_cast<double>(arguments_.milliseconds) * kGraphShare - Elapsed();
  if (arguments_.milliseconds > 0 && static_cast<double>(cost.wall_milliseconds) > left) {
    return absl::CancelledError(
        absl::StrCat("the analysis needs about ",
                     SecondsText(static_cast<double>(cost.wall_milliseconds) / 1000),
                     ", too much for --timeout ", arguments_.timeout_text));
  }
  return absl::OkStatus();
}

double Budget::Elapsed() const { return (graph::WallSeconds() - start_) * 1000; }

bool Budget::GraphMustStop() {
  const double share = arguments_.degrade ? kGraphShare : 1;
  if (Stop(static_cast<double>(arguments_.milliseconds) * share)) return true;
  if (arguments_.memory == 0 || !MemoryIsUp(Elapsed())) return false;
  cause_ = Cause::kMemory;
  return true;
}

bool Budget::MustStop() { return Stop(static_cast<double>(arguments_.milliseconds)); }

bool Budget::Stop(double milliseconds) {
  if (arguments_.milliseconds == 0 || Elapsed() <= milliseconds) return false;
  cause_ = Cause::kTime;
  return true;
}

// Looking costs some ten microseconds, so it is done fifty times a second at most.
bool Budget::MemoryIsUp(double now) {
  constexpr std::int64_t kEvery = 20;
  std::int64_t seen_at = memory_seen_at_;
  const auto at = static_cast<std::int64_t>(now);
  if (seen_at >= 0 && at - seen_at < kEvery) return false;
  if (!memory_seen_at_.compare_exchange_strong(seen_at, at)) return false;
  return graph::AnonymousBytes() > arguments_.memory;
}

std::string Budget::Reason() const {
  if (cause_ == Cause::kMemory) {
    return absl::StrCat("more memory was needed than --max-memory ", arguments_.memory_text);
  }
  return absl::StrCat("the time is up (--timeout ", arguments_.timeout_text, ")");
}

}  // namespace leaktrail::cli
