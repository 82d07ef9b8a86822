// What a Snapshot reads back from the dump: ids, field values, names of references, strings.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "graph/snapshot.h"
#include "tests/graph/build_snapshot.h"

namespace leaktrail::testing {
namespace {

using graph::ClassIndex;
using graph::NamedReference;
using graph::ObjectIndex;
using graph::Snapshot;

// "field next -> 3", one line each, sorted; classes by name.
std::string References(const Snapshot& snapshot, ObjectIndex o) {
  constexpr absl::string_view kKinds[] = {
      "field",         "static",  "element",           "local",
      "super",         "loader",  "defined class",     "class",
      "element class", "signers", "protection domain", "referent"};
  std::set<std::string> lines;
  for (const NamedReference& reference : snapshot.NamedReferences(o)) {
    std::string line(kKinds[static_cast<std::size_t>(reference.kind)]);
    if (!reference.name.empty()) absl::StrAppend(&line, " ", reference.name);
    if (reference.index >= 0) absl::StrAppend(&line, " [", reference.index, "]");
    if (reference.frame >= 0) absl::StrAppend(&line, " of frame ", reference.frame);
    const ClassIndex c = snapshot.MirroredClass(reference.target);
    absl::StrAppend(
        &line, " -> ",
        c.valid() ? snapshot.classes().Name(c) : absl::StrCat(reference.target.value()));
    lines.insert(std::move(line));
  }
  std::string text;
  for (const std::string& line : lines) absl::StrAppend(&text, line, "\n");
  return text;
}

TEST(SnapshotValuesTest, NamesFieldsOfTheWholeClassChain) {
  DumpBuilder dump;
  dump.Boot();
  const Id base = dump.Class("com.acme.Base").Field("count", kInt).Field("next", kObject);
  const Id node =
      dump.Class("com.acme.Node").Super(base).Field("flag", kBoolean).Field("value", kObject);
  const Id last = dump.Instance(base, {7, 0});
  const Id first = dump.Instance(node, {true, last, 42, last});
  const Id odd = dump.Instance(node, {false, 0x123456780, -1, node});
  const auto snapshot = BuildSnapshot(dump);

  EXPECT_EQ(References(*snapshot, snapshot->Find(first)),
            "class -> com.acme.Node\n"
            "field next -> 0\n"
            "field value -> 0\n");
  EXPECT_EQ(References(*snapshot, snapshot->Find(last)), "class -> com.acme.Base\n");
  EXPECT_EQ(References(*snapshot, snapshot->Find(odd)),
            "class -> com.acme.Node\n"
            "field next -> com.acme.Node\n");

  const auto fields = snapshot->Fields(snapshot->Find(first));
  ASSERT_EQ(fields.size(), 4u);
  EXPECT_EQ(fields[0].name, "flag");
  EXPECT_EQ(fields[0].type, kBoolean);
  EXPECT_EQ(fields[0].bits, 1u);
  EXPECT_EQ(fields[1].name, "value");
  EXPECT_EQ(fields[1].bits, last);
  EXPECT_EQ(snapshot->classes().Name(fields[1].declared_in), "com.acme.Node");
  EXPECT_EQ(fields[2].name, "count");
  EXPECT_EQ(fields[2].bits, 42u);
  EXPECT_EQ(snapshot->classes().Name(fields[2].declared_in), "com.acme.Base");
  EXPECT_EQ(fields[3].bits, last);

  EXPECT_EQ(snapshot->FieldBits(snapshot->Find(first), "count"), 42u);
  EXPECT_EQ(snapshot->FieldBits(snapshot->Find(odd), "count"), 0xffffffffu);
  EXPECT_EQ(snapshot->FieldBits(snapshot->Find(first), "absent"), std::nullopt);
  EXPECT_EQ(snapshot->FieldReference(snapshot->Find(first), "next"), snapshot->Find(last));
  EXPECT_FALSE(snapshot->FieldReference(snapshot->Find(last), "next").valid());
  EXPECT_FALSE(snapshot->FieldReference(snapshot->Find(first), "count").valid());
  EXPECT_FALSE(snapshot->FieldReference(snapshot->Find(odd), "value").valid());
}

// An own field hides one of the same name of a super class.
TEST(SnapshotValuesTest, TakesTheOwnFieldOfTwoWithOneName) {
  DumpBuilder dump;
  dump.Boot();
  const Id base = dump.Class("com.acme.Base").Field("size", kInt);
  const Id node = dump.Class("com.acme.Node").Super(base).Field("size", kInt);
  const Id object = dump.Instance(node, {1, 2});
  const auto snapshot = BuildSnapshot(dump);
  EXPECT_EQ(snapshot->FieldBits(snapshot->Find(object), "size"), 1u);
}

TEST(SnapshotValuesTest, ReadsFieldsOfEveryType) {
  for (const std::uint32_t id_size : {4u, 8u}) {
    DumpBuilder dump({.id_size = id_size});
    dump.Boot();
    ClassBuilder c = dump.Class("com.acme.Types");
    c.Field("z", kBoolean).Field("c", kChar).Field("f", kFloat).Field("d", kDouble);
    c.Field("b", kByte).Field("s", kShort).Field("i", kInt).Field("j", kLong).Field("l", kObject);
    const Id object = dump.Instance(c, {1, 0xfffe, 1.5f, -2.25, -1, -2, -3, std::int64_t{-4}, c});
    const auto snapshot = BuildSnapshot(dump);
    const ObjectIndex o = snapshot->Find(object);
    auto bits = [&](absl::string_view name) { return *snapshot->FieldBits(o, name); };
    EXPECT_EQ(bits("z"), 1u);
    EXPECT_EQ(bits("c"), 0xfffeu);
    EXPECT_EQ(bits("f"), 0x3fc00000u);
    EXPECT_EQ(bits("d"), 0xc002000000000000u);
    EXPECT_EQ(bits("b"), 0xffu);
    EXPECT_EQ(bits("s"), 0xfffeu);
    EXPECT_EQ(bits("i"), 0xfffffffdu);
    EXPECT_EQ(bits("j"), ~std::uint64_t{3});
    EXPECT_EQ(snapshot->MirroredClass(snapshot->FieldReference(o, "l")), snapshot->ClassOf(o));
  }
}

TEST(SnapshotValuesTest, NamesStaticsAndTheOtherReferencesOfAClass) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id loader = dump.NewId(), domain = dump.NewId(), signers = dump.NewId();
  const Id base = dump.Class("com.acme.Base").Loader(loader);
  const Id cache = dump.Class("com.acme.Cache")
                       .Super(base)
                       .Loader(loader)
                       .Signers(signers)
                       .ProtectionDomain(domain)
                       .Static("INSTANCE", kObject, signers)
                       .Static("EMPTY", kObject, 0)
                       .Static("LIMIT", kInt, 99);
  const Id array = dump.Class("com.acme.Cache[]").Loader(loader);
  dump.Instance(boot.class_loader, {}, loader);
  dump.Instance(boot.object, {}, domain);
  dump.ObjectArray(boot.object_array, {}, signers);
  const auto snapshot = BuildSnapshot(dump);

  EXPECT_EQ(References(*snapshot, snapshot->Find(cache)),
            "loader -> 0\n"
            "protection domain -> 1\n"
            "signers -> 2\n"
            "static INSTANCE -> 2\n"
            "super -> com.acme.Base\n");
  EXPECT_EQ(References(*snapshot, snapshot->Find(array)),
            "element class -> com.acme.Cache\n"
            "loader -> 0\n"
            "super -> java.lang.Object\n");
  EXPECT_EQ(References(*snapshot, snapshot->Find(loader)),
            "class -> java.lang.ClassLoader\n"
            "defined class -> com.acme.Base\n"
            "defined class -> com.acme.Cache\n"
            "defined class -> com.acme.Cache[]\n");
  const ClassIndex c = snapshot->MirroredClass(snapshot->Find(cache));
  EXPECT_EQ(snapshot->LoaderOf(c), snapshot->Find(loader));
  EXPECT_FALSE(snapshot->LoaderOf(snapshot->classes().java_lang_object).valid());
  EXPECT_EQ(snapshot->FieldReference(snapshot->Find(cache), "INSTANCE"), snapshot->Find(signers));
  EXPECT_EQ(snapshot->FieldBits(snapshot->Find(cache), "LIMIT"), 99u);
  const auto statics = snapshot->Fields(snapshot->Find(cache));
  ASSERT_EQ(statics.size(), 3u);
  EXPECT_EQ(statics[0].name, "INSTANCE");
  EXPECT_EQ(statics[2].bits, 99u);
}

TEST(SnapshotValuesTest, NamesElementsWithTheirIndex) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id a = dump.Instance(boot.object), b = dump.Instance(boot.object);
  const Id array = dump.ObjectArray(boot.object_array, {b, 0, a, 0x1234567890, b, boot.string});
  const auto snapshot = BuildSnapshot(dump);
  EXPECT_EQ(References(*snapshot, snapshot->Find(array)),
            "class -> java.lang.Object[]\n"
            "element [0] -> 1\n"
            "element [2] -> 0\n"
            "element [4] -> 1\n"
            "element [5] -> java.lang.String\n");
}

// Longer than what is read at once.
TEST(SnapshotValuesTest, NamesElementsOfLongArrays) {
  for (const std::uint32_t id_size : {4u, 8u}) {
    DumpBuilder dump({.id_size = id_size});
    const BootClasses& boot = dump.Boot();
    std::vector<Id> elements(40'000);
    std::vector<std::int64_t> expected;
    for (std::size_t i = 0; i < elements.size(); i += 1 + i % 7) {
      elements[i] = dump.Instance(boot.object);
      expected.push_back(static_cast<std::int64_t>(i));
    }
    const Id array = dump.ObjectArray(boot.object_array, elements);
    const auto snapshot = BuildSnapshot(dump);
    std::vector<std::int64_t> indexes;
    for (const NamedReference& reference : snapshot->NamedReferences(snapshot->Find(array))) {
      if (reference.kind != NamedReference::Kind::kElement) continue;
      indexes.push_back(reference.index);
      ASSERT_EQ(reference.target,
                snapshot->Find(elements[static_cast<std::size_t>(reference.index)]));
    }
    EXPECT_EQ(indexes, expected);
  }
}

TEST(SnapshotValuesTest, NamesReferents) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id entry = dump.Class("com.acme.Entry").Super(boot.weak_reference).Field("value", kObject);
  const Id key = dump.Instance(boot.object), value = dump.Instance(boot.object);
  const Id reference = dump.Instance(entry, {value, key});
  EXPECT_EQ(References(*BuildSnapshot(dump), ObjectIndex(2)),
            "class -> com.acme.Entry\n"
            "field value -> 1\n"
            "referent referent -> 0\n");
  graph::BuildOptions strong;
  strong.strong_referents = true;
  const auto snapshot = BuildSnapshot(dump, strong);
  EXPECT_EQ(References(*snapshot, snapshot->Find(reference)),
            "class -> com.acme.Entry\n"
            "field referent -> 0\n"
            "field value -> 1\n");
}

TEST(SnapshotValuesTest, NamesLocalsOfThreads) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  dump.Class("com.acme.Worker");
  const Id first = dump.Instance(boot.object), second = dump.Instance(boot.object);
  const Id native = dump.Instance(boot.object);
  const Id worker = dump.Instance(boot.thread, {dump.JavaString("worker")});
  dump.Thread(worker)
      .Frame("com.acme.Worker", "take", "Worker.java", 42)
      .Local(first)
      .JniLocal(native)
      .Frame("com.acme.Worker", "run", "", -1)
      .Local(second);
  const Id idle = dump.Instance(boot.thread);
  dump.Thread(idle);
  const auto snapshot = BuildSnapshot(dump);

  const std::string name =
      absl::StrCat(snapshot->FieldReference(snapshot->Find(worker), "name").value());
  EXPECT_EQ(References(*snapshot, snapshot->Find(worker)),
            "class -> java.lang.Thread\n"
            "field name -> " +
                name +
                "\n"
                "local of frame 0 -> 0\n"
                "local of frame 0 -> 2\n"
                "local of frame 1 -> 1\n");
  ASSERT_EQ(snapshot->threads().size(), 2u);
  const graph::ThreadInfo* thread = snapshot->ThreadOf(snapshot->Find(worker));
  ASSERT_NE(thread, nullptr);
  ASSERT_EQ(thread->frames.size(), 2u);
  EXPECT_EQ(thread->frames[0].class_name, "com.acme.Worker");
  EXPECT_EQ(thread->frames[0].method, "take");
  EXPECT_EQ(thread->frames[0].source, "Worker.java");
  EXPECT_EQ(thread->frames[0].line, 42);
  EXPECT_EQ(thread->frames[1].method, "run");
  EXPECT_EQ(thread->frames[1].source, "");
  EXPECT_LE(thread->frames[1].line, 0);
  ASSERT_EQ(thread->locals.size(), 3u);
  EXPECT_EQ(thread->locals[0].kind, graph::RootKind::kJavaFrame);
  EXPECT_EQ(thread->locals[1].kind, graph::RootKind::kJniLocal);
  EXPECT_EQ(thread->locals[1].frame, 0);
  EXPECT_EQ(snapshot->ThreadOf(snapshot->Find(first)), nullptr);
  EXPECT_TRUE(snapshot->ThreadOf(snapshot->Find(idle))->frames.empty());
  // Locals are the thread's, not roots.
  EXPECT_EQ(snapshot->RootKindOf(snapshot->Find(worker)), graph::RootKind::kThread);
  EXPECT_EQ(snapshot->RootKindOf(snapshot->Find(first)), std::nullopt);
  EXPECT_EQ(snapshot->ImmediateDominator(snapshot->Find(first)), snapshot->Find(worker));
}

// Every reference of the graph has a name, and every named one that counts is in the graph.
TEST(SnapshotValuesTest, NamedReferencesAreThoseOfTheGraph) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id loader = dump.NewId();
  const Id plugin = dump.Class("com.acme.Plugin").Loader(loader).Field("next", kObject);
  dump.Instance(boot.class_loader, {}, loader);
  const Id a = dump.Instance(plugin, {loader}), b = dump.Instance(plugin, {a});
  const Id thread = dump.Instance(boot.thread, {dump.JavaString("main"), loader});
  dump.Thread(thread).Local(b);
  dump.JniGlobalRoot(dump.ObjectArray(boot.object_array, {a, b, plugin}));
  const auto snapshot = BuildSnapshot(dump);
  for (std::uint32_t node = 0; node < snapshot->node_count(); ++node) {
    const ObjectIndex o(node);
    std::set<ObjectIndex> named, in_graph;
    for (const NamedReference& reference : snapshot->NamedReferences(o)) {
      named.insert(reference.target);
    }
    snapshot->ForEachReference(o, [&](ObjectIndex target) { in_graph.insert(target); });
    // All mirrors refer to java.lang.Class; where that is a root the edge may be left out.
    for (auto* set : {&named, &in_graph}) {
      std::erase_if(*set, [&](ObjectIndex target) {
        return snapshot->MirroredClass(target).valid() && snapshot->RootKindOf(target).has_value();
      });
    }
    EXPECT_EQ(in_graph, named) << node;
  }
}

class StringValueTest : public ::testing::Test {
 protected:
  // JDK 9+: bytes and a coder.
  Id Compact(const std::vector<FieldValue>& bytes, int coder) {
    const Id value = dump_.PrimitiveArray(kByte, bytes);
    return dump_.Instance(dump_.Boot().string, {value, 0, coder});
  }
  std::string Value(Id string, std::size_t max_bytes = 4096) {
    const auto snapshot = BuildSnapshot(dump_);
    return snapshot->StringValue(snapshot->Find(string), max_bytes).value_or("(none)");
  }
  DumpBuilder dump_;
};

TEST_F(StringValueTest, Latin1) {
  EXPECT_EQ(Value(dump_.JavaString("")), "");
  EXPECT_EQ(Value(dump_.JavaString("hello")), "hello");
  EXPECT_EQ(Value(Compact({0x6d, 0xfc, 0xdf, 0xe9}, 0)), "m\xc3\xbc\xc3\x9f\xc3\xa9");
}

TEST_F(StringValueTest, Utf16) {
  // Little-endian: "a", the euro sign, U+1F600 as a pair, a lone surrogate.
  const Id string = Compact({0x61, 0, 0xac, 0x20, 0x3d, 0xd8, 0x00, 0xde, 0x3d, 0xd8, 0x62, 0}, 1);
  EXPECT_EQ(Value(string),
            "a\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd"
            "b");
}

TEST_F(StringValueTest, IsCutAtTheLimit) {
  EXPECT_EQ(Value(dump_.JavaString("abcdef"), 3), "abc");
  EXPECT_EQ(Value(dump_.JavaString(std::string(10'000, 'x'))).size(), 4096u);
  EXPECT_EQ(Value(Compact({0x61, 0, 0x62, 0, 0x63, 0}, 1), 2), "ab");
  // Never within a character.
  EXPECT_EQ(Value(Compact({0x61, 0, 0xac, 0x20, 0x63, 0}, 1), 3), "a");
  EXPECT_EQ(Value(Compact({0xfc, 0xfc}, 0), 3), "\xc3\xbc");
}

TEST_F(StringValueTest, OfOtherObjectsIsNone) {
  EXPECT_EQ(Value(dump_.Instance(dump_.Boot().object)), "(none)");
  EXPECT_EQ(Value(dump_.Boot().string), "(none)");
  EXPECT_EQ(Value(dump_.Instance(dump_.Boot().string, {0})), "(none)");
  EXPECT_EQ(Value(dump_.Instance(dump_.Boot().string, {dump_.Boot().object})), "(none)");
}

// JDK 7u6 to 8: all characters of the array.
TEST(OldStringValueTest, Chars) {
  DumpBuilder dump({.one_heap_record = true});
  dump.Class("java.lang.Object");
  const Id string = dump.Class("java.lang.String").Field("value", kObject).Field("hash", kInt);
  dump.Class("char[]");
  const Id text = dump.Instance(string, {dump.PrimitiveArray(kChar, {'x', 0xe9, 0x20ac})});
  const auto snapshot = BuildSnapshot(dump);
  EXPECT_EQ(snapshot->StringValue(snapshot->Find(text)), "x\xc3\xa9\xe2\x82\xac");
  EXPECT_EQ(snapshot->StringValue(snapshot->Find(text), 5), "x\xc3\xa9");
}

// Until JDK 7u5: a part of an array that other strings share.
TEST(OldStringValueTest, SharedChars) {
  DumpBuilder dump({.one_heap_record = true});
  dump.Class("java.lang.Object");
  const Id string = dump.Class("java.lang.String")
                        .Field("value", kObject)
                        .Field("offset", kInt)
                        .Field("count", kInt);
  dump.Class("char[]");
  const Id chars = dump.PrimitiveArray(kChar, {'x', 'h', 0xe9, 'y'});
  const Id all = dump.Instance(string, {chars, 0, 4});
  const Id part = dump.Instance(string, {chars, 1, 2});
  // Nothing of what stands behind the array is text.
  const Id too_long = dump.Instance(string, {chars, 2, 1000});
  const Id behind = dump.Instance(string, {chars, 5, 3});
  const Id negative = dump.Instance(string, {chars, -1, -1});
  const auto snapshot = BuildSnapshot(dump);
  EXPECT_EQ(snapshot->StringValue(snapshot->Find(all)), "xh\xc3\xa9y");
  EXPECT_EQ(snapshot->StringValue(snapshot->Find(part)), "h\xc3\xa9");
  EXPECT_EQ(snapshot->StringValue(snapshot->Find(too_long)), "\xc3\xa9y");
  EXPECT_EQ(snapshot->StringValue(snapshot->Find(behind)), "");
  EXPECT_EQ(snapshot->StringValue(snapshot->Find(negative)), "");
}

}  // namespace
}  // namespace leaktrail::testing
