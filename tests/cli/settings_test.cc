// Settings from the environment and from a file: what counts, where a mistake is, whom to trust.
#include "cli/settings.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tests/temp_directory.h"

namespace leaktrail::cli {
namespace {

using absl::StrContains;

class SettingsTest : public ::testing::Test {
 protected:
  SettingsTest() : before_(std::filesystem::current_path()) {
    std::filesystem::current_path(work_.path());
    Set("XDG_CONFIG_HOME", home_.path());
    Set("LEAKTRAIL_CONFIG", "");
  }
  ~SettingsTest() override {
    for (const auto& [name, value] : saved_) {
      if (value.empty()) {
        unsetenv(name.c_str());
      } else {
        setenv(name.c_str(), value.c_str(), 1);
      }
    }
    std::filesystem::current_path(before_);
  }

  void Set(const std::string& name, const std::string& value) {
    const char* old = std::getenv(name.c_str());
    saved_.try_emplace(name, old == nullptr ? "" : old);
    setenv(name.c_str(), value.c_str(), 1);
  }
  static void Write(const testing::TempDirectory& directory, const std::string& name,
                    absl::string_view text, mode_t mode = 0600) {
    std::filesystem::create_directories(std::filesystem::path(directory.File(name)).parent_path());
    chmod(directory.Write(name, text).c_str(), mode);
  }
  Arguments Good(const std::vector<std::string>& words) {
    said_.clear();
    const auto parsed = ParseWithSettings(words, said_);
    EXPECT_TRUE(parsed.ok()) << parsed.status().message();
    return parsed.ok() ? *parsed : Arguments();
  }
  std::string Problem(const std::vector<std::string>& words) {
    const auto parsed = ParseWithSettings(words, said_);
    EXPECT_FALSE(parsed.ok());
    return std::string(parsed.status().message());
  }

  testing::TempDirectory work_, home_;
  std::vector<std::string> said_;

 private:
  const std::filesystem::path before_;
  std::map<std::string, std::string> saved_;
};

TEST_F(SettingsTest, TheCommandLineCountsMostThenTheEnvironmentThenTheFile) {
  Write(work_, ".leaktrail.toml", "threads = 3\ntimeout = \"3m\"\nmax-memory = \"3GiB\"\n");
  Set("LEAKTRAIL_THREADS", "2");
  Set("LEAKTRAIL_TIMEOUT", "2m");
  const Arguments arguments = Good({"a.hprof", "--threads", "1"});
  EXPECT_EQ(arguments.threads, 1);
  EXPECT_EQ(arguments.budget.milliseconds, 120'000u);
  EXPECT_EQ(arguments.budget.memory, std::uint64_t{3} << 30);
  EXPECT_EQ(Good({"--threads=1", "histogram", "a.hprof"}).threads, 1);
  EXPECT_EQ(Good({"histogram", "a.hprof"}).threads, 2);
}

TEST_F(SettingsTest, EveryKindOfValue) {
  Write(work_, ".leaktrail.toml",
        "strict = true\ndegrade = false\ncolor = \"never\"\nprogress = \"json\"\n"
        "fail-on = [\"high\", \"live>80%\"]\nsuppress = \"known.txt\"\n"
        "baseline = [\"a.json\", \"/b.json\"]\n");
  const Arguments arguments = Good({"a.hprof"});
  EXPECT_TRUE(arguments.strict);
  EXPECT_FALSE(arguments.budget.degrade);
  EXPECT_EQ(arguments.color, ColorMode::kNever);
  EXPECT_EQ(arguments.progress, ProgressMode::kJson);
  EXPECT_EQ(arguments.fail_on.size(), 2u);
  EXPECT_EQ(arguments.suppressions, std::vector<std::string>({"known.txt"}));
  EXPECT_EQ(arguments.baselines, std::vector<std::string>({"a.json", "/b.json"}));
  // Lists are not mixed, and flags can be taken back.
  EXPECT_EQ(Good({"a.hprof", "--fail-on", "low"}).fail_on.size(), 1u);
  EXPECT_FALSE(Good({"a.hprof", "--strict=false"}).strict);
  // -q and --progress are one thing.
  EXPECT_EQ(Good({"a.hprof", "-q"}).progress, ProgressMode::kNever);
}

TEST_F(SettingsTest, ListsInTheEnvironment) {
  Set("LEAKTRAIL_SUPPRESS", "one.txt:/two.txt");
  Set("LEAKTRAIL_FAIL_ON", "class:com.acme.* count>5; high");
  const Arguments arguments = Good({"diff", "--degrade", "a.hprof", "b.hprof"});
  EXPECT_EQ(arguments.suppressions, std::vector<std::string>({"one.txt", "/two.txt"}));
  ASSERT_EQ(arguments.fail_on.size(), 2u);
  EXPECT_EQ(arguments.fail_on[0].name, "com.acme.*");
}

TEST_F(SettingsTest, OptionsThatACommandDoesNotKnowAreLeftOut) {
  Write(work_, ".leaktrail.toml", "fail-on = \"high\"\nthreads = 2\n");
  EXPECT_EQ(Good({"histogram", "a.hprof"}).threads, 2);
  EXPECT_EQ(Good({"--version"}).command, Command::kVersion);
}

TEST_F(SettingsTest, PathsOfAFileAreRelativeToIt) {
  Write(home_, "leaktrail/config.toml", "suppress = [\"known.txt\"]\n");
  EXPECT_EQ(Good({"a.hprof"}).suppressions,
            std::vector<std::string>({home_.File("leaktrail/known.txt")}));
}

TEST_F(SettingsTest, TheFirstFileIsTheOne) {
  Write(home_, "leaktrail/config.toml", "threads = 4\n");
  EXPECT_EQ(Good({"a.hprof"}).threads, 4);
  Write(work_, ".leaktrail.toml", "strict = true\n");
  EXPECT_EQ(Good({"a.hprof"}).threads, 0);
  EXPECT_TRUE(Good({"a.hprof"}).strict);
  Write(work_, "other.toml", "threads = 5\n");
  EXPECT_EQ(Good({"a.hprof", "--config", "other.toml"}).threads, 5);
  EXPECT_FALSE(Good({"a.hprof", "--config", "none"}).strict);
  Set("LEAKTRAIL_CONFIG", "other.toml");
  EXPECT_EQ(Good({"a.hprof"}).threads, 5);
  EXPECT_TRUE(Good({"a.hprof", "--config", ".leaktrail.toml"}).strict);
  EXPECT_TRUE(StrContains(Problem({"a.hprof", "--config", "missing.toml"}), "missing.toml"));
}

TEST_F(SettingsTest, AFileThatOthersMayWriteToIsNotRead) {
  for (const mode_t mode : {0620, 0602, 0666}) {
    Write(work_, ".leaktrail.toml", "threads = 3\n", mode);
    EXPECT_EQ(Good({"a.hprof"}).threads, 0);
    ASSERT_EQ(said_.size(), 1u);
    EXPECT_TRUE(StrContains(said_[0], "others may write to it")) << said_[0];
  }
  EXPECT_TRUE(StrContains(Problem({"a.hprof", "--config", ".leaktrail.toml"}), "others may write"));
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away: that of others is not tried";
  Write(work_, ".leaktrail.toml", "threads = 3\n");
  ASSERT_EQ(chown(".leaktrail.toml", 12345, 0), 0);
  EXPECT_EQ(Good({"a.hprof"}).threads, 0);
  ASSERT_EQ(said_.size(), 1u);
  EXPECT_TRUE(StrContains(said_[0], "another user's")) << said_[0];
}

TEST_F(SettingsTest, MistakesAreSaidWithTheirPlace) {
  for (const auto& [text, problem] : std::vector<std::pair<std::string, std::string>>{
           {"threads = 3\nshow-strings = true\n", ".leaktrail.toml:2:"},
           {"show-strings = true\n", "'show-strings' cannot be set here"},
           {"[threads]\n", "threads: write a text in quotes"},
           {"timeout = \"soon\"\n", ".leaktrail.toml:1:11: --timeout 'soon' is no duration"},
           {"threads = [1, 2]\n", "one value, not a list"},
           {"strict = \"yes\"\n", "write true or false"},
           {"threads = \n", ".leaktrail.toml:1:"},
           {"threads = 0\n", ".leaktrail.toml:1:11: --threads: "},
           {"[`a]\n", ".leaktrail.toml:1:"}}) {
    Write(work_, ".leaktrail.toml", text);
    const std::string message = Problem({"a.hprof"});
    EXPECT_TRUE(StrContains(message, problem)) << text << message;
  }
  std::filesystem::remove(".leaktrail.toml");
  Set("LEAKTRAIL_MAX_MEMORY", "lots");
  EXPECT_TRUE(absl::StartsWith(Problem({"a.hprof"}), "LEAKTRAIL_MAX_MEMORY: --max-memory lots"));
}

TEST_F(SettingsTest, OtherVariablesMeanNothing) {
  Set("LEAKTRAIL_SERVICE_HOST", "10.0.0.7");
  Set("LEAKTRAIL_SHOW_STRINGS", "true");
  EXPECT_FALSE(Good({"a.hprof"}).show_strings);
}

TEST_F(SettingsTest, EverySettingIsAnOption) {
  const auto settings = ParseSettings("timeout = \"1s\"\ntmp = \"/tmp\"\n", "x");
  ASSERT_TRUE(settings.ok());
  for (const Setting& setting : *settings) {
    EXPECT_TRUE(absl::StartsWith(setting.option, "--"));
  }
  const auto wrong = ParseSettings("nonsense = 1\n", "x.toml");
  ASSERT_FALSE(wrong.ok());
  for (const char* name : {"fail-on", "max-memory", "quiet", "signatures", "timeout"}) {
    EXPECT_TRUE(StrContains(wrong.status().message(), name)) << name;
  }
}

}  // namespace
}  // namespace leaktrail::cli
