#include "cli/accepted.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "analyses/explain.h"
#include "analyses/verdict.h"

namespace leaktrail::cli {
namespace {

using analyses::Acceptance;
using nlohmann::json;

// No report and no list of suppressions comes near it.
constexpr std::uint64_t kMostBytes = std::uint64_t{256} << 20;

absl::StatusOr<std::string> ReadText(const std::string& path, absl::string_view option) {
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) {
    return absl::NotFoundError(absl::StrCat(option, " ", path, ": cannot be read"));
  }
  if (size > kMostBytes) {
    return absl::InvalidArgumentError(absl::StrCat(option, " ", path, ": larger than 256 MiB"));
  }
  std::string text(size, '\0');
  file.read(text.data(), static_cast<std::streamsize>(size));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

void AddFingerprints(const json& report, const char* key,
                     absl::flat_hash_set<std::string>& fingerprints) {
  const auto findings = report.find(key);
  if (findings == report.end() || !findings->is_array()) return;
  for (const json& finding : *findings) {
    if (!finding.is_object()) continue;
    const auto fingerprint = finding.find("fingerprint");
    if (fingerprint != finding.end() && fingerprint->is_string()) {
      fingerprints.insert(fingerprint->get<std::string>());
    }
  }
}

bool IsFingerprint(absl::string_view word) {
  if (!absl::ConsumePrefix(&word, "v1:") || word.size() != 16) return false;
  return std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
  });
}

bool IsDate(absl::string_view word) {
  const std::vector<absl::string_view> parts = absl::StrSplit(word, '-');
  unsigned year = 0, month = 0, day = 0;
  return word.size() == 10 && parts.size() == 3 && parts[0].size() == 4 && parts[1].size() == 2 &&
         absl::SimpleAtoi(parts[0], &year) && absl::SimpleAtoi(parts[1], &month) &&
         absl::SimpleAtoi(parts[2], &day) &&
         std::chrono::year_month_day(std::chrono::year(static_cast<int>(year)),
                                     std::chrono::month(month), std::chrono::day(day))
             .ok();
}

// Takes the first word.
absl::string_view TakeWord(absl::string_view& line) {
  line = absl::StripLeadingAsciiWhitespace(line);
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  const absl::string_view word = line.substr(0, end);
  line = absl::StripAsciiWhitespace(line.substr(end));
  return word;
}

struct SuppressionLine {
  std::string what;
  Acceptance acceptance;
};

absl::StatusOr<SuppressionLine> ParseLine(absl::string_view line,
                                          std::span<const analyses::Signature> signatures) {
  SuppressionLine parsed;
  parsed.what = std::string(TakeWord(line));
  if (!IsFingerprint(parsed.what)) {
    if (absl::StrContains(parsed.what, ':')) {
      return absl::InvalidArgumentError(absl::StrCat(
          "'", parsed.what, "' is no fingerprint: v1: and 16 digits, as the report shows it"));
    }
    const absl::Status known = analyses::Explain(parsed.what, signatures).status();
    if (!known.ok()) return known;
  }
  parsed.acceptance.by = Acceptance::By::kSuppression;
  absl::string_view rest = line;
  if (TakeWord(rest) == "until") {
    const absl::string_view date = TakeWord(rest);
    if (!IsDate(date)) {
      return absl::InvalidArgumentError(
          absl::StrCat("'until ", date, "': write the last day as 2026-12-31"));
    }
    parsed.acceptance.until = std::string(date);
    line = rest;
  }
  if (line.empty()) return absl::InvalidArgumentError("a reason is missing behind it");
  parsed.acceptance.reason = std::string(line);
  return parsed;
}

// Moves the accepted ones of `findings` to `to`.
template <typename AnyFinding>
void Move(const AcceptedFindings& accepted, std::vector<AnyFinding>& findings,
          std::vector<analyses::Accepted<AnyFinding>>& to) {
  std::vector<AnyFinding> others;
  for (AnyFinding& finding : findings) {
    if (std::optional<Acceptance> acceptance = accepted.Of(finding)) {
      to.push_back({std::move(finding), *std::move(acceptance)});
    } else {
      others.push_back(std::move(finding));
    }
  }
  findings = std::move(others);
}

}  // namespace

absl::Status AcceptedFindings::AddBaseline(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadText(path, "--baseline");
  if (!text.ok()) return text.status();
  const json report = json::parse(*text, nullptr, /*allow_exceptions=*/false);
  const auto schema = report.is_object() ? report.find("schema") : report.end();
  if (!report.is_object() || schema == report.end() || *schema != "leaktrail/1" ||
      !report.contains("findings")) {
    return absl::InvalidArgumentError(
        absl::StrCat("--baseline ", path, ": no report of analyze --json or diff --json"));
  }
  AddFingerprints(report, "findings", baseline_);
  AddFingerprints(report, "accepted_findings", baseline_);
  return absl::OkStatus();
}

absl::Status AcceptedFindings::AddSuppressions(const std::string& path, absl::string_view today,
                                               std::span<const analyses::Signature> signatures,
                                               std::vector<std::string>& expired) {
  const absl::StatusOr<std::string> text = ReadText(path, "--suppress");
  if (!text.ok()) return text.status();
  std::size_t number = 0;
  for (absl::string_view line : absl::StrSplit(*text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#') continue;
    absl::StatusOr<SuppressionLine> parsed = ParseLine(line, signatures);
    const std::string where = absl::StrCat(path, ":", number, ": ");
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(where, parsed.status().message()));
    }
    const std::string& until = parsed->acceptance.until;
    if (!until.empty() && absl::string_view(until) < today) {
      expired.push_back(
          absl::StrCat(where, parsed->what, " was suppressed until ", until, ", and is not now"));
      continue;
    }
    suppressions_.push_back({std::move(parsed->what), std::move(parsed->acceptance)});
  }
  return absl::OkStatus();
}

const Acceptance* AcceptedFindings::Suppressed(absl::string_view rule,
                                               absl::string_view fingerprint) const {
  const auto found = std::find_if(
      suppressions_.begin(), suppressions_.end(),
      [&](const Suppression& line) { return line.what == rule || line.what == fingerprint; });
  return found == suppressions_.end() ? nullptr : &found->acceptance;
}

std::optional<Acceptance> AcceptedFindings::Of(const analyses::Finding& finding) const {
  if (const Acceptance* why = Suppressed(finding.rule, finding.fingerprint)) return *why;
  if (baseline_.contains(finding.fingerprint)) return Acceptance();
  return std::nullopt;
}

std::optional<Acceptance> AcceptedFindings::Of(const analyses::GrowthFinding& finding) const {
  if (const Acceptance* why = Suppressed(finding.rule, finding.fingerprint)) return *why;
  if (finding.known) {
    if (const Acceptance* why = Suppressed(finding.known->rule, finding.known->fingerprint)) {
      return *why;
    }
  }
  if (baseline_.contains(finding.fingerprint)) return Acceptance();
  return std::nullopt;
}

void SetAside(const AcceptedFindings& accepted, analyses::Report& report) {
  if (!report.accepted.empty()) return;  // done
  Move(accepted, report.findings, report.accepted);
  if (report.accepted.empty() || report.verdict != analyses::Verdict::kLeak) return;
  analyses::Judgement others = analyses::Judge(report.dump, report.memory, report.findings);
  report.nothing_new = others.verdict != analyses::Verdict::kLeak;
  report.headline = report.nothing_new ? absl::StrCat("known (nothing new), ", report.headline)
                                       : std::move(others.headline);
}

void SetAside(const AcceptedFindings& accepted, analyses::GrowthReport& report) {
  if (report.findings.empty()) return;
  const std::string title = report.findings.front().title;
  Move(accepted, report.findings, report.accepted);
  report.total_findings -= report.accepted.size();
  if (report.accepted.empty()) return;
  report.nothing_new = report.findings.empty();
  if (report.nothing_new) {
    report.headline = absl::StrCat("known (nothing new): ", report.headline);
  } else if (absl::StartsWith(report.headline, title)) {
    report.headline =
        absl::StrCat(report.findings.front().title, report.headline.substr(title.size()));
  }
}

std::string Today() {
  const std::time_t now = std::time(nullptr);
  std::tm day{};
  gmtime_r(&now, &day);
  return absl::StrFormat("%04d-%02d-%02d", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
}

}  // namespace leaktrail::cli
