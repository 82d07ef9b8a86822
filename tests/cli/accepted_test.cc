// --baseline and --suppress: what somebody has taken note of is told apart and fails nothing.
#include "cli/accepted.h"

#include "absl/strings/match.h"
#include "analyses/signature_sources.h"
#include "gtest/gtest.h"
#include "tests/cli/tool.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

using absl::StrContains;
using nlohmann::json;

class AcceptedTest : public ::testing::Test {
 protected:
  std::string Report(const std::vector<std::string>& words) {
    std::vector<std::string> with_json = words;
    with_json.push_back("--json");
    return directory_.Write(absl::StrCat("report-", ++reports_, ".json"), RunTool(with_json).out);
  }
  std::string Suppressions(absl::string_view text) { return directory_.Write("known.txt", text); }

  TempDirectory directory_;
  int reports_ = 0;
  const std::string leak_ = FixtureDump("kafka-consumers-unclosed");
};

TEST_F(AcceptedTest, FindingsOfABaselineAreKnown) {
  const ToolResult before = RunTool({leak_, "--json", "--fail-on", "leak"});
  EXPECT_EQ(before.code, cli::kConditionHolds);
  ASSERT_GE(before.json()["findings"].size(), 1u);
  EXPECT_FALSE(before.json()["nothing_new"].get<bool>());
  const std::string baseline = directory_.Write("baseline.json", before.out);
  const ToolResult after =
      RunTool({leak_, "--json", "--baseline", baseline, "--fail-on", "leak", "--fail-on", "info"});
  EXPECT_EQ(after.code, cli::kDone) << after.err;
  const json report = after.json();
  EXPECT_EQ(report["findings"], json::array());
  EXPECT_EQ(report["accepted_findings"].size(), before.json()["findings"].size());
  EXPECT_EQ(report["accepted_findings"][0]["accepted"], (json{{"by", "baseline"}}));
  EXPECT_EQ(report["accepted_findings"][0]["title"], before.json()["findings"][0]["title"]);
  EXPECT_EQ(report["verdict"], "leak");  // it leaks all the same
  EXPECT_TRUE(report["nothing_new"].get<bool>());
  EXPECT_TRUE(absl::StartsWith(report["headline"].get<std::string>(), "known (nothing new)"));
  // A report that was made with a baseline is one, too.
  const std::string again = directory_.Write("again.json", after.out);
  EXPECT_EQ(RunTool({leak_, "--baseline", again, "--fail-on", "info"}).code, cli::kDone);
}

TEST_F(AcceptedTest, WhatIsNotInTheBaselineIsNew) {
  const std::string other = Report({FixtureDump("tomcat-redeploys")});
  const ToolResult result = RunTool({leak_, "--json", "--baseline", other, "--fail-on", "leak"});
  EXPECT_EQ(result.code, cli::kConditionHolds);
  EXPECT_GE(result.json()["findings"].size(), 1u);
}

TEST_F(AcceptedTest, TextAndMarkdownCountThemAndNameThemInFull) {
  const std::string baseline = Report({leak_});
  const std::string fingerprint = RunTool({leak_, "--json"}).json()["findings"][0]["fingerprint"];
  for (const std::string form : {"--full", "--markdown"}) {
    EXPECT_TRUE(StrContains(RunTool({leak_, form}).out, fingerprint)) << form;
  }
  const std::string brief = RunTool({leak_, "--baseline", baseline}).out;
  EXPECT_TRUE(StrContains(brief, " known: ")) << brief;
  EXPECT_FALSE(StrContains(brief, fingerprint)) << brief;
  EXPECT_TRUE(StrContains(RunTool({leak_, "--baseline", baseline, "--markdown"}).out, " known: "));
  const std::string page = RunTool({leak_, "--baseline", baseline, "-o", "html:-"}).out;
  EXPECT_TRUE(StrContains(page, " known: ")) << page.substr(0, 2000);
  EXPECT_TRUE(StrContains(page, fingerprint));
  const std::string full = RunTool({leak_, "--baseline", baseline, "--full"}).out;
  EXPECT_TRUE(StrContains(full, fingerprint)) << full;
  EXPECT_TRUE(StrContains(full, "in the baseline")) << full;
}

TEST_F(AcceptedTest, ARuleIsSuppressedWithItsReason) {
  const std::string file = Suppressions(
      "# of the nightly job\n\nkafka.unclosed-clients until 2999-12-31 OPS-7: fixed in 3.2\n");
  const ToolResult result =
      RunTool({leak_, "--json", "--suppress", file, "--fail-on", "kafka.unclosed-clients"});
  EXPECT_EQ(result.code, cli::kDone);
  const json accepted = result.json()["accepted_findings"];
  ASSERT_EQ(accepted.size(), 1u);
  EXPECT_EQ(accepted[0]["rule"], "kafka.unclosed-clients");
  EXPECT_EQ(
      accepted[0]["accepted"],
      (json{{"by", "suppression"}, {"reason", "OPS-7: fixed in 3.2"}, {"until", "2999-12-31"}}));
  const std::string full = RunTool({leak_, "--full", "--suppress", file}).out;
  EXPECT_TRUE(StrContains(full, "suppressed until 2999-12-31: OPS-7: fixed in")) << full;
}

TEST_F(AcceptedTest, AFingerprintIsSuppressed) {
  const json report = RunTool({leak_, "--json"}).json();
  const std::string fingerprint = report["findings"][0]["fingerprint"];
  const ToolResult result = RunTool(
      {leak_, "--json", "--suppress", Suppressions(absl::StrCat(fingerprint, " it is known"))});
  EXPECT_EQ(result.json()["findings"].size(), report["findings"].size() - 1);
}

TEST_F(AcceptedTest, WhatHasExpiredCountsAgain) {
  const std::string file = Suppressions("kafka.unclosed-clients until 2020-02-29 was accepted\n");
  const ToolResult result = RunTool({leak_, "--suppress", file, "--fail-on", "leak"});
  EXPECT_EQ(result.code, cli::kConditionHolds);
  EXPECT_TRUE(StrContains(result.err, absl::StrCat(file,
                                                   ":1: kafka.unclosed-clients was "
                                                   "suppressed until 2020-02-29")))
      << result.err;
}

TEST_F(AcceptedTest, TheLastDayCounts) {
  const std::string file = Suppressions("kafka.unclosed-clients until 2026-11-25 why\n");
  for (const auto& [today, accepted] :
       {std::pair("2026-11-24", true), {"2026-11-25", true}, {"2026-11-26", false}}) {
    cli::AcceptedFindings known;
    std::vector<std::string> expired;
    ASSERT_TRUE(known.AddSuppressions(file, today, analyses::BuiltInSignatures(), expired).ok());
    EXPECT_EQ(expired.empty(), accepted) << today;
    analyses::Finding finding;
    finding.rule = "kafka.unclosed-clients";
    EXPECT_EQ(known.Of(finding).has_value(), accepted) << today;
  }
}

TEST_F(AcceptedTest, MistakesAreSaidWithTheirLine) {
  for (const auto& [line, problem] : std::vector<std::pair<std::string, std::string>>{
           {"kafka.unclosed-clients", "a reason is missing"},
           {"kafka.unclosed-clients until 2026-13-01 x", "write the last day as"},
           {"kafka.unclosed-clients until 2026-02-30 x", "write the last day as"},
           {"kafka.unclosed-clients until tomorrow x", "write the last day as"},
           {"kafka.unclosed-clients until", "write the last day as"},
           {"kafka.unclosed-client x", "did you mean kafka."},
           {"v1:12 x", "is no fingerprint"},
           {"v1:41AA0c55e0d90007 x", "is no fingerprint"}}) {
    const ToolResult result = RunTool({leak_, "--suppress", Suppressions("# one\n" + line)});
    EXPECT_EQ(result.code, cli::kUsage) << line;
    EXPECT_EQ(result.out, "");
    EXPECT_TRUE(StrContains(result.err, "known.txt:2: ")) << result.err;
    EXPECT_TRUE(StrContains(result.err, problem)) << result.err;
  }
}

TEST_F(AcceptedTest, OnlyReportsAreBaselines) {
  for (const absl::string_view text :
       {"", "{", "[]", "{\"schema\": \"leaktrail/1\"}", "{\"schema\": 7, \"findings\": []}",
        "{\"schema\": \"other/1\", \"findings\": []}"}) {
    const ToolResult result = RunTool({leak_, "--baseline", directory_.Write("odd.json", text)});
    EXPECT_EQ(result.code, cli::kUsage) << text;
    EXPECT_TRUE(StrContains(result.err, "odd.json: no report of")) << result.err;
  }
  EXPECT_EQ(RunTool({leak_, "--baseline", directory_.File("none")}).code, cli::kUnreadable);
  EXPECT_EQ(RunTool({leak_, "--suppress", directory_.File("none")}).code, cli::kUnreadable);
  // Findings without a fingerprint are nobody's.
  const std::string odd = directory_.Write(
      "odd.json", "{\"schema\": \"leaktrail/1\", \"findings\": [1, {}, {\"fingerprint\": 3}]}");
  EXPECT_EQ(RunTool({leak_, "--baseline", odd, "--fail-on", "leak"}).code, cli::kConditionHolds);
}

class AcceptedGrowthTest : public AcceptedTest {
 protected:
  std::vector<std::string> Words(const std::vector<std::string>& options) const {
    std::vector<std::string> words = {"diff"};
    for (const char* n : {"1", "2", "3"}) {
      words.push_back(FixtureDump(absl::StrCat("series-cache-", n)));
    }
    words.insert(words.end(), options.begin(), options.end());
    return words;
  }
};

TEST_F(AcceptedGrowthTest, WhatIsLeftIsTheHeadline) {
  const json report = RunTool(Words({"--json"})).json();
  ASSERT_EQ(report["findings"].size(), 2u);
  const std::string first = report["findings"][0]["fingerprint"];
  const std::string second = report["findings"][1]["fingerprint"];
  const std::string one = Suppressions(absl::StrCat(first, " is being worked at\n"));
  const ToolResult rest = RunTool(Words({"--json", "--suppress", one, "--fail-on", "leak"}));
  EXPECT_EQ(rest.code, cli::kConditionHolds);
  ASSERT_EQ(rest.json()["findings"].size(), 1u);
  EXPECT_EQ(rest.json()["findings"][0]["fingerprint"], second);
  EXPECT_TRUE(absl::StartsWith(rest.json()["headline"].get<std::string>(),
                               report["findings"][1]["title"].get<std::string>()));
  const std::string both =
      Suppressions(absl::StrCat(first, " is being worked at\n", second, " so is this\n"));
  for (const std::string form : {"--json", "--full", "--markdown"}) {
    const ToolResult none = RunTool(Words({form, "--suppress", both, "--fail-on", "leak"}));
    EXPECT_EQ(none.code, cli::kDone) << form;
    EXPECT_TRUE(StrContains(none.out, "known (nothing new)")) << none.out;
  }
  EXPECT_TRUE(StrContains(RunTool(Words({"--full", "--suppress", both})).out, "so is this"));
  // Growth of the heap is no finding.
  EXPECT_EQ(RunTool(Words({"--suppress", both, "--fail-on", "growth>1%"})).code,
            cli::kConditionHolds);
}

TEST_F(AcceptedGrowthTest, ABaselineOfOneDumpDoesNotKnowGrowth) {
  const std::string baseline = Report({FixtureDump("series-cache-1")});
  EXPECT_EQ(RunTool(Words({"--baseline", baseline, "--fail-on", "leak"})).code,
            cli::kConditionHolds);
  EXPECT_EQ(RunTool(Words({"--baseline", Report(Words({})), "--fail-on", "leak"})).code,
            cli::kDone);
}

}  // namespace
}  // namespace leaktrail::testing
