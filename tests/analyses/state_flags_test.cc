// What objects say of themselves, and what findings make of it.
#include "analyses/state_flags.h"

#include <gtest/gtest.h>

#include "tests/analyses/has_text.h"
#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::EndedState;
using analyses::Finding;
using analyses::Severity;
using graph::ObjectIndex;

struct StateDump : JdkDump {
  StateDump() {
    atomic = dump.Class("java.util.concurrent.atomic.AtomicBoolean").Field("value", kInt);
    task = dump.Class("java.util.concurrent.FutureTask").Field("state", kInt);
    own_task = App("com.acme.Task").Super(task);
    holder = dump.Class("java.lang.Thread$FieldHolder").Field("threadStatus", kInt);
    new_thread = App("com.acme.NewThread").Super(boot.thread).Field("holder", kObject);
    old_thread = App("com.acme.OldThread").Super(boot.thread).Field("threadStatus", kInt);
    connection = App("com.acme.Connection").Field("isClosed", kBoolean).Field("open", kBoolean);
    pool = App("com.acme.Pool").Field("shutdown", kObject);
  }
  std::string StateOf(Id id) {
    dump.JniGlobalRoot(id);
    const auto snapshot = SnapshotOf(dump);
    return EndedState(*snapshot, snapshot->Find(id)).value_or("-");
  }

  Id atomic, task, own_task, holder, new_thread, old_thread, connection, pool;
};

TEST(EndedState, IsReadFromFlagsTasksAndThreads) {
  StateDump d;
  const auto instance = [&](Id c, const std::vector<FieldValue>& values) {
    return d.StateOf(d.dump.Instance(c, values));
  };
  EXPECT_EQ(instance(d.connection, {true, false}), "isClosed");
  EXPECT_EQ(instance(d.connection, {false, true}), "-");
  EXPECT_EQ(instance(d.pool, {d.dump.Instance(d.atomic, {1})}), "shutdown");
  EXPECT_EQ(instance(d.pool, {d.dump.Instance(d.atomic, {0})}), "-");
  EXPECT_EQ(instance(d.pool, {0}), "-");
  EXPECT_EQ(instance(d.pool, {d.dump.JavaString("x")}), "-");  // an object, but no AtomicBoolean
  EXPECT_EQ(instance(d.own_task, {4}), "state CANCELLED");
  EXPECT_EQ(instance(d.own_task, {0}), "-");
  EXPECT_EQ(instance(d.own_task, {2}), "-");  // done, but may be run again
  EXPECT_EQ(instance(d.old_thread, {2}), "state TERMINATED");
  EXPECT_EQ(instance(d.old_thread, {5}), "-");
  EXPECT_EQ(instance(d.new_thread, {d.dump.Instance(d.holder, {2})}), "state TERMINATED");
  EXPECT_EQ(instance(d.new_thread, {0}), "-");
}

TEST(EndedState, OfNothingIsNothing) {
  StateDump d;
  const auto snapshot = SnapshotOf(d.dump);
  EXPECT_FALSE(EndedState(*snapshot, ObjectIndex::None()).has_value());
  EXPECT_FALSE(EndedState(*snapshot, snapshot->MirrorOf(graph::ClassIndex(0))).has_value());
}

// A list of `count` connections, `closed` of them closed, in a field of a Pool.
Finding PoolFinding(int count, int closed, bool pool_is_shut_down) {
  StateDump d;
  d.MaxHeap(8 * kMiB);
  const Id connection = d.App("com.acme.Wire").Field("closed", kBoolean).Field("buffer", kObject);
  std::vector<Id> connections;
  for (int i = 0; i < count; ++i) {
    connections.push_back(
        d.dump.Instance(connection, {i < closed, d.dump.PrimitiveArray(kByte, 10'000)}));
  }
  const Id pool_class =
      d.App("com.acme.WirePool").Field("shutdown", kBoolean).Field("wires", kObject);
  const Id pool = d.dump.Instance(pool_class, {pool_is_shut_down, d.List(connections)});
  d.App("com.acme.Main").Static("pool", kObject, pool);
  const auto findings = FindingsOf(d.Analyze(), "heap.accumulation");
  return findings.size() == 1 ? findings[0] : Finding();
}

TEST(AccumulationStates, ClosedElementsAreProof) {
  const Finding closed = PoolFinding(200, 200, false), open = PoolFinding(200, 0, false);
  EXPECT_TRUE(HasText(closed.confidence_reason, "most are over"));
  EXPECT_TRUE(HasText(closed.evidence[0], "sampled Wire say \"closed\""));
  EXPECT_GT(closed.confidence, open.confidence);
  EXPECT_FALSE(HasText(open.confidence_reason, "over"));
}

TEST(AccumulationStates, AFewClosedElementsSayNothing) {
  EXPECT_EQ(PoolFinding(200, 20, false).confidence, PoolFinding(200, 0, false).confidence);
}

TEST(AccumulationStates, AnOwnerThatIsOverIsProof) {
  const Finding finding = PoolFinding(200, 0, true);
  EXPECT_TRUE(HasText(finding.evidence[0], "The WirePool that holds them says \"shutdown\""));
  EXPECT_GT(finding.confidence, PoolFinding(200, 0, false).confidence);
}

// A list of 300 pages in a field of an object that says how many it may have.
Finding BoundedFinding(absl::string_view field, int limit) {
  JdkDump d;
  d.MaxHeap(4 * kMiB);
  const Id cache = d.App("com.acme.PageCache").Field(field, kInt).Field("pages", kObject);
  const std::vector<Id> pages = d.Objects("com.acme.Page", 300, 10'000);
  d.App("com.acme.Main").Static("cache", kObject, d.dump.Instance(cache, {limit, d.List(pages)}));
  const auto findings = FindingsOf(d.Analyze(), "heap.accumulation");
  return findings.size() == 1 ? findings[0] : Finding();
}

TEST(AccumulationStates, ALimitOfTheOwnerCounts) {
  EXPECT_EQ(BoundedFinding("maxSize", 300).severity, Severity::kLow);
  EXPECT_TRUE(
      HasText(BoundedFinding("maxSize", 300).confidence_reason, "a limit of 300 (maxSize)"));
  EXPECT_GE(BoundedFinding("maxSize", 100'000).severity, Severity::kMedium);  // far away
  EXPECT_GE(BoundedFinding("maxSize", 100).severity, Severity::kMedium);      // not heeded
  EXPECT_GE(BoundedFinding("version", 300).severity, Severity::kMedium);      // no limit
}

TEST(AccumulationStates, WhatIsImmutableDoesNotGrow) {
  JdkDump d;
  d.MaxHeap(4 * kMiB);
  const Id list_class =
      d.dump.Class("java.util.ImmutableCollections$ListN").Field("elements", kObject);
  const Id elements =
      d.dump.ObjectArray(d.boot.object_array, d.Objects("com.acme.Rate", 300, 10'000));
  d.App("com.acme.Main").Static("RATES", kObject, d.dump.Instance(list_class, {elements}));
  const auto findings = FindingsOf(d.Analyze(), "heap.accumulation");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].severity, Severity::kLow);
  EXPECT_TRUE(HasText(findings[0].confidence_reason, "immutable"));
}

// Tasks in the queue of a scheduler that only a thread of the platform holds.
analyses::Report Scheduler(int tasks) {
  JdkDump d;
  d.MaxHeap(16 * kMiB);
  const Id queue_class =
      d.dump.Class("java.util.concurrent.ScheduledThreadPoolExecutor$DelayedWorkQueue")
          .Field("queue", kObject)
          .Field("size", kInt);
  const Id pool_class =
      d.dump.Class("java.util.concurrent.ScheduledThreadPoolExecutor").Field("workQueue", kObject);
  const Id queue = d.dump.Instance(
      queue_class,
      {d.dump.ObjectArray(d.boot.object_array, d.Objects("com.acme.Refresh", tasks, 10'000)),
       tasks});
  d.dump.JniGlobalRoot(d.dump.Instance(pool_class, {queue}));
  return d.AnalyzeWithoutSignatures();
}

TEST(AccumulationStates, ScheduledTasksPileUp) {
  const analyses::Report report = Scheduler(500);
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_TRUE(
      HasText(report.findings[0].title, "The queue of a ScheduledThreadPoolExecutor holds"));
  EXPECT_TRUE(HasText(report.findings[0].confidence_reason, "stay until their time comes"));
  EXPECT_GE(report.findings[0].severity, Severity::kMedium);
  EXPECT_TRUE(Scheduler(50).findings.empty());
}

// A WeakHashMap whose values refer to their keys, or not.
Finding WeakMapFinding(bool ring) {
  JdkDump d;
  d.MaxHeap(8 * kMiB);
  const Id entry = d.dump.Class("java.util.WeakHashMap$Entry")
                       .Super(d.boot.weak_reference)
                       .Field("value", kObject)
                       .Field("hash", kInt)
                       .Field("next", kObject);
  const Id map_class =
      d.dump.Class("java.util.WeakHashMap").Field("table", kObject).Field("size", kInt);
  const Id key_class = d.App("com.acme.Key");
  const Id value_class = d.App("com.acme.Value").Field("key", kObject).Field("data", kObject);
  std::vector<Id> entries, keys;
  for (int i = 0; i < 300; ++i) {
    const Id key = d.dump.Instance(key_class);
    keys.push_back(key);
    const Id value =
        d.dump.Instance(value_class, {ring ? key : 0, d.dump.PrimitiveArray(kByte, 8000)});
    entries.push_back(d.dump.Instance(entry, {value, 0, 0, key}));
  }
  const Id table = d.dump.ObjectArray(d.dump.Class("java.util.WeakHashMap$Entry[]"), entries);
  d.App("com.acme.Main")
      .Static("DATA", kObject, d.dump.Instance(map_class, {table, 300}))
      .Static("KEYS", kObject, d.List(keys));
  const auto findings = FindingsOf(d.Analyze(), "heap.accumulation");
  return findings.size() == 1 ? findings[0] : Finding();
}

TEST(AccumulationStates, WeakMapsWhoseValuesHoldTheirKeys) {
  const Finding ring = WeakMapFinding(true), plain = WeakMapFinding(false);
  EXPECT_TRUE(HasText(ring.evidence[0], "the value leads back to its own key"));
  EXPECT_TRUE(HasText(ring.fix[0], "hold their keys weakly"));
  EXPECT_FALSE(plain.fix.empty());
  EXPECT_FALSE(HasText(plain.fix[0], "weakly"));
}

}  // namespace
}  // namespace leaktrail::testing
