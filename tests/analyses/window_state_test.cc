// state.heap: keyed state and the windows that multiply it.
#include "analyses/window_state.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::Claim;
using analyses::Finding;
using analyses::Severity;
using analyses::Verdict;

// A job with windowed lists: `keys` keys with `elements` elements each, which fall into every one
// of the windows of `size` that begin at multiples of `slide` (all windows are open at once).
struct WindowedJob : JdkDump {
  WindowedJob(std::int64_t size, std::int64_t slide, int keys, int elements, bool shared = true) {
    const std::string heap = "org.apache.flink.runtime.state.heap.";
    const Id entry = App(heap + "CopyOnWriteStateMap$StateMapEntry")
                         .Field("key", kObject)
                         .Field("namespace", kObject)
                         .Field("state", kObject)
                         .Field("next", kObject);
    const Id map = App(heap + "CopyOnWriteStateMap").Field("primaryTable", kObject);
    const Id table = App(heap + "CopyOnWriteStateMap$StateMapEntry[]");
    const Id window = App("org.apache.flink.streaming.api.windowing.windows.TimeWindow")
                          .Field("start", kLong)
                          .Field("end", kLong);
    const Id event = App("com.acme.Event").Field("payload", kObject);
    const auto new_event = [&] { return dump.Instance(event, {dump.PrimitiveArray(kByte, 2000)}); };
    std::vector<Id> entries;
    for (int key = 0; key < keys; ++key) {
      const Id key_object = dump.JavaString("key");
      std::vector<Id> list;
      for (int i = 0; i < elements; ++i) list.push_back(new_event());
      for (std::int64_t start = 0; start < size; start += slide) {
        std::vector<Id> own = list;
        if (!shared) std::generate(own.begin(), own.end(), new_event);
        const Id ns =
            dump.Instance(window, {1'700'000'000'000 + start, 1'700'000'000'000 + start + size});
        entries.push_back(dump.Instance(entry, {key_object, ns, List(own), 0}));
      }
    }
    const Id state = dump.Instance(map, {dump.ObjectArray(table, entries)});
    App("com.acme.Task").Static("state", kObject, state);
  }
};

const Finding* StateFinding(const analyses::Report& report) {
  for (const Finding& finding : report.findings) {
    if (finding.rule == "state.heap") return &finding;
  }
  return nullptr;
}

TEST(WindowState, CountsWindowsAndElements) {
  const WindowedJob job(120'000, 2'000, 10, 20);
  const auto snapshot = SnapshotOf(job.dump);
  const auto state = analyses::ReadWindowState(*snapshot);
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ(state->entries, 600u);
  EXPECT_EQ(state->windows, 60u);
  EXPECT_EQ(state->size_ms, 120'000u);
  EXPECT_EQ(state->slide_ms, 2'000u);
  EXPECT_EQ(state->copies(), 60u);
  EXPECT_EQ(state->lists_per_element, 60u);
  EXPECT_EQ(snapshot->classes().Name(state->element_class), "com.acme.Event");
}

TEST(WindowState, OfTumblingWindowsIsHeldOnce) {
  const WindowedJob job(120'000, 120'000, 10, 20);
  const auto state = analyses::ReadWindowState(*SnapshotOf(job.dump));
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ(state->copies(), 1u);
  EXPECT_EQ(state->lists_per_element, 1u);
}

TEST(WindowState, NeedsStateClasses) {
  JdkDump dump;
  dump.App("org.apache.flink.streaming.api.windowing.windows.TimeWindow").Field("start", kLong);
  EXPECT_FALSE(analyses::ReadWindowState(*SnapshotOf(dump.dump)).has_value());
}

TEST(WindowStateRule, SlidingWindowsInAFullHeapAreNoLeak) {
  WindowedJob job(120'000, 2'000, 50, 20);
  job.MaxHeap(4 * kMiB);
  const analyses::Report report = job.Analyze();
  const Finding* finding = StateFinding(report);
  ASSERT_NE(finding, nullptr);
  EXPECT_EQ(finding->claim, Claim::kMuchInUse);
  EXPECT_EQ(finding->severity, Severity::kHigh);
  EXPECT_TRUE(absl::StrContains(finding->title,
                                "sliding windows of 120 s every 2 s hold every "
                                "element 60 times"))
      << finding->title;
  EXPECT_EQ(report.verdict, Verdict::kFullButNoLeak) << report.headline;
  EXPECT_TRUE(absl::StrContains(report.headline, "not a leak")) << report.headline;
}

// Where windows hold copies of their own, the windows still tell.
TEST(WindowStateRule, CopiesOfTheirOwnAreToldByTheWindows) {
  WindowedJob job(10'000, 1'000, 20, 10, /*shared=*/false);
  job.MaxHeap(6 * kMiB);
  const analyses::Report report = job.Analyze();
  const Finding* finding = StateFinding(report);
  ASSERT_NE(finding, nullptr);
  EXPECT_TRUE(absl::StrContains(finding->title, "10 s every 1 s hold every key 10 times"))
      << finding->title;
}

TEST(WindowStateRule, WithRoomLeftTheHeapIsFine) {
  WindowedJob job(120'000, 120'000, 50, 20);
  job.MaxHeap(64 * kMiB);
  const analyses::Report report = job.Analyze();
  EXPECT_EQ(report.verdict, Verdict::kHeapOk) << report.headline;
  for (const Finding& finding : report.findings) EXPECT_LT(finding.severity, Severity::kMedium);
}

}  // namespace
}  // namespace leaktrail::testing
