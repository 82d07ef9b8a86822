// --timeout, --max-memory and --degrade: what fits is given and says what it is.
#include "cli/budget.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "tests/analyses/shop_dump.h"
#include "tests/cli/tool.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

using absl::StrContains;
using cli::ParseDuration;
using nlohmann::json;

TEST(Duration, IsReadAsPeopleWriteIt) {
  for (const auto& [text, milliseconds] :
       std::vector<std::pair<std::string, std::uint64_t>>{{"500ms", 500},
                                                          {"1", 1'000},
                                                          {"90s", 90'000},
                                                          {"1.5s", 1'500},
                                                          {"10m", 600'000},
                                                          {"10min", 600'000},
                                                          {"1h30m", 5'400'000},
                                                          {"2d", 172'800'000},
                                                          {"1m0.5s", 60'500}}) {
    const auto parsed = ParseDuration(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(*parsed, milliseconds) << text;
  }
  for (const char* text :
       {"", "s", "10x", "-1s", "1h30", "10 m", "0", "0s", "1e9d", "1..5s", "m5"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

class BudgetTest : public ::testing::Test {
 protected:
  TempDirectory directory_;
  ShopDump shop_;
  const std::string file_ = directory_.Write("heap.hprof", shop_.dump.Bytes());
};

TEST_F(BudgetTest, TooLittleMemoryIsSaidAtOnceWithWhatIsNeeded) {
  const std::uint64_t need = RunTool({"doctor", file_, "--json"}).json()["estimate"]["memory"];
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{file_},
        {"histogram", file_},
        {"path", file_, "Order"},
        {"dominators", file_},
        {"loaders", file_},
        {"native", file_},
        {"diff", file_, file_},
        {"snapshot", file_, "-o", directory_.File("s.ltsnap")}}) {
    std::vector<std::string> limited = words;
    limited.insert(limited.end(), {"--max-memory", absl::StrCat(need - 1)});
    const ToolResult result = RunTool(limited);
    EXPECT_EQ(result.code, cli::kOverBudget) << words[0];
    EXPECT_EQ(result.out, "");
    EXPECT_TRUE(StrContains(result.err, "needs about 32")) << result.err;
    limited.back() = "1TiB";
    EXPECT_EQ(RunTool(limited).code, cli::kDone) << words[0];
  }
  // Help where it is to be had.
  EXPECT_TRUE(StrContains(RunTool({file_, "--max-memory", "1k"}).err, "--degrade counts"));
  EXPECT_FALSE(StrContains(RunTool({"loaders", file_, "--max-memory", "1k"}).err, "--degrade"));
  EXPECT_EQ(RunTool({"loaders", file_, "--max-memory", "1k", "--degrade"}).code, cli::kOverBudget);
}

TEST_F(BudgetTest, DegradedAnswersCountByClass) {
  for (const std::string command : {"analyze", "histogram"}) {
    const ToolResult result =
        RunTool({command, file_, "--json", "--max-memory", "1MiB", "--degrade"});
    EXPECT_EQ(result.code, cli::kDone) << result.err;
    const json answer = result.json();
    EXPECT_EQ(answer["command"], command);
    EXPECT_EQ(answer["status"], "histogram_only");
    EXPECT_EQ(answer["verdict"], "unknown");
    EXPECT_EQ(answer["heap_milli"], 1000);
    const auto& rows = answer["application_rows"];
    const auto order = std::find_if(
        rows.begin(), rows.end(), [](const json& row) { return row["class"] == "com.acme.Order"; });
    ASSERT_NE(order, rows.end());
    EXPECT_EQ((*order)["instances"], 8);  // two are garbage
  }
  const ToolResult text = RunTool({file_, "--max-memory", "1MiB", "--degrade"});
  EXPECT_TRUE(absl::StartsWith(text.out, "NO VERDICT: the graph needs about ")) << text.out;
  EXPECT_TRUE(StrContains(text.out, "com.acme.Order")) << text.out;
  const ToolResult markdown = RunTool({file_, "--max-memory", "1MiB", "--degrade", "--markdown"});
  EXPECT_TRUE(StrContains(markdown.out, "| 8 | `com.acme.Order` |")) << markdown.out;
  EXPECT_LE(std::count(markdown.out.begin(), markdown.out.end(), '\n'), 60);
  EXPECT_FALSE(StrContains(text.out + markdown.out, "secret"));
}

TEST_F(BudgetTest, DegradedAnswersArePartial) {
  const std::vector<std::string> words = {file_,      "--max-memory", "1MiB", "--degrade",
                                          "--strict", "--fail-on",    "leak"};
  const ToolResult result = RunTool(words);
  EXPECT_EQ(result.code, cli::kPartial);
  EXPECT_TRUE(StrContains(result.err, "--fail-on 'leak': not judged")) << result.err;
}

TEST_F(BudgetTest, FormatsWithoutACountAreNotWritten) {
  const std::string page = directory_.File("report.html"), text = directory_.File("report.txt");
  const ToolResult result =
      RunTool({file_, "--max-memory", "1k", "--degrade", "-o", page, "-o", text});
  EXPECT_EQ(result.code, cli::kNotWritten);
  EXPECT_TRUE(StrContains(result.err, absl::StrCat(page, " is not written"))) << result.err;
  EXPECT_NE(access(page.c_str(), F_OK), 0);
  EXPECT_EQ(access(text.c_str(), F_OK), 0);
}

TEST_F(BudgetTest, BothCommandsKeepTheirRows) {
  const auto rows = [&](const std::string& count) {
    return RunTool({"histogram", file_, "--json", "--max-memory", "1k", "--degrade", "-n", count})
        .json();
  };
  EXPECT_EQ(rows("1")["rows"].size(), 1u);
  const json all = rows("all");
  EXPECT_EQ(all["rows"].size(), all["total_rows"].get<std::size_t>());
  std::uint64_t instances = 0;
  for (const json& row : all["rows"]) instances += row["instances"].get<std::uint64_t>();
  EXPECT_EQ(instances, all["total"]["instances"].get<std::uint64_t>());
}

// A millisecond does not suffice for unpacking a real dump.
TEST_F(BudgetTest, TimeThatIsUpIsFive) {
  const std::string dump = FixtureDump("kafka-consumers-unclosed");
  const ToolResult result = RunTool({dump, "--timeout", "1ms"});
  EXPECT_EQ(result.code, cli::kOverBudget);
  EXPECT_EQ(result.out, "");
  EXPECT_TRUE(StrContains(result.err, "the time is up (--timeout 1ms)")) << result.err;
  const ToolResult degraded = RunTool({dump, "--timeout", "1ms", "--degrade", "--json"});
  EXPECT_EQ(degraded.code, cli::kDone) << degraded.err;
  EXPECT_EQ(degraded.json()["status"], "histogram_only");
  EXPECT_LT(degraded.json()["heap_milli"], 1000);
  EXPECT_EQ(RunTool({"diff", dump, dump, "--timeout", "1ms", "--degrade"}).code, cli::kOverBudget);
  EXPECT_EQ(RunTool({dump, "--timeout", "1d"}).code, cli::kDone);
}

// What a pipe gave cannot be opened a second time.
TEST_F(BudgetTest, DegradesWhatCameThroughAPipe) {
  const std::string pipe = directory_.File("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] {
    std::ofstream(pipe, std::ios::binary) << ReadFile(FixtureDump("kafka-consumers-unclosed"));
  });
  const ToolResult result = RunTool({pipe, "--timeout", "1ms", "--degrade", "--json"});
  writer.join();
  EXPECT_EQ(result.code, cli::kDone) << result.err;
  EXPECT_EQ(result.json()["status"], "histogram_only");
}

TEST_F(BudgetTest, WrongBudgetsAreUsageErrors) {
  EXPECT_EQ(RunTool({file_, "--timeout", "soon"}).code, cli::kUsage);
  EXPECT_EQ(RunTool({file_, "--max-memory", "much"}).code, cli::kUsage);
  EXPECT_EQ(RunTool({file_, "--max-memory", "5%"}).code, cli::kUsage);
  EXPECT_EQ(RunTool({file_, "--progress", "loud"}).code, cli::kUsage);
}

TEST_F(BudgetTest, ProgressForMachinesIsOneObjectALine) {
  const ToolResult result =
      RunTool({FixtureDump("kafka-consumers-unclosed"), "--progress", "json"});
  EXPECT_EQ(result.code, cli::kDone);
  std::vector<std::string> phases;
  int last = 0;
  for (absl::string_view line : absl::StrSplit(result.err, '\n', absl::SkipEmpty())) {
    const json event = json::parse(std::string(line));
    EXPECT_EQ(event["event"], "progress");
    EXPECT_GE(event["share_milli"], last);
    EXPECT_GE(event["elapsed_ms"], 0);
    EXPECT_TRUE(event.contains("left_ms"));
    last = event["share_milli"];
    phases.push_back(event["phase"]);
  }
  for (const char* phase : {"opening", "scanning the heap", "computing dominators", "analyzing"}) {
    EXPECT_NE(std::find(phases.begin(), phases.end(), phase), phases.end()) << phase;
  }
  EXPECT_EQ(RunTool({file_, "--progress", "json", "-q"}).err, "");
  EXPECT_EQ(RunTool({file_, "--progress", "never"}).err, "");
  EXPECT_EQ(RunTool({file_}).err, "");  // no terminal
  EXPECT_TRUE(StrContains(RunTool({file_, "--progress", "always"}).err, "%  analyzing\n"));
}

}  // namespace
}  // namespace leaktrail::testing
