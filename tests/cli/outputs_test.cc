// The files of -o: which there are, when they appear, who may read them.
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/arguments.h"
#include "cli/help.h"
#include "cli/output_format.h"
#include "cli/run.h"
#include "gtest/gtest.h"
#include "tests/analyses/shop_dump.h"
#include "tests/cli/tool.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Decompress(const std::string& packed) {
  std::string text(ZSTD_getFrameContentSize(packed.data(), packed.size()), '\0');
  EXPECT_EQ(ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size()), text.size());
  return text;
}

class OutputsTest : public ::testing::Test {
 protected:
  std::string Path(absl::string_view name) const {
    return absl::StrCat(directory_.path(), "/", name);
  }
  // Names of all files but the dump.
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      if (entry.path().string() != file_) names.push_back(entry.path().filename());
    }
    return names;
  }

  TempDirectory directory_;
  ShopDump shop_;
  std::string file_ = directory_.Write("heap.hprof", shop_.dump.Bytes());
};

TEST_F(OutputsTest, AnyNumberInOneRun) {
  const ToolResult plain = RunTool({file_});
  const ToolResult result = RunTool({file_, "-o", Path("a.json"), "-o", Path("a.md"), "-o",
                                     Path("b.txt"), "-o", absl::StrCat("json:", Path("odd name"))});
  EXPECT_EQ(result.code, cli::kDone) << result.err;
  EXPECT_EQ(result.out, plain.out);  // text stays on stdout
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(Files().size(), 4u);
  EXPECT_EQ(Read(Path("a.json")), RunTool({file_, "--json"}).out);
  EXPECT_EQ(Read(Path("a.md")), RunTool({file_, "--markdown"}).out);
  EXPECT_EQ(Read(Path("odd name")), Read(Path("a.json")));
  EXPECT_TRUE(absl::StrContains(Read(Path("b.txt")), "heap.hprof; 5.3 KiB")) << Read(Path("b.txt"));
}

TEST_F(OutputsTest, QuietKeepsStdoutFree) {
  EXPECT_EQ(RunTool({file_, "-q", "-o", Path("a.json")}).out, "");
  EXPECT_NE(RunTool({file_, "-q"}).out, "");
  EXPECT_NE(RunTool({file_, "-q", "-o", Path("a.json"), "-o", "-"}).out, "");
}

TEST_F(OutputsTest, StdoutTakesAnyFormatButOnlyOne) {
  const std::string json = RunTool({file_, "--json"}).out;
  EXPECT_EQ(RunTool({file_, "-o", "json:-"}).out, json);
  EXPECT_EQ(RunTool({file_, "--json", "-o", "-", "-o", Path("a.md")}).out, json);
  EXPECT_EQ(Decompress(RunTool({file_, "-o", "json.zst:-"}).out), json);
  EXPECT_EQ(RunTool({file_, "-o", "json:-", "-o", "md:-"}).code, cli::kUsage);
  EXPECT_EQ(RunTool({file_, "--json", "-o", "md:-"}).code, cli::kUsage);
}

TEST_F(OutputsTest, EveryFormatOfEveryCommandIsAnswered) {
  const std::string order = "com.acme.Order";
  const std::vector<std::pair<cli::Command, std::vector<std::string>>> commands = {
      {cli::Command::kAnalyze, {"analyze", file_, "--fail-on", "high"}},
      {cli::Command::kDiff, {"diff", file_, file_, "--fail-on", "high"}},
      {cli::Command::kHistogram, {"histogram", file_}},
      {cli::Command::kDominators, {"dominators", file_}},
      {cli::Command::kPath, {"path", file_, order}},
      {cli::Command::kLoaders, {"loaders", file_}},
      {cli::Command::kThreads, {"threads", file_}},
      {cli::Command::kShow, {"show", file_, order}},
      {cli::Command::kExport, {"export", file_, "--out", Path("tables")}},
      {cli::Command::kNative, {"native", file_}},
      {cli::Command::kDoctor, {"doctor", file_}}};
  std::size_t known = 0;
  for (const cli::Command verb : cli::Verbs()) known += !cli::EndingsOf(verb).empty();
  EXPECT_EQ(commands.size(), known) << "a command with outputs is missing above";
  for (auto [command, words] : commands) {
    for (const std::string& ending : cli::EndingsOf(command)) {
      for (const char* zst : {"", ".zst"}) {
        std::vector<std::string> line = words;
        const std::string path = Path(absl::StrCat(words[0], ending, zst));
        line.insert(line.end(), {"-q", "-o", path});
        const ToolResult result = RunTool(line);
        EXPECT_LE(result.code, cli::kConditionHolds) << path << result.err;
        ASSERT_TRUE(std::filesystem::exists(path)) << path;
        const std::string text = *zst == '\0' ? Read(path) : Decompress(Read(path));
        // A table without rows is nothing in NDJSON.
        EXPECT_TRUE(!text.empty() || ending == ".ndjson") << path;
      }
    }
  }
}

// The finished answers of a snapshot file and those from its graph have all of them, too.
TEST_F(OutputsTest, EveryFormatOfASnapshotFileIsAnswered) {
  const std::string snapshot = Path("heap.ltsnap");
  ASSERT_EQ(RunTool({"snapshot", file_, "-o", snapshot}).code, cli::kDone);
  const std::vector<std::pair<cli::Command, std::vector<std::string>>> commands = {
      {cli::Command::kAnalyze, {"analyze", snapshot, "--fail-on", "high"}},
      {cli::Command::kDiff, {"diff", snapshot, snapshot, "--fail-on", "high"}},
      {cli::Command::kHistogram, {"histogram", snapshot}},
      {cli::Command::kHistogram, {"histogram", snapshot, "--by", "package", "-n", "all"}},
      {cli::Command::kHistogram, {"histogram", snapshot, "--all"}},
      {cli::Command::kDominators, {"dominators", snapshot}},
      {cli::Command::kDominators, {"dominators", snapshot, "com.acme.Order"}},
      {cli::Command::kPath, {"path", snapshot, "com.acme.Order"}},
      {cli::Command::kLoaders, {"loaders", snapshot}},
      {cli::Command::kThreads, {"threads", snapshot}},
      {cli::Command::kDoctor, {"doctor", snapshot}}};
  for (const auto& [command, words] : commands) {
    std::vector<std::string> line = words;
    line.push_back("-q");
    for (const std::string& ending : cli::EndingsOf(command)) {
      line.insert(line.end(), {"-o", Path(absl::StrCat("snapshot", ending))});
    }
    const ToolResult result = RunTool(line);
    EXPECT_LE(result.code, cli::kConditionHolds) << words[0] << result.err;
    for (const std::string& ending : cli::EndingsOf(command)) {
      const std::string path = Path(absl::StrCat("snapshot", ending));
      EXPECT_TRUE(std::filesystem::remove(path)) << path;
    }
  }
}

TEST_F(OutputsTest, OnlyTheOwnerReadsThem) {
  const mode_t before = ::umask(0);
  EXPECT_EQ(RunTool({file_, "-o", Path("a.json")}).code, cli::kDone);
  ::umask(before);
  struct stat info;
  ASSERT_EQ(::stat(Path("a.json").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(OutputsTest, AnUnknownEndingIsAUsageErrorThatListsTheKnownOnes) {
  for (const std::string& name : {Path("a.foo"), Path("a"), std::string("foo:a.bar")}) {
    const ToolResult result = RunTool({file_, "-o", name});
    EXPECT_EQ(result.code, cli::kUsage);
    for (const std::string& ending : cli::EndingsOf(cli::Command::kAnalyze)) {
      EXPECT_TRUE(absl::StrContains(result.err, absl::StrCat(" ", ending))) << result.err;
    }
  }
  const ToolResult other = RunTool({"histogram", file_, "-o", Path("a.md")});
  EXPECT_EQ(other.code, cli::kUsage);
  EXPECT_TRUE(absl::StrContains(other.err, "histogram writes .txt")) << other.err;
  EXPECT_EQ(RunTool({file_, "-o", Path("a.md"), "-o", Path("a.md")}).code, cli::kUsage);
  EXPECT_EQ(RunTool({file_, "-o", "json:"}).code, cli::kUsage);
  EXPECT_EQ(RunTool({file_, "-o", Path("a.junit.xml")}).code, cli::kUsage);  // no condition
  const std::string saved = directory_.Write("saved.txt", std::string("1: 1 16 com.acme.Order\n"));
  EXPECT_EQ(RunTool({"histogram", file_, "--verify-histogram", saved, "-o", Path("a.csv")}).code,
            cli::kUsage);
}

TEST_F(OutputsTest, WhatCannotBeWrittenIsSaidBeforeTheWork) {
  // Not even looked at: there is no such dump.
  const std::string no_dump = Path("no-such.hprof");
  for (const std::string& path :
       {Path("no/such/directory/a.json"), absl::StrCat("json:", directory_.path()),
        absl::StrCat("json:", directory_.path(), "/"), absl::StrCat(file_, "/a.json")}) {
    const ToolResult result = RunTool({"analyze", no_dump, "-o", path});
    EXPECT_EQ(result.code, cli::kNotWritten) << path << result.err;
    EXPECT_TRUE(absl::StrContains(result.err, "cannot write")) << result.err;
  }
  EXPECT_EQ(RunTool({"analyze", no_dump, "-o", Path("a.json")}).code, cli::kUnreadable);
  EXPECT_TRUE(Files().empty());  // nothing is left of the attempt
}

TEST_F(OutputsTest, AFullDiskIsSaid) {
  if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full";
  const ToolResult result = RunTool({file_, "-q", "-o", Path("a.md"), "-o", "json:/dev/full"});
  EXPECT_EQ(result.code, cli::kNotWritten);
  EXPECT_TRUE(absl::StrContains(result.err, "cannot write /dev/full")) << result.err;
  EXPECT_TRUE(Files().empty());  // all files or none
}

TEST_F(OutputsTest, DevicesAreWrittenToAndNotReplaced) {
  EXPECT_EQ(RunTool({file_, "-q", "-o", "json:/dev/null"}).code, cli::kDone);
  struct stat info;
  ASSERT_EQ(::stat("/dev/null", &info), 0);
  EXPECT_TRUE(S_ISCHR(info.st_mode));
}

TEST_F(OutputsTest, AFailedRunLeavesTheOldFile) {
  std::ofstream(Path("a.json")) << "old";
  EXPECT_EQ(RunTool({"path", file_, "NoSuchClass", "-o", Path("a.json")}).code, cli::kUsage);
  EXPECT_EQ(Read(Path("a.json")), "old");
  EXPECT_EQ(Files().size(), 1u);
  EXPECT_EQ(RunTool({file_, "-o", Path("a.json")}).code, cli::kDone);
  EXPECT_TRUE(nlohmann::json::accept(Read(Path("a.json"))));
}

TEST_F(OutputsTest, TheDumpIsNotReplaced) {
  const std::string before = Read(file_);
  ::link(file_.c_str(), Path("link").c_str());
  for (const std::string& name : {file_, Path("link")}) {
    EXPECT_EQ(RunTool({file_, "-o", absl::StrCat("json:", name)}).code, cli::kUsage);
    EXPECT_EQ(RunTool({"diff", file_, file_, "-o", absl::StrCat("json:", name)}).code, cli::kUsage);
  }
  EXPECT_EQ(Read(file_), before);
}

TEST_F(OutputsTest, ALinkIsReplacedNotFollowed) {
  std::ofstream(Path("precious")) << "precious";
  ASSERT_EQ(::symlink(Path("precious").c_str(), Path("a.json").c_str()), 0);
  EXPECT_EQ(RunTool({file_, "-o", Path("a.json")}).code, cli::kDone);
  EXPECT_EQ(Read(Path("precious")), "precious");
  EXPECT_TRUE(nlohmann::json::accept(Read(Path("a.json"))));
}

TEST_F(OutputsTest, ConditionsThatHoldDoNotKeepFilesBack) {
  const ToolResult result = RunTool({file_, "-o", Path("a.json"), "--fail-on", "live>=0B"});
  EXPECT_EQ(result.code, cli::kConditionHolds) << result.err;
  EXPECT_TRUE(nlohmann::json::accept(Read(Path("a.json"))));
}

TEST_F(OutputsTest, DeterministicTellsNeitherTimeNorPlace) {
  std::filesystem::create_directory(Path("elsewhere"));
  const std::string copy = directory_.Write("elsewhere/heap.hprof", shop_.dump.Bytes());
  for (std::vector<std::string> words : {std::vector<std::string>{"analyze"},
                                         {"histogram"},
                                         {"dominators"},
                                         {"loaders"},
                                         {"native"},
                                         {"doctor"}}) {
    words.insert(words.end(), {"", "--deterministic", "--timings", "--json"});
    words[1] = file_;
    const std::string here = RunTool(words).out;
    words[1] = copy;
    words.insert(words.end(), {"--threads", "2"});
    EXPECT_EQ(RunTool(words).out, here) << words[0];
    EXPECT_FALSE(absl::StrContains(here, directory_.path())) << here;
    EXPECT_FALSE(absl::StrContains(here, "wall_")) << here;
  }
  const auto diff = [&](const std::string& a, const std::string& b) {
    return RunTool({"diff", a, b, "--deterministic", "--json"}).out;
  };
  EXPECT_EQ(diff(file_, file_), diff(copy, copy));
  EXPECT_FALSE(absl::StrContains(diff(copy, copy), "elsewhere"));
}

}  // namespace
}  // namespace leaktrail::testing
