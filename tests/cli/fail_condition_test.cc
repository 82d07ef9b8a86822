#include "cli/fail_condition.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/cli/sample_growth.h"
#include "tests/cli/sample_results.h"

namespace leaktrail::cli {
namespace {

using testing::LeakReport;
using testing::SampleGrowth;
using Of = FailCondition::Of;

FailCondition Good(absl::string_view text) {
  const auto condition = ParseFailCondition(text);
  EXPECT_TRUE(condition.ok()) << text << ": " << condition.status().message();
  return condition.ok() ? *condition : FailCondition{};
}

TEST(FailCondition, IsRead) {
  EXPECT_EQ(Good("medium").of, Of::kSeverity);
  EXPECT_EQ(Good("medium").severity, analyses::Severity::kMedium);
  EXPECT_EQ(Good("leak").of, Of::kLeak);
  EXPECT_EQ(Good(" kafka.unclosed-clients ").name, "kafka.unclosed-clients");
  const FailCondition growth = Good("growth>5%");
  EXPECT_TRUE(growth.of == Of::kGrowth && growth.is_share && growth.gain && !growth.or_equal);
  EXPECT_EQ(growth.limit, 50u);
  EXPECT_EQ(Good("growth >= +0.5 %").limit, 5u);
  EXPECT_TRUE(Good("growth>=1%").or_equal);
  EXPECT_EQ(Good("growth>100MB").limit, 100u << 20);
  EXPECT_EQ(Good("growth>250%").limit, 2500u);
  EXPECT_EQ(Good("live > 1.5 GiB").limit, std::uint64_t{3} << 29);
  const FailCondition count = Good("class:com.acme.* count>+1000");
  EXPECT_TRUE(count.of == Of::kClassCount && count.gain && !count.is_share);
  EXPECT_EQ(count.name, "com.acme.*");
  EXPECT_EQ(count.limit, 1000u);
  const FailCondition bytes = Good("class:a.B$C[] bytes >= 10k");
  EXPECT_TRUE(bytes.of == Of::kClassBytes && !bytes.gain && bytes.or_equal);
  EXPECT_EQ(bytes.limit, 10'240u);
}

TEST(FailCondition, ErrorsShowTheColumn) {
  constexpr std::pair<const char*, const char*> kCases[] = {
      {"", "column 1: a condition is missing"},
      {"hihg", "column 1: unknown condition; there are a severity (info, low, medium, high)"},
      {"high and low", "column 6: nothing can stand here"},
      {"growth", "column 7: write > or >="},
      {"growth<5%", "column 7: write > or >="},
      {"growth>", "column 8: a number is missing"},
      {"growth>x", "column 8: a number is missing"},
      {"growth>5 percent", "column 10: unknown unit"},
      {"growth>1..2%", "column 8: a number is missing"},
      {"growth>5% x", "column 11: nothing can stand here"},
      {"growth>99999999999999999999", "column 8: too large a number"},
      {"live>+5%", "column 6: live is no change"},
      {"class: count>1", "column 7: a class is missing"},
      {"class:X", "column 8: write count or bytes"},
      {"class:X size>1", "column 9: write count or bytes"},
      {"class:X count>5%", "column 16: a share of what?"},
      {"class:X count>+5MB", "column 17: a number of objects has no unit"},
      {"class:X count>+1 MB", "column 18: a number of objects has no unit"}};
  for (const auto& [text, message] : kCases) {
    const auto condition = ParseFailCondition(text);
    ASSERT_FALSE(condition.ok()) << text;
    EXPECT_TRUE(absl::StartsWith(condition.status().message(),
                                 absl::StrCat("--fail-on '", text, "', ", message)))
        << condition.status().message();
  }
}

// What is said of one condition; "" if it does not hold.
template <typename Report>
std::string Verdict(absl::string_view text, const Report& report) {
  const FailCondition condition = Good(text);
  const Judgement judgement = Judge(std::span(&condition, 1), report);
  EXPECT_LE(judgement.failures.size() + judgement.unjudged.size(), 1u);
  const std::string said = judgement.failures.empty()
                               ? (judgement.unjudged.empty() ? "" : judgement.unjudged[0])
                               : judgement.failures[0];
  const std::string prefix = absl::StrCat("--fail-on '", text, "': ");
  EXPECT_TRUE(said.empty() || absl::StartsWith(said, prefix)) << said;
  return said.empty() ? "" : said.substr(prefix.size());
}

TEST(Judge, OneDump) {
  analyses::Report report = LeakReport();
  EXPECT_EQ(Verdict("high", report), "HIGH: " + report.findings[0].title + " [heap.accumulation]");
  report.findings.erase(report.findings.begin());
  EXPECT_EQ(Verdict("high", report), "");
  EXPECT_EQ(Verdict("medium", report), "MEDIUM: " + report.findings[0].title + " [thread.locals]");
  EXPECT_EQ(Verdict("heap.accumulation", report), "");
  report.findings[0].also = {"heap.accumulation"};
  EXPECT_NE(Verdict("heap.accumulation", report), "");
  EXPECT_EQ(Verdict("leak", report), report.headline);
  EXPECT_EQ(Verdict("leak", testing::HealthyReport()), "");
  EXPECT_EQ(Verdict("live>74%", report), "1.5 GiB are live, 75.0% of the maximum of 2.0 GiB");
  EXPECT_EQ(Verdict("live>75%", report), "");
  EXPECT_NE(Verdict("live>=75%", report), "");
  EXPECT_EQ(Verdict("live>1536MB", report), "");
  EXPECT_EQ(Verdict("live>1535MB", report), "1.5 GiB are live");
  report.memory.max_heap_hint = 0;
  EXPECT_EQ(Verdict("live>74%", report), "not judged: the dump does not tell its maximum heap");
}

TEST(Judge, Growth) {
  analyses::GrowthReport report = SampleGrowth();
  EXPECT_EQ(Verdict("growth>71.4%", report), "");
  EXPECT_EQ(Verdict("growth>71.3%", report),
            "the heap went from 6.7 MiB to 11.4 MiB live (+71.4%)");
  EXPECT_NE(Verdict("growth>4MB", report), "");
  EXPECT_EQ(Verdict("growth>5MB", report), "");
  EXPECT_EQ(Verdict("leak", report), report.headline);
  EXPECT_NE(Verdict("growth.place", report), "");
  EXPECT_NE(Verdict("heap.accumulation", report), "") << "what is known of it counts, too";
  EXPECT_EQ(Verdict("kafka.unclosed-clients", report), "");
  EXPECT_EQ(Verdict("class:com.acme.* count>+1000", report),
            "com.acme.Item went from 2,000 to 7,000 instances (+250.0%)");
  EXPECT_EQ(Verdict("class:com.acme.* count>+5000", report), "");
  EXPECT_EQ(Verdict("class:com.acme.Session count>+2499", report),
            "com.acme.Session went from 1,000 to 3,500 instances (+250.0%)");
  EXPECT_EQ(Verdict("class:com.acme.Session count>+2500", report), "");
  EXPECT_EQ(Verdict("class:*.Session bytes>+250%", report), "");
  EXPECT_NE(Verdict("class:*.Session bytes>=+250%", report), "");
  EXPECT_EQ(Verdict("class:com.acme.Session count>3500", report), "");
  EXPECT_NE(Verdict("class:com.acme.Session count>=3500", report), "");
  EXPECT_EQ(Verdict("class:*Page* count>+1000%", report),
            "com.acme.web.Page went from 0 to 10 instances")
      << "from nothing to something is more than any share";
  EXPECT_EQ(Verdict("class:com.acme.Sessio count>+1", report),
            "not judged: no class of the dumps has such a name");
  report.live = testing::SampleSeries({9'000'000, 7'000'000});
  EXPECT_EQ(Verdict("growth>0%", report), "");
  EXPECT_EQ(Verdict("growth>=0%", report), "") << "what shrinks does not grow";
}

}  // namespace
}  // namespace leaktrail::cli
