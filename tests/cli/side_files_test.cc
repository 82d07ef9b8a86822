// `native` with what lies beside a dump, as a whole: the two incidents that end outside of the heap
// on one screen each, everything with --full, and no secret of any file.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/run.h"
#include "cli/text_parts.h"
#include "gtest/gtest.h"
#include "tests/cli/golden.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

std::string Fixture(const std::string& name) { return absl::StrCat(LEAKTRAIL_FIXTURES, "/", name); }

// What goes to stdout, without the place of the fixtures.
std::string Answer(std::vector<std::string> words) {
  ::testing::internal::CaptureStdout();
  const int code = cli::Run(words);
  const std::string out = ::testing::internal::GetCapturedStdout();
  EXPECT_EQ(code, 0);
  return absl::StrReplaceAll(out, {{absl::StrCat(LEAKTRAIL_FIXTURES, "/"), ""}});
}

// A container that was killed: a real process and its dump, and a control group of 288 MiB.
std::vector<std::string> OomKilled() {
  return {"native", "--bundle", Fixture("sidefiles/jdk17-leaky"), "--cgroup",
          Fixture("sidefiles/cgroup-oomkilled")};
}

// What a TaskManager has beside its heap: a real dump, and the configuration.
std::vector<std::string> MemoryModel() {
  return {"native", Fixture("dumps/flink-taskmanager-memory.hprof.zst"), "--bundle",
          Fixture("sidefiles/flink-704m")};
}

void ExpectOneScreen(const std::string& text) {
  EXPECT_TRUE(cli::FitsScreen(text)) << text;
  EXPECT_TRUE(absl::StartsWith(text, "The heap is not the problem (")) << text;
}

TEST(SideFilesText, AKilledContainerOnOneScreen) {
  const std::string text = Answer(OomKilled());
  ExpectOneScreen(text);
  ExpectGolden("side-oomkilled.txt", text);
}

TEST(SideFilesText, TheMemoryModelOfATaskManagerOnOneScreen) {
  const std::string text = Answer(MemoryModel());
  ExpectOneScreen(text);
  ExpectGolden("side-memory-model.txt", text);
}

// All files of some folders of the fixtures, of one age.
void CopyTo(const std::string& to, const std::vector<std::string>& folders) {
  const auto now = std::filesystem::file_time_type::clock::now();
  for (const std::string& folder : folders) {
    for (const auto& entry : std::filesystem::directory_iterator(Fixture(folder))) {
      const auto copy = std::filesystem::path(to) / entry.path().filename();
      std::filesystem::copy_file(entry.path(), copy);
      std::filesystem::last_write_time(copy, now);
    }
  }
}

TEST(SideFilesText, FilesThatOptionsNameAreEnough) {
  const std::string text =
      Answer({"native", "--nmt", Fixture("sidefiles/jdk17-leaky/native_memory.txt"), "--smaps",
              Fixture("sidefiles/jdk17-leaky/smaps.txt")});
  for (const char* part : {"committed", "resident", "metaspace"}) {
    EXPECT_TRUE(absl::StrContains(text, part)) << part << " in " << text;
  }
}

TEST(SideFilesText, EverythingWithFull) {
  const TempDirectory directory;
  CopyTo(directory.path(), {"sidefiles/jdk17-leaky", "sidefiles/cgroup-oomkilled"});
  const std::string text = Answer({"native", "--bundle", directory.path(), "--full"});
  const std::size_t dump = text.find(directory.path());  // its header has its path
  ASSERT_NE(dump, std::string::npos);
  ExpectGolden("side-oomkilled-full.txt", text.substr(0, dump));
  for (const char* part : {"notes", "read ", "held by"}) {
    EXPECT_TRUE(absl::StrContains(text, part)) << part;
  }
  EXPECT_FALSE(absl::StrContains(text, "Not in any heap dump")) << "all of it was read";
}

TEST(SideFilesText, WhatWasReadIsNotMissing) {
  const std::string text = Answer({"native", Fixture("dumps/direct-buffers.hprof.zst"), "--status",
                                   Fixture("sidefiles/jdk17-leaky/status.txt"), "--smaps",
                                   Fixture("sidefiles/jdk17-leaky/smaps.txt"), "--full"});
  const std::size_t at = text.find("Not in any heap dump");
  ASSERT_NE(at, std::string::npos) << text;
  EXPECT_TRUE(absl::StrContains(text.substr(at), "VM.native_memory"));
  EXPECT_TRUE(absl::StrContains(text.substr(at), "memory.max"));
  EXPECT_FALSE(absl::StrContains(text.substr(at), "/proc/PID/smaps"));
}

// A leak is the answer; that nothing beside it stands out is none.
TEST(SideFilesText, UnderALeakNothingIsSaidOfFilesThatShowNothing) {
  const auto answer = [](const std::string& dump) {
    return Answer(
        {"analyze", Fixture(dump), "--status", Fixture("sidefiles/jdk17-plain/status.txt")});
  };
  const std::string leak = answer("dumps/kafka-consumers-unclosed.hprof.zst");
  EXPECT_TRUE(absl::StrContains(leak, "LEAK")) << leak;
  EXPECT_FALSE(absl::StrContains(leak, "Beside the dump")) << leak;
  EXPECT_TRUE(absl::StrContains(leak, "The table of all memory")) << leak;
  const std::string fine = answer("dumps/healthy-service.hprof.zst");
  EXPECT_FALSE(absl::StrContains(fine, "LEAK")) << fine;
  EXPECT_TRUE(absl::StrContains(fine, "Beside the dump")) << fine;
}

// Also where the screen is short.
TEST(SideFilesText, FilesOfOtherProcessesAreTold) {
  const TempDirectory directory;
  directory.Write("heap_info",
                  "4711:\n def new generation   total 64K, used 32K [0x1, 0x2, 0x3)\n");
  directory.Write("status", "Name:\tjava\nPid:\t12\nVmRSS:\t  1024 kB\nVmHWM:\t  2048 kB\n");
  const std::string text = Answer({"native", "--bundle", directory.path()});
  EXPECT_TRUE(absl::StrContains(text, "careful")) << text;
  EXPECT_TRUE(cli::FitsScreen(text)) << text;
}

TEST(SideFilesText, WithoutADumpToo) {
  const TempDirectory directory;
  directory.Write("memory.max", "1073741824\n");
  directory.Write("memory.events", "max 3\noom_kill 1\n");
  directory.Write("gibberish", "no file of any kind\n");
  const std::string text = Answer({"native", "--bundle", directory.path()});
  EXPECT_TRUE(cli::FitsScreen(text)) << text;
  EXPECT_TRUE(absl::StrContains(text, "has killed in this container 1 time")) << text;
  EXPECT_TRUE(absl::StrContains(text, "More ")) << text;
}

// The environment, properties, command lines, thread names, configurations and messages.
TEST(SideFilesText, SecretsOfNoFileAreShown) {
  const TempDirectory directory;
  const std::string secret = "hunter2";
  directory.Write(
      "hs_err.log",
      absl::StrCat("#\n# A fatal error has been detected by the Java Runtime Environment:\n#\n"
                   "#  fatal error: OutOfMemory encountered: ",
                   secret,
                   "\n#\n"
                   "Command Line: -Xmx64m -Ddb.password=",
                   secret, " com.acme.Main ", secret,
                   "\n"
                   "Current thread (0x1):  JavaThread \"",
                   secret,
                   "\" [_thread_in_vm, id=1]\n"
                   "java_command: com.acme.Main --token ",
                   secret,
                   "\n"
                   "Environment Variables:\nAWS_SECRET_ACCESS_KEY=",
                   secret, "\n"));
  directory.Write("threads.txt",
                  absl::StrCat("2026-01-01 00:00:00\nFull thread dump OpenJDK 64-Bit Server VM "
                               "(17.0.15+6 mixed mode):\n\n\"",
                               secret,
                               "\" #1 prio=5 os_prio=0 cpu=1ms elapsed=1s tid=0x1 nid=0x1 waiting "
                               "[0x00007f0000001000]\n   java.lang.Thread.State: WAITING\n\tat "
                               "com.acme.Job.run(Job.java:7)\n\n"));
  directory.Write("properties.txt", absl::StrCat("1:\n#Thu Jan 01\ndb.password=", secret, "\n"));
  directory.Write("flags.txt", absl::StrCat("1:\n-XX:MaxHeapSize=67108864 -Dkey=", secret, "\n"));
  directory.Write("flink-conf.yaml",
                  absl::StrCat("taskmanager.memory.process.size: 1728m\ns3.secret-key: ", secret,
                               "\ntaskmanager.memory.managed.size: ", secret, "\n"));
  directory.Write("pod.yaml",
                  absl::StrCat("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    "
                               "env:\n    - name: TOKEN\n      value: ",
                               secret, "\n    resources:\n      limits:\n        memory: 1Gi\n"));
  directory.Write("spark-defaults.conf",
                  absl::StrCat("spark.executor.memory 2g\nspark.hadoop.fs.s3a.secret.key ", secret,
                               "\nspark.executor.memoryOverhead ", secret, "\n"));
  directory.Write("app.log", absl::StrCat("java.lang.OutOfMemoryError: Metaspace ", secret,
                                          "\njava.lang.OutOfMemoryError: ", secret, "\n"));
  for (const char* form : {"", "--full", "--json"}) {
    std::vector<std::string> words = {"native", "--bundle", directory.path()};
    if (*form != '\0') words.emplace_back(form);
    const std::string text = Answer(words);
    EXPECT_FALSE(absl::StrContains(text, secret)) << form << text;
    EXPECT_TRUE(absl::StrContains(text, "1.0 GiB") || absl::StrContains(text, "1073741824"))
        << "the limit of the pod: the files were read";
  }
}

}  // namespace
}  // namespace leaktrail::testing
