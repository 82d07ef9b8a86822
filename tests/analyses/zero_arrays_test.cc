// Large arrays and whether they hold anything; memory.zero-arrays.
#include "analyses/zero_arrays.h"

#include <limits>

#include "gtest/gtest.h"
#include "tests/analyses/has_text.h"
#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::ArrayGroup;
using analyses::ArraysText;
using analyses::FindLargeArrays;
using analyses::Report;
using analyses::Severity;
using graph::ObjectIndex;

constexpr char kRule[] = "memory.zero-arrays";

// `count` objects of com.acme.Buffer with a byte[] of `bytes`, of which every `filled`-th (0: none)
// has something in its last byte; in five places, none of which holds most of the heap.
void AddBuffers(JdkDump& heap, int count, int bytes, int filled) {
  constexpr int kPlaces = 5;
  const Id buffer = heap.App("com.acme.Buffer").Field("data", kObject);
  std::vector<std::vector<Id>> places(kPlaces);
  for (int i = 0; i < count; ++i) {
    std::vector<FieldValue> values(static_cast<std::size_t>(bytes), 0);
    if (filled > 0 && i % filled == 0) values.back() = 1;
    places[static_cast<std::size_t>(i % kPlaces)].push_back(
        heap.dump.Instance(buffer, {heap.dump.PrimitiveArray(kByte, values)}));
  }
  for (const std::vector<Id>& place : places) {
    heap.App(absl::StrCat("com.acme.Server", &place - places.data()))
        .Static("buffers", kObject, heap.List(place));
  }
}

TEST(ZeroArrays, AreGroupedByLengthAndOwner) {
  JdkDump heap;
  AddBuffers(heap, 50, 8000, 0);
  heap.App("com.acme.Table")
      .Static("cells", kObject, heap.dump.PrimitiveArray(kLong, 1000))
      .Static("small", kObject, heap.dump.PrimitiveArray(kByte, 4000));
  const auto snapshot = SnapshotOf(heap.dump);
  ASSERT_NE(snapshot, nullptr);
  const std::vector<ArrayGroup> groups = FindLargeArrays(*snapshot);
  ASSERT_EQ(groups.size(), 2u);  // 4,000 bytes are not large
  EXPECT_EQ(groups[0].count, 50u);
  EXPECT_EQ(groups[0].length, 8000u);
  EXPECT_EQ(groups[0].shallow, 50u * 8016);
  EXPECT_EQ(groups[0].ZeroCount(), 50u);
  EXPECT_EQ(ArraysText(*snapshot, groups[0]),
            "50 byte[8,000] of Buffer.data, 7.8 KiB each, all zero");
  EXPECT_EQ(ArraysText(*snapshot, groups[1]),
            "1 long[1,000] of Table.cells, 7.8 KiB each, all zero");
}

TEST(ZeroArrays, AnythingInThemIsSeen) {
  JdkDump heap;
  AddBuffers(heap, 64, 8000, 2);
  const auto snapshot = SnapshotOf(heap.dump);
  ASSERT_NE(snapshot, nullptr);
  const std::vector<ArrayGroup> groups = FindLargeArrays(*snapshot);
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].count, 64u);
  EXPECT_LT(groups[0].ZeroCount(), 64u);
  EXPECT_FALSE(absl::StrContains(ArraysText(*snapshot, groups[0]), "zero"));
}

TEST(ZeroArrays, ReadsAsMuchAsAllowed) {
  JdkDump heap;
  std::vector<FieldValue> values(1 << 20, 0);
  values.back() = 1;
  const Id array = heap.dump.PrimitiveArray(kByte, values);
  const Id text = heap.dump.JavaString("text");
  heap.App("com.acme.Table").Static("cells", kObject, array).Static("text", kObject, text);
  const auto snapshot = SnapshotOf(heap.dump);
  ASSERT_NE(snapshot, nullptr);
  const ObjectIndex o = snapshot->Find(array);
  EXPECT_EQ(snapshot->IsZero(o, std::numeric_limits<std::uint64_t>::max()), false);
  EXPECT_EQ(snapshot->IsZero(o, 1 << 20), false);
  EXPECT_EQ(snapshot->IsZero(o, 1 << 18), true);  // four pieces, the last of them ends before
  EXPECT_EQ(snapshot->IsZero(snapshot->Find(text), 1 << 20), std::nullopt);
  EXPECT_EQ(snapshot->IsZero(ObjectIndex(), 1 << 20), std::nullopt);
}

TEST(ZeroArraysRule, ManyMebibytesOfZerosAreARemark) {
  JdkDump heap;
  heap.MaxHeap(64 * kMiB);
  AddBuffers(heap, 20, 1 << 20, 0);
  const Report report = heap.Analyze();
  ASSERT_EQ(FindingsOf(report, kRule).size(), 1u);
  EXPECT_EQ(FindingsOf(report, kRule)[0].severity, Severity::kLow);
  EXPECT_TRUE(HasText(FindingsOf(report, kRule)[0].title,
                      "20 large arrays hold nothing but zeros: 20.0 MiB"));
}

TEST(ZeroArraysRule, FilledArraysAreNot) {
  JdkDump heap;
  heap.MaxHeap(64 * kMiB);
  AddBuffers(heap, 20, 1 << 20, 1);
  EXPECT_TRUE(FindingsOf(heap.Analyze(), kRule).empty());
}

TEST(ZeroArraysRule, FewMebibytesAreNot) {
  JdkDump heap;
  heap.MaxHeap(64 * kMiB);
  AddBuffers(heap, 15, 1 << 20, 0);
  EXPECT_TRUE(FindingsOf(heap.Analyze(), kRule).empty());
}

}  // namespace
}  // namespace leaktrail::testing
