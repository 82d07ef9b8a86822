// A comparison made by hand, as the analyses would give it, for the tests of the renderers.
#pragma once

#include <cmath>
#include <utility>
#include <vector>

#include "analyses/growth/growth_report.h"
#include "tests/cli/sample_results.h"

namespace leaktrail::testing {

// Three dumps, one hour from one to the next; or as many as there are values.
inline analyses::Series SampleSeries(std::vector<std::uint64_t> values) {
  analyses::Series series = {.values = std::move(values)};
  const std::uint64_t most =
      std::max<std::uint64_t>(1, *std::max_element(series.values.begin(), series.values.end()));
  for (const std::uint64_t value : series.values) {
    series.levels.push_back(static_cast<std::uint8_t>(
        std::lround(static_cast<double>(value) * 7 / static_cast<double>(most))));
  }
  series.gained = static_cast<std::int64_t>(series.values.back() - series.values.front());
  series.per_step = series.gained / static_cast<std::int64_t>(series.values.size() - 1);
  series.per_hour = series.per_step;
  if (series.values.front() > 0) {
    series.gained_milli = static_cast<std::int32_t>(
        series.gained * 1000 / static_cast<std::int64_t>(series.values.front()));
  }
  return series;
}

inline analyses::GrowthRow SessionsRow() {
  return {.path = {{.edge = "class", .class_name = "class com.acme.SessionCache"},
                   {.edge = "static SESSIONS", .class_name = "java.util.HashMap"},
                   {.edge = "HashMap[value]", .class_name = "com.acme.Session", .cut_here = true}},
          .name = "SessionCache.SESSIONS",
          .element = "com.acme.Session",
          .trend = analyses::Trend::kGrows,
          .objects = SampleSeries({1'000, 2'000, 3'500}),
          .bytes = SampleSeries({1'228'800, 2'457'600, 4'300'800}),
          .exclusive = SampleSeries({1'200'000, 2'400'000, 4'200'000}),
          .parts = {{"", "com.acme.Session", SampleSeries({1'000, 2'000, 3'500}),
                     SampleSeries({1'100'000, 2'200'000, 3'900'000})},
                    {"cart", "com.acme.Item", SampleSeries({2'000, 4'000, 7'000}),
                     SampleSeries({48'000, 96'000, 168'000})}}};
}

inline analyses::GrowthFinding SessionsFinding() {
  return {.rule = "growth.place",
          .fingerprint = "v1:0123456789abcdef",
          .severity = analyses::Severity::kHigh,
          .confidence = 80,
          .confidence_reason = "it grew in each of 2 steps",
          .title = "SessionCache.SESSIONS grew by 2,500 Session: 2.9 MiB, 1.5 MiB an hour",
          .row = SessionsRow(),
          .evidence = {"1,000, 2,000, 3,500 Session in it."},
          .fix = {"Remove what is not needed any more from SessionCache.SESSIONS."},
          .known = analyses::KnownAdvice{.rule = "heap.accumulation",
                                         .fingerprint = "v1:41aa0c55e0d90007",
                                         .title = "3,500 Sessions pile up in a HashMap",
                                         .fix = {"Give the cache a limit."},
                                         .known_issue = "ACME-1",
                                         .instances = SampleSeries({1'000, 2'000, 3'500})},
          .seconds_to_limit = 18 * 3600,
          .next = {"leaktrail path FILE com.acme.Session"}};
}

inline analyses::GrowthRow OtherRow(std::string name, analyses::Trend trend,
                                    std::vector<std::uint64_t> objects) {
  std::vector<std::uint64_t> bytes = objects;
  for (std::uint64_t& value : bytes) value *= 1'000;
  return {.path = {{.edge = "class", .class_name = "class com.acme." + name}},
          .name = name,
          .element = "com.acme.Row",
          .trend = trend,
          .objects = SampleSeries(std::move(objects)),
          .bytes = SampleSeries(std::move(bytes)),
          .exclusive = SampleSeries({0, 0, 0})};
}

inline analyses::GrowthReport SampleGrowth() {
  using analyses::Trend;
  analyses::GrowthReport report;
  constexpr std::int64_t kStart = 1'700'000'000'000, kHour = 3'600'000;
  for (int i = 0; i < 3; ++i) {
    analyses::DumpFacts facts = SampleDump();
    facts.file = "heap-" + std::to_string(i + 1) + ".hprof";
    facts.timestamp_ms = kStart + i * kHour;
    report.dumps.push_back({facts, SampleMemory(), i * 3600});
  }
  report.headline = "SessionCache.SESSIONS grew in every step: 2.9 MiB in 2 h";
  report.grows = true;
  report.live = SampleSeries({7'000'000, 9'000'000, 12'000'000});
  report.live_objects = SampleSeries({27'000, 38'000, 50'000});
  report.seconds_to_limit = 8 * 3600;
  report.max_heap = 33'554'432;
  report.findings = {SessionsFinding()};
  report.total_findings = 1;
  report.also_growing = {{.by = analyses::GrowthKey::kThread,
                          .rows = {{"session-reaper-#", Trend::kGrows, SampleSeries({2, 4, 7}),
                                    SampleSeries({0, 0, 0})}},
                          .total_rows = 1}};
  report.filled_once = {OtherRow("PageCache.PAGES", Trend::kFilledOnce, {100, 300, 300})};
  report.breathing = {OtherRow("RequestLog.RECENT", Trend::kBreathes, {400, 900, 300})};
  report.shrunk = {OtherRow("ImportQueue.PENDING", Trend::kShrinks, {900, 500, 100})};
  report.appeared = {OtherRow("ReportCache.reports", Trend::kNew, {0, 250, 250})};
  report.gone = {OtherRow("Startup.steps", Trend::kGone, {200, 200, 0})};
  report.rest = SampleSeries({1'000'000, 1'000'000, 1'000'000});
  report.all_classes = {
      {"com.acme.Item", Trend::kGrows, SampleSeries({2'000, 4'000, 7'000}),
       SampleSeries({48'000, 96'000, 168'000})},
      {"com.acme.Session", Trend::kGrows, SampleSeries({1'000, 2'000, 3'500}),
       SampleSeries({32'000, 64'000, 112'000})},
      {"com.acme.web.Page", Trend::kNew, SampleSeries({0, 10, 10}), SampleSeries({0, 240, 240})}};
  return report;
}

inline analyses::GrowthReport SampleGrowthTable() {
  analyses::GrowthReport report = SampleGrowth();
  report.tables = {{.by = analyses::GrowthKey::kClass,
                    .rows = report.all_classes,
                    .total_rows = report.all_classes.size()}};
  return report;
}

}  // namespace leaktrail::testing
