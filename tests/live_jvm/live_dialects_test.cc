// Ways in which a living JVM writes a dump that are not a plain file written to its end:
// compressed, in parallel, through a pipe, and by a JVM that is killed on the way. For every JDK
// found here that knows the way.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <map>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/graph/jvm_histogram.h"
#include "tests/live_jvm/live_jvm.h"

namespace leaktrail::testing {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> Jdks() {
  std::vector<std::string> jdks = FindJdks();
  if (jdks.empty()) jdks.emplace_back();
  return jdks;
}

class LiveDialectsTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam().empty()) GTEST_SKIP() << "no JDK on this machine";
    jvm_ = std::make_unique<LiveJvm>(LiveCase{GetParam(), "-XX:+UseG1GC -XX:ParallelGCThreads=4"});
    if (!jvm_->Start()) GTEST_SKIP() << "this JDK does not run it: " << jvm_->error();
    jvm_->Ask({"GC.run"});
  }

  // True if the JVM's own help knows this option of GC.heap_dump.
  bool Knows(absl::string_view option) {
    return absl::StrContains(jvm_->Ask({"help", "GC.heap_dump"}), option);
  }

  // The JVM is free to do what it likes between dump and histogram: a few tries.
  template <typename Take>
  void ExpectTheObjectsOfTheHistogram(Take take) {
    constexpr int kTries = 5;
    for (int tries = 1; tries <= kTries; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      const std::unique_ptr<graph::Snapshot> snapshot = take();
      ASSERT_NE(snapshot, nullptr);
      EXPECT_FALSE(snapshot->health().partial());
      const Histogram histogram = ParseJvmHistogram(jvm_->Ask({"GC.class_histogram"}));
      const HistogramComparison comparison = CompareHistograms(histogram, HistogramOf(*snapshot));
      if (!comparison.differences.empty() && tries < kTries) continue;
      EXPECT_TRUE(comparison.differences.empty()) << absl::StrJoin(comparison.differences, "\n");
      EXPECT_GT(comparison.equal_classes, 200u);
      return;
    }
  }

  std::unique_ptr<LiveJvm> jvm_;
};

TEST_P(LiveDialectsTest, GzipIsReadWithoutUnpacking) {
  if (!Knows("-gz")) GTEST_SKIP() << "this JDK does not compress dumps";
  ExpectTheObjectsOfTheHistogram([&] {
    auto snapshot = jvm_->Dump(false, "-gz=1");
    if (snapshot != nullptr) {
      EXPECT_EQ(snapshot->file().compression(), hprof::Compression::kGzip);
      EXPECT_EQ(snapshot->file().temporary_size(), 0u);
    }
    return snapshot;
  });
}

TEST_P(LiveDialectsTest, WrittenInParallel) {
  if (!Knows("-parallel")) GTEST_SKIP() << "this JDK does not dump in parallel";
  ExpectTheObjectsOfTheHistogram([&] { return jvm_->Dump(false, "-parallel=4"); });
}

TEST_P(LiveDialectsTest, ThroughANamedPipe) {
  if (!Knows("-overwrite")) GTEST_SKIP() << "this JDK does not write to a file that is there";
  ExpectTheObjectsOfTheHistogram([&] {
    const std::string pipe = jvm_->File("pipe");
    fs::remove(pipe);
    EXPECT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    std::thread writer([&] { jvm_->Ask({"GC.heap_dump", "-overwrite", pipe}); });
    auto snapshot = LiveJvm::Read(pipe);
    writer.join();
    return snapshot;
  });
}

TEST_P(LiveDialectsTest, VirtualThreadsInThousands) {
  // Only from JDK 22 on are threads that are not mounted in a dump.
  if (!Knows("-parallel")) GTEST_SKIP() << "this JDK does not dump virtual threads";
  jvm_ = std::make_unique<LiveJvm>(
      LiveCase{GetParam(), "-Djdk.virtualThreadScheduler.parallelism=220", "LiveVirtualThreads"});
  ASSERT_TRUE(jvm_->Start()) << jvm_->error();
  jvm_->Ask({"GC.run"});
  ExpectTheObjectsOfTheHistogram([&] { return jvm_->Dump(false); });
  const auto snapshot = jvm_->Dump(false);
  ASSERT_NE(snapshot, nullptr);
  const auto name_of = [&](graph::ObjectIndex o) {
    return std::string(snapshot->classes().Name(snapshot->ClassOf(o)));
  };
  std::map<std::string, int> threads;
  for (const graph::ThreadInfo& thread : snapshot->threads()) ++threads[name_of(thread.object)];
  EXPECT_EQ(threads["java.lang.VirtualThread"], 3'200);
  // Each is held by its thread alone.
  int locals = 0;
  snapshot->ForEachObject([&](graph::ObjectIndex o, graph::ClassIndex, std::uint64_t) {
    if (name_of(o) != "LiveVirtualThreads$Local") return;
    ++locals;
    EXPECT_EQ(snapshot->LevelOf(o), graph::Reachability::kStrong);
    const graph::ObjectIndex holder = snapshot->ImmediateDominator(o);
    ASSERT_TRUE(holder.valid());
    EXPECT_EQ(name_of(holder), "java.lang.VirtualThread");
  });
  EXPECT_EQ(locals, 3'200);
}

// Killed when the first bytes of it and of a part are in their files. (Of a JVM with few names the
// file itself stays empty until the end.)
TEST_P(LiveDialectsTest, KilledWhileItDumps) {
  if (!Knows("-parallel")) GTEST_SKIP() << "this JDK writes no parts";
  const std::string path = jvm_->File("killed.hprof");
  std::atomic<bool> answered{false};
  std::thread asker([&] {
    int status = 0;
    RunCommand(
        {GetParam() + "/bin/jcmd", absl::StrCat(jvm_->pid()), "GC.heap_dump", "-parallel=4", path},
        &status);
    answered = true;
  });
  const auto written = [&] {
    std::error_code none;
    if (fs::file_size(path, none) == 0 || none) return false;
    for (int part = 0; part < 4; ++part) {
      const auto size = fs::file_size(absl::StrCat(path, ".p", part), none);
      if (!none && size > 0) return true;
    }
    return false;
  };
  while (!answered && !written()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ::kill(jvm_->pid(), SIGKILL);
  asker.join();
  const auto size_of = [](const std::string& file) {
    std::error_code none;
    const auto size = fs::file_size(file, none);
    return none ? 0 : size;
  };
  std::cout << "left: " << size_of(path) << " bytes";
  for (int part = 0; part < 4; ++part) std::cout << ", " << size_of(absl::StrCat(path, ".p", part));
  std::cout << "\n";
  if (!written()) GTEST_SKIP() << "the dump was complete before the JVM could be killed";
  const std::unique_ptr<graph::Snapshot> snapshot = LiveJvm::Read(path);
  ASSERT_NE(snapshot, nullptr);
  EXPECT_GT(snapshot->health().count(hprof::Oddity::kUnfinishedParts), 0u);
  EXPECT_TRUE(snapshot->health().partial());
  std::uint64_t objects = 0;
  snapshot->ForEachObject([&](graph::ObjectIndex, graph::ClassIndex, std::uint64_t) { ++objects; });
  EXPECT_GT(objects, 1000u);

  // Had its names not been written yet, the rest were the same.
  fs::resize_file(path, 0);
  const std::unique_ptr<graph::Snapshot> nameless = LiveJvm::Read(path);
  ASSERT_NE(nameless, nullptr);
  EXPECT_EQ(nameless->records().strings.size(), 0u);
  EXPECT_EQ(nameless->records().header.id_size, 8u);
  std::uint64_t nameless_objects = 0;
  nameless->ForEachObject(
      [&](graph::ObjectIndex, graph::ClassIndex, std::uint64_t) { ++nameless_objects; });
  EXPECT_EQ(nameless_objects, objects);
}

std::string JdkName(const ::testing::TestParamInfo<std::string>& jdk) {
  std::string name = jdk.param.empty() ? "without_a_JDK" : fs::path(jdk.param).filename().string();
  for (char& c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Jdks, LiveDialectsTest, ::testing::ValuesIn(Jdks()), JdkName);

}  // namespace
}  // namespace leaktrail::testing
