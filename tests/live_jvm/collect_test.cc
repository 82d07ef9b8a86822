// `collect --run` on a living JVM of every JDK found here, and what `native` makes of it: sources
// of one process at one moment must agree with each other and with what the program is known to
// hold.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analyses/native/native_memory.h"
#include "analyses/side_figures.h"
#include "analyses/sidefiles/collect_plan.h"
#include "analyses/sidefiles/side_report.h"
#include "cli/run.h"
#include "graph/snapshot.h"
#include "hprof/dump_file.h"
#include "tests/live_jvm/java_process.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

using analyses::sidefiles::Area;
using analyses::sidefiles::MemoryTable;
using analyses::sidefiles::SideFiles;
using analyses::sidefiles::TableRow;

constexpr std::uint64_t kMiB = 1 << 20;

// jcmd and jstat of a JDK, for the time of a test.
class PathOfJdk {
 public:
  explicit PathOfJdk(const std::string& jdk) {
    if (const char* path = std::getenv("PATH")) old_ = path;
    setenv("PATH", absl::StrCat(jdk, "/bin:", old_).c_str(), 1);
  }
  ~PathOfJdk() { setenv("PATH", old_.c_str(), 1); }

 private:
  std::string old_;
};

class CollectTest : public ::testing::TestWithParam<std::string> {
 protected:
  // False, and why, where this JDK does not run the program.
  bool Start(std::string& why) {
    int status = 0;
    why = RunCommand({GetParam() + "/bin/javac", "-nowarn", "-d", directory_.path(),
                      absl::StrCat(LEAKTRAIL_LIVE_JVM_DIRECTORY, "/LiveOutside.java")},
                     &status);
    if (status != 0) return false;
    process_ = std::make_unique<JavaProcess>(std::vector<std::string>{
        GetParam() + "/bin/java", "-Xmx64m", "-XX:+UseSerialGC", "-Xss512k",
        "-XX:NativeMemoryTracking=summary", "-XX:MaxDirectMemorySize=64m", "-cp", directory_.path(),
        "LiveOutside", directory_.path()});
    why = process_->output();
    return process_->ready();
  }

  int Collect(std::string& said) {
    const PathOfJdk path(GetParam());
    ::testing::internal::CaptureStdout();
    const int code =
        cli::Run({"collect", "--pid", absl::StrCat(process_->pid()), "--out", bundle_, "--run"});
    said = ::testing::internal::GetCapturedStdout();
    return code;
  }

  analyses::sidefiles::DumpFigures Dump(const std::string& path) {
    hprof::ImportHealth health;
    auto file = hprof::DumpFile::Open(path, {}, health);
    if (!file.ok()) {
      ADD_FAILURE() << file.status();
      return {};
    }
    auto snapshot = graph::Snapshot::Build(*std::move(file), health, {.threads = 2});
    if (!snapshot.ok()) {
      ADD_FAILURE() << snapshot.status();
      return {};
    }
    return analyses::FiguresForSideFiles(**snapshot, analyses::DescribeNative(**snapshot));
  }

  TempDirectory directory_;
  std::string bundle_ = directory_.File("an incident=1");  // jcmd would divide it
  std::unique_ptr<JavaProcess> process_;
};

std::uint64_t BytesOf(const analyses::sidefiles::MaybeFigure& figure) {
  return figure ? figure->bytes : 0;
}

void ExpectKnownAmounts(const MemoryTable& table) {
  const TableRow* direct = table.Find(Area::kDirect);
  ASSERT_NE(direct, nullptr);
  EXPECT_EQ(BytesOf(direct->committed), 24 * kMiB);
  EXPECT_EQ(BytesOf(direct->allowed), 64 * kMiB);
  const TableRow* mapped = table.Find(Area::kMapped);
  ASSERT_NE(mapped, nullptr);
  EXPECT_GE(BytesOf(mapped->resident), 16 * kMiB);
  EXPECT_LT(BytesOf(mapped->resident), 18 * kMiB);
}

// Native memory tracking, smaps and the dump, taken one after the other of a process at rest.
void ExpectSourcesAgree(const SideFiles& files, const MemoryTable& table) {
  ASSERT_TRUE(table.rss && table.unexplained);
  for (const Area area : {Area::kHeap, Area::kCode, Area::kThreads}) {
    const TableRow* row = table.Find(area);
    ASSERT_NE(row, nullptr);
    // What is resident was committed; thread stacks have guards that smaps counts to them.
    EXPECT_LE(BytesOf(row->resident), BytesOf(row->committed) + kMiB) << row->name;
  }
  std::uint64_t rows = 0;
  for (const TableRow& row : table.rows) rows += BytesOf(row.resident);
  EXPECT_EQ(rows - table.over, table.rss->bytes);
  // This program has nothing that is in nobody's books.
  EXPECT_LT(*table.unexplained, 24 * kMiB);
  const std::uint64_t smaps = files.smaps->value.rss, rollup = files.rollup->value.rss;
  EXPECT_LT(std::max(smaps, rollup) - std::min(smaps, rollup), rollup / 5);
}

TEST_P(CollectTest, WhatItCollectsIsUnderstoodAndAgrees) {
  if (GetParam().empty()) {
    GTEST_SKIP() << "no JDK on this machine: neither JAVA_HOME nor PATH nor /usr/lib/jvm has one "
                    "with java and jcmd";
  }
  std::string why;
  if (!Start(why)) GTEST_SKIP() << "this JDK does not run it: " << why;
  std::string said;
  ASSERT_EQ(Collect(said), 0) << said;
  for (const absl::string_view line : absl::StrSplit(said, '\n')) {
    if (absl::StrContains(line, "left out:")) {
      EXPECT_TRUE(absl::StartsWith(line, "memory.")) << line;  // there may be no control group
    }
  }
  SideFiles files;
  ASSERT_TRUE(AddBundle(bundle_, files).ok());
  EXPECT_TRUE(files.native && files.smaps && files.rollup && files.status && files.heap) << said;
  EXPECT_TRUE(files.threads && files.metaspace && files.class_loaders && files.jstat) << said;
  EXPECT_TRUE(files.version.known() && files.flags.any());
  EXPECT_EQ(files.unread_lines, 0u);
  EXPECT_TRUE(files.other_files.empty());
  ASSERT_EQ(files.dumps.size(), 1u) << said;
  for (const auto& entry : std::filesystem::directory_iterator(bundle_)) {
    struct stat status = {};
    ASSERT_EQ(stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 077, 0u) << entry.path() << " is for its owner alone";
  }
  const auto dump = Dump(files.dumps[0]);
  const MemoryTable table = MakeSideReport(files, &dump).table;
  ExpectKnownAmounts(table);
  ExpectSourcesAgree(files, table);
  std::cout << files.version.Text() << ": resident " << table.rss->bytes << ", unexplained "
            << *table.unexplained << ", over " << table.over << "\n";
  EXPECT_NE(Collect(said), 0) << "nothing is written over";
}

// What it is asked while it is stopped it would do when it goes on, with nobody there any more.
TEST_P(CollectTest, AStoppedJvmIsNotAsked) {
  if (GetParam().empty()) GTEST_SKIP() << "no JDK on this machine";
  std::string why;
  if (!Start(why)) GTEST_SKIP() << "this JDK does not run it: " << why;
  std::string said;
  kill(process_->pid(), SIGSTOP);
  ASSERT_EQ(waitpid(process_->pid(), nullptr, WUNTRACED), process_->pid());
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(Collect(said), 0) << said;
  const auto took = std::chrono::steady_clock::now() - start;
  kill(process_->pid(), SIGCONT);
  EXPECT_LT(took, std::chrono::seconds(10));
  EXPECT_TRUE(
      absl::StrContains(said, "vm_version.txt               left out: the process is stop"));
  EXPECT_TRUE(std::filesystem::exists(bundle_ + "/smaps.txt"));
  int status = 0;
  RunCommand({GetParam() + "/bin/jcmd", absl::StrCat(process_->pid()), "VM.version"}, &status);
  EXPECT_EQ(status, 0) << "it goes on";
  for (const auto& entry : std::filesystem::directory_iterator(bundle_)) {
    EXPECT_FALSE(absl::StrContains(entry.path().filename().string(), "heap")) << entry;
  }
}

// The commands that are printed, by a shell.
TEST_P(CollectTest, TheCommandsForAShellDoTheSame) {
  if (GetParam().empty()) GTEST_SKIP() << "no JDK on this machine";
  std::string why;
  if (!Start(why)) GTEST_SKIP() << "this JDK does not run it: " << why;
  const PathOfJdk path(GetParam());
  int status = 0;
  const std::string said =
      RunCommand({"/bin/sh", "-c",
                  analyses::sidefiles::CollectScript(absl::StrCat(process_->pid()), bundle_, true)},
                 &status);
  EXPECT_EQ(status, 0) << said;
  SideFiles files;
  ASSERT_TRUE(AddBundle(bundle_, files).ok());
  EXPECT_TRUE(files.native && files.smaps && files.rollup && files.status && files.heap) << said;
  EXPECT_TRUE(files.threads && files.metaspace && files.class_loaders && files.jstat) << said;
  EXPECT_EQ(files.dumps.size(), 1u) << said;
}

std::vector<std::string> Jdks() {
  std::vector<std::string> jdks = FindJdks();
  if (jdks.empty()) jdks.emplace_back();
  return jdks;
}

std::string NameOf(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = absl::StrCat(std::filesystem::path(info.param).filename().string(), "_jdk");
  for (char& c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Jdks, CollectTest, ::testing::ValuesIn(Jdks()), NameOf);

}  // namespace
}  // namespace leaktrail::testing
