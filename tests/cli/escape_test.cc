#include "cli/escape.h"

#include <random>

#include "gtest/gtest.h"

namespace leaktrail::cli {
namespace {

TEST(Escape, PlainTextStays) {
  EXPECT_EQ(Escape("com.acme.Order$Line[]"), "com.acme.Order$Line[]");
  EXPECT_EQ(Escape("k\xc3\xa4se \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80"),
            "k\xc3\xa4se \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80");
  EXPECT_EQ(Escape(""), "");
}

TEST(Escape, ControlCharacters) {
  EXPECT_EQ(Escape("a\x1b[31mb"), "a\\x1b[31mb");
  EXPECT_EQ(Escape("a\nb\tc\rd\x7f"), "a\\x0ab\\x09c\\x0dd\\x7f");
  EXPECT_EQ(Escape(absl::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(Escape("\xc2\x9b"), "\\u009b");  // C1 control sequence introducer
  EXPECT_EQ(Escape("a\\b"), "a\\\\b");
}

TEST(Escape, DirectionAndInvisibleCharacters) {
  EXPECT_EQ(Escape("\xe2\x80\xae"), "\\u202e");  // right-to-left override
  EXPECT_EQ(Escape("\xe2\x81\xa6"), "\\u2066");  // left-to-right isolate
  EXPECT_EQ(Escape("\xe2\x80\x8b"), "\\u200b");  // zero width space
  EXPECT_EQ(Escape("\xe2\x80\xa8"), "\\u2028");  // line separator
  EXPECT_EQ(Escape("\xef\xbb\xbf"), "\\ufeff");
}

TEST(Escape, BytesThatAreNoUtf8) {
  EXPECT_EQ(Escape("a\xff\xfe"), "a\\xff\\xfe");
  EXPECT_EQ(Escape("\x9b"), "\\x9b");           // a lone continuation byte, C1 in Latin-1
  EXPECT_EQ(Escape("\xe2\x80"), "\\xe2\\x80");  // cut off
  EXPECT_EQ(Escape("\xc1\xbf"), "\\xc1\\xbf");  // overlong
  EXPECT_EQ(Escape("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80");
}

TEST(Escape, ModifiedUtf8OfTheJvm) {
  EXPECT_EQ(Escape("\xc0\x80"), "\\x00");                             // NUL
  EXPECT_EQ(Escape("\xed\xa0\xbd\xed\xb8\x80"), "\xf0\x9f\x98\x80");  // surrogate pair
  EXPECT_EQ(Escape("\xed\xa0\xbd"), "\\ud83d");                       // only half of one
}

TEST(ToUtf8, KeepsCharactersAndReplacesTheRest) {
  EXPECT_EQ(ToUtf8("a\n\x1b"), "a\n\x1b");
  EXPECT_EQ(ToUtf8("\xff"), "\xef\xbf\xbd");
  EXPECT_EQ(ToUtf8("\xed\xa0\xbd\xed\xb8\x80"), "\xf0\x9f\x98\x80");
  EXPECT_EQ(ToUtf8("\xed\xa0\xbd"), "\xef\xbf\xbd");
  EXPECT_EQ(ToUtf8("\xc0\x80"), std::string(1, '\0'));
}

// Random bytes: the result is printable, and escaping what is escaped already only doubles the
// backslashes.
TEST(Escape, AnyBytes) {
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes(random() % 12, ' ');
    for (char& c : bytes) c = static_cast<char>(random() % 4 == 0 ? random() : random() | 0x80);
    const std::string escaped = Escape(bytes);
    for (const unsigned char c : escaped) ASSERT_TRUE(c >= 0x20 && c != 0x7f);
    EXPECT_GE(DisplayWidth(escaped), 0);
    EXPECT_EQ(ToUtf8(escaped), escaped);
    EXPECT_EQ(ToUtf8(ToUtf8(bytes)), ToUtf8(bytes));
  }
}

TEST(DisplayWidth, WideAndCombiningCharacters) {
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("\xe6\x97\xa5\xe6\x9c\xac"), 4);
  EXPECT_EQ(DisplayWidth("a\xcc\x81"), 1);
}

TEST(PrefixAndSuffix, NeverCutACharacter) {
  EXPECT_EQ(Prefix("a\xe6\x97\xa5"
                   "b",
                   2),
            "a");
  EXPECT_EQ(Prefix("a\xe6\x97\xa5"
                   "b",
                   3),
            "a\xe6\x97\xa5");
  EXPECT_EQ(Suffix("a\xe6\x97\xa5"
                   "b",
                   2),
            "b");
  EXPECT_EQ(Suffix("ab", 5), "ab");
  EXPECT_EQ(Prefix("ab", 0), "");
}

}  // namespace
}  // namespace leaktrail::cli
