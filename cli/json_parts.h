// Pieces of JSON that several answers share: see render_json.h for the rules.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/growth/growth_report.h"
#include "analyses/report.h"
#include "cli/context.h"

namespace leaktrail::cli {

std::string Print(const nlohmann::json& value);
std::string Id(std::uint64_t id);
const char* SeverityId(analyses::Severity severity);
const char* ClaimId(analyses::Claim claim);
const char* VerdictId(analyses::Verdict verdict);
const char* TrendId(analyses::Trend trend);
nlohmann::json Strings(const std::vector<std::string>& texts);

// One JSON array from a range and a function.
template <typename Range, typename Function>
nlohmann::json List(const Range& range, Function&& item) {
  nlohmann::json out = nlohmann::json::array();
  for (const auto& element : range) out.push_back(item(element));
  return out;
}

// What is accepted, each as `item` makes it of the finding, with the reason.
nlohmann::json Acceptance(const analyses::Acceptance& acceptance);
template <typename AnyFinding, typename Function>
nlohmann::json AcceptedList(const std::vector<analyses::Accepted<AnyFinding>>& accepted,
                            Function&& item) {
  return List(accepted, [&](const analyses::Accepted<AnyFinding>& each) {
    nlohmann::json out = item(each.finding);
    out["accepted"] = Acceptance(each.acceptance);
    return out;
  });
}

nlohmann::json Dump(const analyses::DumpFacts& dump);
nlohmann::json Health(const std::vector<analyses::HealthRow>& rows);
nlohmann::json Step(const analyses::PathStep& step);
nlohmann::json Path(const analyses::OwnerPath& path);

// What every answer begins with; and with what is to be said about the dump itself.
nlohmann::json Envelope(absl::string_view command, const OutputOptions& options);
nlohmann::json Answer(absl::string_view command, const analyses::DumpFacts& dump,
                      const analyses::MemoryFacts& memory,
                      const std::vector<analyses::HealthRow>& health, const OutputOptions& options);
nlohmann::json Answer(absl::string_view command, const DumpContext& context,
                      const OutputOptions& options);

}  // namespace leaktrail::cli
