#include "analyses/signature_match.h"

#include "absl/strings/match.h"
#include "analyses/class_tables.h"
#include "analyses/facts.h"
#include "analyses/finish_findings.h"
#include "gtest/gtest.h"
#include "tests/analyses/jdk_dump.h"
#include "tests/analyses/signature_toml.h"

namespace leaktrail::testing {
namespace {

using analyses::Finding;
using analyses::Severity;

class SignatureMatching : public ::testing::Test {
 protected:
  // Keeps objects alive: statics of com.acme.Main.
  void Keep(absl::string_view field, const std::vector<Id>& objects) {
    if (main_ == nullptr)
      main_ = std::make_unique<ClassBuilder>(jdk_.App("com.acme.Main").Sticky());
    main_->Static(field, kObject, jdk_.List(objects));
  }

  std::vector<Finding> Find(absl::string_view count, absl::string_view more = "",
                            absl::string_view behind = "") {
    return Findings(absl::StrCat(SignatureToml("test.things", count, more), behind));
  }
  std::vector<Finding> Findings(const std::string& toml) {
    const std::vector<analyses::Signature> signatures = {OneSignature(toml)};
    snapshot_ = SnapshotOf(jdk_.dump);
    const analyses::MemoryFacts memory = analyses::DescribeMemory(*snapshot_);
    const analyses::ClassCounts counts = analyses::CountObjects(*snapshot_);
    analyses::Paths paths(*snapshot_);
    graph::RetainedSets sizes(*snapshot_);
    const analyses::AnalysisInput input{*snapshot_, memory, {},    counts.live,
                                        paths,      sizes,  false, signatures};
    std::vector<Finding> findings;
    analyses::FindSignatures(input, findings);
    analyses::FinishFindings(input, findings);
    return findings;
  }

  JdkDump jdk_;
  std::unique_ptr<ClassBuilder> main_;
  std::unique_ptr<graph::Snapshot> snapshot_;
};

TEST_F(SignatureMatching, CountsLiveInstances) {
  const std::vector<Id> things = jdk_.Objects("com.acme.Thing", 5, 100);
  Keep("things", things);
  for (int i = 0; i < 4; ++i) jdk_.dump.Instance(jdk_.App("com.acme.Garbage"));
  EXPECT_EQ(Find("class = \"acme.Thing\"\nat_least = 5").size(), 1u);
  EXPECT_EQ(Find("class = \"acme.Thing\"\nat_least = 6").size(), 0u);
  EXPECT_EQ(Find("class = \"acme.Garbage\"\nat_least = 1").size(), 0u);
  EXPECT_EQ(Find("class = \"acme.Missing\"\nat_least = 1").size(), 0u);
  const Finding finding =
      Find("class = \"acme.Thing\"\nat_least = 1", "evidence = [\"{each}\"]")[0];
  EXPECT_EQ(finding.rule, "test.things");
  EXPECT_EQ(finding.instances, 5u);
  EXPECT_EQ(finding.retained, 5u * (16 + 120));  // a Thing, and a byte[100] in 16 + 100 bytes
  EXPECT_EQ(finding.evidence[0], "136 B");
  EXPECT_TRUE(absl::StartsWith(finding.title, "5 things: 680 B, ")) << finding.title;
  EXPECT_EQ(CutOf(finding), "static things -> java.util.ArrayList");
  EXPECT_EQ(finding.next.back(), "leaktrail explain test.things");
}

TEST_F(SignatureMatching, Subclasses) {
  const Id base = jdk_.App("com.acme.Base");
  const Id derived = jdk_.App("com.acme.Derived").Super(base);
  Keep("all", {jdk_.dump.Instance(base), jdk_.dump.Instance(derived), jdk_.dump.Instance(derived)});
  EXPECT_EQ(Find("class = \"com.acme.Base\"\nat_least = 1")[0].instances, 3u);
  EXPECT_EQ(Find("class = \"com.acme.Base\"\nsubclasses = false\nat_least = 1")[0].instances, 1u);
}

TEST_F(SignatureMatching, AllConditionsMustHold) {
  const Id pool = jdk_.App("com.acme.Pool").Field("closed", kBoolean).Field("size", kInt);
  Keep("pools", {jdk_.dump.Instance(pool, {1, 7}), jdk_.dump.Instance(pool, {1, 0}),
                 jdk_.dump.Instance(pool, {0, 7}), jdk_.dump.Instance(pool, {0, 0})});
  const auto count = [&](absl::string_view where) {
    const auto found =
        Find(absl::StrCat("class = \"com.acme.Pool\"\nat_least = 1\nwhere = [", where, "]"));
    return found.empty() ? 0 : found[0].instances;
  };
  EXPECT_EQ(count("\"closed == true\""), 2u);
  EXPECT_EQ(count("\"closed == true\", \"size > 0\""), 1u);
  EXPECT_EQ(count("\"closed == true or size > 0\""), 3u);
  EXPECT_EQ(count("\"closed == true\", \"absent == 1\""), 0u);
}

TEST_F(SignatureMatching, ElementsOfFields) {
  const Id manager =
      jdk_.App("com.acme.Manager").Field("sessions", kObject).Field("open", kBoolean);
  const auto list = [&](int n) { return jdk_.List(std::vector<Id>(n, jdk_.dump.JavaString("s"))); };
  const Id shared = list(30);
  Keep("managers",
       {jdk_.dump.Instance(manager, {list(5), 1}), jdk_.dump.Instance(manager, {shared, 1}),
        jdk_.dump.Instance(manager, {shared, 1}), jdk_.dump.Instance(manager, {0, 1}),
        jdk_.dump.Instance(
            manager, {jdk_.dump.ObjectArray(jdk_.boot.object_array, std::vector<Id>(9)), 0})});
  const std::string count = "of = \"elements\"\nclass = \"acme.Manager\"\nfield = \"sessions\"\n";
  EXPECT_EQ(Find(count + "at_least = 44")[0].instances, 44u);  // the shared list counts once
  EXPECT_EQ(Find(count + "at_least = 45").size(), 0u);
  EXPECT_EQ(Find(count + "at_least = 1\nwhere = [\"open == true\"]")[0].instances, 35u);
}

TEST_F(SignatureMatching, ElementsOfStatics) {
  const auto list = [&](int n) { return jdk_.List(std::vector<Id>(n, jdk_.dump.JavaString("s"))); };
  jdk_.App("com.acme.Registry").Static("ALL", kObject, list(12)).Static("on", kBoolean, 1).Sticky();
  jdk_.App("shaded.com.acme.Registry")
      .Static("ALL", kObject, list(3))
      .Static("on", kBoolean, 0)
      .Sticky();
  const std::string count =
      "of = \"elements\"\nclass = \"acme.Registry\"\nfield = \"static ALL\"\n";
  const Finding finding = Find(count + "at_least = 15")[0];
  EXPECT_EQ(finding.instances, 15u);
  EXPECT_EQ(CutOf(finding), "static ALL -> java.util.ArrayList");
  EXPECT_EQ(Find(count + "at_least = 1\nwhere = [\"static on == true\"]")[0].instances, 12u);
}

TEST_F(SignatureMatching, ClassesOfAFamily) {
  const Id accessor = jdk_.App("com.acme.Accessor");
  for (int i = 0; i < 6; ++i) {
    jdk_.App(absl::StrCat("com.acme.gen.GeneratedAccessor", i)).Super(accessor).Sticky();
  }
  jdk_.App("com.acme.gen.GeneratedAccessorFactory").Sticky();
  jdk_.App("org.beta.GeneratedAccessor9").Sticky();  // no Accessor
  const std::string count = "of = \"classes\"\nat_least = 1\n";
  EXPECT_EQ(Find(count + "family = \"GeneratedAccessor#\"")[0].instances, 7u);
  const std::string biggest = "family = \"GeneratedAccessor#\"\ngroup_by = \"family\"\n";
  EXPECT_EQ(Find(count + biggest)[0].instances, 6u);  // by package
  EXPECT_TRUE(Find("of = \"classes\"\nat_least = 7\n" + biggest).empty());
  const Finding both =
      Find(count + "family = \"GeneratedAccessor#\"\nclass = \"acme.Accessor\"")[0];
  EXPECT_EQ(both.instances, 6u);
  EXPECT_EQ(both.next[0], "leaktrail path FILE com.acme.gen.GeneratedAccessor0");
  EXPECT_EQ(Find(count + "class = \"acme.Accessor\"")[0].instances, 7u);
}

TEST_F(SignatureMatching, TheBiggestGroupOfClasses) {
  for (int i = 0; i < 5; ++i) {
    jdk_.App(absl::StrCat("com.acme.Order$$EnhancerByCGLIB$$a", i)).Sticky();
    if (i < 3) jdk_.App(absl::StrCat("com.acme.Item$$EnhancerByCGLIB$$", i, "f")).Sticky();
  }
  const std::string count =
      "of = \"classes\"\nfamily = \"CGLIB$$#\"\ngroup_by = \"family\"\nat_least = ";
  const Finding finding = Find(count + "5", "evidence = [\"{count} of {groups}, {class}\"]")[0];
  EXPECT_EQ(finding.instances, 5u);
  EXPECT_EQ(finding.evidence[0], "5 of 2, Order$$EnhancerByCGLIB$$a0");
  EXPECT_EQ(Find(count + "6").size(), 0u);
}

TEST_F(SignatureMatching, LoadersThatDefineClasses) {
  const Id type = jdk_.App("com.acme.ScriptLoader").Super(jdk_.boot.class_loader);
  std::vector<Id> loaders;
  for (int i = 0; i < 5; ++i) loaders.push_back(jdk_.dump.Instance(type));
  for (int i = 0; i < 4; ++i) jdk_.dump.Class(absl::StrCat("Script", i)).Loader(loaders[i]);
  Keep("loaders", loaders);
  const std::string count = "of = \"loaders\"\nat_least = 1\n";
  EXPECT_EQ(Find(count + "class = \"ScriptLoader\"")[0].instances, 4u);
  EXPECT_EQ(Find(count)[0].instances, 5u);  // and that of the application
}

TEST_F(SignatureMatching, TheBiggestGroup) {
  const Id pool = jdk_.App("com.acme.Pool").Field("url", kObject).Field("port", kInt);
  const auto url = [&](absl::string_view text) { return jdk_.dump.JavaString(text); };
  const Id null = 0;
  Keep("pools", {jdk_.dump.Instance(pool, {url("a"), 1}), jdk_.dump.Instance(pool, {url("a"), 2}),
                 jdk_.dump.Instance(pool, {url("a"), 2}), jdk_.dump.Instance(pool, {url("b"), 2}),
                 jdk_.dump.Instance(pool, {null, 2}), jdk_.dump.Instance(pool, {null, 9})});
  const auto find = [&](absl::string_view field, int least) {
    return Find(
        absl::StrCat("class = \"acme.Pool\"\nat_least = ", least, "\ngroup_by = \"", field, "\""),
        "evidence = [\"{count} of {total} in {groups}\"]");
  };
  EXPECT_EQ(find("url", 3)[0].evidence[0], "3 of 6 in 2");
  EXPECT_EQ(find("url", 4).size(), 0u);
  EXPECT_EQ(find("port", 1)[0].evidence[0], "4 of 6 in 3");
  EXPECT_EQ(find("absent", 1).size(), 0u);
}

TEST_F(SignatureMatching, Requirements) {
  Keep("things", jdk_.Objects("com.acme.Thing", 10, 1));
  const Id owner = jdk_.App("com.acme.Owner").Field("closed", kBoolean);
  Keep("owners", {jdk_.dump.Instance(owner, {0}), jdk_.dump.Instance(owner, {0}),
                  jdk_.dump.Instance(owner, {1})});
  const auto meets = [&](absl::string_view limit) {
    return !Find("class = \"acme.Thing\"\nat_least = 1", "",
                 absl::StrCat("[[signature.require]]\nclass = \"acme.Owner\"\n", limit))
                .empty();
  };
  EXPECT_TRUE(meets("at_least = 3"));
  EXPECT_FALSE(meets("at_least = 4"));
  EXPECT_TRUE(meets("at_most = 3"));
  EXPECT_FALSE(meets("at_most = 2"));
  EXPECT_TRUE(meets("at_most_percent = 30"));
  EXPECT_FALSE(meets("at_most_percent = 29"));
  EXPECT_TRUE(meets("at_most = 1\nwhere = [\"closed == true\"]"));
  EXPECT_FALSE(meets("at_most = 1\nwhere = [\"closed == false\"]"));
}

TEST_F(SignatureMatching, HeldBy) {
  const std::vector<Id> things = jdk_.Objects("com.acme.Thing", 10, 1);
  const Id registry = jdk_.App("com.acme.Registry").Field("things", kObject);
  Keep("registry", {jdk_.dump.Instance(registry, {jdk_.List(things)})});
  const std::string count = "class = \"acme.Thing\"\nat_least = 1";
  EXPECT_EQ(Find(count, "held_by = [\"acme.Registry\"]").size(), 1u);
  EXPECT_EQ(Find(count, "held_by = [\"acme.Nobody\", \"acme.Main\"]").size(), 1u);  // a static
  EXPECT_EQ(Find(count, "held_by = [\"acme.Nobody\"]").size(), 0u);
}

TEST_F(SignatureMatching, SizesOfOtherClassesAndParts) {
  const Id handle = jdk_.App("com.acme.Handle").Field("resource", kObject);
  std::vector<Id> handles;
  for (const Id resource : jdk_.Objects("com.acme.Resource", 4, 1000)) {
    handles.push_back(jdk_.dump.Instance(handle, {resource}));
  }
  Keep("handles", handles);
  jdk_.App("com.acme.Empty");
  Keep("empty", {jdk_.dump.Instance(jdk_.App("com.acme.Marker"))});
  const Finding finding = Find("class = \"acme.Marker\"\nat_least = 1",
                               "retained = [\"acme.Handle\"]\nparts = [\"acme.Marker\", "
                               "\"acme.Resource\", \"acme.Empty\", \"acme.Missing\"]")[0];
  EXPECT_EQ(finding.instances, 1u);
  EXPECT_EQ(finding.retained, 4u * (16 + 16 + 1016));
  ASSERT_EQ(finding.parts.size(), 2u);
  EXPECT_EQ(finding.parts[0].class_name, "com.acme.Resource");
  EXPECT_EQ(finding.parts[0].count, 4u);
  EXPECT_EQ(finding.parts[0].retained, 4u * (16 + 1016));
}

// A list of nodes: each retains the next, and nothing is counted twice.
TEST_F(SignatureMatching, PartsThatRetainEachOther) {
  const Id node = jdk_.App("com.acme.Node").Field("next", kObject);
  Id first = 0;
  for (int i = 0; i < 50; ++i) first = jdk_.dump.Instance(node, {first});
  Keep("first", {first});
  const Finding finding =
      Find("class = \"acme.Node\"\nat_least = 50", "parts = [\"acme.Node\"]")[0];
  EXPECT_EQ(finding.parts[0].retained, 50u * 16);
  EXPECT_EQ(finding.retained, 50u * 16);
}

TEST_F(SignatureMatching, Severity) {
  Keep("small", jdk_.Objects("com.acme.Small", 20, 1));
  Keep("large", jdk_.Objects("com.acme.Large", 20, 100'000));
  const auto severity = [&](absl::string_view what, absl::string_view more) {
    return Find(absl::StrCat("class = \"acme.", what, "\"\nat_least = 1\nhigh_at_least = 30"),
                more)[0]
        .severity;
  };
  EXPECT_EQ(severity("Large", ""), Severity::kMedium);
  EXPECT_EQ(severity("Small", ""), Severity::kLow);
  EXPECT_EQ(severity("Small", "proof = true"), Severity::kMedium);
}

TEST_F(SignatureMatching, ManyInstancesAreSampled) {
  const Id thing = jdk_.App("com.acme.Thing").Field("closed", kBoolean);
  std::vector<Id> things;
  const int many = static_cast<int>(analyses::kMostRead) * 2 + 1000;
  for (int i = 0; i < many; ++i) things.push_back(jdk_.dump.Instance(thing, {i % 4 < 2}));
  Keep("things", things);
  const std::string count = "class = \"acme.Thing\"\nat_least = 1\n";
  const Finding half = Find(count + "where = [\"closed == true\"]")[0];
  EXPECT_NEAR(static_cast<double>(half.instances), many / 2.0, many / 20.0);
  EXPECT_TRUE(absl::StrContains(half.evidence.back(), "the count is inferred from them"));
  const Finding all = Find(count)[0];
  EXPECT_EQ(all.instances, things.size());
  EXPECT_TRUE(all.evidence.empty());
}

// Objects whose records are shorter than their class says, fields of unexpected types, ids of
// nothing: no finding, and no crash.
TEST_F(SignatureMatching, DamagedHeaps) {
  const Id thing = jdk_.App("com.acme.Thing").Field("list", kObject).Field("closed", kBoolean);
  Keep("things",
       {jdk_.dump.RawInstance(thing, {}),
        jdk_.dump.RawInstance(thing, jdk_.dump.Writer().U8(0xdead).bytes()),
        jdk_.dump.Instance(thing, {Id{0xbeef}, 1}), jdk_.dump.Instance(thing, {jdk_.List({}), 1})});
  jdk_.App("com.acme.Odd").Static("list", kInt, 7).Sticky();
  EXPECT_EQ(Find("class = \"acme.Thing\"\nat_least = 1\nwhere = [\"list.size == 1\"]").size(), 0u);
  EXPECT_EQ(Find("class = \"acme.Thing\"\nat_least = 3\nwhere = [\"closed == true\"]").size(), 0u);
  for (const char* count :
       {"of = \"elements\"\nclass = \"acme.Thing\"\nfield = \"list\"\nat_least = 1",
        "of = \"elements\"\nclass = \"acme.Thing\"\nfield = \"closed\"\nat_least = 1",
        "of = \"elements\"\nclass = \"acme.Odd\"\nfield = \"static list\"\nat_least = 1",
        "of = \"loaders\"\nclass = \"acme.Thing\"\nat_least = 1",
        "class = \"acme.Thing\"\ngroup_by = \"list.size.x\"\nat_least = 1"}) {
    EXPECT_EQ(Find(count).size(), 0u) << count;
  }
}

}  // namespace
}  // namespace leaktrail::testing
