// A list of a million nodes is one place, and takes no longer than as many other objects.
#include <algorithm>
#include <array>

#include "analyses/analyze.h"
#include "analyses/growth/dump_summary.h"
#include "gtest/gtest.h"
#include "tests/graph/raw_dump.h"

namespace leaktrail::testing {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint32_t kLength = 100'000;
#else
constexpr std::uint32_t kLength = 1'000'000;
#endif
constexpr std::uint64_t kDistance = 24;   // from node to node in the file
constexpr std::uint64_t kNodeBytes = 16;  // of a 32-bit JVM: header 8, two references
constexpr Id kFirst = 0xb0000000;

Id IdOf(std::uint32_t n) { return n < kLength ? kFirst + n * kDistance : 0; }

// `other`: where the second reference of the n-th node leads.
template <typename Other>
analyses::DumpSummary SummaryOfList(Other&& other) {
  DumpBuilder classes({.id_size = 4, .end_record = false});
  classes.Boot();
  const Id node =
      classes.Class("com.acme.Node").Field("next", kObject).Field("other", kObject).Sticky();
  RawDump dump(classes, std::size_t{kLength} * 45);
  dump.Root(IdOf(0));
  for (std::uint32_t n = 0; n < kLength; ++n) {
    dump.Instance(IdOf(n), node, std::array<Id, 2>{IdOf(n + 1), other(n)});
  }
  const auto snapshot = graph::Snapshot::Build(dump.Finish(), {}, {.threads = 2});
  if (!snapshot.ok()) ADD_FAILURE() << snapshot.status();
  return analyses::Summarize(**snapshot, analyses::Analyze(**snapshot, {.tables = false}));
}

void ExpectOnePlace(const analyses::DumpSummary& summary) {
  const auto list = std::find_if(summary.places.begin(), summary.places.end(),
                                 [](const auto& p) { return p.class_name == "com.acme.Node"; });
  ASSERT_NE(list, summary.places.end());
  EXPECT_EQ(list->objects, 1u);
  EXPECT_EQ(list->all_objects, kLength);
  EXPECT_EQ(list->bytes, kLength * kNodeBytes);
  EXPECT_EQ(list->exclusive, kLength * kNodeBytes);
}

TEST(LongList, SinglyLinked) {
  ExpectOnePlace(SummaryOfList([](std::uint32_t) { return Id{0}; }));
}

TEST(LongList, DoublyLinked) {
  ExpectOnePlace(SummaryOfList([](std::uint32_t n) { return n == 0 ? Id{0} : IdOf(n - 1); }));
}

TEST(LongList, EveryNodeRefersToTheLast) {
  ExpectOnePlace(SummaryOfList([](std::uint32_t) { return IdOf(kLength - 1); }));
}

}  // namespace
}  // namespace leaktrail::testing
