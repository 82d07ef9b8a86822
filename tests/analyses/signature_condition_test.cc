#include "analyses/signature_condition.h"

#include <limits>

#include "absl/strings/match.h"
#include "gtest/gtest.h"
#include "tests/analyses/jdk_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::Condition;
using analyses::ConditionTest;
using analyses::ParseCondition;

// One object of class com.acme.Pool with a field of every kind.
class Conditions : public ::testing::Test {
 protected:
  Conditions() {
    DumpBuilder& dump = jdk_.dump;
    const Id enum_class =
        dump.Class("java.lang.Enum").Field("name", kObject).Field("ordinal", kInt);
    const Id state = jdk_.App("com.acme.State").Super(enum_class);
    const Id started = dump.Instance(state, {dump.JavaString("STARTED"), 2});
    const Id open = dump.Instance(jdk_.App("com.acme.Open"));
    marker_ = dump.Instance(jdk_.boot.object);
    dump.Class("com.acme.Markers")
        .Static("OPEN", kObject, open)
        .Static("NONE", kObject, 0)
        .Sticky();
    dump.Class("com.acme.Markers2").Static("OPEN", kObject, marker_);
    const Id counter = jdk_.App("com.acme.Counter").Field("value", kInt);
    const Id base = jdk_.App("com.acme.Resource").Field("closed", kBoolean);
    const Id pool_class = jdk_.App("com.acme.Pool")
                              .Super(base)
                              .Field("ctl", kObject)
                              .Field("state", kObject)
                              .Field("marker", kObject)
                              .Field("nothing", kObject)
                              .Field("dangling", kObject)
                              .Field("list", kObject)
                              .Field("array", kObject)
                              .Field("small", kByte)
                              .Field("medium", kShort)
                              .Field("letter", kChar)
                              .Field("big", kLong)
                              .Field("ratio", kDouble)
                              .Field("factor", kFloat)
                              .Static("ALL", kObject, jdk_.List({open, open, open}))
                              .Static("LIMIT", kInt, 9);
    const Id ctl = dump.Instance(counter, {-536870907});  // running (-1 << 29), 5 workers
    pool_ = dump.Instance(pool_class, {ctl, started, open, 0, Id{0x12345}, jdk_.List({open, open}),
                                       dump.PrimitiveArray(kInt, 7), -3, -300, 0xffff,
                                       std::numeric_limits<std::int64_t>::min(), 0.75, 2.0F, true});
    dump.JniGlobalRoot(pool_);
    snapshot_ = SnapshotOf(dump);
  }

  bool Holds(absl::string_view text) {
    const auto condition = ParseCondition(text);
    EXPECT_TRUE(condition.ok()) << text << ": " << condition.status().message();
    if (!condition.ok()) return false;
    const std::vector<std::string> names = analyses::ClassesOf(*condition);
    const analyses::ClassMatches classes(snapshot_->classes(), {names.begin(), names.end()});
    graph::FieldReader reader(*snapshot_);
    ConditionTest test(*snapshot_, reader, classes, *condition);
    const bool first = test.Holds(snapshot_->Find(pool_));
    EXPECT_EQ(test.Holds(snapshot_->Find(pool_)), first) << text << ", asked again";
    return first;
  }

  JdkDump jdk_;
  Id pool_ = 0, marker_ = 0;
  std::unique_ptr<graph::Snapshot> snapshot_;
};

TEST_F(Conditions, ThatHold) {
  for (const char* text : {
           "closed == true",
           "closed != false",
           "closed == 1",
           "closed > 0",
           "ctl.value == -536870907",
           "ctl.value >> 29 == -1",
           "ctl.value & 536870911 == 5",
           "small == -3",
           "medium <= -300",
           "letter == 65535",
           "big < 0",
           "big % -1 == 0",
           "small % 2 == -1",
           "ratio > 0",
           "ratio < 1",
           "factor == 2",
           "state == enum:STARTED",
           "state != enum:STOPPED",
           "nothing != enum:STARTED",
           "marker == static:com.acme.Markers.OPEN",
           "marker == static:Markers.OPEN",
           "state != static:Markers.OPEN",
           "nothing == null",
           "marker != null",
           "dangling != null",
           "size(list) == 2",
           "size(array) == 7",
           "size(list) % 2 == 0",
           "static LIMIT == 9",
           "size(static ALL) == 3",
           "static ALL != null",
           "marker is com.acme.Open",
           "marker is Open",
           "marker is not com.acme.Pool",
           "this is com.acme.Resource",
           "ctl is java.lang.Object",
           "closed exists",
           "absent missing",
           "static ALL exists",
           "static absent missing",
           "closed == false or small == -3",
           "absent == 1 or closed == true",
           "absent|closed == true",
           "other|ctl.count|value < 0",
           "ctl.value>>29==-1",
           "ctl.absent missing",
           "closed.absent missing",
       }) {
    EXPECT_TRUE(Holds(text)) << text;
  }
}

TEST_F(Conditions, ThatDoNotHold) {
  for (const char* text : {
           "closed == false",
           "ctl.value >> 29 == 0",
           "letter == -1",
           "ratio == 1",
           "state == enum:STOPPED",
           "marker == enum:STARTED",
           "state == static:Markers.OPEN",
           "nothing != null",
           "marker == null",
           "size(list) == 3",
           "marker is com.acme.Pool",
           "marker is not com.acme.Open",
           "absent exists or closed missing",
           "closed == false or small == 3",
       }) {
    EXPECT_FALSE(Holds(text)) << text;
  }
  EXPECT_TRUE(Holds("nothing exists"));  // null is a value
}

// No answer is never a yes, whatever is asked.
TEST_F(Conditions, WithoutAnAnswer) {
  for (const char* path :
       {"absent", "nothing.value", "dangling.value", "ctl.absent", "array.length", "static absent",
        "closed.value", "marker", "static ALL"}) {
    for (const char* test : {"== 0", "!= 0", "> -1", "< 1", ">> 1 != 5"}) {
      const std::string text = absl::StrCat(path, " ", test);
      EXPECT_FALSE(Holds(text)) << text;
    }
  }
  for (const char* text : {"absent == null",
                           "absent != null",
                           "closed == null",
                           "closed != null",
                           "nothing.x != null",
                           "size(closed) >= 0",
                           "size(nothing) == 0",
                           "size(marker) >= 0",
                           "size(this) >= 0",
                           "marker == static:Markers.NONE",
                           "marker != static:Markers.NONE",
                           "marker != static:Nowhere.OPEN",
                           "dangling is not com.acme.Pool",
                           "nothing is not Pool",
                           "dangling != enum:STARTED",
                           "nothing.absent exists",
                           "nothing.absent missing",
                           "ratio % 2 == 0",
                           "closed is com.acme.Pool",
                           "closed != enum:STARTED"}) {
    EXPECT_FALSE(Holds(text)) << text;
  }
}

TEST_F(Conditions, OfAnArrayAndAClass) {
  const auto condition = *ParseCondition("size(this) == 7");
  const auto limit = *ParseCondition("static LIMIT == 9");
  const auto field = *ParseCondition("closed == true or closed != true or name exists");
  const analyses::ClassMatches classes(snapshot_->classes(), {});
  graph::FieldReader reader(*snapshot_);
  const graph::ObjectIndex pool = snapshot_->Find(pool_);
  const graph::ObjectIndex array = snapshot_->FieldReference(pool, "array");
  const graph::ObjectIndex mirror = snapshot_->MirrorOf(snapshot_->ClassOf(pool));
  EXPECT_TRUE(ConditionTest(*snapshot_, reader, classes, condition).Holds(array));
  EXPECT_TRUE(ConditionTest(*snapshot_, reader, classes, limit).Holds(mirror));
  EXPECT_FALSE(ConditionTest(*snapshot_, reader, classes, limit).Holds(array));
  EXPECT_FALSE(ConditionTest(*snapshot_, reader, classes, field).Holds(mirror));
  EXPECT_FALSE(ConditionTest(*snapshot_, reader, classes, field).Holds(array));
}

TEST(ParseCondition, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> kWrong[] = {
      {"", "a path is missing"},
      {"closed", "'' is no comparison"},
      {"closed = false", "'=' is no comparison"},
      {"closed == ", "'' is no value"},
      {"closed == maybe", "there are numbers, true, false, null"},
      {"closed == 1.5", "'1.5' is no value"},
      {"closed == 99999999999999999999", "is no value"},
      {"closed == false and open == true", "'and' is one word too many"},
      {"closed == false or", "a path is missing"},
      {"a..b == 1", "is no path"},
      {"a.b| == 1", "is no path"},
      {"9a == 1", "is no path"},
      {"a[0] == 1", "is no path"},
      {"a/b == 1", "is no path"},
      {"size(a == 1", "')' is missing"},
      {"size(a) == null", "a number can only be compared with a number"},
      {"size(a) exists", "asks about a field"},
      {"a >> 64 == 1", "shift by 0 to 63"},
      {"a >> -1 == 1", "shift by 0 to 63"},
      {"a % 0 == 1", "% 0 has no value"},
      {"a & x == 1", "'x' is no number"},
      {"a < null", "only be compared with == and !="},
      {"a == enum:", "which one"},
      {"a == static:ENQUEUED", "static:java.lang.ref.ReferenceQueue.ENQUEUED"},
      {"a == static:x.", "static:java.lang.ref.ReferenceQueue.ENQUEUED"},
      {"a is", "a class is missing"},
      {"a === 1", "'===' is no comparison"},
      {"a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a == 1", "at most 16 steps"},
      {"static == 1", "is no path"},
  };
  for (const auto& [text, problem] : kWrong) {
    const auto condition = ParseCondition(text);
    ASSERT_FALSE(condition.ok()) << text;
    EXPECT_TRUE(absl::StrContains(condition.status().message(), problem))
        << text << ": " << condition.status().message();
  }
}

TEST(ParseFieldPath, WhatAPathIs) {
  const auto path = analyses::ParseFieldPath("static instances.holder|target.list");
  ASSERT_TRUE(path.ok());
  EXPECT_TRUE(path->from_static);
  ASSERT_EQ(path->steps.size(), 3u);
  EXPECT_EQ(path->steps[1], (std::vector<std::string>{"holder", "target"}));
  EXPECT_TRUE(analyses::ParseFieldPath("this")->steps.empty());
  EXPECT_FALSE(analyses::ParseFieldPath("list size").ok());
  EXPECT_FALSE(analyses::ParseFieldPath("").ok());
  EXPECT_FALSE(analyses::ParseFieldPath("size(list)").ok());
}

}  // namespace
}  // namespace leaktrail::testing
