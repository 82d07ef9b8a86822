// Dumps that other people's programs wrote and that are not part of this project: all files of the
// directory that LEAKTRAIL_EXTRA_DUMPS names, and known facts about some of them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "graph/snapshot.h"
#include "tests/graph/jvm_histogram.h"

namespace leaktrail::testing {
namespace {

using graph::BuildOptions;
using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

class SnapshotExtraDumpsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* directory = std::getenv("LEAKTRAIL_EXTRA_DUMPS");
    if (directory == nullptr || *directory == 0) {
      GTEST_SKIP() << "LEAKTRAIL_EXTRA_DUMPS is not set";
    }
    directory_ = directory;
  }
  std::string Path(const std::string& name) const { return directory_ + "/" + name; }
  bool Has(const std::string& name) const { return std::filesystem::exists(Path(name)); }

  absl::StatusOr<std::unique_ptr<Snapshot>> Build(const std::string& name,
                                                  const BuildOptions& options = {}) const {
    hprof::ImportHealth health;
    auto file = hprof::DumpFile::Open(Path(name), {}, health);
    if (!file.ok()) return file.status();
    return Snapshot::Build(*std::move(file), health, options);
  }
  std::uint32_t CountObjects(const std::string& name, int heap = -1) const {
    const auto snapshot = Build(name, {.heap = heap});
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    return snapshot.ok() ? (*snapshot)->object_count() : 0;
  }

  std::string directory_;
};

#define SKIP_WITHOUT(name) \
  if (!Has(name)) GTEST_SKIP() << (name) << " is not in LEAKTRAIL_EXTRA_DUMPS"

// What must hold for any dump: sizes and levels add up, ids and indexes agree.
void CheckSums(const Snapshot& snapshot) {
  std::uint64_t bytes = 0, top_bytes = 0, objects = 0;
  snapshot.ForEachObject([&](ObjectIndex o, ClassIndex, std::uint64_t shallow) {
    bytes += shallow;
    if (o.value() % 97 == 0) {
      EXPECT_EQ(snapshot.Find(snapshot.IdOf(o)), o);
    }
  });
  for (std::uint32_t node = snapshot.object_count(); node < snapshot.node_count(); ++node) {
    bytes += snapshot.ShallowSize(ObjectIndex(node));
  }
  std::uint64_t level_bytes = 0;
  for (int level = 0; level < graph::kReachabilityLevels; ++level) {
    objects += snapshot.amount(static_cast<graph::Reachability>(level)).objects;
    level_bytes += snapshot.amount(static_cast<graph::Reachability>(level)).bytes;
  }
  EXPECT_EQ(level_bytes, bytes);
  EXPECT_EQ(objects, snapshot.object_count() + snapshot.class_count());
  snapshot.ForEachDominated([&](ObjectIndex node, ObjectIndex dominator) {
    if (!dominator.valid()) top_bytes += snapshot.RetainedSize(node);
  });
  EXPECT_EQ(top_bytes, snapshot.live().bytes);
  EXPECT_GT(snapshot.live().objects, 0u);
}

// A result that adds up, or a message that says what the file is.
TEST_F(SnapshotExtraDumpsTest, AreReadOrRefusedWithAMessage) {
  int read = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
    const std::string name = entry.path().filename();
    if (absl::EndsWith(name, ".txt") || absl::EndsWith(name, ".md")) continue;
    const auto snapshot = Build(name);
    if (!snapshot.ok()) {
      EXPECT_TRUE(absl::StrContains(snapshot.status().message(), name)) << snapshot.status();
      EXPECT_GT(snapshot.status().message().size(), name.size() + 30) << snapshot.status();
      std::cout << snapshot.status().message() << "\n";
      continue;
    }
    ++read;
    std::cout << name << ": " << (*snapshot)->object_count() << " objects, "
              << (*snapshot)->class_count() << " classes, " << (*snapshot)->root_count()
              << " roots, " << (*snapshot)->live().bytes << " live bytes, "
              << (*snapshot)->layout().verdict().summary << "\n";
    CheckSums(**snapshot);
    ASSERT_FALSE(HasFailure()) << name;
  }
  EXPECT_GT(read, 0);
}

TEST_F(SnapshotExtraDumpsTest, HaveTheObjectsThatOthersCounted) {
  struct Fact {
    const char* name;
    std::uint32_t objects;
  };
  for (const Fact& fact :
       {Fact{"openjdk_jdk11_04_x64.hprof.gz", 186'037},
        Fact{"leak_service_binder.hprof.zst", 40'773}, Fact{"hprof-64.bin.zst", 7'788}}) {
    if (!Has(fact.name)) continue;
    EXPECT_EQ(CountObjects(fact.name), fact.objects) << fact.name;
  }
}

// hprof-64-result.txt: what hprof-slurp says of it.
TEST_F(SnapshotExtraDumpsTest, Hprof64HasTheRootsClassesAndThreadsOfHprofSlurp) {
  SKIP_WITHOUT("hprof-64.bin.zst");
  const auto snapshot = Build("hprof-64.bin.zst");
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  EXPECT_EQ((*snapshot)->class_count(), 474u);
  EXPECT_EQ((*snapshot)->root_count(), 9u + 5 + 22 + 413 + 4);
  EXPECT_EQ((*snapshot)->threads().size(), 9u);
  bool found = false;
  for (const graph::ThreadInfo& thread : (*snapshot)->threads()) {
    if (thread.frames.size() != 4 || thread.frames[2].class_name != "simple.Data") continue;
    EXPECT_EQ(thread.frames[2].method, "get");
    EXPECT_EQ(thread.frames[2].line, 47);
    found = true;
  }
  EXPECT_TRUE(found);
}

TEST_F(SnapshotExtraDumpsTest, HprofAgentWroteTwoHeaps) {
  constexpr char kName[] = "oracle_jdk7_21_hprofagent.hprof.zst";
  SKIP_WITHOUT(kName);
  EXPECT_EQ(CountObjects(kName, 0) + CountObjects(kName, 1), 6'441u);
  EXPECT_FALSE(Build(kName, {.heap = 2}).ok());
}

// Class histograms of the same processes, but not of the same moment: numbers differ a little, the
// size of an instance does not. These JVMs had classes and methods in the heap, too.
TEST_F(SnapshotExtraDumpsTest, InstancesAreAsLargeAsInOldJvms) {
  for (const std::string name : {"sun_jdk5_13_x32", "sun_jdk6_18_x32", "sun_jdk6_18_x64"}) {
    if (!Has(name + ".hprof.zst")) continue;
    const auto snapshot = Build(name + ".hprof.zst");
    ASSERT_TRUE(snapshot.ok()) << snapshot.status();
    std::ifstream in(Path("histogram_" + name + ".txt"));
    std::string text;
    // These have no column of numbers.
    for (std::string line; std::getline(in, line);) absl::StrAppend(&text, "0: ", line, "\n");
    const Histogram jvm = ParseJvmHistogram(text), dump = HistogramOf(**snapshot);
    int compared = 0, equal = 0;
    for (const auto& [class_name, row] : jvm) {
      const auto found = dump.find(class_name);
      if (found == dump.end() || absl::EndsWith(class_name, "[]")) continue;
      if (class_name == "java.lang.Class") continue;  // of different sizes
      ++compared;
      equal += row == found->second;
      EXPECT_EQ(found->second.bytes / found->second.instances, row.bytes / row.instances)
          << name << ": " << class_name;
    }
    EXPECT_GT(compared, 90) << name;
    EXPECT_GT(equal, compared / 3) << name;
  }
}

}  // namespace
}  // namespace leaktrail::testing
