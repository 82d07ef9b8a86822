#include "analyses/signature_text.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace leaktrail::analyses {
namespace {

TEST(Placeholders, AreFilled) {
  const auto count_of = [](absl::string_view suffix) -> std::uint64_t { return suffix.size(); };
  const PlaceholderValues values{1200, 3000, 4, "Pool{count}", count_of};
  EXPECT_EQ(FillPlaceholders("{count} of {total} in {groups} {class}", values),
            "1,200 of 3,000 in 4 Pool{count}");
  EXPECT_EQ(FillPlaceholders("{count_of:a.b.C}, {each} each", values), "5, {each} each");
  EXPECT_EQ(FillPlaceholders("plain", values), "plain");
}

TEST(Placeholders, WrongOnesAreTold) {
  for (const char* good : {"", "plain", "{count}{each}", "{count_of:kafka.X$Y}"}) {
    EXPECT_EQ(WrongPlaceholder(good), "") << good;
  }
  for (const char* wrong :
       {"{cont}", "{", "}", "{count", "a } b", "{count_of:}", "{}", "{{count}}"}) {
    EXPECT_NE(WrongPlaceholder(wrong).find("{count_of:CLASS}"), std::string::npos) << wrong;
  }
  EXPECT_EQ(CountedClasses("{count_of:a.B} {count} {count_of:C$D}"),
            (std::vector<std::string>{"a.B", "C$D"}));
}

TEST(FamilyName, TakesOutWhatDiffers) {
  const std::pair<const char*, const char*> kNames[] = {
      {"jdk.internal.reflect.GeneratedMethodAccessor12", "GeneratedMethodAccessor#"},
      {"com.sun.proxy.$Proxy104", "$Proxy#"},
      {"com.acme.Job$$Lambda$74/0x00007f5794013250", "Job$$Lambda"},
      {"com.acme.Job$$Lambda/0x0000000089045000", "Job$$Lambda"},
      {"com.acme.Job$$Lambda$12/1418481495", "Job$$Lambda"},
      {"java.lang.invoke.LambdaForm$MH/0x000000010010e220", "LambdaForm$MH"},
      {"com.acme.Order$$EnhancerBySpringCGLIB$$8d2f1a3c", "Order$$EnhancerBySpringCGLIB$$#"},
      {"com.acme.Order$$FastClassByCGLIB$$ffff", "Order$$FastClassByCGLIB$$#"},
      {"Script12", "Script#"},
      {"GeneratedClass$UnsafeProjection3", "GeneratedClass$UnsafeProjection#"},
      {"a1.b2.C3D4", "C#D#"},
      {"", ""},
  };
  for (const auto& [name, family] : kNames) EXPECT_EQ(FamilyName(name), family) << name;
}

}  // namespace
}  // namespace leaktrail::analyses
