// The dump of a living JVM against the class histogram that the same JVM prints: the same objects
// in every class, of the same size to the byte. For every JDK found on this machine.
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
#include "tests/live_jvm/java_process.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

struct LiveCase {
  std::string jdk;    // empty: there is none
  std::string flags;  // separated by spaces
};
void PrintTo(const LiveCase& live, std::ostream* out) { *out << live.jdk << " " << live.flags; }

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

// Where LiveHeap.java is compiled to.
std::string ClassDirectory(const std::string& jdk) {
  static const TempDirectory directory;
  return directory.File(std::filesystem::path(jdk).filename().string());
}

// Compiles LiveHeap.java and, where the JDK knows records, LiveRecords.java, for one JDK, once.
// What is wrong with the first, or "".
std::string Compile(const std::string& jdk) {
  static auto* errors = new std::map<std::string, std::string>();
  const auto [error, is_new] = errors->try_emplace(jdk);
  if (!is_new) return error->second;
  const std::string compiler = jdk + "/bin/javac";
  int status = 0;
  const std::string output =
      RunCommand({compiler, "-nowarn", "-d", ClassDirectory(jdk),
                  absl::StrCat(LEAKTRAIL_LIVE_JVM_DIRECTORY, "/LiveHeap.java")},
                 &status);
  if (status != 0) error->second = absl::StrCat(compiler, ": ", output);
  RunCommand({compiler, "-nowarn", "-d", ClassDirectory(jdk),
              absl::StrCat(LEAKTRAIL_LIVE_JVM_DIRECTORY, "/LiveRecords.java")},
             &status);
  return error->second;
}

// A JVM with the program of LiveHeap.java in it.
class LiveJvm {
 public:
  explicit LiveJvm(const LiveCase& live) : live_(live), error_(Compile(live.jdk)) {}

  bool Start() {
    if (!error_.empty()) return false;
    std::vector<std::string> command = {live_.jdk + "/bin/java", "-Xmx192m"};
    for (absl::string_view flag : absl::StrSplit(live_.flags, ' ')) command.emplace_back(flag);
    command.insert(command.end(), {"-cp", ClassDirectory(live_.jdk), "LiveHeap"});
    process_ = std::make_unique<JavaProcess>(command);
    if (process_->ready()) return true;
    error_ = process_->output();
    return false;
  }

  std::string Ask(std::vector<std::string> request) {
    std::vector<std::string> command = {live_.jdk + "/bin/jcmd", absl::StrCat(process_->pid())};
    command.insert(command.end(), request.begin(), request.end());
    int status = 0;
    const std::string answer = RunCommand(command, &status);
    EXPECT_EQ(status, 0) << absl::StrJoin(command, " ") << ": " << answer;
    return answer;
  }

  // `all`: with the garbage.
  std::unique_ptr<graph::Snapshot> Dump(bool all) {
    const std::string path = directory_.File("live.hprof");
    std::filesystem::remove(path);
    const std::string answer = Ask(Request("GC.heap_dump", all, path));
    hprof::ImportHealth health;
    auto file = hprof::DumpFile::Open(path, {}, health);
    if (!file.ok()) {
      ADD_FAILURE() << file.status() << "\n" << answer;
      return nullptr;
    }
    auto snapshot = graph::Snapshot::Build(*std::move(file), health, {.threads = 2});
    if (!snapshot.ok()) {
      ADD_FAILURE() << snapshot.status();
      return nullptr;
    }
    return *std::move(snapshot);
  }
  static std::vector<std::string> Request(const std::string& command, bool all,
                                          const std::string& path = "") {
    std::vector<std::string> request = {command};
    if (all) request.emplace_back("-all");
    if (!path.empty()) request.push_back(path);
    return request;
  }
  // Why it does not run.
  const std::string& error() const { return error_; }

 private:
  const LiveCase live_;
  TempDirectory directory_;
  std::string error_;
  std::unique_ptr<JavaProcess> process_;
};

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
