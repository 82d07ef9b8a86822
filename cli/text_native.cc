// `native` as text: the answer, what to look at, and the figures behind it. The short form fits one
// screen; the full form shows everything, and what lies beside the dump with all its figures.
#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyses/native/native_memory.h"
#include "analyses/text.h"
#include "cli/render_text.h"
#include "cli/text_native_parts.h"
#include "cli/text_parts.h"

namespace leaktrail::cli {
namespace {

using analyses::NativeMemory;
using analyses::sidefiles::SideReport;

constexpr std::size_t kAll = ~std::size_t{0};
// Of each list, in full; the rest is in the JSON.
constexpr std::size_t kListed = 4;

// How much of each part.
struct Room {
  std::size_t conclusions = 0, areas = 0, lines = 0, listed = 0;
};
// From generous to tight: the first that fits the screen is taken.
constexpr Room kRooms[] = {{4, kAll, kAll, 3}, {3, kAll, 8, 2}, {3, 7, 6, 2}, {2, 7, 5, 2},
                           {2, 6, 4, 2},       {1, 6, 4, 1},    {1, 5, 3, 1}, {1, 4, 2, 1}};

// The headline has the first, if it is one to act on.
std::string ConclusionsText(const NativeMemory& memory, std::size_t limit, const TextStyle& style) {
  std::string out;
  for (std::size_t i = 0; i < std::min(limit, memory.conclusions.size()); ++i) {
    const analyses::NativeConclusion& conclusion = memory.conclusions[i];
    const bool said = absl::EndsWith(memory.headline, conclusion.text);
    if (!said) absl::StrAppend(&out, LineText({"look at", conclusion.text}, style));
    if (!conclusion.held.empty()) {
      absl::StrAppend(&out, LineText({"held", conclusion.held}, style));
    }
    absl::StrAppend(&out, LineText({"fix", conclusion.advice}, style));
  }
  return out;
}

std::string LinesText(const std::vector<LabelledLine>& lines, std::size_t limit,
                      const TextStyle& style) {
  std::string out;
  for (std::size_t i = 0; i < std::min(limit, lines.size()); ++i) {
    absl::StrAppend(&out, LineText(lines[i], style));
  }
  return out;
}

std::string MoreText(const NativeMemory& memory, const Room& room, const TextStyle& style) {
  const std::size_t shown = std::min(room.conclusions, memory.conclusions.size());
  const std::size_t hidden = memory.conclusions.size() - shown;
  return SummaryText(
      "More",
      {absl::StrCat("--full: ",
                    hidden == 0
                        ? ""
                        : absl::StrCat(analyses::Counted(hidden, "more thing", "more things"),
                                       " to look at, "),
                    "all areas, owners and handles, and what no heap dump tells; or --json")},
      0, style);
}

std::string ShortText(const DumpContext& context, const NativeMemory& memory, const Room& room,
                      const TextStyle& style) {
  return absl::StrCat(
      HeaderText(context, style), "\n", style.Bold(WrappedText(memory.headline, 0, style)),
      ConclusionsText(memory, room.conclusions, style), NativeAreasText(memory, room.areas, style),
      "\n", LinesText(NativeLines(memory, room.listed, true), room.lines, style),
      MoreText(memory, room, style));
}

// A line of what no heap dump tells that a file beside it has told.
bool IsTold(const SideReport& beside, const std::string& line) {
  using analyses::sidefiles::SideKind;
  static constexpr std::pair<absl::string_view, SideKind> kSources[] = {
      {"VM.native_memory", SideKind::kNativeTracking},
      {"/proc/PID/smaps", SideKind::kSmaps},
      {"of its cgroup", SideKind::kCgroup}};
  return std::any_of(std::begin(kSources), std::end(kSources), [&](const auto& source) {
    return absl::StrContains(line, source.first) &&
           std::any_of(beside.taken.begin(), beside.taken.end(),
                       [&](const auto& file) { return file.kind == source.second; });
  });
}

// `beside`: what lies beside it; the headline and the conclusions have been told with it, above.
std::string FullText(const DumpContext& context, const NativeMemory& memory,
                     const SideReport* beside, const TextStyle& style) {
  std::string out = HeaderText(context, style);
  if (beside == nullptr) {
    absl::StrAppend(&out, "\n", style.Bold(WrappedText(memory.headline, 0, style)),
                    ConclusionsText(memory, kAll, style));
  }
  absl::StrAppend(&out, NativeAreasText(memory, kAll, style),
                  DirectOwnersText(memory, kListed, style), "\n",
                  LinesText(NativeLines(memory, kListed, false), kAll, style));
  std::string missing;
  for (const std::string& line : memory.cannot_tell) {
    if (beside != nullptr && IsTold(*beside, line)) continue;
    absl::StrAppend(&missing, WrappedText(absl::StrCat(line, "."), 2, style));
  }
  if (!missing.empty()) absl::StrAppend(&out, "\nNot in any heap dump:\n", missing);
  return out;
}

}  // namespace

std::string NativeText(const DumpContext& context, const NativeMemory& memory, bool full,
                       const TextStyle& style) {
  if (full) return FullText(context, memory, nullptr, style);
  std::string text;
  for (const Room& room : kRooms) {
    text = ShortText(context, memory, room, style);
    if (FitsScreen(text)) break;
  }
  return text;
}

std::string NativeBesideText(const DumpContext& context, const NativeMemory& memory,
                             const SideReport& beside, bool full, const TextStyle& style) {
  if (!full) return ShortSideText(beside, &context, &memory, style);
  return absl::StrCat(SideFilesText(beside, true, style), "\n",
                      FullText(context, memory, &beside, style));
}

}  // namespace leaktrail::cli
