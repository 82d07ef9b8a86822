// The builder itself: what a test may rely on.
#include "tests/dump_builder.h"

#include <gtest/gtest.h>

#include <map>

#include "hprof/heap_boundaries.h"
#include "hprof/record_index.h"

namespace leaktrail::testing {
namespace {

std::map<HeapTag, int> CountSubRecords(const DumpBuilder& dump) {
  std::unique_ptr<hprof::DumpFile> file = dump.File();
  hprof::ImportHealth health;
  absl::StatusOr<hprof::RecordIndex> index = hprof::IndexRecords(*file, health);
  EXPECT_TRUE(index.ok() && health.entries().empty());
  std::map<HeapTag, int> counts;
  hprof::SkipWindow window(*file);
  for (const hprof::HeapUnit& unit : index->heaps.at(0).units) {
    for (std::uint64_t at = unit.begin; at < unit.end;) {
      ++counts[static_cast<HeapTag>(window.At(at)[0])];
      at = hprof::SubRecordEnd(window, at, dump.options().id_size);
    }
  }
  return counts;
}

// The example of the header.
TEST(DumpBuilderTest, Example) {
  for (std::uint32_t id_size : {4u, 8u}) {
    DumpBuilder dump({.id_size = id_size});
    const BootClasses& boot = dump.Boot();
    Id node = dump.Class("com.acme.Node").Field("next", kObject).Field("value", kInt);
    Id last = dump.Instance(node, {0, 2});
    Id first = dump.Instance(node, {last, 1});
    Id main = dump.Instance(boot.thread, {dump.JavaString("main")});
    dump.Thread(main).Frame("com.acme.Node", "walk", "Node.java", 42).Local(first);
    EXPECT_EQ(CountSubRecords(dump), (std::map<HeapTag, int>{{HeapTag::kRootStickyClass, 20},
                                                             {HeapTag::kClassDump, 21},
                                                             {HeapTag::kInstanceDump, 4},
                                                             {HeapTag::kPrimitiveArrayDump, 1},
                                                             {HeapTag::kRootThreadObject, 1},
                                                             {HeapTag::kRootJavaFrame, 1}}));
  }
}

TEST(DumpBuilderTest, InstanceBytesAreOwnFieldsThenInherited) {
  DumpBuilder dump;
  Id base = dump.Class("Base").Field("b", kShort);
  Id derived = dump.Class("Derived").Super(base).Field("d", kLong).Field("f", kFloat);
  Id id = dump.Instance(derived, {-2, 1.0f, 0x1234});
  std::vector<std::byte> expected = ByteWriter()
                                        .U1(0x21)
                                        .WriteId(id)
                                        .U4(1)
                                        .WriteId(derived)
                                        .U4(14)
                                        .U8(0xfffffffffffffffe)
                                        .U4(0x3f800000)
                                        .U2(0x1234)
                                        .U1(0x2c)  // the end record
                                        .U8(0)
                                        .bytes();
  std::vector<std::byte> bytes = dump.Bytes();
  EXPECT_TRUE(std::equal(expected.rbegin(), expected.rend(), bytes.rbegin()));
}

// Distances between ids are the sizes of a JVM with compressed oops, so layouts can be inferred.
TEST(DumpBuilderTest, IdsAreSpacedAsInAJvm) {
  DumpBuilder dump;
  Id node = dump.Class("Node").Field("next", kObject).Field("value", kInt);
  Id a = dump.Instance(node);
  Id b = dump.PrimitiveArray(kByte, 3);
  Id c = dump.ObjectArray(node, {a, b});
  Id d = dump.NewId(100);
  Id e = dump.NewId();
  EXPECT_EQ(b - a, 24u) << "12 + 4 + 4";
  EXPECT_EQ(c - b, 24u) << "16 + 3";
  EXPECT_EQ(d - c, 24u) << "16 + 2 x 4";
  EXPECT_EQ(e - d, 104u);
  EXPECT_EQ(a % 8, 0u);
}

TEST(DumpBuilderTest, ObjectsCanBeReferencedBeforeTheyAreWritten) {
  DumpBuilder dump;
  Id node = dump.Class("Node").Field("next", kObject);
  Id later = dump.NewId();
  Id first = dump.Instance(node, {later});
  EXPECT_EQ(dump.Instance(node, {first}, later), later);
  EXPECT_LT(later, first);
}

TEST(DumpBuilderTest, OneTextHasOneSymbol) {
  DumpBuilder dump;
  EXPECT_EQ(dump.Symbol("name"), dump.Symbol("name"));
  EXPECT_NE(dump.Symbol("name"), dump.Symbol("other"));
}

TEST(DumpBuilderDeathTest, MistakesOfATestAbort) {
  DumpBuilder dump;
  Id node = dump.Class("Node").Field("next", kObject);
  EXPECT_DEATH(dump.Instance(node, {1, 2}), "2 values for 1 fields of Node");
  EXPECT_DEATH(dump.Instance(12345), "instance of an undeclared class");
}

}  // namespace
}  // namespace leaktrail::testing
