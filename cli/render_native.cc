#include "cli/render_native.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyses/side_figures.h"

namespace leaktrail::cli {

using analyses::sidefiles::SideReport;

SideReport DescribeSideFiles(const analyses::NativeMemory& memory, const analyses::Loaders& loaders,
                             const analyses::sidefiles::SideFiles& files, bool whole) {
  const auto figures = analyses::FiguresForSideFiles(loaders, memory, whole);
  return analyses::sidefiles::MakeSideReport(files, &figures);
}

// On one screen there is room for the answer and where to see the rest. That the heap is not the
// problem, and nothing else either, is no word to say under a leak.
void AdviseBeside(const SideReport& beside, const SideArguments& side, analyses::Report& report) {
  const bool something = !beside.conclusions.empty() &&
                         beside.conclusions.front().severity >= analyses::Severity::kMedium;
  std::vector<std::string> advice;
  if (something || report.verdict != analyses::Verdict::kLeak) {
    advice.push_back(absl::StrCat("Beside the dump: ", beside.headline, "."));
  }
  for (const auto& conclusion : beside.conclusions) {
    if (conclusion.severity < analyses::Severity::kMedium) break;
    if (absl::StrContains(beside.headline, conclusion.text)) {
      if (!conclusion.advice.empty()) advice.push_back(conclusion.advice.front());
      continue;
    }
    if (advice.size() < 3) advice.push_back(absl::StrCat("Also: ", conclusion.text, "."));
  }
  if (advice.size() > 2) advice.resize(2);
  advice.push_back(side.bundle.empty()
                       ? "The table of all memory: leaktrail native with the same options."
                       : "The table of all memory: leaktrail native FILE --bundle DIR.");
  report.advice.insert(report.advice.begin(), advice.begin(), advice.end());
}

}  // namespace leaktrail::cli
