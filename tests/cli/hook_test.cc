// `leaktrail hook`: never a failure, never twice, never half a report. With a JVM that runs it:
// tests/live_jvm/hook_live_test.cc.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <new>
#include <sstream>

#include "absl/strings/match.h"
#include "cli/child_process.h"
#include "cli/hook_state.h"
#include "gtest/gtest.h"
#include "tests/analyses/shop_dump.h"
#include "tests/cli/tool.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

namespace fs = std::filesystem;
using absl::StrContains;
using nlohmann::json;

class HookTest : public ::testing::Test {
 protected:
  std::size_t Files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory_.path()), {}));
  }
  ToolResult Hook(std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"hook", "--dump", file_});
    return RunTool(options);
  }

  TempDirectory directory_;
  ShopDump shop_;
  const std::string file_ = directory_.Write("java_pid7.hprof", shop_.dump.Bytes());
  const std::string base_ = file_ + ".leaktrail";
};

TEST_F(HookTest, WritesThreeReportsThatOnlyTheUserCanRead) {
  const ToolResult result = Hook();
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "");
  EXPECT_TRUE(StrContains(result.err, absl::StrCat("report: ", base_, ".txt, .md and .json")))
      << result.err;
  const json report = json::parse(ReadFile(base_ + ".json"));
  EXPECT_EQ(report["command"], "analyze");
  EXPECT_EQ(report["verdict"], RunTool({file_, "--json"}).json()["verdict"]);
  EXPECT_TRUE(absl::StartsWith(ReadFile(base_ + ".md"), "## "));
  EXPECT_EQ(ReadFile(base_ + ".md"), RunTool({file_, "--markdown"}).out);
  EXPECT_FALSE(ReadFile(base_ + ".txt").empty());
  for (const char* end : {".txt", ".md", ".json", ".state"}) {
    struct stat info = {};
    ASSERT_EQ(stat((base_ + end).c_str(), &info), 0) << end;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << end;
  }
  EXPECT_EQ(Files(), 5u);  // and nothing temporary
}

TEST_F(HookTest, NeverTwiceOnOneDump) {
  Hook();
  fs::remove(base_ + ".json");
  const ToolResult again = Hook();
  EXPECT_EQ(again.code, 0);
  EXPECT_TRUE(StrContains(again.err, "a hook has been at this dump before")) << again.err;
  EXPECT_FALSE(fs::exists(base_ + ".json"));
  // Another dump of the same name is another dump.
  shop_.dump.Instance(shop_.customer, {99});
  directory_.Write("java_pid7.hprof", shop_.dump.Bytes());
  EXPECT_EQ(Hook().code, 0);
  EXPECT_TRUE(fs::exists(base_ + ".json"));
}

TEST_F(HookTest, NotWhileAnotherIsAtIt) {
  const int held = open((base_ + ".state").c_str(), O_RDWR | O_CREAT, 0600);
  ASSERT_EQ(flock(held, LOCK_EX), 0);
  const ToolResult result = Hook();
  close(held);
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(StrContains(result.err, "another hook is at this dump")) << result.err;
  EXPECT_FALSE(fs::exists(base_ + ".json"));
}

TEST_F(HookTest, OneThatWasInterruptedIsNotBegunAgain) {
  ASSERT_TRUE(cli::HookState::Claim(base_ + ".state", cli::ContentKey(file_).value()).ok());
  EXPECT_TRUE(StrContains(Hook().err, "before"));
}

TEST_F(HookTest, WhatGoesWrongIsSaidAndIsNoFailure) {
  const std::string text = directory_.Write("text", "no dump");
  fs::create_symlink(file_, directory_.File("elsewhere.leaktrail.state"));
  const std::string elsewhere = directory_.Write("elsewhere", shop_.dump.Bytes());
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"hook"},
           {"hook", "--nonsense"},
           {"hook", "--dump", directory_.File("missing")},
           {"hook", "--dump", directory_.path()},
           {"hook", "--dump", text},
           {"hook", "--dump", file_, "--out", directory_.File("none")},
           {"hook", "--dump", elsewhere},
           {"hook", "--dump", file_, "--show-strings"},
           {"hook", "--dump", file_, "--timeout", "soon"}}) {
    const ToolResult result = RunTool(words);
    EXPECT_EQ(result.code, 0) << words.back();
    EXPECT_TRUE(absl::StartsWith(result.err, "leaktrail: ")) << words.back();
  }
  EXPECT_FALSE(fs::exists(base_ + ".json"));
  EXPECT_EQ(ReadFile(file_).size(), shop_.dump.Bytes().size());  // a link is not followed
}

TEST_F(HookTest, LittleMemoryOrTimeGivesACount) {
  for (const auto& [option, value] : {std::pair("--max-memory", "1MiB"), {"--timeout", "1ms"}}) {
    fs::remove(base_ + ".state");
    EXPECT_EQ(Hook({option, value}).code, 0);
    const json report = json::parse(ReadFile(base_ + ".json"));
    EXPECT_EQ(report["status"], "histogram_only") << option;
    EXPECT_TRUE(absl::StartsWith(ReadFile(base_ + ".txt"), "NO VERDICT: ")) << option;
  }
}

TEST_F(HookTest, ADirectoryForTheReports) {
  const TempDirectory reports;
  EXPECT_EQ(Hook({"--out", reports.path()}).code, 0);
  EXPECT_TRUE(fs::exists(reports.File("java_pid7.hprof.leaktrail.md")));
  EXPECT_EQ(Files(), 1u);
}

TEST_F(HookTest, KeysTellDumpsApartByTheirContents) {
  const std::string key = cli::ContentKey(file_).value();
  EXPECT_EQ(key.size(), 16u);
  EXPECT_EQ(cli::ContentKey(directory_.Write("copy", shop_.dump.Bytes())).value(), key);
  std::vector<std::byte> bytes = shop_.dump.Bytes();
  bytes.back() ^= std::byte{1};
  EXPECT_NE(cli::ContentKey(directory_.Write("last", bytes)).value(), key);
  EXPECT_FALSE(cli::ContentKey(directory_.path()).ok());
}

TEST(ChildProcess, TellsHowItEnded) {
  using cli::ChildEnd;
  constexpr double kLong = 60'000;
  EXPECT_EQ(cli::RunInChild([] { return true; }, kLong), ChildEnd::kDone);
  EXPECT_EQ(cli::RunInChild([] { return false; }, kLong), ChildEnd::kFailed);
  EXPECT_EQ(cli::RunInChild([]() -> bool { throw std::bad_alloc(); }, kLong), ChildEnd::kFailed);
  EXPECT_EQ(cli::RunInChild([] { return raise(SIGKILL) == 0; }, kLong), ChildEnd::kKilled);
  EXPECT_EQ(cli::RunInChild([] { return pause() == 0; }, 1), ChildEnd::kTimeUp);
}

TEST(ChildProcess, GivesWay) {
  const bool done = cli::RunInChild([] { return ReadFile("/proc/self/oom_score_adj") == "1000\n"; },
                                    60'000) == cli::ChildEnd::kDone;
  EXPECT_TRUE(done || !fs::exists("/proc/self/oom_score_adj"));
}

}  // namespace
}  // namespace leaktrail::testing
