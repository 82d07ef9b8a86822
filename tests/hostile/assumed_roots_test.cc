// Dumps that end before their GC roots: what stands in for the roots, and that a leak is still
// found first where its memory is in the file.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/render_text.h"
#include "tests/hostile/examine.h"

namespace leaktrail::testing {
namespace {

using graph::RootKind;
using hprof::Oddity;

// The dump without its last bytes: an array that nobody misses.
std::vector<std::byte> CutOff(DumpBuilder& dump) {
  dump.PrimitiveArray(kByte, 100);
  std::vector<std::byte> bytes = dump.Bytes();
  bytes.resize(bytes.size() - 50);
  return bytes;
}

// Boot classes that have no roots of their own yet.
struct BareDump {
  DumpBuilder dump{{.end_record = false}};
  Id object = dump.Class("java.lang.Object");
  Id loader = dump.Class("java.lang.ClassLoader").Field("parent", kObject);
  Id thread = dump.Class("java.lang.Thread").Field("locals", kObject);
  Id node = dump.Class("com.acme.Node").Field("next", kObject);
};

TEST(AssumedRootsTest, ALoaderIsNoRootIfAThreadLeadsToIt) {
  BareDump d;
  const Id held = d.dump.Instance(d.loader, {0});
  const Id node = d.dump.Instance(d.node, {held});
  const Id thread = d.dump.Instance(d.thread, {node});
  const Id lonely = d.dump.NewId();
  d.dump.Instance(d.loader, {lonely}, lonely);  // only in a circle
  const Examined cut = Examine(CutOff(d.dump));
  const graph::Snapshot& s = *cut.snapshot;
  EXPECT_EQ(s.RootKindOf(s.Find(thread)), RootKind::kAssumed);
  EXPECT_EQ(s.RootKindOf(s.Find(held)), std::nullopt);
  EXPECT_EQ(s.ImmediateDominator(s.Find(held)), s.Find(node));
  EXPECT_EQ(s.RootKindOf(s.Find(lonely)), RootKind::kAssumed);
}

TEST(AssumedRootsTest, ObjectsThatNothingRefersTo) {
  BareDump d;
  const Id inner = d.dump.Instance(d.node, {0});
  const Id outer = d.dump.Instance(d.node, {inner});
  const Id by_static = d.dump.Instance(d.node, {0});
  d.dump.Known(d.node).Static("kept", kObject, by_static);
  const Examined cut = Examine(CutOff(d.dump));
  const graph::Snapshot& s = *cut.snapshot;
  EXPECT_EQ(s.RootKindOf(s.Find(outer)), RootKind::kAssumed);
  EXPECT_EQ(s.RootKindOf(s.Find(inner)), std::nullopt);
  EXPECT_EQ(s.RootKindOf(s.Find(by_static)), std::nullopt) << "its class holds it";
  EXPECT_EQ(s.ImmediateDominator(s.Find(by_static)), s.Find(d.node));
}

// HotSpot writes the roots of boot classes last: without them the others are not all.
TEST(AssumedRootsTest, CutWithinTheRoots) {
  BareDump d;
  const Id node = d.dump.Instance(d.node, {0});
  d.dump.JniGlobalRoot(d.dump.Instance(d.node, {0}));
  const Examined cut = Examine(CutOff(d.dump));
  EXPECT_EQ(cut.snapshot->health().count(Oddity::kRootsMissing), 1u);
  EXPECT_EQ(cut.snapshot->RootKindOf(cut.snapshot->Find(node)), RootKind::kAssumed);
}

// The roots of JVMs from 22 on stand first: objects are unreachable because they are garbage, or
// because what held them stood behind the cut. By what is reached it is told which is more likely.
TEST(AssumedRootsTest, NoneWhereTheRootsLeadToMostOfWhatIsLeft) {
  DumpBuilder dump;
  dump.Boot();
  for (int i = 0; i < 3; ++i) dump.JniGlobalRoot(dump.Instance(dump.Boot().object));
  const Id garbage = dump.Instance(dump.Boot().object);
  const Examined cut = Examine(CutOff(dump));
  EXPECT_TRUE(cut.partial);
  EXPECT_EQ(cut.snapshot->health().count(Oddity::kRootsMissing), 0u);
  EXPECT_EQ(cut.snapshot->LevelOf(cut.snapshot->Find(garbage)), graph::Reachability::kUnreachable);
}

TEST(AssumedRootsTest, WhereTheCutTookTheHolderOfMostObjects) {
  DumpBuilder dump;
  const Id node = dump.Class("com.acme.Node").Field("next", kObject);
  dump.JniGlobalRoot(dump.Instance(dump.Boot().object));
  const Id last = dump.Instance(node, {0});
  const Id first = dump.Instance(node, {last});
  const Id holder = dump.NewId();
  dump.JniGlobalRoot(holder);
  const std::vector<std::byte> whole = dump.Bytes();
  const Examined cut = Examine(CutOff(dump));
  const graph::Snapshot& s = *cut.snapshot;
  EXPECT_EQ(s.health().count(Oddity::kRootsMissing), 1u);
  EXPECT_EQ(s.RootKindOf(s.Find(first)), RootKind::kAssumed);
  EXPECT_EQ(s.ImmediateDominator(s.Find(last)), s.Find(first));

  // Garbage of a dump that is whole stays garbage.
  EXPECT_EQ(Examine(whole).snapshot->health().count(Oddity::kRootsMissing), 0u);
}

TEST(AssumedRootsTest, AChainOfMillionsIsWalked) {
  constexpr int kLength = 300'000;
  BareDump d;
  Id next = 0;
  for (int i = 0; i < kLength; ++i) next = d.dump.Instance(d.node, {next});
  const Examined cut = Examine(CutOff(d.dump));
  EXPECT_EQ(cut.snapshot->live().objects, kLength + 4u) << "and the classes";
}

// --- real dumps

struct RealCase {
  const char* fixture;
  int percent;
  const char* rule;  // of the first finding
};

class RealDumpTest : public ::testing::TestWithParam<RealCase> {};

TEST_P(RealDumpTest, TheLeakIsStillTheFirstFinding) {
  hprof::ImportHealth health;
  const std::string path =
      absl::StrCat(LEAKTRAIL_FIXTURES, "/dumps/", GetParam().fixture, ".hprof.zst");
  const auto whole = hprof::DumpFile::Open(path, {}, health);
  ASSERT_TRUE(whole.ok()) << whole.status();
  std::vector<std::byte> bytes((*whole)->size() * GetParam().percent / 100);
  ASSERT_EQ((*whole)->Read(0, bytes), bytes.size());
  const Examined cut = Examine(std::move(bytes));
  ASSERT_EQ(cut.error, "");
  const analyses::Report report = cut.Report();
  ASSERT_FALSE(report.findings.empty());
  EXPECT_EQ(report.findings[0].rule, GetParam().rule);
  EXPECT_EQ(report.verdict, analyses::Verdict::kLeak);
  const std::string text = cli::ReportText(report, /*full=*/false, {});
  EXPECT_TRUE(absl::StrContains(text, "PARTIAL RESULT: ")) << text;
  EXPECT_TRUE(absl::StrContains(text, "GC roots are missing")) << text;
  EXPECT_TRUE(absl::StrContains(text, "<== cut here")) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Cut, RealDumpTest,
    ::testing::Values(RealCase{"kafka-consumers-unclosed", 60, "kafka.unclosed-clients"},
                      RealCase{"kafka-consumers-unclosed", 80, "kafka.unclosed-clients"},
                      RealCase{"kafka-consumers-unclosed", 95, "kafka.unclosed-clients"},
                      RealCase{"growing-cache", 60, "heap.accumulation"},
                      RealCase{"growing-cache", 80, "heap.accumulation"},
                      RealCase{"growing-cache", 95, "heap.accumulation"},
                      RealCase{"tomcat-redeploys", 95, "loaders.leaked"}),
    [](const auto& test) {
      std::string name = absl::StrCat(test.param.fixture, "_", test.param.percent);
      for (char& c : name) c = c == '-' ? '_' : c;
      return name;
    });

}  // namespace
}  // namespace leaktrail::testing
