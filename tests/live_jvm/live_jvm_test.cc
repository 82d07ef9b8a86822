// The dump of a living JVM against the class histogram that the same JVM prints: the same objects
// in every class, of the same size to the byte. For every JDK found on this machine.
#include "tests/live_jvm/live_jvm.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "graph/snapshot.h"
#include "tests/graph/jvm_histogram.h"

namespace leaktrail::testing {
namespace {

std::vector<LiveCase> LiveCases() {
  std::vector<LiveCase> cases;
  for (const std::string& jdk : FindJdks()) {
    for (const char* flags :
         {"-XX:+UseG1GC", "-XX:+UseSerialGC", "-XX:+UseParallelGC", "-XX:+UseZGC",
          "-XX:+UseShenandoahGC", "-XX:+UseG1GC -XX:-UseCompressedOops",
          "-XX:+UseSerialGC -Xshare:off -XX:-UseCompressedOops",
          "-XX:+UseSerialGC -XX:-UseCompressedClassPointers",
          "-XX:+UseG1GC -XX:-UseCompressedOops -XX:-UseCompressedClassPointers",
          "-XX:+UseParallelGC -XX:ObjectAlignmentInBytes=16",
          "-XX:+UseParallelGC -XX:ObjectAlignmentInBytes=16 -XX:-UseCompressedOops",
          "-XX:+UseG1GC -XX:+UseCompactObjectHeaders",
          "-XX:+UseG1GC -XX:+UseCompactObjectHeaders -XX:-UseCompressedOops",
          "-XX:+UseZGC -XX:+UseCompactObjectHeaders",
          "-XX:+UseSerialGC -XX:+UseCompactObjectHeaders -XX:ObjectAlignmentInBytes=16"}) {
      cases.push_back({jdk, flags});
    }
  }
  if (cases.empty()) cases.push_back({});
  return cases;
}

class LiveJvmTest : public ::testing::TestWithParam<LiveCase> {
 protected:
  static void CompareWithDump(LiveJvm& jvm, bool all) {
    constexpr int kTries = 5;
    for (int tries = 1; tries <= kTries; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      const std::unique_ptr<graph::Snapshot> snapshot = jvm.Dump(all);
      ASSERT_NE(snapshot, nullptr);
      const Histogram histogram =
          ParseJvmHistogram(jvm.Ask(LiveJvm::Request("GC.class_histogram", all)));
      const Histogram dump = HistogramOf(*snapshot);
      const HistogramComparison comparison = CompareHistograms(histogram, dump);
      if (!comparison.differences.empty() && tries < kTries) continue;
      EXPECT_TRUE(comparison.differences.empty()) << absl::StrJoin(comparison.differences, "\n");
      EXPECT_EQ(Total(dump), Total(histogram));
      EXPECT_GT(comparison.equal_classes, 200u);
      EXPECT_EQ(snapshot->layout().verdict().trust, graph::LayoutVerdict::Trust::kExact);
      std::cout << (all ? "all: " : "live: ") << comparison.equal_classes << " classes equal, "
                << Total(dump).instances << " objects, " << Total(dump).bytes << " bytes, "
                << snapshot->layout().verdict().summary
                << "; not in the dump: " << snapshot->dormant_mirrors().objects
                << " mirrors; fillers: " << comparison.fillers.instances << "; tries: " << tries
                << "\n";
      return;
    }
  }
};

TEST_P(LiveJvmTest, DumpHasTheObjectsOfTheClassHistogram) {
  if (GetParam().jdk.empty()) {
    GTEST_SKIP() << "no JDK on this machine: neither JAVA_HOME nor PATH nor /usr/lib/jvm has one "
                    "with java and jcmd";
  }
  LiveJvm jvm(GetParam());
  if (!jvm.Start()) {
    GTEST_SKIP() << "this JDK does not run it: " << jvm.error();
  }
  // The first question makes the JVM start a thread for questions; a collection lets its cleaners
  // finish. From then on the heap should not change, but the JVM is free to do what it likes.
  jvm.Ask({"GC.run"});
  for (const bool all : {false, true}) CompareWithDump(jvm, all);
}

std::string CaseName(const ::testing::TestParamInfo<LiveCase>& live) {
  if (live.param.jdk.empty()) return "without_a_JDK";
  std::string name =
      absl::StrCat(std::filesystem::path(live.param.jdk).filename().string(), live.param.flags);
  for (char& c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Jdks, LiveJvmTest, ::testing::ValuesIn(LiveCases()), CaseName);

}  // namespace
}  // namespace leaktrail::testing
