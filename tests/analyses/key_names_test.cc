// Patterns of names that may be shown.
#include "analyses/key_names.h"

#include "analyses/resource_names.h"
#include "gtest/gtest.h"

namespace leaktrail::testing {
namespace {

using analyses::FoldedName;
using analyses::IsNamelessClass;
using analyses::IsPoolClass;
using analyses::IsResourceClass;
using analyses::ShownPattern;

TEST(KeyNames, DigitsAreFolded) {
  EXPECT_EQ(FoldedName("consumer-12"), "consumer-#");
  EXPECT_EQ(FoldedName("a1b22"), "a#b#");
  EXPECT_EQ(FoldedName("client-0123456789abcdef"), "client-#");
  EXPECT_EQ(FoldedName("550e8400-e29b-41d4-a716-446655440000"), "#");
  EXPECT_EQ(FoldedName("x-550E8400-e29b-41d4-a716-446655440000-y"), "x-#-y");
  EXPECT_EQ(FoldedName("feedface"), "feedface");  // a word: no digit in it
  EXPECT_EQ(FoldedName(""), "");
}

TEST(KeyNames, OnlyNumbersAndNamesThatLibrariesGiveAreShown) {
  EXPECT_EQ(ShownPattern("consumer-#"), "consumer-#");
  EXPECT_EQ(ShownPattern("consumer-orders-eu-#"), "consumer-...-#");
  EXPECT_EQ(ShownPattern("HikariPool-#"), "HikariPool-#");
  EXPECT_EQ(ShownPattern("#"), "#");
  EXPECT_EQ(ShownPattern("#-#.#"), "#-#.#");
  EXPECT_EQ(ShownPattern("consumer"), "");  // nothing folded
  EXPECT_EQ(ShownPattern("consumer-#-janedoe"), "");
  EXPECT_EQ(ShownPattern("token-hunter#"), "");
  EXPECT_EQ(ShownPattern("jane@acme.com#"), "");
  EXPECT_EQ(ShownPattern("/home/jane/#"), "");
}

TEST(ResourceNames, AreToldByTheirLastWord) {
  EXPECT_TRUE(IsResourceClass("org.apache.kafka.clients.NetworkClient"));
  EXPECT_TRUE(IsResourceClass("com.acme.HttpConnectionImpl"));
  EXPECT_TRUE(IsResourceClass("sun.nio.ch.EPollSelectorImpl"));
  EXPECT_FALSE(IsResourceClass("com.acme.ClientConfig"));
  EXPECT_FALSE(IsResourceClass("com.acme.Pool$Entry"));
  EXPECT_FALSE(IsResourceClass("java.util.HashMap"));
  EXPECT_FALSE(IsResourceClass("com.acme.Order"));
  EXPECT_TRUE(IsPoolClass("com.zaxxer.hikari.pool.HikariPool"));
  EXPECT_FALSE(IsPoolClass("java.util.ArrayList"));
}

TEST(ResourceNames, GeneratedClassesHaveNone) {
  EXPECT_TRUE(IsNamelessClass("com.acme.A$$Lambda/0x00007f"));
  EXPECT_TRUE(IsNamelessClass("com.acme.A$1"));
  EXPECT_TRUE(IsNamelessClass("com.sun.proxy.$Proxy12"));
  EXPECT_FALSE(IsNamelessClass("com.acme.A$Entry"));
}

}  // namespace
}  // namespace leaktrail::testing
