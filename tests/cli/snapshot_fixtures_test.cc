// Every real dump of fixtures/dumps and its snapshot give the same answers.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analyses/analyze.h"
#include "analyses/dominator_tree.h"
#include "analyses/facts.h"
#include "analyses/histogram.h"
#include "analyses/merged_paths.h"
#include "analyses/signature_sources.h"
#include "analyses/store/snapshot_notes.h"
#include "analyses/store/stored_fields.h"
#include "analyses/store/stored_results.h"
#include "cli/render_json.h"
#include "cli/render_text.h"
#include "graph/store/save_snapshot.h"
#include "gtest/gtest.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

using graph::ObjectIndex;
using graph::Snapshot;

template <typename T>
T Expect(absl::StatusOr<T> result) {
  if (result.ok()) return *std::move(result);
  ADD_FAILURE() << result.status();
  std::abort();
}

cli::DumpContext ContextOf(const Snapshot& snapshot) {
  cli::DumpContext context = {analyses::DescribeDump(snapshot), analyses::DescribeMemory(snapshot),
                              analyses::DescribeHealth(snapshot)};
  context.dump.file = "FILE";
  context.dump.snapshot_of.clear();
  return context;
}

// The answers that are found out from the graph, as text and JSON. A few words each: what they are
// about, and the answer.
std::vector<std::pair<std::string, std::string>> Answers(const Snapshot& snapshot) {
  const cli::DumpContext context = ContextOf(snapshot);
  const cli::TextStyle style = {.width = 200};
  std::vector<std::pair<std::string, std::string>> answers;
  for (const auto by : {analyses::HistogramKey::kClass, analyses::HistogramKey::kLoader,
                        analyses::HistogramKey::kPackage}) {
    analyses::HistogramOptions options;
    options.by = by;
    options.limit = 0;
    const auto histogram = analyses::MakeHistogram(snapshot, options);
    answers.emplace_back("histogram", cli::HistogramText(context, histogram, style));
    answers.emplace_back("histogram", cli::HistogramJson(context, histogram, {}));
  }
  const auto tree = analyses::MakeDominatorTree(snapshot, nullptr, {});
  answers.emplace_back("dominators", cli::DominatorsText(context, tree, style));
  answers.emplace_back("dominators", cli::DominatorsJson(context, tree, {}));
  for (const char* name : {"java.lang.String", "java.util.HashMap", "java.lang.Thread", "byte[]"}) {
    const auto target = analyses::ResolveTarget(snapshot, name);
    if (!target.ok()) continue;
    analyses::PathOptions options;
    options.limit = 300;
    const auto paths = analyses::MergePaths(snapshot, *target, options);
    answers.emplace_back(absl::StrCat("path ", name), cli::MergedPathsText(context, paths, style));
    answers.emplace_back(absl::StrCat("path ", name), cli::MergedPathsJson(context, paths, {}));
  }
  std::vector<ObjectIndex> big = snapshot.NodesRetaining(snapshot.live().bytes / 50);
  if (big.size() > 8) big.resize(8);
  for (const ObjectIndex o : big) {
    const auto path = analyses::FindObjectPath(snapshot, o, {});
    answers.emplace_back("path @", cli::ObjectPathText(context, path, style));
    answers.emplace_back("path @", cli::ObjectPathJson(context, path, {}));
  }
  return answers;
}

// The finished tables are those of the dump, of any length up to what is kept; other questions have
// none.
void ExpectStoredTables(const Snapshot& snapshot, const graph::SnapshotFile& file) {
  for (const std::uint64_t limit : {std::uint64_t{5}, std::uint64_t{20}, std::uint64_t{32}}) {
    const analyses::HistogramOptions options = {.limit = limit};
    const auto stored = Expect(analyses::LoadHistogram(file, options));
    ASSERT_TRUE(stored.has_value());
    EXPECT_EQ(cli::HistogramJson({}, *stored, {}),
              cli::HistogramJson({}, analyses::MakeHistogram(snapshot, options), {}));
  }
  const auto tree = Expect(analyses::LoadDominators(file, {}));
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(cli::DominatorsJson({}, *tree, {}),
            cli::DominatorsJson({}, analyses::MakeDominatorTree(snapshot, nullptr, {}), {}));
  EXPECT_FALSE(Expect(analyses::LoadHistogram(file, {.limit = 0})).has_value());
  EXPECT_FALSE(Expect(analyses::LoadHistogram(file, {.unreachable = true})).has_value());
  EXPECT_FALSE(Expect(analyses::LoadDominators(file, {.depth = 3})).has_value());
}

std::vector<std::string> FixtureNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(LEAKTRAIL_FIXTURES "/dumps")) {
    const std::string name = entry.path().filename();
    if (absl::EndsWith(name, ".hprof.zst")) names.push_back(name.substr(0, name.size() - 10));
  }
  std::sort(names.begin(), names.end());
  return names;
}

class SnapshotFixtureTest : public ::testing::TestWithParam<std::string> {};

TEST_P(SnapshotFixtureTest, AnswersAsTheDump) {
  const TempDirectory directory;
  const std::string path = directory.File("heap.ltsnap");
  hprof::ImportHealth health;
  const auto snapshot = Expect(Snapshot::Build(
      Expect(hprof::DumpFile::Open(
          absl::StrCat(LEAKTRAIL_FIXTURES, "/dumps/", GetParam(), ".hprof.zst"), {}, health)),
      health, {.threads = 2}));
  const std::vector<analyses::Signature> signatures = analyses::BuiltInSignatures();
  analyses::AnalyzeOptions options;
  options.signatures = signatures;
  analyses::Report report = analyses::Analyze(*snapshot, options);
  analyses::DumpSummary summary = analyses::Summarize(*snapshot, report);
  const analyses::Loaders loaders =
      analyses::DescribeLoaders(*snapshot, {analyses::kStoredLoaderRows});
  {
    const auto writer = Expect(graph::SnapshotFileWriter::Create(path, false));
    graph::SaveSnapshot(
        *snapshot, analyses::MakeNotes(*snapshot, 2), 2, [](double) {}, *writer);
    analyses::SaveResults(report, loaders, summary, *writer);
    analyses::SaveTables(analyses::MakeTables(*snapshot), *writer);
    const std::uint64_t size = Expect(writer->Finish());
    // Small heaps are mostly names and classes, which weigh more; docs/snapshots.md has large ones.
    EXPECT_LT(size, snapshot->file().size() / 16 + 250'000);
  }
  const std::shared_ptr<const graph::SnapshotFile> file = Expect(graph::SnapshotFile::Open(path));
  {
    const auto reopened = Expect(Snapshot::Open(file, {.threads = 2}));
    const auto expected = Answers(*snapshot), answers = Answers(*reopened);
    ASSERT_EQ(expected.size(), answers.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(expected[i].second, answers[i].second) << expected[i].first;
    }
  }
  ExpectStoredTables(*snapshot, *file);
  analyses::Report stored = Expect(analyses::LoadReport(*file));
  EXPECT_EQ(stored.dump.snapshot_of, GetParam() + ".hprof.zst");
  stored.dump.snapshot_of.clear();
  stored.dump.file = report.dump.file = "FILE";
  const cli::TextStyle style = {.width = 100};
  EXPECT_EQ(cli::ReportText(report, true, style), cli::ReportText(stored, true, style));
  EXPECT_EQ(cli::ReportText(report, false, style), cli::ReportText(stored, false, style));
  EXPECT_EQ(cli::ReportJson(report, {}), cli::ReportJson(stored, {}));
  analyses::DumpSummary kept = Expect(analyses::LoadSummary(*file));
  kept.dump.snapshot_of.clear();
  kept.dump.file = summary.dump.file = "FILE";
  EXPECT_TRUE(graph::EncodeMessage(kept) == graph::EncodeMessage(summary));
  const cli::DumpContext context = ContextOf(*snapshot);
  for (const std::uint64_t limit : {1, 20, 256}) {
    analyses::Loaders expected = analyses::DescribeLoaders(*snapshot, {limit});
    const analyses::Loaders answer = Expect(analyses::LoadLoaders(*file, {limit}));
    EXPECT_EQ(cli::LoadersText(context, expected, style), cli::LoadersText(context, answer, style));
    EXPECT_EQ(cli::LoadersJson(context, expected, {}), cli::LoadersJson(context, answer, {}));
  }
}

INSTANTIATE_TEST_SUITE_P(Fixtures, SnapshotFixtureTest, ::testing::ValuesIn(FixtureNames()),
                         [](const auto& fixture) {
                           return absl::StrReplaceAll(fixture.param, {{"-", "_"}, {".", "_"}});
                         });

}  // namespace
}  // namespace leaktrail::testing
