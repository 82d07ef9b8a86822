#include "analyses/jvm_histogram.h"

#include "gtest/gtest.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

using analyses::ClassAmount;
using analyses::ClassAmounts;
using analyses::JvmHistogram;
using analyses::ParseJvmHistogram;

JvmHistogram Parse(absl::string_view text) {
  const auto histogram = ParseJvmHistogram(text, "saved.txt");
  EXPECT_TRUE(histogram.ok()) << histogram.status();
  return histogram.ok() ? *histogram : JvmHistogram();
}

constexpr absl::string_view kJdk17 =
    "4711:\n"
    " num     #instances         #bytes  class name (module)\n"
    "-------------------------------------------------------\n"
    "   1:            12            400  [B (java.base@17.0.15)\n"
    "   2:             3             72  java.lang.String (java.base@17.0.15)\n"
    "   3:             2             48  [Ljava.lang.String; (java.base@17.0.15)\n"
    "   4:             1             16  com.acme.Job$$Lambda$7/0x0000000800c03000\n"
    "   5:             1             24  com.acme.Job (com.acme)\n"
    "   6:             1             24  com.acme.Job\n"
    "Total            20            584\n";

TEST(JvmHistogram, ReadsTheFormOfJdk9AndLater) {
  const JvmHistogram histogram = Parse(kJdk17);
  const ClassAmounts expected = {{"byte[]", {12, 400}},
                                 {"java.lang.String", {3, 72}},
                                 {"java.lang.String[]", {2, 48}},
                                 {"com.acme.Job$$Lambda$7/0x0000000800c03000", {1, 16}},
                                 {"com.acme.Job", {2, 48}}};  // of two loaders
  EXPECT_EQ(histogram.classes, expected);
  EXPECT_EQ(histogram.total, (ClassAmount{20, 584}));
  EXPECT_TRUE(histogram.vm_internal.empty());
}

TEST(JvmHistogram, ReadsTheFormsOfOlderJdks) {
  const JvmHistogram histogram = Parse(
      "   1:             5            100  [C\n"
      "  7  96  <methodKlass>\n"
      "  3  72  java.lang.String\n");
  EXPECT_EQ(histogram.classes, (ClassAmounts{{"char[]", {5, 100}}, {"java.lang.String", {3, 72}}}));
  EXPECT_EQ(histogram.vm_internal, (ClassAmounts{{"<methodKlass>", {7, 96}}}));
  EXPECT_FALSE(histogram.total.has_value());
}

TEST(JvmHistogram, ReadsWhatShellsMakeOfIt) {
  const JvmHistogram plain = Parse(kJdk17);
  std::string windows = "\xef\xbb\xbf", little = "\xff\xfe", big = "\xfe\xff";
  for (const char c : kJdk17) {
    if (c == '\n') windows += '\r';
    windows += c;
    little += {c, '\0'};
    big += {'\0', c};
  }
  for (const std::string& text : {windows, little, big}) {
    EXPECT_EQ(Parse(text).classes, plain.classes);
    EXPECT_EQ(Parse(text).total, plain.total);
  }
}

TEST(JvmHistogram, RefusesWhatIsNone) {
  for (const absl::string_view text :
       {absl::string_view(""), absl::string_view("hello\nworld 1 2\n"),
        absl::string_view("Total 1 2"), absl::string_view("1: 99999999999999999999 5 A\n"),
        absl::string_view("1: -1 5 A\n"), absl::string_view("\xff\xfe\0", 3),
        absl::string_view("1: 2 3\n")}) {
    const auto histogram = ParseJvmHistogram(text, "saved.txt");
    ASSERT_FALSE(histogram.ok()) << text;
    EXPECT_EQ(
        histogram.status().message(),
        "saved.txt is no class histogram: save the output of `jcmd PID GC.class_histogram` or "
        "`jmap -histo:live PID`");
  }
  const TempDirectory directory;
  EXPECT_FALSE(analyses::ReadJvmHistogram(directory.File("missing")).ok());
  EXPECT_FALSE(analyses::ReadJvmHistogram(directory.path()).ok());
}

}  // namespace
}  // namespace leaktrail::testing
