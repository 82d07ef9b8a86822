// `leaktrail OLD NEW ...` on real dumps: what the programs did is written down in
// fixtures/README.md, and their JVM counted it as well.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/run.h"
#include "tests/cli/tool.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

using nlohmann::json;
using Values = std::vector<std::uint64_t>;

std::string File(absl::string_view name) {
  return absl::StrCat(LEAKTRAIL_FIXTURES, "/dumps/", name, ".hprof.zst");
}

// The dumps of a series, with options behind them.
std::vector<std::string> Words(absl::string_view series, std::vector<std::string> options = {},
                               std::vector<int> dumps = {1, 2, 3}) {
  std::vector<std::string> words = {"diff"};
  for (const int dump : dumps) words.push_back(File(absl::StrCat(series, "-", dump)));
  words.insert(words.end(), options.begin(), options.end());
  return words;
}

json Compare(absl::string_view series, std::vector<std::string> options = {},
             std::vector<int> dumps = {1, 2, 3}) {
  options.push_back("--json");
  const ToolResult result = RunTool(Words(series, options, dumps));
  EXPECT_EQ(result.code, cli::kDone) << result.err;
  return json::parse(result.out);
}

// Rows by the end of their name.
const json* Find(const json& rows, absl::string_view name) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const json& row) {
    return absl::EndsWith(row["name"].get<std::string>(), name);
  });
  if (found != rows.end()) return &*found;
  ADD_FAILURE() << "no row " << name << " in " << rows.dump(1);
  return &rows;
}

std::map<std::string, Values> Counts(const json& answer, const std::string& table) {
  std::map<std::string, Values> counts;
  for (const json& row : answer["tables"][table]["rows"]) {
    counts[row["name"]] = row["count"]["values"].get<Values>();
  }
  return counts;
}

TEST(DiffSeriesCache, FindsBothLeaksWithTheirExactNumbers) {
  const json answer = Compare("series-cache");
  EXPECT_TRUE(answer["grows"].get<bool>());
  EXPECT_EQ(answer["warnings"], json::array());
  ASSERT_EQ(answer["findings"].size(), 2u);
  const json& sessions = *Find(answer["findings"], "SessionCache.SESSIONS");
  EXPECT_EQ(sessions["objects"]["values"], (Values{1'000, 2'000, 3'500}));
  EXPECT_EQ(sessions["objects"]["per_step"], 1'250);
  EXPECT_EQ(sessions["objects"]["per_hour"], 1'250);
  EXPECT_EQ(sessions["element"], "com.example.fixtures.GrowingService$Session");
  EXPECT_EQ(sessions["trend"], "grows");
  EXPECT_FALSE(sessions["first_sight"].get<bool>());
  const json& journal = *Find(answer["findings"], "Journal.last");
  EXPECT_EQ(journal["objects"]["values"], (Values{500, 800, 1'200}));
  // Each entry is 24 bytes and an array of 4,000 and its header of 16.
  EXPECT_EQ(journal["bytes"]["gained"], 700 * (24 + 4'016));
}

TEST(DiffSeriesCache, TellsTheRestApart) {
  const json answer = Compare("series-cache");
  const json& pages = *Find(answer["filled_once"], "PageCache.PAGES");
  EXPECT_EQ(pages["objects"]["values"], (Values{100, 300, 300}));
  const json& requests = *Find(answer["breathing"], "RequestLog.RECENT");
  EXPECT_EQ(requests["objects"]["values"], (Values{400, 900, 300}));
  const json& rows = *Find(answer["shrunk"], "ImportQueue.PENDING");
  EXPECT_EQ(rows["objects"]["values"], (Values{900, 500, 100}));
  EXPECT_EQ(answer["new"].size(), 1u);
  EXPECT_TRUE(absl::StrContains(answer["new"][0]["name"].get<std::string>(), "ReportCache"));
}

// Every byte that the heap has gained is in one row, and in one only.
TEST(DiffSeriesCache, RowsSumUpToTheGrowthOfTheHeap) {
  for (const char* series : {"series-cache", "series-kafka", "series-loaders", "series-steady"}) {
    const json answer = Compare(series);
    std::int64_t sum = answer["rest"]["gained"].get<std::int64_t>();
    for (const json& finding : answer["findings"]) {
      if (finding["path"].empty()) continue;
      sum += finding["bytes"]["gained"].get<std::int64_t>();
      for (const json& row : finding["with"]) sum += row["bytes"]["gained"].get<std::int64_t>();
    }
    EXPECT_EQ(sum, answer["live"]["gained"].get<std::int64_t>()) << series;
  }
}

TEST(DiffSeriesCache, CountsEveryClass) {
  const std::map<std::string, Values> expected = {{"Session", {1'000, 2'000, 3'500}},
                                                  {"Item", {2'000, 4'000, 7'000}},
                                                  {"Journal$Entry", {500, 800, 1'200}},
                                                  {"Request", {400, 900, 300}},
                                                  {"Page", {100, 300, 300}},
                                                  {"ImportRow", {900, 500, 100}},
                                                  {"Report", {0, 250, 250}},
                                                  {"StartupStep", {200, 200, 0}}};
  const auto counts = Counts(Compare("series-cache", {"--by", "class", "-n", "all"}), "class");
  for (const auto& [name, values] : expected) {
    const auto row = counts.find(absl::StrCat("com.example.fixtures.GrowingService$", name));
    ASSERT_NE(row, counts.end()) << name;
    EXPECT_EQ(row->second, values) << name;
  }
  EXPECT_FALSE(counts.contains("com.example.fixtures.GrowingService$Article")) << "it stays";
}

TEST(DiffSeriesCache, TwoDumpsAreAFirstSight) {
  const json answer = Compare("series-cache", {}, {1, 3});
  const json& sessions = *Find(answer["findings"], "SessionCache.SESSIONS");
  EXPECT_EQ(sessions["objects"]["values"], (Values{1'000, 3'500}));
  EXPECT_TRUE(sessions["first_sight"].get<bool>());
  EXPECT_LT(sessions["confidence"], 70);
}

TEST(DiffSeriesCache, DumpsInTheWrongOrderArePutRight) {
  const json answer = Compare("series-cache", {}, {3, 1, 2});
  EXPECT_EQ(answer["warnings"].size(), 1u) << answer["warnings"];
  EXPECT_EQ(answer["findings"], Compare("series-cache")["findings"]);
}

TEST(DiffSeriesKafka, KnowsTheLeak) {
  const json answer = Compare("series-kafka", {"--by", "mbean", "-n", "all"});
  ASSERT_EQ(answer["findings"].size(), 1u);
  const json& finding = answer["findings"][0];
  EXPECT_EQ(finding["known"]["rule"], "kafka.unclosed-clients");
  EXPECT_EQ(finding["known"]["instances"]["values"], (Values{20, 60, 140}));
  EXPECT_TRUE(absl::StrContains(finding["fix"][0].get<std::string>(), "Close every KafkaConsumer"));
  const auto mbeans = Counts(answer, "mbean");
  EXPECT_EQ(mbeans.at("kafka.consumer, type=app-info"), (Values{20, 60, 140}));
  const auto classes = Counts(Compare("series-kafka", {"--by", "class", "-n", "all"}), "class");
  EXPECT_EQ(classes.at("org.apache.kafka.common.network.Selector"), (Values{20, 60, 140}));
  EXPECT_EQ(classes.at("org.apache.kafka.common.metrics.JmxReporter$KafkaMbean"),
            (Values{80, 240, 560}));
}

TEST(DiffSeriesLoaders, KnowsTheLeak) {
  const json answer = Compare("series-loaders", {"--by", "loader", "-n", "all"});
  ASSERT_EQ(answer["findings"].size(), 1u);
  const json& finding = answer["findings"][0];
  EXPECT_TRUE(absl::EndsWith(finding["name"].get<std::string>(), "PriceFormats.BY_CLASS"));
  EXPECT_EQ(finding["known"]["rule"], "loaders.leaked");
  EXPECT_EQ(finding["known"]["instances"]["values"], (Values{20, 60, 140}));
  EXPECT_EQ(Counts(answer, "loader").at("com.example.fixtures.PluginLoader"),
            (Values{20, 60, 140}));
}

TEST(DiffSeriesSteady, FindsNothing) {
  const json answer = Compare("series-steady");
  EXPECT_FALSE(answer["grows"].get<bool>()) << answer["headline"];
  EXPECT_EQ(answer["findings"], json::array());
  EXPECT_FALSE(answer["identical"].get<bool>());
  EXPECT_EQ(RunTool(Words("series-steady",
                          {"--fail-on", "low", "--fail-on", "leak", "--fail-on", "growth>5%"}))
                .code,
            cli::kDone);
}

// Its queue is longer in the second dump, and so are its sessions: that is listed, but two dumps of
// a process that does not leak have no finding, whichever two.
TEST(DiffSeriesSteady, NeitherDoAnyTwoDumps) {
  for (const std::vector<int>& two : {std::vector{1, 2}, {2, 3}, {1, 3}}) {
    EXPECT_EQ(Compare("series-steady", {}, two)["findings"], json::array());
  }
  const json answer = Compare("series-steady", {}, {1, 2});
  EXPECT_NE(Find(answer["filled_once"], "Events.QUEUE"), nullptr);
  EXPECT_NE(Find(answer["filled_once"], "Sessions.BY_SERIAL"), nullptr);
}

TEST(Diff, OfADumpWithItselfIsEmpty) {
  for (const char* series : {"series-cache", "series-kafka", "series-loaders"}) {
    const json answer = Compare(series, {"--by", "class,package,mbean"}, {2, 2});
    EXPECT_TRUE(answer["identical"].get<bool>());
    EXPECT_FALSE(answer["grows"].get<bool>());
    for (const char* rows : {"findings", "filled_once", "breathing", "shrunk", "new", "gone"}) {
      EXPECT_EQ(answer[rows], json::array()) << rows;
    }
    for (const json& table : answer["tables"]) EXPECT_EQ(table["total_rows"], 0);
    EXPECT_EQ(answer["live"]["gained"], 0);
  }
}

TEST(Diff, TheTimeStampsAreOneHourApart) {
  for (const char* series : {"series-cache", "series-kafka", "series-loaders", "series-steady"}) {
    const json answer = Compare(series);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(answer["dumps"][i]["seconds_since_first"], i * 3'600);
  }
}

TEST(Diff, FitsAScreenAndATicket) {
  for (const char* series : {"series-cache", "series-kafka", "series-loaders", "series-steady"}) {
    const std::string text = RunTool(Words(series)).out;
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 25) << text;
    const std::string markdown = RunTool(Words(series, {"--markdown"})).out;
    EXPECT_LE(std::count(markdown.begin(), markdown.end(), '\n'), 60) << markdown;
    EXPECT_TRUE(absl::StartsWith(markdown, "## "));
  }
}

TEST(Diff, FailOnGivesOneAndTheFigure) {
  const ToolResult grown =
      RunTool(Words("series-cache", {"--fail-on", "growth>5%", "--fail-on", "low", "--fail-on",
                                     "class:*$Session count>+2499"}));
  EXPECT_EQ(grown.code, cli::kConditionHolds);
  EXPECT_TRUE(absl::StrContains(grown.err, "--fail-on 'growth>5%': the heap went from "))
      << grown.err;
  EXPECT_TRUE(absl::StrContains(grown.err, "from 1,000 to 3,500 instances")) << grown.err;
  EXPECT_EQ(RunTool(Words("series-cache", {"--fail-on", "class:*$Session count>+2500"})).code,
            cli::kDone);
  EXPECT_EQ(RunTool(Words("series-kafka", {"--fail-on", "kafka.unclosed-clients"})).code,
            cli::kConditionHolds);
  const ToolResult unknown = RunTool(Words("series-cache", {"--fail-on", "no.such-rule"}));
  EXPECT_EQ(unknown.code, cli::kUsage);
  EXPECT_TRUE(absl::StrContains(unknown.err, "no.such-rule")) << unknown.err;
  EXPECT_EQ(RunTool({File("series-kafka-3"), "--fail-on", "high"}).code, cli::kConditionHolds);
  EXPECT_EQ(RunTool({File("series-kafka-1"), "--fail-on", "high"}).code, cli::kDone);
}

TEST(Diff, AnErrorNamesTheFile) {
  TempDirectory directory;
  const std::string text = directory.Write("text", "this is no heap dump at all");
  const std::string missing = directory.File("missing");
  for (const std::string& bad : {text, missing}) {
    const ToolResult result = RunTool({"diff", File("series-steady-1"), bad});
    EXPECT_EQ(result.code, cli::kUnreadable);
    EXPECT_EQ(result.out, "");
    EXPECT_TRUE(absl::StrContains(result.err, bad)) << result.err;
  }
}

TEST(Diff, TimingsNameTheDump) {
  const ToolResult result = RunTool(Words("series-steady", {"--timings"}));
  for (const char* pass : {"1: open", "2: summarize", "3: ", "compare"}) {
    EXPECT_TRUE(absl::StrContains(result.err, pass)) << result.err;
  }
}

// --- a directory of dumps

class DiffBundle : public ::testing::Test {
 protected:
  // Copied in a wrong order, so that names and file times mislead.
  DiffBundle() {
    for (const auto& [name, dump] :
         {std::pair("c.hprof", 3), {"odd-name", 1}, {"b.hprof.zst", 2}}) {
      std::filesystem::copy_file(File(absl::StrCat("series-cache-", dump)), directory_.File(name));
    }
    directory_.Write("notes.txt", "no dump");
  }
  TempDirectory directory_;
};

TEST_F(DiffBundle, ComparesAllDumpsInTheOrderOfTheirTime) {
  const ToolResult result = RunTool({"diff", "--bundle", directory_.path(), "--json"});
  EXPECT_EQ(result.code, cli::kDone) << result.err;
  json answer = json::parse(result.out);
  EXPECT_EQ(answer["warnings"], json::array());
  ASSERT_EQ(answer["dumps"].size(), 3u);
  EXPECT_EQ(answer["dumps"][0]["file"], directory_.File("odd-name"));
  EXPECT_EQ(answer["dumps"][1]["file"], directory_.File("b.hprof.zst"));
  EXPECT_EQ(answer["dumps"][2]["file"], directory_.File("c.hprof"));
  EXPECT_EQ(answer["live"], Compare("series-cache")["live"]);
}

TEST_F(DiffBundle, OfOneDumpTheNewestIsAnalyzed) {
  const ToolResult result = RunTool({"analyze", "--bundle", directory_.path(), "--json"});
  EXPECT_EQ(result.code, cli::kDone) << result.err;
  EXPECT_EQ(json::parse(result.out)["dump"]["file"], directory_.File("c.hprof"));
}

TEST_F(DiffBundle, NeedsTwoDumpsAndNoFileBeside) {
  const ToolResult two = RunTool({"diff", File("series-cache-1"), "--bundle", directory_.path()});
  EXPECT_EQ(two.code, cli::kUsage);
  std::filesystem::remove(directory_.File("c.hprof"));
  std::filesystem::remove(directory_.File("odd-name"));
  const ToolResult one = RunTool({"diff", "--bundle", directory_.path()});
  EXPECT_EQ(one.code, cli::kUnreadable);
  EXPECT_TRUE(absl::StrContains(one.err, "1 heap dump in ")) << one.err;
}

}  // namespace
}  // namespace leaktrail::testing
