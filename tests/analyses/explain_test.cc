#include "analyses/explain.h"

#include <set>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analyses/analysis.h"
#include "analyses/embedded_texts.h"
#include "analyses/growth/growth_report.h"
#include "analyses/native_rules.h"
#include "gtest/gtest.h"
#include "tests/analyses/has_text.h"

namespace leaktrail::testing {
namespace {

using analyses::Analyses;
using analyses::Analysis;
using analyses::EmbeddedPages;
using analyses::EmbeddedText;
using analyses::Explain;
using analyses::GrowthRule;
using analyses::GrowthRules;
using analyses::NativeRule;
using analyses::NativeRules;

// The parts that readers look for, each at the beginning of a paragraph, in this order.
constexpr absl::string_view kHeadings[] = {"What it is. ", "How it is told. ", "False alarms. ",
                                           "What to do. "};

// Of analyses, of what compares dumps and of memory outside of the heap.
struct Rule {
  absl::string_view id, finds;
};
std::vector<Rule> AllRules() {
  std::vector<Rule> rules;
  for (const Analysis& analysis : Analyses()) rules.push_back({analysis.id, analysis.finds});
  for (const GrowthRule& rule : GrowthRules()) rules.push_back({rule.id, rule.finds});
  for (const NativeRule& rule : NativeRules()) rules.push_back({rule.id, rule.finds});
  return rules;
}

TEST(Explain, EveryAnalysisHasAPageWithItsHeadingsInOrder) {
  for (const Rule& analysis : AllRules()) {
    const auto page = Explain(analysis.id, {});
    ASSERT_TRUE(page.ok());
    EXPECT_EQ(page->finds, analysis.finds);
    std::vector<absl::string_view> found;
    for (const absl::string_view paragraph : absl::StrSplit(page->explanation, "\n\n")) {
      EXPECT_FALSE(absl::StrContains(paragraph, '\n')) << analysis.id << ": " << paragraph;
      for (const absl::string_view heading : kHeadings) {
        if (absl::StartsWith(paragraph, heading)) found.push_back(heading);
      }
    }
    std::vector<absl::string_view> expected(std::begin(kHeadings), std::end(kHeadings));
    // Some things cannot be false alarms.
    if (found.size() == expected.size() - 1) expected.erase(expected.begin() + 2);
    EXPECT_EQ(found, expected) << analysis.id;
    EXPECT_TRUE(absl::StartsWith(page->explanation, kHeadings[0])) << analysis.id;
  }
}

TEST(Explain, EveryPageBelongsToAnAnalysis) {
  std::set<std::string> names;
  for (const Rule& analysis : AllRules()) {
    EXPECT_TRUE(names.insert(absl::StrCat(analysis.id, ".txt")).second) << analysis.id;
  }
  for (const EmbeddedText& page : EmbeddedPages()) {
    EXPECT_TRUE(names.contains(std::string(page.name))) << page.name << " has no row in the table";
  }
  EXPECT_EQ(EmbeddedPages().size(), names.size());
}

TEST(Explain, NamesWhatIsLikeAnUnknownId) {
  const auto unknown = Explain("heap.nonsense", {});
  EXPECT_FALSE(unknown.ok());
  EXPECT_TRUE(HasText(std::string(unknown.status().message()), "heap.accumulation"));
}

}  // namespace
}  // namespace leaktrail::testing
