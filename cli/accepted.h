// Findings that somebody has taken note of: those of an earlier report (--baseline), and those that
// a file says nobody needs to hear of (--suppress). They are told apart from the others and make no
// condition of --fail-on hold.
//
// A suppression file has a line for each, "#" begins a comment:
//   (fingerprint | rule) ["until" YYYY-MM-DD] reason
// A rule means all its findings. The last day counts, in UTC.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "analyses/growth/growth_report.h"
#include "analyses/report.h"
#include "analyses/signature.h"

namespace leaktrail::cli {

class AcceptedFindings {
 public:
  // The findings of a JSON report of analyze or diff, the accepted ones included.
  absl::Status AddBaseline(const std::string& path);

  // Errors name the line. `today`: YYYY-MM-DD; what is past its day is left out and said in
  // `expired`, a sentence each.
  absl::Status AddSuppressions(const std::string& path, absl::string_view today,
                               std::span<const analyses::Signature> signatures,
                               std::vector<std::string>& expired);

  // Why the finding is accepted; nothing if it is not.
  std::optional<analyses::Acceptance> Of(const analyses::Finding& finding) const;
  // What grows of a finding that the rule or fingerprint of a suppression names is accepted, too;
  // a baseline knows only what has grown before.
  std::optional<analyses::Acceptance> Of(const analyses::GrowthFinding& finding) const;

 private:
  struct Suppression {
    std::string what;  // a fingerprint or a rule
    analyses::Acceptance acceptance;
  };
  const analyses::Acceptance* Suppressed(absl::string_view rule,
                                         absl::string_view fingerprint) const;

  absl::flat_hash_set<std::string> baseline_;  // fingerprints
  std::vector<Suppression> suppressions_;      // in the order of the files
};

// Moves what is accepted out of the findings. The headline speaks of the others, or says that there
// is nothing new.
void SetAside(const AcceptedFindings& accepted, analyses::Report& report);
void SetAside(const AcceptedFindings& accepted, analyses::GrowthReport& report);

// This day, in UTC: "2026-11-25".
std::string Today();

}  // namespace leaktrail::cli
