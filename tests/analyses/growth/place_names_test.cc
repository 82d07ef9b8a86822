#include "analyses/growth/place_names.h"

#include <utility>

#include "gtest/gtest.h"

namespace leaktrail::testing {
namespace {

TEST(PlaceNames, FoldWhatDiffersFromRunToRun) {
  const std::pair<absl::string_view, absl::string_view> kNames[] = {
      {"com.acme.Order", "com.acme.Order"},
      {"com.acme.OrderV2", "com.acme.OrderV2"},
      {"com.acme.Order$1", "com.acme.Order$1"},
      {"java.util.Base64$Encoder", "java.util.Base64$Encoder"},
      {"byte[]", "byte[]"},
      {"com.acme.Shop$$Lambda$74+0x00007f5794013250", "com.acme.Shop$$Lambda"},
      {"com.acme.Shop$$Lambda/0x00007f5794013250", "com.acme.Shop$$Lambda"},
      {"com.acme.Shop$$Lambda/0x00007f5794013250[]", "com.acme.Shop$$Lambda[]"},
      {"jdk.proxy2.$Proxy17", "jdk.proxy2.$ProxyN"},
      {"jdk.internal.reflect.GeneratedMethodAccessor12",
       "jdk.internal.reflect.GeneratedMethodAccessorN"},
      {"com.acme.Shop$$EnhancerBySpringCGLIB$$5d2f1b7a", "com.acme.Shop (proxy)"},
      {"java.lang.invoke.LambdaForm$MH/0x0000000800c01400", "java.lang.invoke (hidden class)"},
      {"unknown-class@0x7f0012345", "unknown-class"},
  };
  for (const auto& [name, folded] : kNames) {
    EXPECT_EQ(analyses::FoldedClassName(name), folded) << name;
  }
}

TEST(PlaceNames, FoldingTwiceChangesNothing) {
  for (const absl::string_view name :
       {"com.acme.Shop$$Lambda$74+0x00007f5794013250", "jdk.proxy2.$Proxy17", "Script12"}) {
    const std::string folded = analyses::FoldedClassName(name);
    EXPECT_EQ(analyses::FoldedClassName(folded), folded);
  }
}

}  // namespace
}  // namespace leaktrail::testing
