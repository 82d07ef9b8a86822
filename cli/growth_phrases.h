// Figures over several dumps in words, whatever the format of the answer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analyses/growth/growth_report.h"
#include "analyses/report.h"

namespace leaktrail::cli {

enum class Unit { kBytes, kObjects };

// One character per dump, of eight heights: blocks, or ASCII. "" for fewer than three dumps.
std::string Sparkline(const analyses::Series& series, bool unicode);

// "1,000 -> 2,000 -> 3,500"; of more than four dumps the first two and the last two.
std::string CourseText(const analyses::Series& series, Unit unit);

// "+2.9 MiB", "-1,200".
std::string SignedText(std::int64_t value, Unit unit);

// "+2,500 (+250.0%)"; from nothing without a share.
std::string GainText(const analyses::Series& series, Unit unit);

// "+1.5 MiB an hour"; "" where the time is not known.
std::string RateText(const analyses::Series& series, Unit unit);

// "GROWS", "FIRST SIGHT" of growth in two dumps, "EQUAL" dumps, "NO GROWTH"; "UNKNOWN" if there is
// none, but a dump is not complete.
absl::string_view GrowthVerdictName(const analyses::GrowthReport& report);

// Of the whole heap: its course, its pace, and when it is full at that pace.
std::vector<std::string> HeapItems(const analyses::GrowthReport& report);

// "heap-1.hprof, 2026-11-25 04:26:24 UTC", "heap-2.hprof after 60 min", ...; `most`: the first and
// the last of more.
std::vector<std::string> ComparedItems(const analyses::GrowthReport& report, std::size_t most);

// What moves and is no finding, with what it is called: "filled up once", "goes up and down", ...
struct OtherRows {
  absl::string_view what;
  const std::vector<analyses::GrowthRow>* rows;
};
std::vector<OtherRows> OthersOf(const analyses::GrowthReport& report);

// False: of nothing in the table is a size known, as of MBeans of one type.
bool HasBytes(const analyses::GrowthTable& table);

// The path of a row as a path of one dump, without sizes.
analyses::OwnerPath PathOf(const std::vector<analyses::GrowthStep>& steps);

// What made a row grow: "+2,500 Session +2.7 MiB, +5,000 Item +117.2 KiB". Not escaped; "" if the
// row has no parts that grew.
std::string GrownPartsText(const analyses::GrowthRow& row, std::size_t limit);

// "heap.accumulation: 3,500 Sessions pile up in a HashMap. ACME-1".
std::string KnownText(const analyses::KnownAdvice& known);

}  // namespace leaktrail::cli
