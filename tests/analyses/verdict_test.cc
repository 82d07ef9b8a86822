#include "analyses/verdict.h"

#include "gtest/gtest.h"
#include "tests/analyses/has_text.h"

namespace leaktrail::testing {
namespace {

using analyses::Claim;
using analyses::DumpFacts;
using analyses::Finding;
using analyses::Judge;
using analyses::MemoryFacts;
using analyses::Severity;
using analyses::Verdict;

constexpr std::uint64_t kMiB = 1 << 20;

Finding MakeFinding(Claim claim, Severity severity, int confidence = 60) {
  Finding finding;
  finding.claim = claim;
  finding.severity = severity;
  finding.confidence = confidence;
  finding.title = "something";
  finding.retained = 50 * kMiB;
  return finding;
}

MemoryFacts Memory(std::uint64_t live, std::uint64_t max) {
  MemoryFacts memory;
  memory.live = live;
  memory.live_objects = live / 32;
  memory.max_heap_hint = max;
  return memory;
}

struct Case {
  const char* what;
  std::vector<Finding> findings;
  std::uint64_t live, max;
  Verdict verdict;
};

TEST(Judge, Verdicts) {
  const Case cases[] = {
      {"nothing found", {}, 100 * kMiB, 1000 * kMiB, Verdict::kHeapOk},
      {"maximum unknown", {}, 100 * kMiB, 0, Verdict::kHeapOk},
      {"nothing found but full", {}, 900 * kMiB, 1000 * kMiB, Verdict::kFullButNoLeak},
      {"a leak",
       {MakeFinding(Claim::kLeak, Severity::kMedium)},
       100 * kMiB,
       1000 * kMiB,
       Verdict::kLeak},
      {"a low leak",
       {MakeFinding(Claim::kLeak, Severity::kLow)},
       100 * kMiB,
       1000 * kMiB,
       Verdict::kHeapOk},
      {"much in use, tight",
       {MakeFinding(Claim::kMuchInUse, Severity::kMedium)},
       700 * kMiB,
       1000 * kMiB,
       Verdict::kFullButNoLeak},
      {"much in use, room left",
       {MakeFinding(Claim::kMuchInUse, Severity::kMedium)},
       100 * kMiB,
       1000 * kMiB,
       Verdict::kHeapOk},
      {"in use, and a leak",
       {MakeFinding(Claim::kMuchInUse, Severity::kHigh),
        MakeFinding(Claim::kLeak, Severity::kMedium)},
       900 * kMiB,
       1000 * kMiB,
       Verdict::kLeak},
      {"information",
       {MakeFinding(Claim::kInformation, Severity::kInfo)},
       100 * kMiB,
       1000 * kMiB,
       Verdict::kHeapOk},
      {"nothing live", {}, 0, 1000 * kMiB, Verdict::kUnknown},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Judge(DumpFacts(), Memory(c.live, c.max), c.findings).verdict, c.verdict) << c.what;
  }
}

TEST(Judge, SaysHowLikelyALeakIs) {
  const MemoryFacts memory = Memory(100 * kMiB, 0);
  const std::vector<Finding> sure = {MakeFinding(Claim::kLeak, Severity::kHigh, 80)};
  EXPECT_EQ(Judge(DumpFacts(), memory, sure).headline, "likely: something");
  const std::vector<Finding> unsure = {MakeFinding(Claim::kLeak, Severity::kHigh, 55)};
  EXPECT_EQ(Judge(DumpFacts(), memory, unsure).headline, "suspected: something");
}

TEST(Judge, SendsPeopleElsewhereWhenTheHeapIsFine) {
  MemoryFacts memory = Memory(100 * kMiB, 1000 * kMiB);
  memory.direct_reserved = 64 * kMiB;
  DumpFacts dump;
  dump.classes = 12000;
  dump.loaders = 30;
  dump.threads = 212;
  const auto judgement = Judge(dump, memory, {});
  EXPECT_TRUE(
      HasText(judgement.headline, "the heap is fine: 100.0 MiB live, 10.0% of its maximum"));
  EXPECT_TRUE(HasText(judgement.advice[0], "direct buffers (64.0 MiB reserved here)"));
  EXPECT_TRUE(HasText(judgement.advice[0], "12,000 classes of 30 loaders"));
  EXPECT_TRUE(HasText(judgement.advice[0], "212 thread stacks"));
}

TEST(Judge, DoesNotCallAnIncompleteDumpFine) {
  DumpFacts dump;
  dump.complete = false;
  EXPECT_EQ(Judge(dump, Memory(100 * kMiB, 0), {}).verdict, Verdict::kUnknown);
  // What was found in the part that is there has been found.
  const std::vector<Finding> leak = {MakeFinding(Claim::kLeak, Severity::kHigh)};
  EXPECT_EQ(Judge(dump, Memory(100 * kMiB, 0), leak).verdict, Verdict::kLeak);
}

TEST(Judge, SaysThatTheDumpWasMadeAtAnOutOfMemoryError) {
  DumpFacts dump;
  dump.out_of_memory = "thread main in Job.run(Job.java:7)";
  const auto judgement = Judge(dump, Memory(100 * kMiB, 0), {});
  EXPECT_EQ(
      judgement.advice[0],
      "The JVM wrote this dump at an OutOfMemoryError of thread main in Job.run(Job.java:7).");
}

}  // namespace
}  // namespace leaktrail::testing
