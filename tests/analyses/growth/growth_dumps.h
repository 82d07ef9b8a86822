// Dumps of a small application at several times, and their summaries.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "analyses/analyze.h"
#include "analyses/growth/growth_report.h"
#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {

inline analyses::DumpSummary SummaryOf(const JdkDump& dump, const std::string& file = "a.hprof",
                                       const analyses::SummaryOptions& options = {}) {
  const auto snapshot = SnapshotOf(dump.dump);
  analyses::Report report = analyses::Analyze(*snapshot, {});
  report.dump.file = file;
  return analyses::Summarize(*snapshot, report, options);
}

// An hour passes from one dump to the next.
inline DumpOptions AtHour(int hour) {
  DumpOptions options;
  options.timestamp_ms += std::int64_t{3'600'000} * hour;
  return options;
}

// The maps in the static fields of com.acme.App, with the number of their values: objects of a
// class named like the field, of 16 bytes, each with a byte[] of 1,016 bytes, in an entry of 24.
using App = std::map<std::string, int>;
inline constexpr std::uint64_t kValueBytes = 16 + 1016;
inline constexpr std::uint64_t kEntryBytes = kValueBytes + 24 + 4;  // with its place in the table

inline analyses::DumpSummary SummaryAt(int hour, const App& app, std::uint64_t max_heap = 0) {
  JdkDump dump(AtHour(hour));
  if (max_heap > 0) dump.MaxHeap(max_heap);
  ClassBuilder c = dump.App("com.acme.App");
  for (const auto& [field, entries] : app) {
    const std::vector<Id> values = dump.Objects(absl::StrCat("com.acme.", field), entries, 1000);
    c.Static(field, kObject, dump.MapOfValues(values));
  }
  return SummaryOf(dump, absl::StrCat(hour, ".hprof"));
}

// The place whose path ends so, each step as "edge > class"; null if there is none.
inline const analyses::Place* FindPlace(const analyses::DumpSummary& summary,
                                        const std::vector<std::string>& path) {
  const auto fits = [&](std::uint32_t p) {
    for (std::size_t i = path.size(); i-- > 0;) {
      if (p == analyses::Place::kNone) return false;
      const analyses::Place& place = summary.places[p];
      if (absl::StrCat(place.edge, " > ", place.class_name) != path[i]) return false;
      p = place.parent;
    }
    return p == analyses::Place::kNone;
  };
  for (std::uint32_t p = 0; p < summary.places.size(); ++p) {
    if (fits(p)) return &summary.places[p];
  }
  return nullptr;
}

inline std::uint64_t SumOfOwnBytes(const analyses::DumpSummary& summary) {
  std::uint64_t sum = 0;
  for (const analyses::Place& place : summary.places) sum += place.own_bytes;
  return sum;
}

}  // namespace leaktrail::testing
