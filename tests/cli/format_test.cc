#include "cli/format.h"

#include "cli/escape.h"
#include "cli/text_table.h"
#include "gtest/gtest.h"

namespace leaktrail::cli {
namespace {

TEST(ShortenName, AbbreviatesPackagesOnlyAsFarAsNeeded) {
  const std::string name = "org.apache.kafka.common.network.Selector";
  EXPECT_EQ(ShortenName(name, 40), name);
  EXPECT_EQ(ShortenName(name, 39), "o.apache.kafka.common.network.Selector");
  EXPECT_EQ(ShortenName(name, 33), "o.a.kafka.common.network.Selector");
  EXPECT_EQ(ShortenName(name, 19), "o.a.k.c.n.Selector");
  EXPECT_EQ(ShortenName(name, 12), "o.a....ector");
}

TEST(ShortenName, KeepsWhatIsNoPackage) {
  EXPECT_EQ(ShortenName("com.acme.Foo$$Lambda/0x00007f.1", 28), "c.a.Foo$$Lambda/0x00007f.1");
  EXPECT_EQ(ShortenName("VeryLongNameWithoutAPackage", 12), "Very...ckage");
  EXPECT_EQ(ShortenName("com.acme.Order[]", 12), "c.a.Order[]");
  EXPECT_EQ(ShortenName("class com.acme.Order", 17), "class c.a.Order");
}

TEST(ShortenName, NeverWiderThanAsked) {
  for (int columns = 0; columns < 60; ++columns) {
    for (const char* name : {"org.apache.kafka.common.network.Selector", "x", "",
                             "\xe6\x97\xa5\xe6\x9c\xac.\xe6\x97\xa5\xe6\x9c\xac.\xe6\x97\xa5"}) {
      EXPECT_LE(DisplayWidth(ShortenName(name, columns)), columns) << name;
      EXPECT_LE(DisplayWidth(ShortenEnd(name, columns)), columns) << name;
    }
  }
}

TEST(SecondsText, Rounds) {
  EXPECT_EQ(SecondsText(0.01), "less than 0.1 s");
  EXPECT_EQ(SecondsText(1.25), "1.2 s");
  EXPECT_EQ(SecondsText(59.6), "60 s");
  EXPECT_EQ(SecondsText(600), "10 min");
}

TEST(TimeText, OnlyPlausibleTimes) {
  EXPECT_EQ(TimeText(1'700'000'000'000), "2023-11-14 22:13:20 UTC");
  EXPECT_EQ(TimeText(0), "");
  EXPECT_EQ(TimeText(-5), "");
  EXPECT_EQ(TimeText(INT64_MAX), "");
}

TEST(ParseSize, SizesAndShares) {
  const auto bytes = [](absl::string_view text) { return ParseSize(text).value().bytes; };
  EXPECT_EQ(bytes("4096"), 4096u);
  EXPECT_EQ(bytes("512k"), 512u << 10);
  EXPECT_EQ(bytes("10MiB"), 10u << 20);
  EXPECT_EQ(bytes("10 MB"), 10u << 20);
  EXPECT_EQ(bytes("1.5G"), 3u << 29);
  EXPECT_EQ(bytes("0"), 0u);
  EXPECT_DOUBLE_EQ(ParseSize("2.5%").value().share, 0.025);
}

TEST(ParseSize, RefusesEverythingElse) {
  for (const char* text :
       {"", "x", "%", "1x", "1.2.3", "-1", "101%", "1KiBB", "9999999999999t", "1 %%", "."}) {
    EXPECT_FALSE(ParseSize(text).ok()) << text;
  }
}

TEST(TextTable, AlignsAndShortensTheNameColumn) {
  TextTable table({{"n", TextTable::Kind::kNumber},
                   {"name", TextTable::Kind::kName},
                   {"loader", TextTable::Kind::kText}});
  table.Row({"1", "com.acme.a.very.long.package.Name", "app"});
  table.Row({"12,345", "x", "boot"}, 2);
  table.Rule();
  table.Row({"2", "total", ""});
  EXPECT_EQ(table.Render({.width = 40}),
            "     n  name                      loader\n"
            "     1  c.a.a.v.l.package.Name    app\n"
            "12,345    x                       boot\n"
            "----------------------------------------\n"
            "     2  total\n");
}

}  // namespace
}  // namespace leaktrail::cli
