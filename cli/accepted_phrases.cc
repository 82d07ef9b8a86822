#include "cli/accepted_phrases.h"

#include "absl/strings/str_join.h"
#include "analyses/text.h"

namespace leaktrail::cli {

std::string AcceptanceText(const analyses::Acceptance& acceptance) {
  if (acceptance.by == analyses::Acceptance::By::kBaseline) return "in the baseline";
  return absl::StrCat("suppressed", acceptance.until.empty() ? "" : " until ", acceptance.until,
                      ": ", acceptance.reason);
}

std::string AcceptedText(std::size_t in_baseline, std::size_t suppressed) {
  const std::size_t all = in_baseline + suppressed;
  if (all == 0) return "";
  std::vector<std::string> parts;
  if (in_baseline > 0) parts.push_back(absl::StrCat(in_baseline, " in the baseline"));
  if (suppressed > 0) parts.push_back(absl::StrCat(suppressed, " suppressed"));
  return absl::StrCat(analyses::Counted(all, "finding is", "findings are"),
                      " known: ", absl::StrJoin(parts, ", "));
}

}  // namespace leaktrail::cli
