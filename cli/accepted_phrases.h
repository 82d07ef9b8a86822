// Accepted findings (accepted.h) in words, whatever the format of the answer.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyses/report.h"
#include "cli/text_finding.h"

namespace leaktrail::cli {

// "in the baseline", "suppressed until 2026-12-31: reason".
std::string AcceptanceText(const analyses::Acceptance& acceptance);

// "3 findings are known: 2 in the baseline, 1 suppressed"; "" for none.
std::string AcceptedText(std::size_t in_baseline, std::size_t suppressed);

template <typename AnyFinding>
std::string AcceptedText(const std::vector<analyses::Accepted<AnyFinding>>& accepted) {
  std::size_t suppressed = 0;
  for (const auto& each : accepted) {
    suppressed += each.acceptance.by == analyses::Acceptance::By::kSuppression;
  }
  return AcceptedText(accepted.size() - suppressed, suppressed);
}

// "HIGH: 140 clients were never closed [kafka.unclosed-clients v1:...]: in the baseline".
template <typename AnyFinding>
std::string AcceptedLine(const analyses::Accepted<AnyFinding>& accepted) {
  const AnyFinding& finding = accepted.finding;
  return absl::StrCat(SeverityName(finding.severity), ": ", finding.title, " [", finding.rule, " ",
                      finding.fingerprint, "]: ", AcceptanceText(accepted.acceptance));
}

}  // namespace leaktrail::cli
