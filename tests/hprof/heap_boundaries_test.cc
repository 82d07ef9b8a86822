#include "hprof/heap_boundaries.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/dump_builder.h"

namespace leaktrail::hprof {
namespace {

using testing::ByteWriter;
using testing::DumpBuilder;
using namespace testing;  // the value types

// A sub-record of every kind, with the bytes it takes behind its tag, in ids (8 or 4 bytes) and
// others.
struct SubRecordCase {
  std::string name;
  std::function<void(DumpBuilder&)> write;
  std::uint64_t ids;
  std::uint64_t others;
};

SubRecordCase RootCase(HeapTag tag, std::uint64_t ids, std::uint64_t others) {
  return {"root " + std::to_string(static_cast<int>(tag)),
          [tag](DumpBuilder& dump) { dump.Root(tag, 0x1234, 1, 0); }, ids, others};
}

std::vector<SubRecordCase> AllSubRecords() {
  return {
      RootCase(HeapTag::kRootUnknown, 1, 0),
      RootCase(HeapTag::kRootJniGlobal, 2, 0),
      RootCase(HeapTag::kRootJniLocal, 1, 8),
      RootCase(HeapTag::kRootJavaFrame, 1, 8),
      RootCase(HeapTag::kRootNativeStack, 1, 4),
      RootCase(HeapTag::kRootStickyClass, 1, 0),
      RootCase(HeapTag::kRootThreadBlock, 1, 4),
      RootCase(HeapTag::kRootMonitorUsed, 1, 0),
      RootCase(HeapTag::kRootThreadObject, 1, 8),
      RootCase(HeapTag::kRootInternedString, 1, 0),
      RootCase(HeapTag::kRootFinalizing, 1, 0),
      RootCase(HeapTag::kRootDebugger, 1, 0),
      RootCase(HeapTag::kRootReferenceCleanup, 1, 0),
      RootCase(HeapTag::kRootVmInternal, 1, 0),
      RootCase(HeapTag::kRootJniMonitor, 1, 8),
      RootCase(HeapTag::kRootUnreachable, 1, 0),
      {"instance",
       [](DumpBuilder& dump) {
         dump.RawInstance(1, {3, std::byte{7}});
       },
       2, 8 + 3},
      {"object array",
       [](DumpBuilder& dump) {
         dump.ObjectArray(1, {1, 2, 3});
       },
       2 + 3, 8},
      {"long array", [](DumpBuilder& dump) { dump.PrimitiveArray(kLong, 5); }, 1, 9 + 40},
      {"byte array", [](DumpBuilder& dump) { dump.PrimitiveArray(kByte, 5); }, 1, 9 + 5},
      {"char array", [](DumpBuilder& dump) { dump.PrimitiveArray(kChar, {'x'}); }, 1, 9 + 2},
      {"empty array", [](DumpBuilder& dump) { dump.PrimitiveArray(kInt, 0); }, 1, 9},
      {"array longer than a read", [](DumpBuilder& dump) { dump.PrimitiveArray(kInt, 100'000); }, 1,
       9 + 400'000},
      {"Android array without data",
       [](DumpBuilder& dump) {
         dump.RawHeap(dump.Writer().U1(0xc3).WriteId(1).U4(0).U4(1000).U1(8).bytes());
       },
       1, 9},
      {"Android heap info",
       [](DumpBuilder& dump) { dump.RawHeap(dump.Writer().U1(0xfe).U4('A').WriteId(1).bytes()); },
       1, 4},
  };
}

TEST(SubRecordEndTest, KnowsEveryKind) {
  for (std::uint32_t id_size : {4u, 8u}) {
    for (const SubRecordCase& c : AllSubRecords()) {
      DumpBuilder dump({.id_size = id_size});
      c.write(dump);
      dump.StickyRoot(1);
      std::unique_ptr<DumpFile> file = dump.File();
      SkipWindow window(*file);
      std::uint64_t begin = file->size() - 9 - (1 + id_size);  // end record, sticky root
      begin -= 1 + c.ids * id_size + c.others;
      EXPECT_EQ(SubRecordEnd(window, begin, id_size), begin + 1 + c.ids * id_size + c.others)
          << c.name << ", id size " << id_size;
    }
  }
}

TEST(SubRecordEndTest, ClassDumpWithEverything) {
  for (std::uint32_t id_size : {4u, 8u}) {
    DumpBuilder dump({.id_size = id_size});
    ClassBuilder rich = dump.Class("Rich").ConstantPool(7, kLong, 1).ConstantPool(8, kObject, 2);
    for (ValueType type : {kObject, kBoolean, kChar, kFloat, kDouble, kByte, kShort, kInt, kLong}) {
      rich.Field("field", type).Static("static", type, 3);
    }
    std::unique_ptr<DumpFile> file = dump.File();
    ImportHealth health;
    absl::StatusOr<RecordIndex> index = IndexRecords(*file, health);
    ASSERT_TRUE(index.ok());
    const HeapUnit& unit = index->heaps.at(0).units.at(0);
    SkipWindow window(*file);
    EXPECT_EQ(SubRecordEnd(window, unit.begin, id_size), unit.end);
    std::uint64_t primitives = 1 + 2 + 4 + 8 + 1 + 2 + 4 + 8;
    EXPECT_EQ(unit.end - unit.begin, 1 + 7 * id_size + 8 +          // fixed
                                         2 + 2 * 3 + 8 + id_size +  // constant pool
                                         2 + 9 * (id_size + 1) + primitives + id_size +  // statics
                                         2 + 9 * (id_size + 1));                         // fields
  }
}

TEST(SubRecordEndTest, ClassDumpLongerThanTheWindow) {
  DumpBuilder dump;
  ClassBuilder big = dump.Class("Big");
  for (int i = 0; i < 65'535; ++i) big.Static("s", kLong, i).Field("f", kInt);
  std::unique_ptr<DumpFile> file = dump.File();
  SkipWindow window(*file);
  std::uint64_t size = 1 + 7 * 8 + 8 + 2 + 2 + 65'535ull * 17 + 2 + 65'535ull * 9;
  std::uint64_t begin = file->size() - 9 - size;
  EXPECT_EQ(SubRecordEnd(window, begin, 8), begin + size);
}

TEST(SubRecordEndTest, UnknownTagsAndTypes) {
  const std::vector<std::byte> kUnknown[] = {
      ByteWriter().U1(0x00).bytes(),
      ByteWriter().U1(0x1c).bytes(),
      ByteWriter().U1(0x24).bytes(),
      ByteWriter().U1(0x23).WriteId(1).U4(0).U4(1).U1(2).U8(0).bytes(),   // array of objects
      ByteWriter().U1(0x23).WriteId(1).U4(0).U4(1).U1(12).U8(0).bytes(),  // no such type
      ByteWriter()
          .U1(0x20)
          .Append(std::vector<std::byte>(7 * 8 + 8))
          .U2(0)
          .U2(1)
          .WriteId(1)
          .U1(3)
          .U8(0)
          .bytes(),  // static of unknown type
  };
  for (const std::vector<std::byte>& bytes : kUnknown) {
    std::vector<std::byte> padded = bytes;
    padded.resize(bytes.size() + 64);
    std::unique_ptr<DumpFile> file = DumpFile::FromMemory(padded);
    SkipWindow window(*file);
    EXPECT_EQ(SubRecordEnd(window, 0, 8), 0u) << static_cast<int>(bytes[0]);
  }
}

TEST(SubRecordEndTest, CutOffEndsBehindTheFile) {
  for (const SubRecordCase& c : AllSubRecords()) {
    DumpBuilder dump({.end_record = false});
    c.write(dump);
    std::vector<std::byte> bytes = dump.Bytes();
    std::uint64_t begin = bytes.size() - (1 + c.ids * 8 + c.others);
    bytes.pop_back();
    std::unique_ptr<DumpFile> file = DumpFile::FromMemory(bytes);
    SkipWindow window(*file);
    EXPECT_GT(SubRecordEnd(window, begin, 8), file->size()) << c.name;
  }
}

TEST(IsPlausibleRecordTest, JudgesTagAndLength) {
  struct Case {
    int tag;
    std::uint32_t length;
    bool plausible;
  };
  // In a file that has 100 bytes behind the record header, an instance dump first.
  const Case kCases[] = {
      {0x01, 8, true},   {0x01, 7, false}, {0x01, 101, false}, {0x02, 24, true},
      {0x02, 25, false}, {0x04, 40, true}, {0x05, 12, true},   {0x05, 13, false},
      {0x0a, 40, true},  {0x1c, 50, true}, {0x1c, 0, true},    {0x0c, 4'000'000'000, true},
      {0x2c, 0, true},   {0x2c, 1, false}, {0x21, 8, false},   {0x00, 0, false},
      {0xff, 0, false},  {0x07, 24, true}, {0x0e, 6, true},    {0x03, 4, true},
  };
  for (const Case& c : kCases) {
    ByteWriter bytes;
    bytes.U1(c.tag).U4(0).U4(c.length).U1(0x21).Append(std::vector<std::byte>(99));
    std::unique_ptr<DumpFile> file = DumpFile::FromMemory(bytes.bytes());
    SkipWindow window(*file);
    EXPECT_EQ(IsPlausibleRecord(window, 0, 8), c.plausible) << c.tag << " " << c.length;
  }
}

TEST(IsPlausibleRecordTest, EndOfFileIsPlausible) {
  std::unique_ptr<DumpFile> file = DumpFile::FromMemory(ByteWriter().U8(0).bytes());
  SkipWindow window(*file);
  EXPECT_TRUE(IsPlausibleRecord(window, 8, 8));
  EXPECT_FALSE(IsPlausibleRecord(window, 0, 8));
}

TEST(SkipWindowTest, SeesTheSameBytesWhereverItJumps) {
  std::vector<std::byte> bytes(700'000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
  std::unique_ptr<DumpFile> file = DumpFile::FromMemory(bytes);
  SkipWindow window(*file);
  // Forward in small steps, then jumps in both directions, then to and behind the end.
  std::vector<std::uint64_t> offsets;
  for (std::uint64_t at = 0; at < 700'000; at += 37) offsets.push_back(at);
  for (std::uint64_t at :
       {5ull, 650'000ull, 4000ull, 4090ull, 4096ull, 300'000ull, 699'990ull, 699'999ull, 1000ull,
        699'999ull, 700'000ull, 700'001ull, 1ull << 40, 0ull}) {
    offsets.push_back(at);
  }
  for (std::uint64_t at : offsets) {
    Bytes seen = window.At(at);
    std::uint64_t left = at < bytes.size() ? bytes.size() - at : 0;
    ASSERT_GE(seen.size(), std::min<std::uint64_t>(left, SkipWindow::kPiece)) << at;
    ASSERT_LE(seen.size(), left) << at;
    ASSERT_TRUE(std::equal(seen.begin(), seen.end(), bytes.begin() + std::min(at, file->size())))
        << at;
  }
}

}  // namespace
}  // namespace leaktrail::hprof
