#include "analyses/sidefiles/side_text.h"

#include <unistd.h>

#include "gtest/gtest.h"
#include "tests/temp_directory.h"

namespace leaktrail::analyses::sidefiles {
namespace {

using testing::TempDirectory;

TEST(AmountTest, ReadsWhatToolsWrite) {
  constexpr std::uint64_t k = 1024;
  const struct {
    absl::string_view text;
    std::optional<std::uint64_t> bytes;
  } kCases[] = {{"12K", 12 * k},
                {"27648KB", 27648 * k},
                {"2,072,576K", 2072576 * k},
                {"12.63 MB", 13243515},
                {"0 bytes", 0},
                {"0.0B", 0},
                {"65536", 65536},
                {"4Gi", 4 * k * k * k},
                {"512m", 512 * k * k},
                {"1.688gb", 1812476199},
                {"1811939328 bytes", 1811939328},
                {"28672 kB", 28672 * k},
                {"", std::nullopt},
                {"max", std::nullopt},
                {"12Q", std::nullopt},
                {"12 apples", std::nullopt},
                {"99999999999999999999", std::nullopt},
                {"9000000000000G", std::nullopt}};
  for (const auto& test : kCases) EXPECT_EQ(WholeAmount(test.text), test.bytes) << test.text;
}

TEST(AmountTest, ACommaGroupsThreeDigitsOrIsADecimalPoint) {
  EXPECT_EQ(AmountAt("1,105,920K"), 1105920u * 1024);
  EXPECT_EQ(AmountAt("509,1M"), 533'830'042u);
  EXPECT_EQ(AmountAt("0,3"), 0u);
  EXPECT_EQ(AmountAt("1,234.5K"), 1'264'128u);
  absl::string_view rest;
  EXPECT_EQ(AmountAt("12, 3", &rest), 12u);
  EXPECT_EQ(rest, ", 3");
}

TEST(AmountTest, KubernetesCountsInThousandsUnlessItSaysOtherwise) {
  EXPECT_EQ(WholeAmount("4G", Units::kKubernetes), 4'000'000'000u);
  EXPECT_EQ(WholeAmount("4Gi", Units::kKubernetes), std::uint64_t{4} << 30);
  EXPECT_EQ(WholeAmount("1500M", Units::kKubernetes), 1'500'000'000u);
}

TEST(AmountTest, IsFoundBehindAKeyAndEndsBeforeOtherWords) {
  EXPECT_EQ(AmountAfter("Metaspace  used 3201K, committed 3648K", "committed"), 3648u * 1024);
  EXPECT_EQ(AmountAfter("(classes #1800)", "#"), 1800u);
  EXPECT_EQ(AmountAfter("used", "used"), std::nullopt);
  absl::string_view rest;
  EXPECT_EQ(AmountAt("35 loaders, 1800 classes", &rest), 35u);
  EXPECT_EQ(rest, " loaders, 1800 classes");
}

TEST(LinesTest, CountsAndStripsThem) {
  Lines lines("a\r\nb  \n\nlast");
  absl::string_view line;
  std::vector<std::string> all;
  while (lines.Next(line)) all.emplace_back(line);
  EXPECT_EQ(all, (std::vector<std::string>{"a", "b", "", "last"}));
  EXPECT_EQ(lines.number(), 4u);
}

TEST(LinesTest, CutsEndlessOnes) {
  const std::string text(kMostLineBytes * 3, 'x');
  Lines lines(text);
  absl::string_view line;
  ASSERT_TRUE(lines.Next(line));
  EXPECT_EQ(line.size(), kMostLineBytes);
  EXPECT_FALSE(lines.Next(line));
}

TEST(ReadSideTextTest, OfALargeFileReadsTheEndFromAWholeLineOn) {
  const TempDirectory directory;
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "line " + std::to_string(i) + "\n";
  const auto side = ReadSideText(directory.Write("log", text), true, 100);
  ASSERT_TRUE(side.ok());
  EXPECT_TRUE(side->cut);
  EXPECT_LE(side->text.size(), 100u);
  EXPECT_EQ(side->text.substr(0, 5), "line ");
  EXPECT_EQ(side->text.substr(side->text.size() - 9), "line 999\n");
}

TEST(ReadSideTextTest, ReadsProcButWaitsForNoPipe) {
  const auto status = ReadSideText("/proc/self/status", true);
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_NE(status->text.find("VmRSS:"), std::string::npos);
  EXPECT_FALSE(ReadSideText("/dev/zero", true).ok());
  EXPECT_FALSE(ReadSideText("/", true).ok());
  EXPECT_FALSE(ReadSideText("/no/such/file", true).ok());
}

TEST(ReadSideTextTest, SaysThatAFileOfProcWasCut) {
  const auto cut = ReadSideText("/proc/self/status", true, 100);
  ASSERT_TRUE(cut.ok());
  EXPECT_TRUE(cut->cut);
  EXPECT_EQ(cut->text.substr(0, 5), "Name:");
  EXPECT_FALSE(ReadSideText("/proc/self/status", true)->cut);
}

TEST(ReadSideTextTest, FollowsALinkOnlyIfTold) {
  const TempDirectory directory;
  const std::string target = directory.Write("target", "text");
  const std::string link = directory.File("link");
  ASSERT_EQ(symlink(target.c_str(), link.c_str()), 0);
  EXPECT_TRUE(ReadSideText(link, true).ok());
  EXPECT_FALSE(ReadSideText(link, false).ok());
}

}  // namespace
}  // namespace leaktrail::analyses::sidefiles
