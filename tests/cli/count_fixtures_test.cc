// Every real dump of fixtures/dumps: `histogram --all` without the graph and with it.
#include <algorithm>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analyses/count_dump.h"
#include "analyses/facts.h"
#include "analyses/histogram.h"
#include "analyses/histogram_check.h"
#include "cli/render_json.h"
#include "cli/render_text.h"
#include "graph/snapshot.h"
#include "gtest/gtest.h"

namespace leaktrail::testing {
namespace {

using analyses::HistogramKey;
using graph::Reachability;

std::string PathOf(const std::string& fixture) {
  return absl::StrCat(LEAKTRAIL_FIXTURES, "/dumps/", fixture);
}

class CountFixtureTest : public ::testing::TestWithParam<std::string> {};

TEST_P(CountFixtureTest, EqualsTheGraph) {
  hprof::ImportHealth health;
  auto opened = hprof::DumpFile::Open(PathOf(GetParam() + ".hprof.zst"), {}, health);
  ASSERT_TRUE(opened.ok()) << opened.status();
  const std::shared_ptr<const hprof::DumpFile> file = *std::move(opened);
  graph::CountOptions options;
  options.threads = 2;
  options.dormant_mirrors = true;
  graph::Timings timings;
  const auto counted = analyses::CountDump(*file, health, -1, options, timings);
  ASSERT_TRUE(counted.ok()) << counted.status();
  const auto built = graph::Snapshot::Build(file, health, {.threads = 2});
  ASSERT_TRUE(built.ok()) << built.status();
  const graph::Snapshot& snapshot = **built;

  cli::DumpContext from_graph = {
      analyses::DescribeDump(snapshot), {}, analyses::DescribeHealth(snapshot)};
  const graph::Amount live = snapshot.live();
  const graph::Amount dead = snapshot.amount(Reachability::kUnreachable);
  from_graph.all = graph::Amount{live.objects + dead.objects, live.bytes + dead.bytes};
  const cli::DumpContext without = {counted->dump, {}, counted->health, counted->all};
  // That references lead nowhere is not known without looking at them.
  std::erase_if(from_graph.health, [](const analyses::HealthRow& row) {
    return absl::StartsWith(row.id, "dangling-");
  });
  for (const HistogramKey by :
       {HistogramKey::kClass, HistogramKey::kLoader, HistogramKey::kPackage}) {
    analyses::HistogramOptions how = {.by = by, .limit = 0, .all = true};
    how.sort = analyses::HistogramSort::kShallow;
    const auto expected = analyses::MakeHistogram(snapshot, how);
    const auto histogram = analyses::MakeHistogram(counted->count, how);
    EXPECT_EQ(cli::HistogramJson(without, histogram, {}),
              cli::HistogramJson(from_graph, expected, {}));
    EXPECT_EQ(cli::HistogramText(without, histogram, {}),
              cli::HistogramText(from_graph, expected, {}));
  }
  EXPECT_EQ(counted->count.dormant_mirrors.objects, snapshot.dormant_mirrors().objects);
  EXPECT_EQ(counted->count.dormant_mirrors.bytes, snapshot.dormant_mirrors().bytes);
  const std::string saved = PathOf(GetParam() + ".histogram.txt");
  const auto jvm = analyses::ReadJvmHistogram(saved);
  ASSERT_TRUE(jvm.ok()) << jvm.status();
  EXPECT_EQ(analyses::CheckHistogram(counted->count, *jvm, saved).differences.size(),
            analyses::CheckHistogram(snapshot, *jvm, saved, true).differences.size());
}

std::vector<std::string> Fixtures() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(LEAKTRAIL_FIXTURES "/dumps")) {
    const std::string name = entry.path().filename();
    if (absl::EndsWith(name, ".hprof.zst")) names.push_back(name.substr(0, name.size() - 10));
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Fixtures, CountFixtureTest, ::testing::ValuesIn(Fixtures()),
                         [](const auto& fixture) {
                           return absl::StrReplaceAll(fixture.param, {{"-", "_"}, {".", "_"}});
                         });

}  // namespace
}  // namespace leaktrail::testing
