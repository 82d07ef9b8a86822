#include "analyses/thread_names.h"

#include "gtest/gtest.h"

namespace leaktrail::testing {
namespace {

using analyses::KnownThreadPattern;

TEST(KnownThreadPattern, ShowsWhatTheJvmAndFrameworksName) {
  EXPECT_EQ(KnownThreadPattern("main"), "main");
  EXPECT_EQ(KnownThreadPattern("Reference Handler"), "Reference Handler");
  EXPECT_EQ(KnownThreadPattern("pool-3-thread-12"), "pool-#-thread-#");
  EXPECT_EQ(KnownThreadPattern("http-nio-8080-exec-4"), "http-nio-#-exec-#");
  EXPECT_EQ(KnownThreadPattern("ForkJoinPool.commonPool-worker-1"),
            "ForkJoinPool.commonPool-worker-#");
  EXPECT_EQ(KnownThreadPattern("C2 CompilerThread0"), "C# CompilerThread#");
}

TEST(KnownThreadPattern, HidesWhatFollowsAKnownBeginning) {
  EXPECT_EQ(KnownThreadPattern("kafka-producer-network-thread | client of Mrs. Smith"),
            "kafka-producer-network-thread...");
  EXPECT_EQ(KnownThreadPattern("RMI TCP Connection(3)-10.1.2.3"), "RMI TCP Connection...");
}

TEST(KnownThreadPattern, HidesEverythingElse) {
  for (const char* name : {"", "report-for-customer-4711", "mainly", "pool-x-thread-1",
                           "worker GET /login?user=alice", "pool-1-thread-1 of bob"}) {
    EXPECT_EQ(KnownThreadPattern(name), "") << name;
  }
}

}  // namespace
}  // namespace leaktrail::testing
