#include "cli/arguments.h"

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "cli/help.h"
#include "gtest/gtest.h"
#include "tests/temp_directory.h"

namespace leaktrail::cli {
namespace {

using analyses::HistogramKey;
using analyses::HistogramSort;
using graph::Reachability;

absl::StatusOr<Arguments> Parse(absl::string_view line) {
  return ParseArguments(absl::StrSplit(line, ' ', absl::SkipEmpty()));
}

Arguments Good(absl::string_view line) {
  const auto parsed = Parse(line);
  EXPECT_TRUE(parsed.ok()) << line << ": " << parsed.status().message();
  return parsed.ok() ? *parsed : Arguments{};
}

std::string Problem(absl::string_view line) {
  const auto parsed = Parse(line);
  EXPECT_FALSE(parsed.ok()) << line;
  return std::string(parsed.status().message());
}

TEST(Arguments, FileAloneIsAnalyzed) {
  EXPECT_EQ(Good("a.hprof").command, Command::kAnalyze);
  EXPECT_EQ(Good("a.hprof").file, "a.hprof");
  EXPECT_EQ(Good("analyze a.hprof").command, Command::kAnalyze);
  EXPECT_EQ(Good("--json a.hprof --strict").file, "a.hprof");
  EXPECT_EQ(Good("--threads 3 a.hprof").threads, 3);
}

TEST(Arguments, CompletionsAreForAShell) {
  EXPECT_EQ(Good("completions zsh").target, "zsh");
  EXPECT_TRUE(absl::StartsWith(Problem("completions"), "completions for which shell?"));
  EXPECT_TRUE(absl::StartsWith(Problem("completions csh"), "completions for which shell?"));
  EXPECT_EQ(Good("man").command, Command::kMan);
  EXPECT_TRUE(absl::StrContains(Problem("man page"), "one word too many"));
}

TEST(Arguments, FilesNamedLikeCommands) {
  EXPECT_EQ(Good("./histogram").command, Command::kAnalyze);
  EXPECT_EQ(Good("./histogram").file, "./histogram");
  EXPECT_EQ(Good("histogram histogram").file, "histogram");
  EXPECT_EQ(Good("histogram path").file, "path");
  EXPECT_EQ(Good("path help doctor").target, "doctor");
  EXPECT_EQ(Good("path help doctor").file, "help");
}

TEST(Arguments, GlobalOptionsBeforeAndBehindTheCommand) {
  for (const char* line : {"--json --timings --heap 1 --strong-referents histogram a",
                           "histogram a --json --timings --heap=1 --strong-referents"}) {
    const Arguments arguments = Good(line);
    EXPECT_EQ(arguments.command, Command::kHistogram);
    EXPECT_TRUE(arguments.json && arguments.timings && arguments.strong_referents) << line;
    EXPECT_EQ(arguments.heap, 1);
  }
  EXPECT_EQ(Good("a --color never").color, ColorMode::kNever);
  EXPECT_TRUE(Good("a -q").quiet);
  EXPECT_TRUE(Good("a --show-strings").show_strings);
}

TEST(Arguments, Histogram) {
  const Arguments arguments = Good("histogram a --by loader --sort instances -n 5 --unreachable");
  EXPECT_EQ(arguments.histogram.by, HistogramKey::kLoader);
  EXPECT_EQ(arguments.histogram.sort, HistogramSort::kInstances);
  EXPECT_EQ(arguments.histogram.limit, 5u);
  EXPECT_TRUE(arguments.histogram.unreachable);
  EXPECT_EQ(Good("histogram a -n all").histogram.limit, 0u);
  EXPECT_EQ(Good("histogram a").histogram.sort, HistogramSort::kRetained);
  EXPECT_EQ(Good("histogram a --unreachable").histogram.sort, HistogramSort::kShallow);
  EXPECT_EQ(Good("histogram a --all").histogram.sort, HistogramSort::kShallow);
  EXPECT_TRUE(Good("histogram a --all --by loader").histogram.all);
}

TEST(Arguments, Dominators) {
  const Arguments arguments = Good("dominators a @0x10 --depth 3 --min 10MiB --group class -n 9");
  EXPECT_EQ(arguments.target, "@0x10");
  EXPECT_EQ(arguments.dominators.depth, 3);
  EXPECT_EQ(arguments.dominators.min_bytes, 10u << 20);
  EXPECT_EQ(arguments.dominators.min_share, 0);
  EXPECT_TRUE(arguments.dominators.group_by_class);
  EXPECT_EQ(arguments.dominators.limit, 9u);
  EXPECT_EQ(Good("dominators a").target, "");
  EXPECT_DOUBLE_EQ(Good("dominators a --min 5%").dominators.min_share, 0.05);
}

TEST(Arguments, PathKinds) {
  const auto weakest = [](absl::string_view options) {
    return Good("path a X " + std::string(options)).path.weakest;
  };
  EXPECT_EQ(weakest(""), Reachability::kStrong);
  EXPECT_EQ(weakest("--include soft"), Reachability::kSoft);
  EXPECT_EQ(weakest("--include weak,soft"), Reachability::kWeak);
  EXPECT_EQ(weakest("--include phantom"), Reachability::kWeak);
  EXPECT_EQ(weakest("--exclude weak"), Reachability::kFinalizer);
  EXPECT_EQ(weakest("--exclude soft,weak,finalizer,phantom"), Reachability::kStrong);
  EXPECT_NE(Problem("path a X --include strong").find("soft, finalizer, weak or phantom"),
            std::string::npos);
}

TEST(Arguments, EveryUsageErrorShowsTheRightForm) {
  EXPECT_TRUE(absl::StrContains(Problem(""), "no FILE"));
  EXPECT_TRUE(absl::StrContains(Problem(""), "usage: leaktrail [COMMAND] FILE"));
  EXPECT_TRUE(absl::StrContains(Problem("histogram"), "usage: leaktrail histogram FILE"));
  EXPECT_TRUE(absl::StrContains(Problem("path a"), "usage: leaktrail path FILE (@0xID|CLASS)"));
  EXPECT_TRUE(absl::StrContains(Problem("a --nonsense"), "--nonsense"));
  EXPECT_TRUE(absl::StrContains(Problem("histogram a --nonsense"), "leaktrail histogram --help"));
  EXPECT_TRUE(absl::StrContains(Problem("histogram a --by color"), "color"));
  EXPECT_TRUE(absl::StrContains(Problem("histogram a -n 0"), "-n 0"));
  EXPECT_TRUE(absl::StrContains(Problem("histogram a --all --unreachable"), "exclude each other"));
  EXPECT_TRUE(absl::StrContains(Problem("histogram a --all --sort retained"), "needs the graph"));
  EXPECT_TRUE(absl::StrContains(Problem("histogram a -n x"), "-n x"));
  EXPECT_TRUE(absl::StrContains(Problem("dominators a --min x"), "'x' is no size"));
  EXPECT_TRUE(absl::StrContains(Problem("dominators a b c"), "'c' is one word too many"));
  EXPECT_TRUE(absl::StrContains(Problem("a --threads 0"), "--threads"));
  EXPECT_TRUE(absl::StrContains(Problem("a --tmp /no/such/directory"), "--tmp"));
  EXPECT_TRUE(absl::StrContains(Problem("a --heap -1"), "--heap"));
  EXPECT_TRUE(absl::StrContains(Problem("a.hprof histogram"), "the command comes first"));
  EXPECT_TRUE(absl::StrContains(Problem("diff - a"), "standard input"));
}

TEST(Arguments, TwoWordsWhereOneFileBelongs) {
  const std::string unknown = Problem("histgram a.hprof");
  EXPECT_TRUE(absl::StrContains(unknown, "'histgram' is neither a command nor a file"));
  EXPECT_TRUE(absl::StrContains(unknown, "histogram, dominators"));
  testing::TempDirectory directory;
  const std::string a = directory.Write("a", "x"), b = directory.Write("b", "x");
  EXPECT_TRUE(absl::StrContains(Problem("analyze " + a + " " + b),
                                "to compare them: leaktrail diff " + a + " " + b));
  EXPECT_TRUE(
      absl::StrContains(Problem("analyze " + a + " Kafka"), "'Kafka' is one word too many"));
  EXPECT_TRUE(absl::StrContains(Problem(a + " Kafka"), "'Kafka' is no file"));
}

TEST(Arguments, SeveralFilesAreCompared) {
  testing::TempDirectory directory;
  const std::string a = directory.Write("a", "x"), b = directory.Write("b", "x");
  for (const std::string& line : {a + " " + b, "diff " + a + " " + b, "--json " + a + " " + b}) {
    EXPECT_EQ(Good(line).command, Command::kDiff) << line;
    EXPECT_EQ(Good(line).files, (std::vector<std::string>{a, b}));
  }
  EXPECT_EQ(Good("diff a b c a").files.size(), 4u);
  EXPECT_TRUE(absl::StrContains(Problem("diff a"), "'a' is compared with what?"));
  EXPECT_TRUE(absl::StrContains(Problem("diff"), "no FILE"));
  EXPECT_TRUE(absl::StrContains(Problem("diff a -"), "standard input"));
}

TEST(Arguments, Diff) {
  using analyses::GrowthKey;
  const Arguments arguments = Good("diff a b --by class,mbean --by package -n 7 --full");
  EXPECT_EQ(arguments.compare.by,
            (std::vector<GrowthKey>{GrowthKey::kClass, GrowthKey::kMBean, GrowthKey::kPackage}));
  EXPECT_EQ(arguments.compare.rows, 7u);
  EXPECT_TRUE(arguments.full);
  EXPECT_TRUE(Good("diff a b --by path").compare.by.empty());
  EXPECT_EQ(Good("diff a b -n all").compare.rows, 0u);
  EXPECT_TRUE(
      absl::StrContains(Problem("diff a b --by color"), "--by color: there are path, class"));
  EXPECT_TRUE(absl::StrContains(Problem("a --by class"), "--by is an option of diff"));
  EXPECT_TRUE(absl::StrContains(Problem("a -n 3"), "-n is an option of diff"));
}

TEST(Arguments, Markdown) {
  EXPECT_TRUE(Good("a --markdown").markdown);
  EXPECT_TRUE(Good("diff a b --markdown").markdown);
  EXPECT_TRUE(absl::StrContains(Problem("a --markdown --json"), "--markdown"));
  EXPECT_TRUE(absl::StrContains(Problem("a --markdown --full"), "--markdown"));
  EXPECT_TRUE(absl::StrContains(Problem("histogram a --markdown"), "--markdown"));
}

TEST(Arguments, FailOn) {
  const auto parse = [](std::vector<std::string> words) { return ParseArguments(words); };
  const auto two = parse({"diff", "a", "b", "--fail-on", "growth > 5%", "--fail-on", "high"});
  ASSERT_TRUE(two.ok()) << two.status();
  ASSERT_EQ(two->fail_on.size(), 2u);
  EXPECT_EQ(two->fail_on[0].text, "growth > 5%");
  EXPECT_EQ(Good("a --fail-on high").fail_on.size(), 1u);
  EXPECT_TRUE(absl::StrContains(Problem("a --fail-on hihg"), "'hihg', column 1"));
  EXPECT_TRUE(absl::StrContains(Problem("a --fail-on growth>5%"), "compares dumps"));
  EXPECT_TRUE(absl::StrContains(Problem("diff a b --fail-on growth<5%"), "column 7"));
}

TEST(Arguments, SignaturesAndExplain) {
  EXPECT_EQ(Good("signatures").command, Command::kSignatures);
  EXPECT_EQ(Good("signatures a.toml b.toml").check, (std::vector<std::string>{"a.toml", "b.toml"}));
  EXPECT_EQ(Good("explain").target, "");
  EXPECT_EQ(Good("explain heap.accumulation").target, "heap.accumulation");
  EXPECT_TRUE(absl::StrContains(Problem("explain a b"), "'b' is one word too many"));
  testing::TempDirectory one, two;
  const std::string options = " --signatures " + one.path() + " --signatures " + two.path();
  const std::vector<std::string> both = {one.path(), two.path()};
  EXPECT_EQ(Good("a.hprof" + options).signature_directories, both);
  EXPECT_EQ(Good("--signatures " + one.path() + " a.hprof").file, "a.hprof");
  EXPECT_EQ(Good("signatures" + options).signature_directories, both);
  EXPECT_TRUE(absl::StrContains(Problem("a --signatures /no/such"), "--signatures"));
}

TEST(Arguments, HelpAndVersionNeedNoFile) {
  EXPECT_EQ(Good("--help").command, Command::kHelp);
  EXPECT_EQ(Good("-h").help_on, Command::kHelp);
  EXPECT_EQ(Good("path --help").help_on, Command::kPath);
  EXPECT_EQ(Good("help dominators").help_on, Command::kDominators);
  EXPECT_EQ(Good("help").help_on, Command::kHelp);
  EXPECT_EQ(Good("--version").command, Command::kVersion);
  EXPECT_EQ(Good("histogram --version").command, Command::kVersion);
  EXPECT_TRUE(absl::StrContains(Problem("help nothing"), "no command 'nothing'"));
}

TEST(Arguments, Export) {
  const Arguments arguments = Good("export a --out t --tables objects,roots --format ndjson.zst");
  EXPECT_EQ(arguments.command, Command::kExport);
  EXPECT_EQ(arguments.tables.directory, "t");
  EXPECT_EQ(arguments.tables.tables, (std::vector<std::string>{"objects", "roots"}));
  EXPECT_TRUE(arguments.tables.format.ndjson && arguments.tables.format.zstd);
  EXPECT_EQ(Good("export a --out t").tables.format.ending(), ".csv");
  EXPECT_TRUE(absl::StartsWith(Problem("export a"), "where to?"));
}

TEST(Arguments, Show) {
  EXPECT_EQ(Good("show a @0x7ff00").command, Command::kShow);
  EXPECT_EQ(Good("show a @0x7ff00").target, "@0x7ff00");
  EXPECT_EQ(Good("show a Order -n all --show-strings").show.limit, 0u);
  EXPECT_TRUE(Good("show a Order --show-strings").show.show_strings);
  EXPECT_TRUE(absl::StartsWith(Problem("show a"), "show what?"));
}

TEST(Arguments, Threads) {
  using By = analyses::ThreadsOptions::By;
  EXPECT_EQ(Good("threads a").command, Command::kThreads);
  EXPECT_EQ(Good("threads a").thread_table.by, By::kStack);
  EXPECT_EQ(Good("threads a").thread_table.limit, 10u);
  const Arguments arguments = Good("threads a @0x7ff00 --by name -n all --full --show-strings");
  EXPECT_EQ(arguments.target, "@0x7ff00");
  EXPECT_EQ(arguments.thread_table.by, By::kName);
  EXPECT_EQ(arguments.thread_table.limit, 0u);
  EXPECT_TRUE(arguments.thread_table.show_strings);
  EXPECT_TRUE(arguments.full);
  EXPECT_TRUE(absl::StrContains(Problem("threads a --by class"), "--by"));
  EXPECT_TRUE(absl::StrContains(Problem("threads a b c"), "'c' is one word too many"));
}

TEST(Arguments, Loaders) {
  EXPECT_EQ(Good("loaders a").command, Command::kLoaders);
  EXPECT_EQ(Good("loaders a").loaders.limit, 20u);
  EXPECT_EQ(Good("loaders a -n 5").loaders.limit, 5u);
  EXPECT_EQ(Good("loaders a -n all").loaders.limit, 0u);
  EXPECT_TRUE(absl::StrContains(Problem("loaders a -n none"), "a number of rows, or all"));
  EXPECT_TRUE(absl::StrContains(Problem("loaders a b"), "'b' is one word too many"));
  EXPECT_EQ(Good("help loaders").help_on, Command::kLoaders);
}

TEST(Arguments, FilesBesideTheDump) {
  const Arguments native = Good("native a.hprof --bundle /tmp --nmt n.txt --limit 4Gi");
  EXPECT_EQ(native.side.bundle, "/tmp");
  EXPECT_EQ(native.side.files[0], std::vector<std::string>{"n.txt"});
  EXPECT_TRUE(native.side.any());
  EXPECT_EQ(Good("native --bundle /tmp").file, "") << "the dump may be in it";
  EXPECT_FALSE(Good("native a.hprof").side.any());
  const Arguments collect = Good("collect --pid 12 --out d --no-dump");
  EXPECT_EQ(collect.collect.pid, "12");
  EXPECT_FALSE(collect.collect.run);
  EXPECT_TRUE(absl::StrContains(Problem("collect --pid x --out d"), "--pid N"));
  EXPECT_TRUE(absl::StrContains(Problem("collect --pid 12"), "--out DIR"));
  EXPECT_TRUE(absl::StrContains(Problem("native"), "no FILE"));
}

// Its name may be left out, so what it takes must not depend on it.
TEST(Arguments, FilesBesideTheDumpThatIsAnalyzed) {
  for (const std::string verb : {"", "analyze "}) {
    const Arguments analyze = Good(verb + "a.hprof --bundle /tmp --nmt n.txt --limit 4Gi");
    EXPECT_EQ(analyze.command, Command::kAnalyze);
    EXPECT_EQ(analyze.file, "a.hprof");
    EXPECT_EQ(analyze.side.bundle, "/tmp");
    EXPECT_EQ(analyze.side.files[0], std::vector<std::string>{"n.txt"});
    EXPECT_EQ(analyze.side.limit, "4Gi");
  }
  EXPECT_TRUE(absl::StrContains(Problem("/dev/null /dev/zero --limit 4Gi"), "belong to one"));
  EXPECT_TRUE(absl::StrContains(Problem("/dev/null /dev/zero --bundle /tmp"), "name no others"));
}

TEST(Arguments, WhatLiesBesideADumpIsEnoughForNative) {
  EXPECT_EQ(Good("native --nmt n.txt --smaps s.txt").file, "");
  EXPECT_EQ(Good("native --cgroup /tmp").file, "");
  EXPECT_TRUE(absl::StrContains(Problem("native --limit 4Gi"), "no FILE"));
  EXPECT_TRUE(absl::StrContains(Problem("analyze --nmt n.txt"), "no FILE"));
}

TEST(Arguments, CollectTakesWhatItsPageSays) {
  EXPECT_FALSE(absl::StrContains(HelpText(Command::kCollect), "--json"));
  for (const std::string option : {"--json", "-o a.txt", "--threads 2", "--show-strings"}) {
    EXPECT_NE(Problem("collect --pid 12 --out d " + option), "") << option;
  }
  EXPECT_TRUE(absl::StrContains(Problem("--json collect --pid 12 --out d"), "--json"));
}

TEST(Arguments, Native) {
  EXPECT_EQ(Good("native a").command, Command::kNative);
  EXPECT_EQ(Good("native a").native.owners, 8u);
  EXPECT_EQ(Good("native a -n 5").native.rows, 5u);
  EXPECT_EQ(Good("native a -n all").native.owners, 0u);
  EXPECT_TRUE(absl::StrContains(Problem("native a -n none"), "a number of rows, or all"));
}

std::vector<Command> AllPages() {
  std::vector<Command> pages(Verbs().begin(), Verbs().end());
  pages.push_back(Command::kHelp);
  return pages;
}

TEST(Help, MentionsEveryOption) {
  for (const Command command : AllPages()) {
    const std::string page = HelpText(command);
    for (const OptionForm& form : OptionsOf(command)) {
      for (const std::string& name : form.names) {
        EXPECT_TRUE(absl::StrContains(page, "  " + name) || absl::StrContains(page, ", " + name))
            << CommandName(command) << " " << name;
      }
    }
  }
}

TEST(Help, BeginsWithUsageThenExamplesAndFitsTheTerminal) {
  for (const Command command : AllPages()) {
    const std::string page = HelpText(command);
    EXPECT_TRUE(absl::StartsWith(page, "Usage: leaktrail"));
    EXPECT_LT(page.find("\nExamples\n"), page.find("\nOptions"));
    for (absl::string_view line : absl::StrSplit(page, '\n')) {
      EXPECT_LE(line.size(), 100u) << line;
    }
  }
}

}  // namespace
}  // namespace leaktrail::cli
