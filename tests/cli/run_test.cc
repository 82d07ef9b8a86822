// The tool as a whole, in this process: exit codes, and what goes to stdout and what to stderr.
#include "cli/run.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "analyses/analysis.h"
#include "gtest/gtest.h"
#include "tests/analyses/shop_dump.h"
#include "tests/cli/tool.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

class RunTest : public ::testing::Test {
 protected:
  TempDirectory directory_;
  ShopDump shop_;
  std::string file_ = directory_.Write("heap.hprof", shop_.dump.Bytes());

  std::string CutFile() {
    std::vector<std::byte> bytes = shop_.dump.Bytes();
    bytes.resize(bytes.size() - 60);
    return directory_.Write("cut.hprof", bytes);
  }
  // Every way to ask about the dump.
  std::vector<std::vector<std::string>> Commands() const {
    return {{file_},
            {"analyze", file_},
            {"histogram", file_, "-n", "all"},
            {"histogram", file_, "--by", "loader"},
            {"histogram", file_, "--by", "package", "--unreachable"},
            {"histogram", file_, "--all"},
            {"histogram", file_, "--all", "--by", "loader"},
            {"dominators", file_, "--min", "0"},
            {"dominators", file_, "com.acme.Order", "--min", "0"},
            {"path", file_, "java.lang.String", "--include", "weak"},
            {"path", file_, "byte[]", "--include", "weak"},
            {"path", file_, absl::StrCat("@0x", absl::Hex(shop_.first_order))},
            {"loaders", file_},
            {"loaders", file_, "-n", "1"},
            {"threads", file_},
            {"threads", file_, "--by", "name", "--full", "-n", "all"},
            {"threads", file_, "java.lang.Thread"},
            {"show", file_, "com.acme.Order"},
            {"show", file_, "java.lang.Object[]", "-n", "1"},
            {"show", file_, absl::StrCat("@0x", absl::Hex(shop_.thread_order))},
            {file_, file_},
            {"diff", file_, file_, file_, "--full"},
            {"diff", file_, file_, "--by", "class,array-shape,thread", "-n", "all"},
            {"doctor", file_}};
  }
};

TEST_F(RunTest, EveryCommandAnswersAsTextAndJson) {
  for (std::vector<std::string> words : Commands()) {
    const ToolResult text = RunTool(words);
    EXPECT_EQ(text.code, cli::kDone) << words[0] << text.err;
    EXPECT_FALSE(text.out.empty());
    EXPECT_EQ(text.err, "");  // stderr is no terminal here: no progress
    words.push_back("--json");
    const ToolResult json = RunTool(words);
    EXPECT_EQ(json.code, cli::kDone);
    ASSERT_TRUE(nlohmann::json::accept(json.out)) << json.out;
    EXPECT_EQ(nlohmann::json::parse(json.out)["schema"], "leaktrail/1");
  }
}

TEST_F(RunTest, EqualInputGivesEqualBytesOnAnyNumberOfThreads) {
  for (std::vector<std::string> words : Commands()) {
    if (words[0] == "doctor") continue;  // it speaks of the machine
    words.push_back("--json");
    const std::string first = RunTool(words).out;
    EXPECT_EQ(RunTool(words).out, first);
    words.insert(words.end(), {"--threads", "3"});
    EXPECT_EQ(RunTool(words).out, first);
  }
}

TEST_F(RunTest, DeterministicAnswersSayNothingOfTheMachine) {
  for (std::vector<std::string> words : Commands()) {
    words.push_back("--deterministic");
    const std::string first = RunTool(words).out;
    EXPECT_FALSE(absl::StrContains(first, "available here")) << first;
    words.insert(words.end(), {"--threads", "3"});
    EXPECT_EQ(RunTool(words).out, first);
  }
}

TEST_F(RunTest, ContentsOfStringsStayInTheDump) {
  for (std::vector<std::string> words : Commands()) {
    for (const bool json : {false, true}) {
      if (json) words.push_back("--json");
      const ToolResult result = RunTool(words);
      EXPECT_FALSE(absl::StrContains(result.out, "secret")) << words[0];
      EXPECT_FALSE(absl::StrContains(result.err, "secret")) << words[0];
    }
  }
}

TEST_F(RunTest, ContentsOfStringsAreShownOnDemand) {
  const auto snapshot = shop_.Snapshot();
  std::string id;
  snapshot->ForEachObject([&](graph::ObjectIndex o, graph::ClassIndex, std::uint64_t) {
    if (snapshot->StringValue(o) == "secret-text") {
      id = absl::StrCat("@0x", absl::Hex(snapshot->IdOf(o)));
    }
  });
  ASSERT_NE(id, "");
  EXPECT_FALSE(absl::StrContains(RunTool({"path", file_, id}).out, "secret"));
  EXPECT_TRUE(absl::StrContains(RunTool({"path", file_, id, "--show-strings"}).out, "secret-text"));
  const std::string json = RunTool({"path", file_, id, "--show-strings", "--json"}).out;
  EXPECT_FALSE(nlohmann::json::parse(json)["masked"]["strings"].get<bool>());
}

TEST_F(RunTest, ADifferenceFromASavedHistogramIsOne) {
  const auto snapshot = shop_.Snapshot();
  std::uint64_t orders = 0, bytes = 0;
  snapshot->ForEachObject([&](graph::ObjectIndex, graph::ClassIndex c, std::uint64_t size) {
    if (snapshot->classes().Name(c) != "com.acme.Order") return;
    ++orders;
    bytes += size;
  });
  const std::string equal = directory_.Write(
      "equal.txt", absl::StrCat("1: ", orders, " ", bytes, " com.acme.Order (shop@1)\n"));
  const std::string other = directory_.Write(
      "other.txt", absl::StrCat("1: ", orders + 1, " ", bytes, " com.acme.Order\n"));
  const ToolResult same = RunTool({"histogram", file_, "--verify-histogram", equal});
  EXPECT_EQ(same.code, cli::kDone) << same.err;
  EXPECT_TRUE(absl::StrContains(same.out, "EQUAL: 1 class")) << same.out;
  const ToolResult different = RunTool({"histogram", file_, "--verify-histogram", other});
  EXPECT_EQ(different.code, cli::kDifferent);
  EXPECT_TRUE(absl::StrContains(different.out, "DIFFERENT: 1 of 1 class")) << different.out;
  const ToolResult json = RunTool({"histogram", file_, "--json", "--verify-histogram", other});
  EXPECT_EQ(json.code, cli::kDifferent);
  const auto verify = nlohmann::json::parse(json.out)["verify"];
  EXPECT_FALSE(verify["same"].get<bool>());
  EXPECT_EQ(verify["differences"][0]["class"], "com.acme.Order");
  EXPECT_EQ(RunTool({"histogram", file_, "--verify-histogram", file_}).code, cli::kUsage);
  EXPECT_EQ(RunTool({"histogram", file_, "-n", "3", "--verify-histogram", equal}).code,
            cli::kUsage);
}

TEST_F(RunTest, UsageErrorsAreTwo) {
  EXPECT_EQ(RunTool({}).code, cli::kUsage);
  EXPECT_EQ(RunTool({"histogram"}).code, cli::kUsage);
  EXPECT_EQ(RunTool({file_, "--nonsense"}).code, cli::kUsage);
  EXPECT_EQ(RunTool({"analyze", file_, file_}).code, cli::kUsage);
  const ToolResult unknown = RunTool({"path", file_, "NoSuchClass"});
  EXPECT_EQ(unknown.code, cli::kUsage);
  EXPECT_EQ(unknown.out, "");
  EXPECT_TRUE(absl::StartsWith(unknown.err, "leaktrail: no class 'NoSuchClass'")) << unknown.err;
  EXPECT_EQ(RunTool({"dominators", file_, "@0x10"}).code, cli::kUsage);
}

TEST_F(RunTest, UnreadableInputIsThree) {
  for (const std::string command : {"analyze", "doctor"}) {
    EXPECT_EQ(RunTool({command, directory_.File("missing")}).code, cli::kUnreadable);
    EXPECT_EQ(RunTool({command, directory_.path()}).code, cli::kUnreadable);
    EXPECT_EQ(RunTool({command, directory_.Write("empty", "")}).code, cli::kUnreadable);
    const ToolResult text =
        RunTool({command, directory_.Write("text", "this is no heap dump at all")});
    EXPECT_EQ(text.code, cli::kUnreadable);
    EXPECT_EQ(text.out, "");
    EXPECT_TRUE(absl::StartsWith(text.err, "leaktrail: ")) << text.err;
  }
}

TEST_F(RunTest, PartialIsFourOnlyWithStrict) {
  const std::string cut = CutFile();
  for (const std::string command : {"analyze", "histogram", "doctor"}) {
    const ToolResult lenient = RunTool({command, cut});
    EXPECT_EQ(lenient.code, cli::kDone) << lenient.err;
    const ToolResult strict = RunTool({command, cut, "--strict"});
    EXPECT_EQ(strict.code, cli::kPartial);
    EXPECT_EQ(strict.out, lenient.out);
    EXPECT_EQ(nlohmann::json::parse(RunTool({command, cut, "--json"}).out)["status"], "partial");
  }
  EXPECT_TRUE(absl::StrContains(RunTool({"histogram", cut}).out, "PARTIAL RESULT"));
  EXPECT_EQ(RunTool({"diff", file_, cut}).code, cli::kDone);
  EXPECT_EQ(RunTool({"diff", file_, cut, "--strict"}).code, cli::kPartial);
  EXPECT_EQ(RunTool({file_, "--strict"}).code, cli::kDone);
}

TEST_F(RunTest, TimingsGoToStderrOrIntoTheJson) {
  const ToolResult text = RunTool({"histogram", file_, "--timings"});
  EXPECT_EQ(text.out, RunTool({"histogram", file_}).out);
  EXPECT_TRUE(absl::StrContains(text.err, "peak anonymous memory")) << text.err;
  EXPECT_TRUE(absl::StrContains(text.err, "scan")) << text.err;
  const ToolResult json = RunTool({"histogram", file_, "--timings", "--json"});
  EXPECT_EQ(json.err, "");
  const nlohmann::json timings = nlohmann::json::parse(json.out)["timings"];
  EXPECT_GT(timings.size(), 3u);
  EXPECT_TRUE(timings[0].contains("cpu_us"));
}

TEST_F(RunTest, TimingsTellThePartsOfTheAnalysis) {
  const nlohmann::json answer = nlohmann::json::parse(RunTool({file_, "--timings", "--json"}).out);
  std::vector<std::string> parts;
  for (const nlohmann::json& pass : answer["timings"]) {
    EXPECT_GT(pass["peak_anonymous_bytes"], 0) << pass;
    const std::string name = pass["pass"];
    if (absl::StartsWith(name, "analyze: ")) parts.push_back(name.substr(9));
  }
  std::vector<std::string> expected = {"holders", "instances by class", "MBeans"};
  for (const analyses::Analysis& analysis : analyses::Analyses()) {
    expected.emplace_back(analysis.id);
  }
  expected.insert(expected.end(), {"retained sizes of findings", "tables", "verdict"});
  EXPECT_EQ(parts, expected);
  const std::string text = RunTool({file_, "--timings"}).err;
  EXPECT_TRUE(absl::StrContains(text, "analyze: retained sizes of findings ")) << text;
}

TEST_F(RunTest, HelpAndVersion) {
  EXPECT_TRUE(absl::StartsWith(RunTool({"--help"}).out, "Usage: leaktrail"));
  EXPECT_TRUE(absl::StartsWith(RunTool({"path", "--help"}).out, "Usage: leaktrail path"));
  EXPECT_TRUE(absl::StartsWith(RunTool({"--version"}).out, "leaktrail "));
  EXPECT_TRUE(nlohmann::json::accept(RunTool({"--version", "--json"}).out));
}

TEST_F(RunTest, StrongReferentsCountLikeOrdinaryReferences) {
  const auto strong = [&](const std::vector<std::string>& words) {
    return nlohmann::json::parse(RunTool(words).out)["memory"]["strong"].get<std::uint64_t>();
  };
  EXPECT_GT(strong({"histogram", file_, "--json", "--strong-referents"}),
            strong({"histogram", file_, "--json"}));
}

TEST_F(RunTest, SeveralHeapsAreSaidAndChosen) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  dump.JniGlobalRoot(dump.Instance(boot.object));
  dump.NextHeap();
  for (int i = 0; i < 5; ++i) dump.JniGlobalRoot(dump.Instance(boot.object));
  const std::string file = directory_.Write("two.hprof", dump.Bytes());
  EXPECT_TRUE(absl::StrContains(RunTool({"histogram", file}).out, "--heap"));
  const auto objects = [&](const std::string& heap) {
    const ToolResult result = RunTool({"histogram", file, "--json", "--heap", heap});
    return nlohmann::json::parse(result.out)["dump"]["objects"].get<int>();
  };
  EXPECT_EQ(objects("0"), 1);
  EXPECT_EQ(objects("1"), 5);
}

TEST_F(RunTest, AReaderThatGoesAwayIsNoError) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  const int saved = dup(STDOUT_FILENO);
  const auto handler = std::signal(SIGPIPE, SIG_IGN);
  dup2(ends[1], STDOUT_FILENO);
  ::testing::internal::CaptureStderr();
  const int code = cli::Run({"histogram", file_});
  dup2(saved, STDOUT_FILENO);
  close(saved);
  close(ends[1]);
  std::signal(SIGPIPE, handler);
  EXPECT_EQ(code, cli::kDone);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_F(RunTest, AFullDiskIsSaid) {
  const int full = open("/dev/full", O_WRONLY);
  if (full < 0) GTEST_SKIP() << "no /dev/full here";
  const int saved = dup(STDOUT_FILENO);
  dup2(full, STDOUT_FILENO);
  ::testing::internal::CaptureStderr();
  const int code = cli::Run({"histogram", file_});
  dup2(saved, STDOUT_FILENO);
  close(saved);
  close(full);
  EXPECT_EQ(code, cli::kNotWritten);
  EXPECT_TRUE(absl::StrContains(::testing::internal::GetCapturedStderr(), "cannot write"));
}

// --- signatures

constexpr absl::string_view kOrderSignature = R"([[signature]]
id = "acme.orders"
title = "Orders that were not shipped"
finds = "Orders in a cache."
severity = "high"
headline = "{count} orders were not shipped"
confidence = 75
confidence_reason = "they are orders"
fix = ["Ship them."]
explanation = """
What it is. An order.

What to do. Ship
it."""
[signature.count]
class = ["com.acme.Order"]
where = ["number >= 100"]
at_least = 5
)";

TEST_F(RunTest, SignaturesOfADirectoryAreLookedFor) {
  TempDirectory signatures;
  signatures.Write("acme.toml", kOrderSignature);
  const ToolResult without = RunTool({file_});
  EXPECT_FALSE(absl::StrContains(without.out, "orders were not shipped"));
  const ToolResult with = RunTool({file_, "--signatures", signatures.path()});
  EXPECT_EQ(with.code, cli::kDone);
  EXPECT_TRUE(absl::StrContains(with.out, "5 orders were not shipped")) << with.out;
  EXPECT_TRUE(absl::StrContains(with.out, "[acme.orders v1:")) << with.out;
  const ToolResult list = RunTool({"signatures", "--signatures", signatures.path()});
  EXPECT_TRUE(absl::StrContains(list.out,
                                "acme.orders  high, 75% sure\n"
                                "    Orders that were not shipped\n"
                                "    told by: at least 5 instances of Order with number"))
      << list.out;
  const ToolResult page = RunTool({"explain", "acme.orders", "--signatures", signatures.path()});
  EXPECT_TRUE(absl::StrContains(page.out, "\n\nWhat to do. Ship it.\n")) << page.out;
}

TEST_F(RunTest, SignatureFilesAreChecked) {
  TempDirectory signatures;
  const std::string good = signatures.Write("good.toml", kOrderSignature);
  EXPECT_EQ(RunTool({"signatures", good}).code, cli::kDone);
  const std::string bad = signatures.Write(
      "bad.toml",
      absl::StrReplaceAll(kOrderSignature, {{"\"high\"", "\"huge\""}, {">= 100", "=> 100"}}));
  for (const std::vector<std::string>& words : {std::vector<std::string>{"signatures", good, bad},
                                                {file_, "--signatures", signatures.path()},
                                                {"explain", "--signatures", signatures.path()}}) {
    const ToolResult result = RunTool(words);
    EXPECT_EQ(result.code, cli::kUsage);
    EXPECT_EQ(result.out, "");
    EXPECT_TRUE(absl::StrContains(result.err, bad + ":5:12: severity: write one of high, "))
        << result.err;
    EXPECT_TRUE(absl::StrContains(result.err, bad + ":17:9: count.where: ")) << result.err;
  }
  EXPECT_EQ(RunTool({"signatures", signatures.File("none.toml")}).code, cli::kUsage);
}

TEST_F(RunTest, EveryRuleCanBeExplained) {
  const ToolResult all = RunTool({"explain", "--json"});
  const auto rules = nlohmann::json::parse(all.out)["rules"];
  EXPECT_GT(rules.size(), 8u);
  for (const auto& rule : rules) {
    const std::string id = rule["id"];
    const ToolResult page = RunTool({"explain", id});
    EXPECT_EQ(page.code, cli::kDone);
    EXPECT_TRUE(absl::StartsWith(page.out, id + ": ")) << page.out;
    for (absl::string_view line : absl::StrSplit(page.out, '\n')) EXPECT_LE(line.size(), 100u);
  }
  const ToolResult unknown = RunTool({"explain", "kafka.nonsense"});
  EXPECT_EQ(unknown.code, cli::kUsage);
  EXPECT_TRUE(absl::StrContains(unknown.err, "did you mean kafka.")) << unknown.err;
  EXPECT_TRUE(absl::StrContains(unknown.err, "kafka.unclosed-clients")) << unknown.err;
  const auto signatures =
      nlohmann::json::parse(RunTool({"signatures", "--json"}).out)["signatures"];
  EXPECT_EQ(signatures[0]["severity"], "high");
}

}  // namespace
}  // namespace leaktrail::testing
