#include "hprof/record_index.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/dump_builder.h"

namespace leaktrail::hprof {
namespace {

using testing::BootClasses;
using testing::ByteWriter;
using testing::DumpBuilder;
using testing::DumpOptions;
using testing::kInt;
using testing::kLong;
using testing::kObject;

RecordIndex Index(const DumpFile& file, ImportHealth& health) {
  absl::StatusOr<RecordIndex> index = IndexRecords(file, health);
  EXPECT_TRUE(index.ok()) << index.status();
  return index.ok() ? *std::move(index) : RecordIndex();
}

std::uint64_t UnitBytes(const HeapExtent& heap) {
  std::uint64_t bytes = 0;
  for (const HeapUnit& unit : heap.units) bytes += unit.end - unit.begin;
  return bytes;
}

void ExpectHealthy(const ImportHealth& health) {
  for (const ImportHealth::Entry& entry : health.entries()) {
    ADD_FAILURE() << Describe(entry.oddity).id << " at " << entry.first_offset;
  }
}

TEST(ReadHeaderTest, ReadsWhatTheWriterSays) {
  for (std::uint32_t id_size : {4u, 8u}) {
    for (std::string version : {"1.0.1", "1.0.2", "1.0.3"}) {
      DumpBuilder dump({.version = version, .id_size = id_size, .timestamp_ms = 1234567890123});
      absl::StatusOr<Header> header = ReadHeader(*dump.File());
      ASSERT_TRUE(header.ok()) << header.status();
      EXPECT_EQ(header->version, "JAVA PROFILE " + version);
      EXPECT_EQ(header->id_size, id_size);
      EXPECT_EQ(header->timestamp_ms, 1234567890123);
      EXPECT_EQ(header->size, 31u);
    }
  }
}

TEST(ReadHeaderTest, UnsupportedVersion) {
  DumpBuilder dump({.version = "1.0"});
  EXPECT_EQ(std::string(ReadHeader(*dump.File()).status().message()),
            "memory has the unsupported version \"JAVA PROFILE 1.0\": 1.0.1, 1.0.2 and 1.0.3 can "
            "be read");
}

TEST(ReadHeaderTest, AbsurdIdSize) {
  std::vector<std::byte> bytes = ByteWriter().Text("JAVA PROFILE 1.0.2").U1(0).U4(2).U8(0).bytes();
  EXPECT_EQ(std::string(ReadHeader(*DumpFile::FromMemory(bytes, "heap.hprof")).status().message()),
            "heap.hprof has an id size of 2, must be 4 or 8: the file is damaged");
}

TEST(IndexRecordsTest, EmptyDump) {
  DumpBuilder dump;
  std::unique_ptr<DumpFile> file = dump.File();
  ImportHealth health;
  RecordIndex index = Index(*file, health);
  EXPECT_EQ(index.end_offset, file->size());
  EXPECT_TRUE(index.heaps.empty());
  EXPECT_EQ(index.strings.size(), 0u);
  ExpectHealthy(health);
}

TEST(IndexRecordsTest, NamesAndClasses) {
  for (std::uint32_t id_size : {4u, 8u}) {
    DumpBuilder dump({.id_size = id_size});
    Id node = dump.Class("com.acme.Node").Field("next", kObject);
    Id nodes = dump.Class("com.acme.Node[]");
    std::unique_ptr<DumpFile> file = dump.File();
    ImportHealth health;
    RecordIndex index = Index(*file, health);
    ASSERT_EQ(index.load_classes.size(), 2u);
    EXPECT_EQ(index.load_classes[0].class_id, node);
    EXPECT_EQ(index.load_classes[0].serial, 1u);
    EXPECT_EQ(index.strings.Text(index.load_classes[0].name, *file), "com/acme/Node");
    EXPECT_EQ(index.load_classes[1].class_id, nodes);
    EXPECT_EQ(index.strings.Text(index.load_classes[1].name, *file), "[Lcom/acme/Node;");
    EXPECT_TRUE(index.strings.Contains(dump.Symbol("next")));
    EXPECT_EQ(index.strings.size(), 3u);
    ExpectHealthy(health);
  }
}

TEST(IndexRecordsTest, StacksTopFrameFirst) {
  for (std::uint32_t id_size : {4u, 8u}) {
    DumpBuilder dump({.id_size = id_size});
    const BootClasses& boot = dump.Boot();
    dump.Class("com.acme.Worker");
    Id thread = dump.Instance(boot.thread);
    dump.Thread(thread);  // without a stack
    dump.Thread(thread)
        .Frame("com.acme.Worker", "poll", "Worker.java", 42)
        .Frame("java.lang.Thread", "run", "", -3);
    std::unique_ptr<DumpFile> file = dump.File();
    ImportHealth health;
    RecordIndex index = Index(*file, health);

    ASSERT_EQ(index.traces.size(), 2u);
    EXPECT_EQ(index.traces[0].serial, 1u);
    EXPECT_EQ(index.traces[0].frame_count, 0u);
    const Trace& trace = index.traces[1];
    EXPECT_EQ(trace.serial, 3u);
    EXPECT_EQ(trace.thread_serial, 2u);
    ASSERT_EQ(trace.frame_count, 2u);

    const Frame& poll = index.frames.at(index.trace_frames.at(trace.first_frame));
    EXPECT_EQ(index.strings.Text(poll.method, *file), "poll");
    EXPECT_EQ(index.strings.Text(poll.signature, *file), "()V");
    EXPECT_EQ(index.strings.Text(poll.source, *file), "Worker.java");
    EXPECT_EQ(poll.line, 42);
    EXPECT_EQ(index.load_classes.at(poll.class_serial - 1).name, dump.Symbol("com/acme/Worker"));
    const Frame& run = index.frames.at(index.trace_frames.at(trace.first_frame + 1));
    EXPECT_EQ(index.strings.Text(run.method, *file), "run");
    EXPECT_EQ(run.source, 0u);
    EXPECT_EQ(run.line, -3);
    ExpectHealthy(health);
  }
}

TEST(IndexRecordsTest, LongStackSpansManyReads) {
  DumpBuilder dump;
  testing::ThreadBuilder thread = dump.Thread(dump.NewId());
  for (int i = 0; i < 100'000; ++i) thread.Frame("", "recurse");
  std::unique_ptr<DumpFile> file = dump.File();
  ImportHealth health;
  RecordIndex index = Index(*file, health);
  ASSERT_EQ(index.trace_frames.size(), 100'000u);
  for (Id i = 0; i < 100'000; ++i) ASSERT_EQ(index.trace_frames[i], i + 1);
  ExpectHealthy(health);
}

TEST(IndexRecordsTest, EachSegmentIsAUnit) {
  DumpBuilder dump({.segment_size = 100});
  Id node = dump.Class("com.acme.Node").Field("value", kLong);
  for (int i = 0; i < 10; ++i) dump.Instance(node, {i});  // 33 bytes each
  std::unique_ptr<DumpFile> file = dump.File();
  ImportHealth health;
  RecordIndex index = Index(*file, health);
  ASSERT_EQ(index.heaps.size(), 1u);
  const HeapExtent& heap = index.heaps[0];
  // The class dump with an instance, then four times... 3 x 33 < 100 <= 4 x 33.
  EXPECT_EQ(heap.segments, 4u);
  EXPECT_EQ(heap.units.size(), 4u);
  EXPECT_EQ(UnitBytes(heap), heap.bytes);
  EXPECT_TRUE(heap.end_record);
  EXPECT_EQ(index.end_offset, file->size());
  ExpectHealthy(health);
}

TEST(IndexRecordsTest, EmptySegmentsAreNoUnits) {
  DumpBuilder dump;
  dump.Raw(RecordTag::kHeapDumpSegment, {});
  dump.Instance(dump.Class("A"));
  std::unique_ptr<DumpFile> file = dump.File();
  ImportHealth health;
  RecordIndex index = Index(*file, health);
  ASSERT_EQ(index.heaps.size(), 1u);
  EXPECT_EQ(index.heaps[0].segments, 3u);
  EXPECT_EQ(index.heaps[0].units.size(), 2u);
  ExpectHealthy(health);
}

TEST(IndexRecordsTest, OneHeapRecordIsOneHeap) {
  DumpBuilder dump({.version = "1.0.1", .one_heap_record = true});
  Id node = dump.Class("com.acme.Node").Field("value", kLong);
  for (int i = 0; i < 10; ++i) dump.Instance(node, {i});
  std::unique_ptr<DumpFile> file = dump.File();
  ImportHealth health;
  RecordIndex index = Index(*file, health);
  ASSERT_EQ(index.heaps.size(), 1u);
  EXPECT_EQ(index.heaps[0].segments, 1u);
  EXPECT_EQ(index.heaps[0].units.size(), 1u);
  EXPECT_FALSE(index.heaps[0].end_record);
  ExpectHealthy(health);
}

TEST(IndexRecordsTest, GiantRecordIsCutAtSubRecords) {
  DumpBuilder dump({.version = "1.0.1", .one_heap_record = true});
  Id node = dump.Class("com.acme.Node").Field("value", kLong);
  for (int i = 0; i < 300'000; ++i) dump.Instance(node, {i});  // 33 bytes each: 9.9 MB
  dump.PrimitiveArray(kInt, 3'000'000);
  dump.Instance(node, {42});
  std::unique_ptr<DumpFile> file = dump.File();
  ImportHealth health;
  RecordIndex index = Index(*file, health);
  ASSERT_EQ(index.heaps.size(), 1u);
  const std::vector<HeapUnit>& units = index.heaps[0].units;
  ASSERT_EQ(units.size(), 12u) << "ten of small objects, the array, the last one";
  EXPECT_EQ(UnitBytes(index.heaps[0]), index.heaps[0].bytes);
  std::vector<std::byte> scratch;
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (i > 0) {
      EXPECT_EQ(units[i].begin, units[i - 1].end);
    }
    Bytes first = file->View(units[i].begin, 1, scratch);
    HeapTag expected = i == 0    ? HeapTag::kClassDump
                       : i == 10 ? HeapTag::kPrimitiveArrayDump
                                 : HeapTag::kInstanceDump;
    EXPECT_EQ(static_cast<HeapTag>(first[0]), expected) << i;
  }
  EXPECT_EQ(units[10].end - units[10].begin, 18u + 12'000'000);
  ExpectHealthy(health);
}

TEST(IndexRecordsTest, SegmentedHeapsEndWithTheirEndRecord) {
  DumpBuilder dump;
  dump.Instance(dump.Class("A"));
  dump.NextHeap();
  dump.Instance(dump.Class("B"));
  dump.NewSegment();
  dump.Instance(dump.Class("C"));
  std::unique_ptr<DumpFile> file = dump.File();
  ImportHealth health;
  RecordIndex index = Index(*file, health);
  ASSERT_EQ(index.heaps.size(), 2u);
  EXPECT_EQ(index.heaps[0].segments, 1u);
  EXPECT_EQ(index.heaps[1].segments, 2u);
  EXPECT_EQ(health.count(Oddity::kSeveralHeaps), 1u);
  EXPECT_FALSE(health.partial());
}

TEST(IndexRecordsTest, EachHeapDumpRecordIsAHeap) {
  DumpBuilder dump({.version = "1.0.1", .one_heap_record = true});
  for (int i = 0; i < 3; ++i) {
    dump.Instance(dump.Class("A"));
    dump.NextHeap();
  }
  std::unique_ptr<DumpFile> file = dump.File();
  ImportHealth health;
  RecordIndex index = Index(*file, health);
  EXPECT_EQ(index.heaps.size(), 3u);
  EXPECT_EQ(health.count(Oddity::kSeveralHeaps), 2u);
}

TEST(IndexRecordsTest, MissingEndRecordIsNoticed) {
  struct Case {
    DumpOptions options;
    std::uint64_t count;
  };
  const Case kCases[] = {
      {{.version = "1.0.2", .end_record = true}, 0},
      {{.version = "1.0.2", .end_record = false}, 1},
      {{.version = "1.0.1", .end_record = false}, 0},
      {{.version = "1.0.3", .end_record = false}, 0},
      {{.version = "1.0.2", .one_heap_record = true}, 0},
  };
  for (const Case& c : kCases) {
    DumpBuilder dump(c.options);
    dump.Instance(dump.Class("A"));
    ImportHealth health;
    Index(*dump.File(), health);
    EXPECT_EQ(health.count(Oddity::kNoEndRecord), c.count) << c.options.version;
    EXPECT_FALSE(health.partial());
  }
}

TEST(IndexRecordsTest, OtherRecordsOfTheAgentAreSkipped) {
  DumpBuilder dump;
  dump.Raw(RecordTag::kUnloadClass, ByteWriter().U4(1).bytes());
  dump.Raw(RecordTag::kStartThread, std::vector<std::byte>(8 + 4 * 8));
  dump.Raw(RecordTag::kEndThread, ByteWriter().U4(1).bytes());
  dump.Raw(RecordTag::kAllocSites, std::vector<std::byte>(34));
  dump.Raw(RecordTag::kHeapSummary, std::vector<std::byte>(24));
  dump.Raw(RecordTag::kCpuSamples, std::vector<std::byte>(8));
  dump.Raw(RecordTag::kControlSettings, std::vector<std::byte>(6));
  dump.Instance(dump.Class("A"));
  std::unique_ptr<DumpFile> file = dump.File();
  ImportHealth health;
  RecordIndex index = Index(*file, health);
  EXPECT_EQ(index.end_offset, file->size());
  ExpectHealthy(health);
}

}  // namespace
}  // namespace leaktrail::hprof
