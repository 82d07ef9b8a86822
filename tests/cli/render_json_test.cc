#include "cli/render_json.h"

#include <nlohmann/json.hpp>

#include "gtest/gtest.h"
#include "tests/cli/golden.h"
#include "tests/cli/sample_results.h"

namespace leaktrail::testing {
namespace {

using nlohmann::json;

TEST(Json, GoldenAnswers) {
  ExpectGolden("report-leak.json", cli::ReportJson(LeakReport(), {}));
  ExpectGolden("histogram.json", cli::HistogramJson(SampleContext(), SampleHistogram(), {}));
  ExpectGolden("dominators.json", cli::DominatorsJson(SampleContext(), SampleTree(), {}));
  ExpectGolden("path-object.json", cli::ObjectPathJson(SampleContext(), SampleObjectPath(), {}));
  ExpectGolden("path-class.json", cli::MergedPathsJson(SampleContext(), SamplePaths(), {}));
  ExpectGolden("loaders.json", cli::LoadersJson(SampleContext(), SampleLoaders(), {}));
  ExpectGolden("threads.json", cli::ThreadsJson(SampleContext(), SampleThreads(), {}));
  ExpectGolden("native.json", cli::NativeJson(SampleContext(), SampleNative(), {}));
  ExpectGolden("doctor.json", cli::DoctorJson(SampleDiagnosis(), 24'000'000'000, {}));
}

// The contract of the first issue.
TEST(Json, FieldsThatScriptsRelyOn) {
  const json report = json::parse(cli::ReportJson(LeakReport(), {}));
  EXPECT_EQ(report["schema"], "leaktrail/1");
  EXPECT_EQ(report["verdict"], "leak");
  EXPECT_EQ(report["status"], "complete");
  EXPECT_EQ(report["dump"]["objects"], 23'450'000);
  EXPECT_EQ(report["dump"]["classes"], 12'345);
  EXPECT_EQ(report["dump"]["roots"], 4'567);
  EXPECT_EQ(report["memory"]["live"], 1'610'612'736);
  EXPECT_EQ(report["memory"]["live_objects"], 23'400'000);
  EXPECT_EQ(report["memory"]["unreachable"], 12'582'912);
  EXPECT_EQ(report["findings"][0]["next"][1], "leaktrail dominators heap.hprof @0x7ff012345");
  EXPECT_TRUE(report["findings"][0]["path"][6]["faulty"]);
  EXPECT_FALSE(report.contains("timings"));

  const json histogram = json::parse(cli::HistogramJson(SampleContext(), SampleHistogram(), {}));
  const json row = histogram["rows"][0];
  EXPECT_EQ(row["class"], "java.util.HashMap");
  EXPECT_EQ(row["loader"], "boot");
  EXPECT_EQ(row["instances"], 120'000);
  EXPECT_EQ(row["shallow"], 5'760'000);
  EXPECT_EQ(row["retained"], 1'350'000'000);
}

void ExpectIntegers(const json& value, const std::string& where) {
  EXPECT_FALSE(value.is_number_float()) << where;
  if (!value.is_structured()) return;
  for (const auto& [key, item] : value.items()) ExpectIntegers(item, where + "/" + key);
}

TEST(Json, NumbersAreIntegers) {
  cli::OutputOptions options = {.timings = true, .phases = {{"scan", 0.25, 0.5, 1000}}};
  const json report = json::parse(cli::ReportJson(LeakReport(), options));
  ExpectIntegers(report, "");
  EXPECT_EQ(report["timings"][0]["wall_us"], 250'000);
}

TEST(Json, HostileNamesGiveValidAsciiJson) {
  analyses::Report report = LeakReport();
  report.headline = "\x1b[2J \xff \xe2\x80\xae \xed\xa0\xbd \xc0\x80 \x7f";
  const std::string text = cli::ReportJson(report, {});
  for (const unsigned char c : text) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << int{c};
  EXPECT_TRUE(json::accept(text));
}

TEST(Json, PartialDump) {
  analyses::Report report = LeakReport();
  report.dump.complete = false;
  EXPECT_EQ(json::parse(cli::ReportJson(report, {}))["status"], "partial");
}

}  // namespace
}  // namespace leaktrail::testing
