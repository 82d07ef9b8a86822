#include "cli/render_text.h"

#include <algorithm>

#include "absl/strings/str_split.h"
#include "cli/escape.h"
#include "cli/text_parts.h"
#include "gtest/gtest.h"
#include "tests/cli/golden.h"
#include "tests/cli/sample_results.h"

namespace leaktrail::testing {
namespace {

using cli::TextStyle;

constexpr TextStyle kPlain = {.width = 100, .color = false};

int LongestLine(const std::string& text) {
  int longest = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    longest = std::max(longest, cli::DisplayWidth(line));
  }
  return longest;
}

TEST(ReportText, Leak) {
  ExpectGolden("report-leak.txt", cli::ReportText(LeakReport(), false, kPlain));
}

TEST(ReportText, LeakInFull) {
  ExpectGolden("report-leak-full.txt", cli::ReportText(LeakReport(), true, kPlain));
}

TEST(ReportText, LeakOnANarrowTerminal) {
  ExpectGolden("report-leak-80.txt", cli::ReportText(LeakReport(), false, {.width = 80}));
}

TEST(ReportText, Healthy) {
  ExpectGolden("report-healthy.txt", cli::ReportText(HealthyReport(), false, kPlain));
}

TEST(ReportText, PartialDumpSaysSoAtTheTop) {
  analyses::Report report = LeakReport();
  report.dump.complete = false;
  report.health.push_back({"cut-off", "The file ends in the middle of a record.", "partial", 1, 0});
  const std::string text = cli::ReportText(report, false, kPlain);
  const std::size_t banner = text.find("PARTIAL RESULT: The file ends in the middle of a record.");
  ASSERT_NE(banner, std::string::npos);
  EXPECT_LT(banner, text.find("1. "));
  EXPECT_NE(text.find("THE DUMP IS NOT COMPLETE"), std::string::npos);
}

TEST(ReportText, FitsAScreenHoweverMuchThereIs) {
  analyses::Report report = LeakReport();
  report.findings.assign(20, KafkaFinding());
  report.holders.assign(50, report.holders[0]);
  report.classes.assign(50, report.classes[0]);
  report.loaders.assign(50, report.loaders[0]);
  report.threads.assign(50, report.threads[0]);
  const std::string text = cli::ReportText(report, false, kPlain);
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 25) << text;
}

TEST(ReportText, NoLineIsWiderThanTheTerminal) {
  analyses::Report report = LeakReport();
  report.findings[0].next.clear();  // commands are never wrapped: they are there to be copied
  report.findings[0].path->steps[5].class_name = std::string(300, 'x');
  report.findings[0].path->steps[5].edge = std::string(300, 'y');
  report.classes[0].class_name = "com.acme." + std::string(300, 'z');
  report.classes[0].loader = std::string(300, 'l');
  report.headline = std::string(500, 'h');
  for (const int width : {60, 80, 100, 140}) {
    EXPECT_LE(LongestLine(cli::ReportText(report, false, {.width = width})), width) << width;
  }
}

TEST(ReportText, ColoursSayNothingNew) {
  const std::string colored = cli::ReportText(LeakReport(), false, {.width = 100, .color = true});
  std::string stripped;
  for (std::size_t i = 0; i < colored.size(); ++i) {
    if (colored[i] == '\x1b') {
      i = colored.find('m', i);
    } else {
      stripped += colored[i];
    }
  }
  EXPECT_NE(colored, stripped);
  EXPECT_EQ(stripped, cli::ReportText(LeakReport(), false, kPlain));
}

// Whatever a dump calls its classes, a terminal shows text.
TEST(ReportText, HostileNamesAreEscaped) {
  analyses::Report report = LeakReport();
  const std::string evil = "evil\x1b[2J\x9b\n\r\b\xe2\x80\xae\xff";
  report.headline += evil;
  report.dump.file = evil;
  report.findings[0].title += evil;
  report.findings[0].next = {"leaktrail path FILE " + evil};
  for (analyses::PathStep& step : report.findings[0].path->steps) {
    step.class_name = step.edge = step.detail = evil;
  }
  for (analyses::ClassRow& row : report.classes) row.class_name = row.loader = evil;
  for (analyses::LoaderRow& row : report.loaders) row.name = evil;
  for (analyses::ThreadRow& row : report.threads) row.name = row.where = evil;
  const std::string text = cli::ReportText(report, false, kPlain);
  for (const unsigned char c : text) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << int{c};
}

TEST(HistogramText, ByClass) {
  ExpectGolden("histogram.txt", cli::HistogramText(SampleContext(), SampleHistogram(), kPlain));
}

TEST(LoadersText, Everything) {
  ExpectGolden("loaders.txt", cli::LoadersText(SampleContext(), SampleLoaders(), kPlain));
}

TEST(LoadersText, NoLineIsWiderThanTheTerminal) {
  analyses::Loaders loaders = SampleLoaders();
  loaders.rows[3].name = "com.acme." + std::string(300, 'n');
  loaders.rows[3].held_by = "the static field " + std::string(300, 'h');
  loaders.groups[0].type = std::string(300, 't');
  loaders.groups[0].jars.assign(30, std::string(40, 'j'));
  loaders.groups[0].routes.assign(20, loaders.groups[0].routes[0]);
  loaders.duplicates.assign(30, {std::string(300, 'd'), 9, std::string(300, 'l'), 9});
  loaders.families.assign(30, {std::string(300, 'f'), 9, 9});
  for (const int width : {80, 100, 140}) {
    EXPECT_LE(LongestLine(cli::LoadersText(SampleContext(), loaders, {.width = width})), width);
  }
}

TEST(LoadersText, HostileNamesAreEscaped) {
  const std::string evil = "evil\x1b[2J\n\r";
  analyses::Loaders loaders = SampleLoaders();
  loaders.rows[3].name = loaders.rows[3].held_by = loaders.rows[3].why = evil;
  loaders.groups[0].type = evil;
  loaders.groups[0].jars = loaders.groups[0].applications = {evil};
  loaders.groups[0].routes[0].phrase = evil;
  loaders.duplicates[0] = {evil, 2, evil, 2};
  loaders.families[0].name = evil;
  const std::string text = cli::LoadersText(SampleContext(), loaders, kPlain);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\r'), std::string::npos);
}

TEST(ShowText, AClass) {
  ExpectGolden("show.txt", cli::ShowText(SampleContext(), SamplePage(), kPlain));
}

TEST(ShowText, NoLineIsWiderThanTheTerminal) {
  analyses::ObjectPage page = SamplePage();
  page.values[1].name = page.values[1].object.name = page.values[1].object.text =
      std::string(300, 'v');
  page.values[2].value = std::string(300, '1');
  page.referrers[0].class_name = std::string(300, 'r');
  page.referrers[0].edges = {std::string(300, 'e')};
  page.roots = {std::string(300, 'g')};
  page.of_class->biggest[0].detail = std::string(300, 'd');
  for (const int width : {80, 100, 140}) {
    std::string text = cli::ShowText(SampleContext(), page, {.width = width});
    text.resize(text.find("   next"));  // commands are not wrapped
    EXPECT_LE(LongestLine(text), width) << text;
  }
}

TEST(ShowText, HostileNamesAreEscaped) {
  const std::string evil = "evil\x1b[2J\n\r";
  analyses::ObjectPage page = SamplePage();
  page.object.name = page.object.text = page.loader = page.dominator.name = evil;
  page.roots = {evil};
  for (analyses::ValueRow& row : page.values) {
    row.name = row.declared_in = row.object.name = row.object.text = row.object.detail = evil;
  }
  page.referrers[0].class_name = evil;
  page.referrers[0].edges = {evil};
  page.of_class->supers = page.of_class->fields = {evil};
  page.of_class->others[0].loader = page.of_class->biggest[0].name = evil;
  const std::string text = cli::ShowText(SampleContext(), page, kPlain);
  for (const unsigned char c : text) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << int{c};
}

TEST(ThreadsText, Briefly) {
  ExpectGolden("threads.txt", cli::ThreadsText(SampleContext(), SampleThreads(), false, kPlain));
}

TEST(ThreadsText, InFull) {
  ExpectGolden("threads-full.txt",
               cli::ThreadsText(SampleContext(), SampleThreads(), true, kPlain));
}

TEST(ThreadsText, NoLineIsWiderThanTheTerminal) {
  analyses::ThreadTable table = SampleThreads();
  for (analyses::ThreadGroup& group : table.groups) {
    group.name = group.class_name = "com.acme." + std::string(300, 'n');
    for (analyses::FrameRow& frame : group.frames) {
      frame.text = std::string(300, 'f');
      for (analyses::LocalRow& row : frame.locals)
        row.class_name = row.text = std::string(300, 'l');
    }
  }
  for (const int width : {80, 100, 140}) {
    const std::string text = cli::ThreadsText(SampleContext(), table, true, {.width = width});
    EXPECT_LE(LongestLine(text), width) << text;
  }
}

TEST(ThreadsText, HostileNamesAreEscaped) {
  const std::string evil = "evil\x1b[2J\n\r";
  analyses::ThreadTable table = SampleThreads();
  table.target = evil;
  table.deadlocks[0].links[0] = {evil, evil, evil};
  for (analyses::ThreadGroup& group : table.groups) {
    group.name = group.class_name = evil;
    for (auto* list : {&group.states, &group.waits_for, &group.carriers, &group.context_loaders}) {
      *list = {{evil, 1}};
    }
    for (analyses::FrameRow& frame : group.frames) {
      frame.text = evil;
      for (analyses::LocalRow& row : frame.locals) row.class_name = row.text = evil;
    }
  }
  const std::string text = cli::ThreadsText(SampleContext(), table, true, kPlain);
  for (const unsigned char c : text) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << int{c};
}

TEST(NativeText, Everything) {
  ExpectGolden("native.txt", cli::NativeText(SampleContext(), SampleNative(), true, kPlain));
}

TEST(NativeText, OneScreen) {
  ExpectGolden("native-screen.txt",
               cli::NativeText(SampleContext(), SampleNative(), false, kPlain));
}

TEST(NativeText, NoLineIsWiderThanTheTerminal) {
  analyses::NativeMemory memory = SampleNative();
  memory.direct.owners[0].name = "com.acme." + std::string(300, 'o');
  memory.handles[0].class_name = std::string(300, 'h');
  memory.netty[0].package = std::string(300, 'n');
  memory.threads.families[0].name = std::string(300, 't');
  memory.areas[0].detail = std::string(300, 'd');
  for (const int width : {80, 100, 140}) {
    EXPECT_LE(LongestLine(cli::NativeText(SampleContext(), memory, true, {.width = width})), width);
  }
}

TEST(NativeText, HostileNamesAreEscaped) {
  const std::string evil = "evil\x1b[2J\n\r";
  analyses::NativeMemory memory = SampleNative();
  memory.headline = evil;
  memory.direct.owners[0].name = memory.mapped.owners[0].name = evil;
  memory.handles[0].class_name = memory.handles[0].owners[0].name = evil;
  memory.netty[0].package = memory.areas[1].detail = evil;
  memory.threads.families[0].name = memory.threads.families[0].frame = evil;
  memory.virtual_threads.blockers[0].name = evil;
  memory.classes.by_loader[0].type = memory.classes.families[0].name = evil;
  memory.flink_states[0].name = memory.flink_states[0].value_class = evil;
  const std::string text = cli::NativeText(SampleContext(), memory, true, kPlain);
  for (const unsigned char c : text) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << int{c};
}

TEST(HistogramText, ByPackageUnreachable) {
  analyses::Histogram histogram = SampleHistogram();
  histogram.options.by = analyses::HistogramKey::kPackage;
  histogram.options.unreachable = true;
  histogram.rows[0].name = "";
  ExpectGolden("histogram-unreachable.txt", cli::HistogramText(SampleContext(), histogram, kPlain));
}

TEST(HistogramText, AllObjects) {
  analyses::Histogram histogram = SampleHistogram();
  histogram.options.all = true;
  cli::DumpContext context = SampleContext();
  context.all = graph::Amount{23'400'000, 1'610'612'736};
  ExpectGolden("histogram-all.txt", cli::HistogramText(context, histogram, kPlain));
}

TEST(DominatorsText, WholeHeap) {
  ExpectGolden("dominators.txt", cli::DominatorsText(SampleContext(), SampleTree(), kPlain));
}

TEST(DominatorsText, BelowAClassWithoutLiveObjects) {
  analyses::DominatorTree tree = {.target = "com.acme.Gone"};
  const std::string text = cli::DominatorsText(SampleContext(), tree, kPlain);
  EXPECT_NE(text.find("No live object of com.acme.Gone."), std::string::npos) << text;
}

TEST(PathText, OneObject) {
  ExpectGolden("path-object.txt", cli::ObjectPathText(SampleContext(), SampleObjectPath(), kPlain));
}

TEST(PathText, MergedForAClass) {
  ExpectGolden("path-class.txt", cli::MergedPathsText(SampleContext(), SamplePaths(), kPlain));
}

TEST(PathText, SaysHowAnObjectWithoutAPathIsHeld) {
  analyses::ObjectPath path = SampleObjectPath();
  path.path.reset();
  const auto text = [&](graph::Reachability level) {
    path.level = level;
    return cli::ObjectPathText(SampleContext(), path, kPlain);
  };
  EXPECT_NE(text(graph::Reachability::kUnreachable).find("no GC root"), std::string::npos);
  EXPECT_NE(text(graph::Reachability::kSoft).find("--include soft"), std::string::npos);
  EXPECT_NE(text(graph::Reachability::kFinalizer).find("--include finalizer"), std::string::npos);
  EXPECT_NE(text(graph::Reachability::kWeak).find("--include weak"), std::string::npos);
}

TEST(PathText, LongPathsKeepTheReferenceToCut) {
  for (const std::size_t cut : {0u, 1u, 2u, 3u, 25u, 47u, 48u, 49u}) {
    analyses::OwnerPath path = {.root = "thread"};
    for (int i = 0; i < 50; ++i) {
      path.steps.push_back({.edge = "step" + std::to_string(i) + ";", .class_name = "C"});
    }
    path.steps[cut].cut_here = true;
    const std::string text = cli::PathText(path, 0, 8, kPlain);
    EXPECT_NE(text.find("<== cut here"), std::string::npos) << cut << "\n" << text;
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 8) << cut << "\n" << text;
    EXPECT_NE(text.find("step49;"), std::string::npos) << cut << "\n" << text;
  }
}

TEST(DoctorText, CutOffDump) {
  ExpectGolden("doctor.txt", cli::DoctorText(SampleDiagnosis(), 24'000'000'000, kPlain));
}

TEST(DoctorText, TooLittleMemory) {
  const std::string text = cli::DoctorText(SampleDiagnosis(), 100'000'000, kPlain);
  EXPECT_NE(text.find("NOT ENOUGH"), std::string::npos) << text;
}

TEST(CommandText, QuotesTheFileForAShell) {
  EXPECT_EQ(cli::CommandText("leaktrail path FILE X", "a.hprof"), "leaktrail path a.hprof X");
  EXPECT_EQ(cli::CommandText("leaktrail path FILE X", "a b.hprof"), "leaktrail path 'a b.hprof' X");
  EXPECT_EQ(cli::CommandText("x FILE", "it's"), "x 'it'\\''s'");
  EXPECT_EQ(cli::CommandText("x FILEX", "a"), "x FILEX");
}

}  // namespace
}  // namespace leaktrail::testing
