// state.heap: keyed state of a stream processor that fills the heap, and the windows that make it
// hold every element many times. No leak: it is what the job asks for, and too much of it.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyses/analysis.h"
#include "analyses/finding_parts.h"
#include "analyses/text.h"
#include "analyses/thresholds.h"
#include "analyses/window_state.h"

namespace leaktrail::analyses {
namespace {

constexpr absl::string_view kRule = "state.heap";

// "2 min", "120 s", "500 ms": the largest unit that it is a multiple of, but minutes only from 10
// on.
std::string DurationText(std::uint64_t ms) {
  constexpr std::uint64_t kSecond = 1000, kMinute = 60 * kSecond;
  if (ms >= 10 * kMinute && ms % kMinute == 0) return absl::StrCat(CountText(ms / kMinute), " min");
  if (ms % kSecond == 0) return absl::StrCat(CountText(ms / kSecond), " s");
  return absl::StrCat(CountText(ms), " ms");
}

// "sliding windows of 120 s every 2 s"
std::string WindowsText(const WindowState& state) {
  return absl::StrCat("sliding windows of ", DurationText(state.size_ms), " every ",
                      DurationText(state.slide_ms));
}

std::string Title(const WindowState& state) {
  if (state.copies() < 2) {
    return absl::StrCat("heap state, not a leak: ", Counted(state.entries, "entry", "entries"),
                        " of keyed state");
  }
  const bool lists = state.lists_per_element > 1;
  return absl::StrCat("heap state, not a leak: ", WindowsText(state), " hold every ",
                      lists ? "element " : "key ",
                      CountText(lists ? state.lists_per_element : state.copies()), " times");
}

std::vector<std::string> Evidence(const AnalysisInput& input, const WindowState& state) {
  std::vector<std::string> lines;
  if (state.copies() >= 2) {
    lines.push_back(absl::StrCat(
        CountText(state.entries), " entries in ", Counted(state.windows, "window", "windows"),
        "; size ", DurationText(state.size_ms), " / slide ", DurationText(state.slide_ms), " = ",
        CountText(state.copies()), " windows for every element."));
  }
  if (state.lists_per_element > 1) {
    lines.push_back(absl::StrCat("Counted: a ",
                                 ShortName(input.snapshot.classes().Name(state.element_class)),
                                 " is in ", CountText(state.lists_per_element),
                                 " lists (median of a sample); a checkpoint writes each of them."));
  }
  lines.push_back(FillText(input.memory));
  return lines;
}

std::vector<std::string> Fix(const WindowState& state) {
  const std::string backend =
      "Put the state on disk, with the RocksDB state backend (state.backend.type: rocksdb).";
  if (state.copies() < 2) {
    return {backend, "Or expire what is not needed (state TTL), or keep aggregates, not elements."};
  }
  return {backend, absl::StrCat("Or aggregate as elements arrive (aggregate or reduce, not process "
                                "or apply alone), or slide less often than every ",
                                DurationText(state.slide_ms), ".")};
}

std::vector<Accumulated> Parts(const AnalysisInput& input, const WindowState& state) {
  std::vector<Accumulated> parts;
  const auto add = [&](graph::ClassIndex c, std::uint64_t count) {
    if (c.valid() && count > 0) parts.push_back({input.snapshot.classes().Name(c), count, 0, 0});
  };
  add(input.snapshot.ClassOf(state.maps.front()), state.maps.size());
  if (state.element_class.valid()) {
    add(state.element_class, input.instances[state.element_class.value()]);
  }
  return parts;
}

Severity HowSevere(const AnalysisInput& input, const WindowState& state) {
  if (!IsTight(input.memory, state.retained)) return Severity::kLow;
  return Milli(state.retained, input.memory.live) >= kDominatingShare ? Severity::kHigh
                                                                      : Severity::kMedium;
}

}  // namespace

void FindWindowState(const AnalysisInput& input, std::vector<Finding>& findings) {
  const auto state = ReadWindowState(input.snapshot);
  if (!state || state->retained < kLeastLeakBytes) return;
  if (Milli(state->retained, input.memory.live) < kNotableShare) return;
  Finding finding;
  finding.rule = std::string(kRule);
  finding.knowledge = Knowledge::kSignature;
  finding.claim = Claim::kMuchInUse;
  finding.severity = HowSevere(input, *state);
  finding.confidence = 95;
  finding.confidence_reason = "counted; how much state is needed, the job knows";
  finding.title = Title(*state);
  finding.members = state->maps;
  DescribeMembers(input, finding);
  finding.instances = state->entries;
  finding.parts = Parts(input, *state);
  finding.evidence = Evidence(input, *state);
  finding.fix = Fix(*state);
  findings.push_back(std::move(finding));
}

}  // namespace leaktrail::analyses
