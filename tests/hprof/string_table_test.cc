#include <gtest/gtest.h>

#include "hprof/record_index.h"
#include "tests/dump_builder.h"

namespace leaktrail::hprof {
namespace {

using testing::ByteWriter;

std::unique_ptr<DumpFile> FileWith(absl::string_view text) {
  return DumpFile::FromMemory(ByteWriter().Text(text).bytes());
}

TEST(StringTableTest, FindsTextsAddedInAnyOrder) {
  std::unique_ptr<DumpFile> file = FileWith("onetwothree");
  StringTable strings;
  strings.Add(30, 6, 5);
  strings.Add(10, 0, 3);
  strings.Add(20, 3, 3);
  strings.Seal();
  EXPECT_EQ(strings.Text(10, *file), "one");
  EXPECT_EQ(strings.Text(20, *file), "two");
  EXPECT_EQ(strings.Text(30, *file), "three");
  EXPECT_EQ(strings.size(), 3u);
}

TEST(StringTableTest, LastDefinitionCounts) {
  std::unique_ptr<DumpFile> file = FileWith("oldmidnew");
  StringTable strings;
  for (Id id : {5, 7}) {
    strings.Add(id, 0, 3);
    strings.Add(id, 3, 3);
    strings.Add(id, 6, 3);
  }
  strings.Add(6, 0, 3);
  strings.Seal();
  EXPECT_EQ(strings.size(), 3u);
  EXPECT_EQ(strings.Text(5, *file), "new");
  EXPECT_EQ(strings.Text(6, *file), "old");
  EXPECT_EQ(strings.Text(7, *file), "new");
}

TEST(StringTableTest, LastDefinitionCountsInASortedTable) {
  std::unique_ptr<DumpFile> file = FileWith("oldnew");
  StringTable strings;
  strings.Add(1, 0, 3);
  strings.Add(1, 3, 3);
  strings.Add(2, 0, 3);
  strings.Seal();
  EXPECT_EQ(strings.Text(1, *file), "new");
  EXPECT_EQ(strings.size(), 2u);
}

TEST(StringTableTest, UnknownIdIsEmpty) {
  std::unique_ptr<DumpFile> file = FileWith("text");
  StringTable strings;
  strings.Seal();
  EXPECT_EQ(strings.Text(1, *file), "");
  EXPECT_FALSE(strings.Contains(1));
}

TEST(StringTableTest, ContainsTellsEmptyFromMissing) {
  StringTable strings;
  strings.Add(1, 0, 0);
  strings.Seal();
  EXPECT_TRUE(strings.Contains(1));
  EXPECT_FALSE(strings.Contains(0));
  EXPECT_FALSE(strings.Contains(2));
}

TEST(StringTableTest, KeepsBytesAsTheyAre) {
  std::string bytes("\xc0\x80 \xed\xa0\x80 \x1b[31m", 12);
  std::unique_ptr<DumpFile> file = FileWith(bytes);
  StringTable strings;
  strings.Add(1, 0, 12);
  strings.Seal();
  EXPECT_EQ(strings.Text(1, *file), bytes);
}

TEST(StringTableTest, HugeTextIsShortened) {
  std::unique_ptr<DumpFile> file = FileWith(std::string(100'000, 'x'));
  StringTable strings;
  strings.Add(1, 0, 100'000);
  strings.Seal();
  EXPECT_EQ(strings.Text(1, *file), std::string(StringTable::kLongestText, 'x'));
}

}  // namespace
}  // namespace leaktrail::hprof
