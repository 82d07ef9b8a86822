// How much time and memory a run may take: --timeout, --max-memory and --degrade.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analyses/doctor.h"

namespace leaktrail::cli {

struct BudgetArguments {
  std::uint64_t milliseconds = 0;         // 0: no limit
  std::uint64_t memory = 0;               // bytes of anonymous memory; 0: no limit
  bool degrade = false;                   // a cheaper answer is better than none
  std::string no_graph;                   // why the graph is not even tried; "": it is
  std::string timeout_text, memory_text;  // as written
};

// "90s", "10m", "1h30m", "500ms", "2d": milliseconds. A bare number is seconds.
absl::StatusOr<std::uint64_t> ParseDuration(absl::string_view text);

// Time runs from its construction. Thread-safe.
class Budget {
 public:
  explicit Budget(const BudgetArguments& arguments);

  bool degrade() const { return arguments_.degrade; }
  // Whether anything is limited in advance: then the cost is to be estimated.
  bool NeedsEstimate() const;

  // Ok, or Cancelled with what is needed and what there is. `available`: bytes that the machine has
  // left; 0: unknown. It counts only with --degrade, which makes the best of what there is.
  absl::Status CheckCost(const analyses::CostEstimate& cost, std::uint64_t available) const;

  // Whether to stop building the graph: too much memory is in use, or the time is up, of which a
  // quarter is kept for the cheaper answer of --degrade.
  bool GraphMustStop();
  // The same for what comes behind the graph: all of the time may be used.
  bool MustStop();

  // Why it was stopped: "the time is up (--timeout 10s)".
  std::string Reason() const;

 private:
  enum class Cause : std::uint8_t { kNone, kTime, kMemory };
  bool Stop(double milliseconds);
  bool MemoryIsUp(double now);
  double Elapsed() const;  // milliseconds

  const BudgetArguments arguments_;
  const double start_;
  std::atomic<Cause> cause_{Cause::kNone};
  std::atomic<std::int64_t> memory_seen_at_{-1};  // milliseconds since the start
};

}  // namespace leaktrail::cli
