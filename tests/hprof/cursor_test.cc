#include "hprof/cursor.h"

#include <gtest/gtest.h>

#include "tests/dump_builder.h"

namespace leaktrail::hprof {
namespace {

using testing::ByteWriter;

TEST(CursorTest, ReadsBigEndianValues) {
  ByteWriter bytes;
  bytes.U1(0x12).U2(0x1234).U4(0x12345678).U8(0x123456789abcdef0);
  Cursor cursor(bytes.bytes(), 0, 8);
  EXPECT_EQ(cursor.U1(), 0x12);
  EXPECT_EQ(cursor.U2(), 0x1234);
  EXPECT_EQ(cursor.U4(), 0x12345678u);
  EXPECT_EQ(cursor.U8(), 0x123456789abcdef0u);
  EXPECT_TRUE(cursor.ok());
  EXPECT_EQ(cursor.left(), 0u);
}

TEST(CursorTest, IdsHaveTheSizeOfTheDump) {
  ByteWriter bytes;
  bytes.U4(0xfedcba98).U4(7);
  EXPECT_EQ(Cursor(bytes.bytes(), 0, 4).ReadId(), 0xfedcba98u);
  EXPECT_EQ(Cursor(bytes.bytes(), 0, 8).ReadId(), 0xfedcba9800000007u);
}

TEST(CursorTest, OffsetIsThatOfTheFile) {
  ByteWriter bytes;
  bytes.U8(0).U8(0);
  Cursor cursor(bytes.bytes(), 1000, 8);
  cursor.U4();
  cursor.Skip(3);
  EXPECT_EQ(cursor.offset(), 1007u);
}

TEST(CursorTest, ValuesAreZeroExtended) {
  struct Case {
    ValueType type;
    std::uint64_t value;
    std::size_t left;  // of 8 bytes
  };
  const Case kCases[] = {
      {ValueType::kBoolean, 0xff, 7},
      {ValueType::kByte, 0xff, 7},
      {ValueType::kChar, 0xfffe, 6},
      {ValueType::kShort, 0xfffe, 6},
      {ValueType::kInt, 0xfffefdfc, 4},
      {ValueType::kFloat, 0xfffefdfc, 4},
      {ValueType::kObject, 0xfffefdfc, 4},
      {ValueType::kArrayObject, 0xfffefdfc, 4},
      {ValueType::kLong, ~0x01020304050607u, 0},
      {ValueType::kDouble, ~0x01020304050607u, 0},
  };
  ByteWriter bytes;
  bytes.U8(~0x01020304050607u);
  for (const Case& c : kCases) {
    Cursor cursor(bytes.bytes(), 0, 4);
    EXPECT_EQ(cursor.Value(c.type), c.value) << static_cast<int>(c.type);
    EXPECT_EQ(cursor.left(), c.left) << static_cast<int>(c.type);
    EXPECT_TRUE(cursor.ok());
  }
}

TEST(CursorTest, UnknownValueTypeIsAFailure) {
  ByteWriter bytes;
  bytes.U8(1);
  for (int type : {0, 3, 12, 255}) {
    Cursor cursor(bytes.bytes(), 0, 8);
    EXPECT_EQ(cursor.Value(static_cast<ValueType>(type)), 0u);
    EXPECT_FALSE(cursor.ok()) << type;
  }
}

TEST(CursorTest, FailureAtTheEndIsLatched) {
  ByteWriter bytes;
  bytes.U2(0x0102).U1(3);
  Cursor cursor(bytes.bytes(), 0, 8);
  EXPECT_EQ(cursor.U4(), 0u);
  EXPECT_FALSE(cursor.ok());
  EXPECT_EQ(cursor.U1(), 0) << "nothing is read after a failure";
  EXPECT_EQ(cursor.offset(), 0u) << "a failed read does not move";
}

TEST(CursorTest, TakeRejectsWhatIsNotThere) {
  ByteWriter bytes;
  bytes.U4(0x01020304);
  Cursor cursor(bytes.bytes(), 0, 8);
  EXPECT_EQ(cursor.Take(4).size(), 4u);
  EXPECT_EQ(cursor.Take(0).size(), 0u);
  EXPECT_TRUE(cursor.ok());
  EXPECT_EQ(cursor.Take(~std::uint64_t{0}).size(), 0u);
  EXPECT_FALSE(cursor.ok());
}

TEST(CursorTest, EmptyInput) {
  Cursor cursor({}, 5, 8);
  EXPECT_EQ(cursor.left(), 0u);
  EXPECT_TRUE(cursor.ok());
  EXPECT_EQ(cursor.U1(), 0);
  EXPECT_FALSE(cursor.ok());
}

}  // namespace
}  // namespace leaktrail::hprof
