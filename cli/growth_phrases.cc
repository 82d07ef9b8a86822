#include "cli/growth_phrases.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analyses/text.h"
#include "cli/format.h"

namespace leaktrail::cli {
namespace {

using analyses::BytesText;
using analyses::Counted;
using analyses::CountText;
using analyses::GrowthReport;
using analyses::Series;

std::string ValueText(std::uint64_t value, Unit unit) {
  return unit == Unit::kBytes ? BytesText(value) : CountText(value);
}

std::uint64_t Magnitude(std::int64_t value) {
  return value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
}

}  // namespace

std::string Sparkline(const Series& series, bool unicode) {
  static constexpr absl::string_view kBlocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr absl::string_view kAscii[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
  if (series.levels.size() < 3) return "";
  const absl::string_view* heights = unicode ? kBlocks : kAscii;
  std::string out;
  for (const std::uint8_t level : series.levels) {
    absl::StrAppend(&out, heights[std::min<std::size_t>(level, 7)]);
  }
  return out;
}

std::string CourseText(const Series& series, Unit unit) {
  constexpr std::size_t kMost = 4;
  const std::size_t size = series.values.size();
  std::vector<std::string> values;
  for (std::size_t i = 0; i < size; ++i) {
    if (size > kMost && i == kMost / 2) values.emplace_back("...");
    if (size > kMost && i >= kMost / 2 && i < size - kMost / 2) continue;
    values.push_back(ValueText(series.values[i], unit));
  }
  return absl::StrJoin(values, " -> ");
}

std::string SignedText(std::int64_t value, Unit unit) {
  return absl::StrCat(value < 0 ? "-" : value > 0 ? "+" : "", ValueText(Magnitude(value), unit));
}

std::string GainText(const Series& series, Unit unit) {
  std::string text = SignedText(series.gained, unit);
  if (series.gained_milli && series.gained != 0) {
    const std::int64_t milli = *series.gained_milli;
    absl::StrAppend(&text, " (", milli < 0 ? "-" : "+",
                    analyses::ShareText(static_cast<std::uint32_t>(Magnitude(milli))), ")");
  }
  return text;
}

std::string RateText(const Series& series, Unit unit) {
  if (!series.per_hour || *series.per_hour == 0) return "";
  return absl::StrCat(SignedText(*series.per_hour, unit), " an hour");
}

absl::string_view GrowthVerdictName(const GrowthReport& report) {
  if (report.identical) return "EQUAL";
  if (!report.grows) {
    const bool whole =
        std::all_of(report.dumps.begin(), report.dumps.end(),
                    [](const analyses::ComparedDump& dump) { return dump.facts.complete; });
    return whole ? "NO GROWTH" : "UNKNOWN";
  }
  return report.dumps.size() == 2 ? "FIRST SIGHT" : "GROWS";
}

std::vector<std::string> HeapItems(const GrowthReport& report) {
  std::vector<std::string> items = {absl::StrCat(CourseText(report.live, Unit::kBytes), " live")};
  const std::string rate = RateText(report.live, Unit::kBytes);
  if (!rate.empty()) items.push_back(rate);
  if (report.max_heap > 0) {
    items.push_back(absl::StrCat("maximum ", BytesText(report.max_heap)));
    if (report.seconds_to_limit) {
      items.push_back(
          absl::StrCat("full in ", DurationText(*report.seconds_to_limit), " at this pace"));
    }
  }
  return items;
}

std::vector<std::string> ComparedItems(const GrowthReport& report, std::size_t most) {
  std::vector<std::string> items;
  const std::size_t size = report.dumps.size();
  const std::size_t first = most / 2, last = size - std::min(size, most - first);
  for (std::size_t i = 0; i < size; ++i) {
    const analyses::ComparedDump& dump = report.dumps[i];
    if (size > most && i >= first && i < last) {
      if (i == first) items.push_back(absl::StrCat(last - first, " more"));
      continue;
    }
    std::string item = dump.facts.file;
    const std::string taken = TimeText(dump.facts.timestamp_ms);
    if (i == 0 && !taken.empty()) absl::StrAppend(&item, ", ", taken);
    if (dump.seconds_since_first > 0) {
      absl::StrAppend(&item, " after ", DurationText(dump.seconds_since_first));
    }
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<OtherRows> OthersOf(const GrowthReport& report) {
  // One step does not show whether it has come to an end.
  const absl::string_view filled = report.dumps.size() == 2 ? "grew a little" : "filled up once";
  const OtherRows all[] = {{filled, &report.filled_once},
                           {"new", &report.appeared},
                           {"up and down", &report.breathing},
                           {"shrank", &report.shrunk},
                           {"gone", &report.gone}};
  std::vector<OtherRows> others;
  for (const OtherRows& rows : all) {
    if (!rows.rows->empty()) others.push_back(rows);
  }
  return others;
}

bool HasBytes(const analyses::GrowthTable& table) {
  const auto has_bytes = [](const analyses::GrowthCount& row) {
    return std::any_of(row.bytes.values.begin(), row.bytes.values.end(),
                       [](std::uint64_t bytes) { return bytes > 0; });
  };
  return table.rows.empty() || std::any_of(table.rows.begin(), table.rows.end(), has_bytes);
}

analyses::OwnerPath PathOf(const std::vector<analyses::GrowthStep>& steps) {
  analyses::OwnerPath path;
  for (const analyses::GrowthStep& step : steps) {
    if (path.steps.empty()) path.root = step.edge;
    path.steps.push_back({.edge = path.steps.empty() ? "" : step.edge,
                          .class_name = step.class_name,
                          .detail = step.detail,
                          .cut_here = step.cut_here});
  }
  return path;
}

std::string GrownPartsText(const analyses::GrowthRow& row, std::size_t limit) {
  std::vector<std::string> items;
  std::size_t hidden = 0;
  for (const analyses::GrowthPart& part : row.parts) {
    if (part.objects.gained <= 0 && part.bytes.gained <= 0) continue;
    if (items.size() == limit) {
      ++hidden;
      continue;
    }
    items.push_back(absl::StrCat(SignedText(part.objects.gained, Unit::kObjects), " ",
                                 analyses::SimpleName(part.class_name), " ",
                                 SignedText(part.bytes.gained, Unit::kBytes)));
  }
  std::string text = absl::StrJoin(items, ", ");
  if (hidden > 0) absl::StrAppend(&text, " and ", Counted(hidden, "more part", "more parts"));
  return text;
}

std::string KnownText(const analyses::KnownAdvice& known) {
  return absl::StrCat(known.rule, ": ", known.title, known.known_issue.empty() ? "" : ". ",
                      known.known_issue);
}

}  // namespace leaktrail::cli
