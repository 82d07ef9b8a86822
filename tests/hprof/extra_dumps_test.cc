// Dumps that other people's programs wrote and that are not part of this project: all files of the
// directory that LEAKTRAIL_EXTRA_DUMPS names, and known facts about some of them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "hprof/heap_boundaries.h"
#include "hprof/record_index.h"

namespace leaktrail::hprof {
namespace {

std::string Directory() {
  const char* directory = std::getenv("LEAKTRAIL_EXTRA_DUMPS");
  return directory != nullptr ? directory : "";
}

struct Dump {
  std::unique_ptr<DumpFile> file;
  RecordIndex index;
  ImportHealth health;
};

Dump Load(const std::string& path) {
  Dump dump;
  absl::StatusOr<std::unique_ptr<DumpFile>> file = DumpFile::Open(path, {}, dump.health);
  if (!file.ok()) {
    ADD_FAILURE() << file.status();
    return dump;
  }
  dump.file = *std::move(file);
  absl::StatusOr<RecordIndex> index = IndexRecords(*dump.file, dump.health);
  EXPECT_TRUE(index.ok()) << index.status();
  if (index.ok()) dump.index = *std::move(index);
  return dump;
}

// Sub-records by tag, counted by walking all units; fails unless each unit ends with a sub-record.
std::map<HeapTag, std::uint64_t> CountSubRecords(const Dump& dump) {
  std::map<HeapTag, std::uint64_t> counts;
  SkipWindow window(*dump.file);
  for (const HeapExtent& heap : dump.index.heaps) {
    for (const HeapUnit& unit : heap.units) {
      std::uint64_t at = unit.begin;
      while (at < unit.end) {
        ++counts[static_cast<HeapTag>(window.At(at)[0])];
        std::uint64_t next = SubRecordEnd(window, at, dump.index.header.id_size);
        if (next == 0) {
          ADD_FAILURE() << "no sub-record at " << at;
          return counts;
        }
        at = next;
      }
      EXPECT_EQ(at, unit.end);
    }
  }
  return counts;
}

class ExtraDumpsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (Directory().empty()) GTEST_SKIP() << "LEAKTRAIL_EXTRA_DUMPS is not set";
  }
  // Empty, and a note in the output, if the directory has no such file.
  std::string Path(const std::string& name) {
    std::string path = Directory() + "/" + name;
    return std::filesystem::exists(path) ? path : "";
  }
};

#define PATH_OR_SKIP(path, name) \
  std::string path = Path(name); \
  if (path.empty()) GTEST_SKIP() << (name) << " is not in LEAKTRAIL_EXTRA_DUMPS"

TEST_F(ExtraDumpsTest, AllAreReadToTheirEnd) {
  int dumps = 0;
  for (const auto& entry : std::filesystem::directory_iterator(Directory())) {
    std::string name = entry.path().filename();
    if (name.find(".hprof") == std::string::npos && !name.ends_with(".bin.zst")) continue;
    SCOPED_TRACE(name);
    ++dumps;
    Dump dump = Load(entry.path());
    EXPECT_EQ(dump.index.end_offset, dump.file->size());
    EXPECT_FALSE(dump.health.partial());
    EXPECT_EQ(dump.health.bytes_lost(), 0u);
    std::map<HeapTag, std::uint64_t> counts = CountSubRecords(dump);
    if (!dump.index.heaps.empty()) {
      EXPECT_GT(counts[HeapTag::kInstanceDump], 500u);
    }
    for (const LoadClass& load_class : dump.index.load_classes) {
      ASSERT_NE(dump.index.strings.Text(load_class.name, *dump.file), "");
    }
  }
  EXPECT_GT(dumps, 0) << "no dump in " << Directory();
}

// What hprof-slurp counts in this dump.
TEST_F(ExtraDumpsTest, CountsAgreeWithHprofSlurp) {
  PATH_OR_SKIP(path, "hprof-64.bin.zst");
  Dump dump = Load(path);
  EXPECT_EQ(dump.index.header.version, "JAVA PROFILE 1.0.1");
  EXPECT_EQ(dump.index.header.id_size, 8u);
  EXPECT_EQ(dump.index.strings.size(), 10768u);
  EXPECT_EQ(dump.index.traces.size(), 10u);
  EXPECT_EQ(dump.index.frames.size(), 20u);
  std::set<Id> classes;
  for (const LoadClass& load_class : dump.index.load_classes) classes.insert(load_class.class_id);
  EXPECT_EQ(classes.size(), 474u);
  EXPECT_EQ(CountSubRecords(dump),
            (std::map<HeapTag, std::uint64_t>{{HeapTag::kRootThreadObject, 9},
                                              {HeapTag::kRootJniGlobal, 5},
                                              {HeapTag::kRootJavaFrame, 22},
                                              {HeapTag::kRootStickyClass, 413},
                                              {HeapTag::kRootMonitorUsed, 4},
                                              {HeapTag::kPrimitiveArrayDump, 2891},
                                              {HeapTag::kObjectArrayDump, 748},
                                              {HeapTag::kClassDump, 474},
                                              {HeapTag::kInstanceDump, 4149}}));
}

TEST_F(ExtraDumpsTest, AgentFileHasTwoHeaps) {
  PATH_OR_SKIP(path, "oracle_jdk7_21_hprofagent.hprof.zst");
  Dump dump = Load(path);
  EXPECT_EQ(dump.index.heaps.size(), 2u);
  EXPECT_EQ(dump.health.count(Oddity::kSeveralHeaps), 1u);
  std::map<HeapTag, std::uint64_t> counts = CountSubRecords(dump);
  EXPECT_EQ(counts[HeapTag::kInstanceDump] + counts[HeapTag::kObjectArrayDump] +
                counts[HeapTag::kPrimitiveArrayDump],
            6441u);
}

TEST_F(ExtraDumpsTest, AgentFileWithoutHeap) {
  PATH_OR_SKIP(path, "minimal.bin.zst");
  EXPECT_TRUE(Load(path).index.heaps.empty());
}

TEST_F(ExtraDumpsTest, AndroidDump) {
  PATH_OR_SKIP(path, "leak_service_binder.hprof.zst");
  Dump dump = Load(path);
  EXPECT_EQ(dump.index.header.version, "JAVA PROFILE 1.0.3");
  std::map<HeapTag, std::uint64_t> counts = CountSubRecords(dump);
  EXPECT_EQ(counts[HeapTag::kInstanceDump] + counts[HeapTag::kObjectArrayDump] +
                counts[HeapTag::kPrimitiveArrayDump],
            40773u);
}

TEST_F(ExtraDumpsTest, GzippedJdk11Dump) {
  PATH_OR_SKIP(path, "openjdk_jdk11_04_x64.hprof.gz");
  Dump dump = Load(path);
  EXPECT_EQ(dump.file->compression(), Compression::kGzip);
  std::map<HeapTag, std::uint64_t> counts = CountSubRecords(dump);
  EXPECT_EQ(counts[HeapTag::kInstanceDump] + counts[HeapTag::kObjectArrayDump] +
                counts[HeapTag::kPrimitiveArrayDump],
            186037u);
}

TEST_F(ExtraDumpsTest, PhdIsRefused) {
  PATH_OR_SKIP(path, "heapdump.20100209.165721.4484.phd.zst");
  ImportHealth health;
  EXPECT_EQ(std::string(DumpFile::Open(path, {}, health).status().message()),
            "the content of " + path +
                " is an IBM/OpenJ9 heap dump (PHD), not HPROF: open it in Eclipse MAT with the "
                "DTFJ plug-in and export it as HPROF");
}

}  // namespace
}  // namespace leaktrail::hprof
