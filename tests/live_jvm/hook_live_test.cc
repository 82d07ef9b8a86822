// A JVM whose heap is full runs the hook: the dump is complete by then, the reports are there when
// the JVM ends, and it ends as it would have without.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/live_jvm/java_process.h"
#include "tests/live_jvm/java_programs.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

namespace fs = std::filesystem;
using absl::StrContains;
using nlohmann::json;

class HookLiveTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam().empty()) GTEST_SKIP() << "no JDK with java and jcmd found";
    ASSERT_EQ(CompileJava(GetParam(), "FillHeap", classes_.path()), "");
  }

  // Fills a heap; the output of the JVM and of the hook. `options`: of the hook.
  std::string Fill(const std::string& directory, const std::vector<std::string>& flags,
                   const std::string& options, int* code) {
    std::vector<std::string> command = {
        GetParam() + "/bin/java", "-Xmx24m", "-XX:+HeapDumpOnOutOfMemoryError",
        absl::StrCat("-XX:HeapDumpPath=", directory),
        absl::StrCat("-XX:OnOutOfMemoryError=" LEAKTRAIL_TOOL " hook --dump ", directory,
                     "/java_pid%p.hprof", options)};
    command.insert(command.end(), flags.begin(), flags.end());
    command.insert(command.end(), {"-cp", classes_.path(), "FillHeap"});
    int status = 0;
    std::string output = RunCommand(command, &status);
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return output;
  }

  // The one file of the directory that ends so.
  static std::string Only(const std::string& directory, absl::string_view end) {
    std::string found;
    for (const auto& entry : fs::directory_iterator(directory)) {
      if (!absl::EndsWith(entry.path().string(), end)) continue;
      EXPECT_EQ(found, "");
      found = entry.path().string();
    }
    EXPECT_NE(found, "") << "no file " << end;
    return found;
  }

  TempDirectory classes_, dumps_;
};

TEST_P(HookLiveTest, ReportsAreThereWhenTheJvmEnds) {
  int code = 0;
  const std::string output = Fill(dumps_.path(), {}, "", &code);
  EXPECT_EQ(code, 1) << output;  // of an exception that nobody catches
  EXPECT_TRUE(StrContains(output, ".leaktrail.txt, .md and .json")) << output;
  const std::string dump = Only(dumps_.path(), ".hprof");
  const json report = json::parse(ReadFile(dump + ".leaktrail.json"));
  EXPECT_EQ(report["status"], "complete");
  EXPECT_TRUE(report["dump"]["end_record"].get<bool>());  // dump first, then the hook
  EXPECT_TRUE(report["dump"]["complete"].get<bool>());
  EXPECT_EQ(report["dump"]["bytes"], fs::file_size(dump));
  ASSERT_GE(report["findings"].size(), 1u);
  EXPECT_TRUE(StrContains(report["findings"][0].dump(), "FillHeap")) << report["findings"][0];
  EXPECT_TRUE(StrContains(ReadFile(dump + ".leaktrail.txt"), "FillHeap"));
  EXPECT_TRUE(StrContains(ReadFile(dump + ".leaktrail.md"), "FillHeap"));
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(dumps_.path())) {
    struct stat info = {};
    ASSERT_EQ(stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 5u);  // the dump, three reports, the state

  // A second time there is nothing to do.
  const auto written = fs::last_write_time(dump + ".leaktrail.json");
  int status = 0;
  const std::string again = RunCommand({LEAKTRAIL_TOOL, "hook", "--dump", dump}, &status);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(StrContains(again, "a hook has been at this dump before")) << again;
  EXPECT_EQ(fs::last_write_time(dump + ".leaktrail.json"), written);
}

TEST_P(HookLiveTest, TheFingerprintIsThatOfTheNextJvm) {
  std::vector<std::string> fingerprints;
  for (const char* collector : {"-XX:+UseSerialGC", "-XX:+UseG1GC"}) {
    const TempDirectory dumps;
    int code = 0;
    const std::string output = Fill(dumps.path(), {collector}, "", &code);
    const std::string dump = Only(dumps.path(), ".hprof");
    const json report = json::parse(ReadFile(dump + ".leaktrail.json"), nullptr, false);
    ASSERT_FALSE(report.is_discarded()) << output;
    ASSERT_GE(report["findings"].size(), 1u);
    fingerprints.push_back(report["findings"][0]["fingerprint"]);
  }
  EXPECT_EQ(fingerprints[0], fingerprints[1]);
}

TEST_P(HookLiveTest, TheExitCodeOfTheJvmIsItsOwn) {
  int code = 0;
  const std::string output = Fill(dumps_.path(), {"-XX:+ExitOnOutOfMemoryError"}, "", &code);
  EXPECT_EQ(code, 3) << output;
  EXPECT_TRUE(fs::exists(Only(dumps_.path(), ".hprof") + ".leaktrail.json"));
}

TEST_P(HookLiveTest, AHookThatCannotWorkChangesNothing) {
  int code = 0;
  const std::string output =
      Fill(dumps_.path(), {"-XX:+ExitOnOutOfMemoryError"}, " --out /nowhere", &code);
  EXPECT_EQ(code, 3) << output;
  EXPECT_TRUE(StrContains(output, "cannot make /nowhere")) << output;
}

TEST_P(HookLiveTest, LittleMemoryGivesACount) {
  int code = 0;
  const std::string output = Fill(dumps_.path(), {}, " --max-memory 1MiB", &code);
  EXPECT_EQ(code, 1);
  const std::string dump = Only(dumps_.path(), ".hprof");
  const json report = json::parse(ReadFile(dump + ".leaktrail.json"));
  EXPECT_EQ(report["status"], "histogram_only") << output;
  EXPECT_EQ(report["application_rows"][0]["class"], "FillHeap$Session");
}

INSTANTIATE_TEST_SUITE_P(Jdks, HookLiveTest, ::testing::ValuesIn(JdksOrNone()),
                         [](const auto& jdk) { return JdkName(jdk.param); });

}  // namespace
}  // namespace leaktrail::testing
