#include "analyses/text.h"

#include "gtest/gtest.h"

namespace leaktrail::testing {
namespace {

using namespace analyses;  // NOLINT(google-build-using-namespace)

TEST(Text, Bytes) {
  EXPECT_EQ(BytesText(0), "0 B");
  EXPECT_EQ(BytesText(1023), "1023 B");
  EXPECT_EQ(BytesText(1024), "1.0 KiB");
  EXPECT_EQ(BytesText(1536), "1.5 KiB");
  EXPECT_EQ(BytesText(1024 * 1024 - 1), "1.0 MiB");  // not "1024.0 KiB"
  EXPECT_EQ(BytesText(std::uint64_t{23} << 30), "23.0 GiB");
  EXPECT_EQ(BytesText(~std::uint64_t{0}), "16.0 EiB");
}

TEST(Text, CountsAndShares) {
  EXPECT_EQ(CountText(0), "0");
  EXPECT_EQ(CountText(999), "999");
  EXPECT_EQ(CountText(1234567), "1,234,567");
  EXPECT_EQ(Counted(1, "entry", "entries"), "1 entry");
  EXPECT_EQ(Counted(1000, "entry", "entries"), "1,000 entries");
  EXPECT_EQ(ShareText(831), "83.1%");
  EXPECT_EQ(Milli(1, 3), 333u);
  EXPECT_EQ(Milli(2, 3), 667u);
  EXPECT_EQ(Milli(5, 0), 0u);
  EXPECT_EQ(Milli(~std::uint64_t{0}, ~std::uint64_t{0}), 1000u);
}

TEST(Text, Names) {
  EXPECT_EQ(SimpleName("com.acme.Outer$Inner"), "Outer$Inner");
  EXPECT_EQ(SimpleName("com.acme.Order[]"), "Order[]");
  EXPECT_EQ(SimpleName("Order"), "Order");
  EXPECT_EQ(SimpleName("com.acme.A$$Lambda/0x01.b"), "A$$Lambda/0x01.b");
  EXPECT_EQ(CollectionName("java.util.HashMap"), "HashMap");
  EXPECT_EQ(CollectionName("java.lang.ThreadLocal$ThreadLocalMap"), "ThreadLocalMap");
  EXPECT_EQ(CollectionName("com.acme.Caches$1"), "Caches$1");
}

TEST(Text, PlatformClasses) {
  for (const char* name : {"java.util.HashMap", "int[]", "byte[][]", "jdk.proxy2.$Proxy4",
                           "com.sun.jmx.mbeanserver.Repository", "sun.misc.Cleaner[]"}) {
    EXPECT_TRUE(IsPlatformClass(name)) << name;
  }
  for (const char* name : {"com.acme.Order", "javassist.CtClass", "interesting.Thing", "",
                           "com.sunshine.App", "org.apache.kafka.clients.NetworkClient[]"}) {
    EXPECT_FALSE(IsPlatformClass(name)) << name;
  }
}

}  // namespace
}  // namespace leaktrail::testing
