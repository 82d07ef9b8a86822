#include "analyses/sidefiles/metaspace_report.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace leaktrail::analyses::sidefiles {
namespace {

// "Both: 245 chunks, 6.98 MB capacity, 3.54 MB ( 51%) committed, 3.13 MB ( 45%) used": the amount
// whose name is `word`. The percentages stand between the amount and its name.
std::optional<std::uint64_t> AmountBefore(absl::string_view line, absl::string_view word) {
  const std::size_t at = line.find(word);
  if (at == absl::string_view::npos) return std::nullopt;
  absl::string_view head = line.substr(0, at);
  const std::size_t begin = head.find_last_of(",:");
  if (begin == absl::string_view::npos) return std::nullopt;
  return AmountAt(absl::StripLeadingAsciiWhitespace(head.substr(begin + 1)));
}

}  // namespace

std::optional<MetaspaceReport> ParseMetaspaceReport(absl::string_view text,
                                                    std::vector<Unread>& unread) {
  enum class Part { kNone, kUsage, kSpace } part = Part::kNone;
  MetaspaceReport report;
  bool found = false;
  Lines lines(text);
  for (absl::string_view line; lines.Next(line);) {
    const absl::string_view trimmed = absl::StripLeadingAsciiWhitespace(line);
    if (absl::StartsWith(trimmed, "Total Usage")) {
      part = Part::kUsage;
    } else if (trimmed == "Usage:") {
      part = Part::kUsage;  // the short form in hs_err files
    } else if (absl::StartsWith(trimmed, "Virtual space:")) {
      part = Part::kSpace;
    } else if (absl::StartsWith(trimmed, "Chunk freelists")) {
      part = Part::kNone;
    } else if (absl::StartsWith(trimmed, "Both:") && part != Part::kNone) {
      const auto committed = AmountBefore(trimmed, " committed");
      if (part == Part::kUsage) {
        const auto used = AmountBefore(trimmed, " used");
        if (used) report.used = *used;
        found = found || used;
        if (!used) unread.push_back({lines.number(), "no amount before 'used'"});
      } else if (committed) {
        report.committed = *committed;
        found = true;
      } else {
        unread.push_back({lines.number(), "no amount before 'committed'"});
      }
    } else if (absl::StartsWith(trimmed, "MaxMetaspaceSize:")) {
      report.maximum = AmountAfter(trimmed, "MaxMetaspaceSize:").value_or(0);
    }
  }
  if (!found) return std::nullopt;
  return report;
}

}  // namespace leaktrail::analyses::sidefiles
