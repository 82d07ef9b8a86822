// What becomes of dumps that are cut off, lie about lengths, or hold garbage.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "hprof/heap_boundaries.h"
#include "hprof/record_index.h"
#include "tests/dump_builder.h"
#include "tests/temp_directory.h"

namespace leaktrail::hprof {
namespace {

using namespace testing;  // DumpBuilder, value types

// A small dump with something of everything; `segment_size` 60: many segments.
DumpOptions Small(std::uint32_t id_size, bool one_heap_record) {
  return {.version = one_heap_record ? "1.0.1" : "1.0.2",
          .id_size = id_size,
          .one_heap_record = one_heap_record,
          .segment_size = 60};
}

void Fill(DumpBuilder& dump) {
  Id node = dump.Class("Node").Field("next", kObject).Static("head", kObject, 7).Sticky();
  Id last = dump.Instance(node);
  Id first = dump.Instance(node, {last});
  dump.ObjectArray(dump.Class("Node[]"), {first, last});
  dump.PrimitiveArray(kShort, {1, 2, 3});
  dump.Thread(first).Frame("Node", "run", "Node.java", 1).Local(last);
  dump.JniGlobalRoot(first);
}

struct Borders {
  std::set<std::uint64_t> records;      // where a top-level record begins or the file ends
  std::set<std::uint64_t> sub_records;  // ends of sub-records
};

// Found by other means than the code under test where that is possible: the record framing.
Borders FindBorders(const std::vector<std::byte>& bytes, std::uint32_t id_size) {
  Borders borders;
  std::unique_ptr<DumpFile> file = DumpFile::FromMemory(bytes);
  SkipWindow window(*file);
  std::uint64_t at = 31;
  while (at < bytes.size()) {
    borders.records.insert(at);
    Cursor cursor(Bytes(bytes).subspan(at), at, id_size);
    auto tag = static_cast<RecordTag>(cursor.U1());
    cursor.U4();
    std::uint64_t end = cursor.U4();
    end += cursor.offset();
    bool heap = tag == RecordTag::kHeapDump || tag == RecordTag::kHeapDumpSegment;
    for (std::uint64_t sub = at + 9; heap && sub < end;) {
      sub = SubRecordEnd(window, sub, id_size);
      borders.sub_records.insert(sub);
    }
    at = end;
  }
  borders.records.insert(at);
  return borders;
}

void CutEverywhere(std::uint32_t id_size, bool one_heap_record) {
  DumpBuilder dump(Small(id_size, one_heap_record));
  Fill(dump);
  std::vector<std::byte> whole = dump.Bytes();
  Borders borders = FindBorders(whole, id_size);
  ASSERT_GT(borders.records.size(), 10u);
  ASSERT_GT(borders.sub_records.size(), 8u);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    SCOPED_TRACE(size);
    std::unique_ptr<DumpFile> file =
        DumpFile::FromMemory(std::vector<std::byte>(whole.begin(), whole.begin() + size));
    ImportHealth health;
    absl::StatusOr<RecordIndex> index = IndexRecords(*file, health);
    ASSERT_EQ(index.ok(), size >= 31) << index.status();
    if (!index.ok()) continue;
    bool cut = !borders.records.contains(size);
    EXPECT_EQ(health.count(Oddity::kCutOff), cut ? 1u : 0u);
    EXPECT_EQ(health.partial(), cut);
    EXPECT_EQ(health.bytes_lost() > 0, cut);
    std::uint64_t units_end = 0;
    for (const HeapExtent& heap : index->heaps) {
      for (const HeapUnit& unit : heap.units) {
        ASSERT_LT(unit.begin, unit.end);
        EXPECT_TRUE(borders.sub_records.contains(unit.end)) << unit.end;
        units_end = unit.end;
      }
    }
    // All sub-records that are whole are in a unit.
    auto behind = borders.sub_records.upper_bound(size);
    if (behind != borders.sub_records.begin()) {
      EXPECT_EQ(units_end, *std::prev(behind));
    }
  }
}

TEST(CutOffTest, SegmentsWith8ByteIds) { CutEverywhere(8, false); }
TEST(CutOffTest, SegmentsWith4ByteIds) { CutEverywhere(4, false); }
TEST(CutOffTest, OneRecordWith8ByteIds) { CutEverywhere(8, true); }
TEST(CutOffTest, OneRecordWith4ByteIds) { CutEverywhere(4, true); }

TEST(CutOffTest, BytesLostAreThoseAnnounced) {
  DumpBuilder dump;
  Id data = dump.PrimitiveArray(kByte, 1000);
  EXPECT_NE(data, 0u);
  std::vector<std::byte> bytes = dump.Bytes();
  bytes.resize(bytes.size() - 9 - 600);  // without the end record and most of the array
  ImportHealth health;
  absl::StatusOr<RecordIndex> index = IndexRecords(*DumpFile::FromMemory(bytes), health);
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(health.bytes_lost(), 1018u) << "the array, of which 400 bytes are there";
  EXPECT_TRUE(index->heaps.at(0).units.empty());
  EXPECT_EQ(health.count(Oddity::kNoEndRecord), 0u) << "being cut off says it all";
}

TEST(CutOffTest, NamesBeforeTheCutAreKept) {
  DumpBuilder dump;
  dump.Class("First");
  dump.Class("Second");
  std::vector<std::byte> bytes = dump.Bytes();
  bytes.resize(31 + 9 + 8 + 5 + 9 + 8 + 3);  // within the text "Second"
  std::unique_ptr<DumpFile> file = DumpFile::FromMemory(bytes);
  ImportHealth health;
  absl::StatusOr<RecordIndex> index = IndexRecords(*file, health);
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(index->strings.size(), 1u);
  EXPECT_EQ(index->strings.Text(dump.Symbol("First"), *file), "First");
  EXPECT_EQ(index->end_offset, 31u + 9 + 8 + 5);
  EXPECT_EQ(health.count(Oddity::kCutOff), 1u);
}

// Any byte changed to any of some values: never a crash, units always in order and in the file.
TEST(FlippedBytesTest, UnitsStaySane) {
  for (bool one_heap_record : {false, true}) {
    DumpBuilder dump(Small(8, one_heap_record));
    Fill(dump);
    std::vector<std::byte> whole = dump.Bytes();
    std::uint64_t changed_results = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (int flip : {0x01, 0x1c, 0x80, 0xff}) {
        SCOPED_TRACE(testing::ByteWriter().size() + at);
        std::vector<std::byte> bytes = whole;
        bytes[at] ^= static_cast<std::byte>(flip);
        std::unique_ptr<DumpFile> file = DumpFile::FromMemory(bytes);
        ImportHealth health;
        absl::StatusOr<RecordIndex> index = IndexRecords(*file, health);
        changed_results += !index.ok() || !health.entries().empty();
        if (!index.ok()) continue;
        std::uint64_t behind = 0;
        for (const HeapExtent& heap : index->heaps) {
          for (const HeapUnit& unit : heap.units) {
            ASSERT_LE(behind, unit.begin);
            ASSERT_LT(unit.begin, unit.end);
            behind = unit.end;
          }
        }
        ASSERT_LE(behind, file->size());
      }
    }
    EXPECT_GT(changed_results, 100u) << "the flips do damage";
  }
}

TEST(RecordLengthTest, TooShortRecordsAreSkipped) {
  DumpBuilder dump;
  dump.Raw(RecordTag::kUtf8, ByteWriter().U4(1).bytes());
  dump.Raw(RecordTag::kLoadClass, ByteWriter().U4(1).U8(1).U4(1).bytes());
  dump.Raw(RecordTag::kFrame, ByteWriter().U8(1).bytes());
  dump.Raw(RecordTag::kTrace, ByteWriter().U8(1).bytes());
  dump.Instance(dump.Class("A"));
  std::unique_ptr<DumpFile> file = dump.File();
  ImportHealth health;
  absl::StatusOr<RecordIndex> index = IndexRecords(*file, health);
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(health.count(Oddity::kRecordLength), 4u);
  EXPECT_FALSE(health.partial());
  EXPECT_EQ(index->end_offset, file->size());
  EXPECT_EQ(index->load_classes.size(), 1u);
  EXPECT_EQ(index->traces.size(), 1u) << "the empty one every dump has";
}

TEST(RecordLengthTest, TraceThatClaimsTooManyFrames) {
  DumpBuilder dump;
  dump.Raw(RecordTag::kTrace, ByteWriter().U4(9).U4(1).U4(0xffffffff).U8(1).U8(2).U4(0).bytes());
  ImportHealth health;
  absl::StatusOr<RecordIndex> index = IndexRecords(*dump.File(), health);
  ASSERT_TRUE(index.ok());
  ASSERT_EQ(index->traces.size(), 2u);
  EXPECT_EQ(index->traces[1].frame_count, 2u);
  EXPECT_EQ(index->trace_frames, (std::vector<Id>{1, 2}));
  EXPECT_EQ(health.count(Oddity::kRecordLength), 1u);
}

TEST(UnknownRecordTest, IsSkippedByItsLength) {
  DumpBuilder dump;
  dump.Raw(static_cast<RecordTag>(0x77), std::vector<std::byte>(50, std::byte{0x21}));
  dump.Instance(dump.Class("A"));
  dump.Raw(static_cast<RecordTag>(0x78), {});
  std::unique_ptr<DumpFile> file = dump.File();
  ImportHealth health;
  absl::StatusOr<RecordIndex> index = IndexRecords(*file, health);
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(health.count(Oddity::kUnknownRecord), 2u);
  EXPECT_EQ(health.entries().size(), 1u);
  EXPECT_EQ(index->heaps.at(0).units.size(), 2u);
  EXPECT_EQ(index->end_offset, file->size());
}

TEST(TrailingBytesTest, AreIgnored) {
  for (std::string garbage : {std::string(1, '\n'), std::string(5000, '\0'),
                              std::string("END OF FILE"), std::string(9, '\xff')}) {
    DumpBuilder dump;
    dump.Instance(dump.Class("A"));
    std::vector<std::byte> bytes = dump.Bytes();
    std::size_t size = bytes.size();
    for (char c : garbage) bytes.push_back(static_cast<std::byte>(c));
    ImportHealth health;
    absl::StatusOr<RecordIndex> index = IndexRecords(*DumpFile::FromMemory(bytes), health);
    ASSERT_TRUE(index.ok());
    EXPECT_EQ(index->end_offset, size);
    EXPECT_EQ(health.count(Oddity::kTrailingBytes), 1u) << garbage.size();
    EXPECT_EQ(health.entries().size(), 1u) << garbage.size();
    EXPECT_EQ(index->heaps.size(), 1u);
  }
}

// The dump's only heap record, its length replaced.
std::vector<std::byte> WithHeapLength(const DumpBuilder& dump, std::uint32_t length) {
  std::vector<std::byte> bytes = dump.Bytes();
  for (std::uint64_t record : FindBorders(bytes, dump.options().id_size).records) {
    if (record == bytes.size()) break;
    auto tag = static_cast<RecordTag>(bytes[record]);
    if (tag != RecordTag::kHeapDump && tag != RecordTag::kHeapDumpSegment) continue;
    for (int i = 0; i < 4; ++i)
      bytes[record + 5 + i] = static_cast<std::byte>(length >> (24 - 8 * i));
    return bytes;
  }
  ADD_FAILURE() << "no heap record";
  return bytes;
}

struct LengthCase {
  const char* name;
  std::uint32_t length;
  bool one_heap_record;
  Oddity oddity;
};

// The sub-records say more than the length: they are followed to their real end.
TEST(SegmentLengthTest, SubRecordsAreTheAuthority) {
  const LengthCase kCases[] = {
      {"written by a JVM that died", 0, false, Oddity::kSegmentLengthZero},
      {"the same, old form", 0, true, Oddity::kSegmentLengthZero},
      {"ends in a sub-record", 100, false, Oddity::kRecordLength},
      {"the same, old form", 100, true, Oddity::kRecordLength},
  };
  for (const LengthCase& c : kCases) {
    SCOPED_TRACE(c.name);
    DumpBuilder dump({.one_heap_record = c.one_heap_record});
    Fill(dump);
    std::unique_ptr<DumpFile> right = dump.File();
    std::unique_ptr<DumpFile> wrong = DumpFile::FromMemory(WithHeapLength(dump, c.length));
    ImportHealth no_oddity, health;
    absl::StatusOr<RecordIndex> expected = IndexRecords(*right, no_oddity);
    absl::StatusOr<RecordIndex> index = IndexRecords(*wrong, health);
    ASSERT_TRUE(expected.ok() && index.ok());
    ASSERT_EQ(index->heaps.size(), 1u);
    EXPECT_EQ(index->heaps[0].units.front().begin, expected->heaps.at(0).units.front().begin);
    EXPECT_EQ(index->heaps[0].units.back().end, expected->heaps.at(0).units.back().end);
    EXPECT_EQ(index->heaps[0].bytes, expected->heaps[0].bytes);
    EXPECT_EQ(index->heaps[0].end_record, !c.one_heap_record);
    EXPECT_EQ(index->end_offset, wrong->size());
    EXPECT_EQ(health.count(c.oddity), 1u);
    EXPECT_EQ(health.entries().size(), 1u);
  }
}

TEST(SegmentLengthTest, ZeroAndCutOff) {
  DumpBuilder dump({.end_record = false});
  Fill(dump);
  std::vector<std::byte> bytes = WithHeapLength(dump, 0);
  bytes.resize(bytes.size() - 4);  // within the JNI global at the end, 17 bytes
  ImportHealth health;
  absl::StatusOr<RecordIndex> index = IndexRecords(*DumpFile::FromMemory(bytes), health);
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(index->heaps.at(0).units.back().end, bytes.size() - 13);
  EXPECT_EQ(health.count(Oddity::kSegmentLengthZero), 1u);
  EXPECT_EQ(health.count(Oddity::kCutOff), 1u);
  EXPECT_TRUE(health.partial());
}

TEST(SegmentLengthTest, BelievedIfSubRecordsMakeNoSense) {
  DumpBuilder dump;
  dump.RawHeap(std::vector<std::byte>(100, std::byte{0x55}));
  std::unique_ptr<DumpFile> file = dump.File();
  ImportHealth health;
  absl::StatusOr<RecordIndex> index = IndexRecords(*file, health);
  ASSERT_TRUE(index.ok());
  ASSERT_EQ(index->heaps.at(0).units.size(), 1u) << "left to the reader of the unit";
  EXPECT_EQ(index->heaps[0].units[0].end - index->heaps[0].units[0].begin, 100u);
  EXPECT_TRUE(index->heaps[0].end_record);
}

// Garbage in a giant record: what stands before is cut into units, the rest is one for the reader.
TEST(SegmentLengthTest, GarbageInAGiantRecordIsItsOwnUnit) {
  DumpBuilder dump({.version = "1.0.1", .one_heap_record = true});
  Id node = dump.Class("Node").Field("value", kLong);
  for (int i = 0; i < 100'000; ++i) dump.Instance(node, {i});
  dump.RawHeap(std::vector<std::byte>(9'000'000, std::byte{0x55}));
  std::unique_ptr<DumpFile> file = dump.File();
  ImportHealth health;
  absl::StatusOr<RecordIndex> index = IndexRecords(*file, health);
  ASSERT_TRUE(index.ok());
  const std::vector<HeapUnit>& units = index->heaps.at(0).units;
  ASSERT_EQ(units.size(), 5u);
  EXPECT_EQ(units.back().end - units.back().begin, 9'000'000u);
  EXPECT_EQ(units.back().end, file->size());
}

// A HEAP_DUMP above 4 GiB, as a sparse file: its length is written modulo 2^32.
class WrappedLengthTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kElements = 600'000'000;  // of 8 bytes
  static constexpr std::uint64_t kHeapSize = 18 + 8ull * kElements + 9;

  // Header, HEAP_DUMP { long[600,000,000], sticky root }, then `behind`.
  std::unique_ptr<DumpFile> Open(const std::vector<std::byte>& behind, ImportHealth& health) {
    ByteWriter begin;
    begin.Text("JAVA PROFILE 1.0.1").U1(0).U4(8).U8(0);
    begin.U1(0x0c).U4(0).U4(static_cast<std::uint32_t>(kHeapSize));
    begin.U1(0x23).WriteId(0x1000).U4(1).U4(kElements).U1(11);
    std::string path = directory_.Write("big.hprof", begin.bytes());
    std::filesystem::resize_file(path, begin.size() + 8ull * kElements);
    ByteWriter end;
    end.U1(0x05).WriteId(0x2000).Append(behind);
    std::ofstream out(path, std::ios::binary | std::ios::app);
    out.write(reinterpret_cast<const char*>(end.bytes().data()),
              static_cast<std::streamsize>(end.size()));
    out.close();
    EXPECT_TRUE(out.good());
    absl::StatusOr<std::unique_ptr<DumpFile>> file = DumpFile::Open(path, {}, health);
    EXPECT_TRUE(file.ok()) << file.status();
    return file.ok() ? *std::move(file) : nullptr;
  }

  testing::TempDirectory directory_;
};

TEST_F(WrappedLengthTest, ReachesTheEndOfTheFile) {
  ImportHealth health;
  std::unique_ptr<DumpFile> file = Open({}, health);
  ASSERT_NE(file, nullptr);
  absl::StatusOr<RecordIndex> index = IndexRecords(*file, health);
  ASSERT_TRUE(index.ok());
  ASSERT_EQ(index->heaps.size(), 1u);
  EXPECT_EQ(index->heaps[0].bytes, kHeapSize);
  ASSERT_EQ(index->heaps[0].units.size(), 2u) << "the array, the root";
  EXPECT_EQ(index->heaps[0].units[1].end, file->size());
  EXPECT_TRUE(health.entries().empty());
}

TEST_F(WrappedLengthTest, RecordsFollow) {
  ImportHealth health;
  std::unique_ptr<DumpFile> file =
      Open(ByteWriter().U1(0x01).U4(0).U4(12).WriteId(77).Text("name").bytes(), health);
  ASSERT_NE(file, nullptr);
  absl::StatusOr<RecordIndex> index = IndexRecords(*file, health);
  ASSERT_TRUE(index.ok());
  ASSERT_EQ(index->heaps.size(), 1u);
  EXPECT_EQ(index->heaps[0].bytes, kHeapSize);
  EXPECT_EQ(index->strings.Text(77, *file), "name");
  EXPECT_EQ(health.count(Oddity::kRecordLength), 1u);
}

}  // namespace
}  // namespace leaktrail::hprof
