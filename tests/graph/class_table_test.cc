#include "graph/class_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "graph/class_names.h"
#include "tests/dump_builder.h"
#include "tests/graph/read_classes.h"

namespace leaktrail::graph {
namespace {

using hprof::Oddity;
using testing::BootClasses;
using testing::ByteWriter;
using testing::DumpBuilder;
using testing::Id;
using testing::ReadClasses;
using testing::ReadDump;
using testing::ValueType;
using enum hprof::ValueType;

std::vector<std::uint32_t> ReferenceOffsets(const ClassTable& classes, ClassIndex c) {
  const auto offsets = classes.reference_offsets(c);
  return {offsets.begin(), offsets.end()};
}

TEST(ClassNames, AreReadableInEverySpelling) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"java/lang/String", "java.lang.String"},
      {"java.lang.String", "java.lang.String"},
      {"[B", "byte[]"},
      {"byte[]", "byte[]"},
      {"[[J", "long[][]"},
      {"[Ljava/lang/String;", "java.lang.String[]"},
      {"[[Ljava.lang.String;", "java.lang.String[][]"},
      {"java.lang.String[][]", "java.lang.String[][]"},
      {"NoPackage", "NoPackage"},
      {"a/B$$Lambda+0x00007f01a", "a.B$$Lambda/0x00007f01a"},
      {"a/B$$Lambda$7+0x800c03000", "a.B$$Lambda$7/0x800c03000"},
      {"[La/B$$Lambda+0x7f;", "a.B$$Lambda/0x7f[]"},
      {"a/B$$Lambda$12/1234567", "a.B$$Lambda$12/1234567"},
      {"a/b+c", "a.b+c"},
      {"a/b+0x", "a.b+0x"},
      {"", ""},
      {"[", "["},
      {"[[", "[["},
      {"[Q", "[Q"},
      {"[Lx", "[Lx"},
      {"[L;", "[L;"},
      {"evil\x1b[31m/x", "evil\x1b[31m.x"},
      {std::string(300, '[') + "I", std::string(300, '[') + "I"},
  };
  for (const auto& [raw, readable] : cases) EXPECT_EQ(ReadableClassName(raw), readable) << raw;
}

TEST(ClassNames, TellArraysApart) {
  EXPECT_FALSE(ParseArrayName("java.lang.String"));
  EXPECT_FALSE(ParseArrayName("[]"));
  EXPECT_EQ(ParseArrayName("byte[]")->primitive, kByte);
  EXPECT_EQ(ParseArrayName("byte[][]")->primitive, std::nullopt);
  EXPECT_EQ(ParseArrayName("byte[][]")->element, "byte[]");
}

TEST(ClassTable, HoldsWhatTheDumpSays) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id loader = dump.NewId();
  const Id node = dump.Class("com.acme.Node")
                      .Loader(loader)
                      .Field("next", kObject)
                      .Field("value", kInt)
                      .Static("HEAD", kObject, 77)
                      .Static("<resolved_references>", kObject, 78);
  const ClassTable classes = ReadClasses(dump);

  const ClassIndex c = classes.Find(node);
  ASSERT_TRUE(c.valid());
  EXPECT_EQ(classes.Name(c), "com.acme.Node");
  EXPECT_EQ(classes.FindByName("com.acme.Node"), c);
  EXPECT_EQ(classes[c].id, node);
  EXPECT_EQ(classes[c].loader, loader);
  EXPECT_EQ(classes[c].kind, ClassKind::kInstance);
  EXPECT_EQ(classes[c].super, classes.Find(boot.object));
  EXPECT_EQ(classes[c].instance_bytes, 12);
  ASSERT_EQ(classes.fields(c).size(), 2);
  EXPECT_EQ(classes.Text(classes.fields(c)[0].name), "next");
  EXPECT_EQ(classes.fields(c)[1].type, kInt);
  ASSERT_EQ(classes.statics(c).size(), 2);
  EXPECT_EQ(classes.Text(classes.statics(c)[1].name), "<resolved_references>");
  EXPECT_EQ(classes.statics(c)[0].value, 77);
  EXPECT_EQ(classes.java_lang_object, classes.Find(boot.object));
  EXPECT_EQ(classes.java_lang_class, classes.Find(boot.clazz));
  EXPECT_EQ(classes.java_lang_string, classes.Find(boot.string));
  EXPECT_EQ(classes.java_lang_thread, classes.Find(boot.thread));
  EXPECT_FALSE(classes.Find(12345).valid());
  EXPECT_FALSE(classes.FindByName("com.acme.Nod").valid());
}

TEST(ClassTable, StoresATextOnce) {
  DumpBuilder dump;
  dump.Boot();
  const Id a = dump.Class("A").Field("name", kInt).Field("a", kInt);
  const Id b = dump.Class("B").Field("name", kLong);
  const ClassTable classes = ReadClasses(dump);
  EXPECT_EQ(classes.fields(classes.Find(a))[0].name, classes.fields(classes.Find(b))[0].name);
  EXPECT_NE(classes.fields(classes.Find(a))[0].name, classes.fields(classes.Find(a))[1].name);
}

TEST(ClassTable, FindsElementClassesByNameAndLoader) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id boot_order = dump.Class("Order");
  const Id order = dump.Class("Order").Loader(42);
  const Id orders = dump.Class("Order[]").Loader(42);
  const Id nested = dump.Class("Order[][]").Loader(42);
  const Id foreign = dump.Class("Order[]").Loader(43);
  const Id bytes = dump.Class("byte[][]");
  const Id orphans = dump.Class("Gone[]").Loader(42);
  const ClassTable classes = ReadClasses(dump);

  const auto element = [&](Id id) { return classes[classes.Find(id)].element; };
  EXPECT_EQ(element(orders), classes.Find(order));
  EXPECT_EQ(element(nested), classes.Find(orders));
  EXPECT_EQ(element(foreign), classes.Find(boot_order));
  EXPECT_EQ(element(bytes), classes.Find(boot.byte_array));
  EXPECT_FALSE(element(orphans).valid());
  EXPECT_FALSE(element(boot.byte_array).valid());
  EXPECT_EQ(classes[classes.Find(orders)].kind, ClassKind::kObjectArray);
  EXPECT_EQ(classes[classes.Find(boot.byte_array)].kind, ClassKind::kPrimitiveArray);
  EXPECT_EQ(classes[classes.Find(boot.byte_array)].element_type, kByte);
  EXPECT_TRUE(classes.IsSubclass(classes.Find(orders), classes.java_lang_object));
  EXPECT_FALSE(classes.IsSubclass(classes.Find(orders), classes.Find(order)));
}

TEST(ClassTable, AlwaysHasClassesOfPrimitiveArrays) {
  DumpBuilder dump;
  const Id bytes = dump.Class("byte[]");
  const ClassTable classes = ReadClasses(dump);
  EXPECT_EQ(classes.PrimitiveArrayClass(kByte), classes.Find(bytes));
  const ClassIndex longs = classes.PrimitiveArrayClass(kLong);
  ASSERT_TRUE(longs.valid());
  EXPECT_EQ(classes.Name(longs), "long[]");
  EXPECT_EQ(classes[longs].element_type, kLong);
  EXPECT_TRUE(classes[longs].synthetic);
  EXPECT_EQ(classes[longs].id, 0);
  EXPECT_FALSE(classes.Find(0).valid());
  EXPECT_FALSE(classes.PrimitiveArrayClass(kObject).valid());
  EXPECT_TRUE(classes.reference_offsets(longs).empty());
}

// Against a walk up the chain, for all pairs of classes of random hierarchies, circles included.
TEST(ClassTable, SubclassesAreThoseWhoseChainLeadsToTheClass) {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    DumpBuilder dump;
    std::vector<Id> ids;
    for (int i = 0; i < 40; ++i) ids.push_back(dump.NewId(96));
    for (int i = 0; i < 40; ++i) {
      const Id super = random() % 8 == 0 ? 0 : ids[random() % ids.size()];
      dump.Class(absl::StrCat("C", i), ids[i]).Super(super);
    }
    const ClassTable classes = ReadClasses(dump);
    for (std::uint32_t c = 0; c < classes.size(); ++c) {
      for (std::uint32_t ancestor = 0; ancestor < classes.size(); ++ancestor) {
        ClassIndex up(c);
        while (up.valid() && up != ClassIndex(ancestor)) up = classes[up].super;
        ASSERT_EQ(classes.IsSubclass(ClassIndex(c), ClassIndex(ancestor)), up.valid());
      }
    }
    EXPECT_FALSE(classes.IsSubclass(ClassIndex(0), ClassIndex::None()));
    EXPECT_FALSE(classes.IsSubclass(ClassIndex::None(), ClassIndex(0)));
  }
}

TEST(ClassTable, ReferenceOffsetsRunThroughTheSuperClasses) {
  DumpBuilder dump;
  dump.Boot();
  const Id base = dump.Class("Base").Field("b", kByte).Field("p", kObject).Field("q", kObject);
  const Id middle = dump.Class("Middle").Super(base).Field("d", kDouble);
  const Id leaf = dump.Class("Leaf").Super(middle).Field("x", kObject).Field("i", kInt);
  const ClassTable classes = ReadClasses(dump);
  EXPECT_EQ(ReferenceOffsets(classes, classes.Find(base)), (std::vector<std::uint32_t>{1, 9}));
  EXPECT_EQ(ReferenceOffsets(classes, classes.Find(leaf)),
            (std::vector<std::uint32_t>{0, 12 + 8 + 1, 12 + 8 + 9}));
  EXPECT_EQ(classes[classes.Find(leaf)].instance_bytes, 12 + 8 + 17);
  EXPECT_TRUE(classes.IsSubclass(classes.Find(leaf), classes.Find(base)));
  EXPECT_FALSE(classes.IsSubclass(classes.Find(base), classes.Find(leaf)));
  EXPECT_EQ(classes.referent_offset(classes.Find(leaf)), ClassTable::kNoReferent);
}

TEST(ClassTable, OffsetsFollowTheIdSize) {
  DumpBuilder dump({.id_size = 4});
  dump.Boot();
  const Id c = dump.Class("C").Field("a", kObject).Field("i", kInt).Field("b", kObject);
  const ClassTable classes = ReadClasses(dump);
  EXPECT_EQ(ReferenceOffsets(classes, classes.Find(c)), (std::vector<std::uint32_t>{0, 8}));
  EXPECT_EQ(classes.id_size(), 4);
}

TEST(ClassTable, SetsTheReferentOfReferencesApart) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id cleaner = dump.Class("jdk.internal.ref.Cleaner")
                         .Super(boot.phantom_reference)
                         .Field("next", kObject)
                         .Field("thunk", kObject);
  const Id lookalike = dump.Class("com.acme.WeakReference").Field("referent", kObject);
  const ClassTable classes = ReadClasses(dump);
  const auto kind = [&](Id id) { return classes[classes.Find(id)].reference_kind; };

  EXPECT_EQ(kind(boot.soft_reference), ReferenceKind::kSoft);
  EXPECT_EQ(kind(boot.weak_reference), ReferenceKind::kWeak);
  EXPECT_EQ(kind(boot.phantom_reference), ReferenceKind::kPhantom);
  EXPECT_EQ(kind(boot.final_reference), ReferenceKind::kFinal);
  EXPECT_EQ(kind(boot.finalizer), ReferenceKind::kFinal);
  EXPECT_EQ(kind(cleaner), ReferenceKind::kPhantom);
  EXPECT_EQ(kind(boot.string), ReferenceKind::kNotAReference);
  EXPECT_EQ(kind(lookalike), ReferenceKind::kNotAReference);

  const ClassIndex c = classes.Find(cleaner);
  EXPECT_EQ(classes.referent_offset(c), 16);
  EXPECT_EQ(ReferenceOffsets(classes, c), (std::vector<std::uint32_t>{0, 8, 24, 32, 40}));
  EXPECT_EQ(ReferenceOffsets(classes, classes.Find(lookalike)), (std::vector<std::uint32_t>{0}));
}

TEST(ClassTable, AReferenceOfNoKnownKindHoldsItsReferent) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id odd = dump.Class("java.lang.ref.OddReference").Super(boot.reference);
  const ClassTable classes = ReadClasses(dump);
  EXPECT_EQ(classes[classes.Find(odd)].reference_kind, ReferenceKind::kNotAReference);
  EXPECT_EQ(ReferenceOffsets(classes, classes.Find(odd)).size(), 4);
}

TEST(ClassTable, NamelessClassesAreCountedAndShowTheirId) {
  DumpBuilder dump;
  dump.Boot();
  const Id nameless = dump.Class("x", 0xabc0).WithoutLoadClass();
  ReadDump read(dump);
  const ClassTable classes = read.Build();
  EXPECT_EQ(classes.Name(classes.Find(nameless)), "unknown-class@0xabc0");
  EXPECT_EQ(read.health.count(Oddity::kClassNameMissing), 1);
}

TEST(ClassTable, CutsCyclesAndMissingSuperClasses) {
  DumpBuilder dump;
  dump.Boot();
  const Id self = dump.Class("Self", 0x10000).Super(0x10000).Field("f", kObject);
  const Id a = dump.Class("A", 0x20000).Super(0x20008).Field("f", kObject);
  const Id b = dump.Class("B", 0x20008).Super(0x20000).Field("f", kObject);
  const Id orphan = dump.Class("Orphan").Super(0x99999).Field("f", kObject);
  ReadDump read(dump);
  const ClassTable classes = read.Build();
  EXPECT_EQ(read.health.count(Oddity::kSuperClassCycle), 3);
  EXPECT_FALSE(classes[classes.Find(self)].super.valid());
  EXPECT_FALSE(classes[classes.Find(orphan)].super.valid());
  EXPECT_EQ(classes[classes.Find(orphan)].instance_bytes, 8);
  EXPECT_EQ(classes[classes.Find(a)].instance_bytes + classes[classes.Find(b)].instance_bytes, 24);
}

// A CLASS_DUMP behind its tag: one static and `fields` fields of one type.
ByteWriter ClassDump(Id id, Id super, std::uint32_t fields, ValueType type = kInt) {
  ByteWriter body;
  body.WriteId(id).U4(0).WriteId(super);
  for (int i = 0; i < 5; ++i) body.WriteId(0);
  body.U4(0).U2(0);
  body.U2(1).WriteId(1).U1(10).U4(7);
  body.U2(fields);
  for (std::uint32_t i = 0; i < fields; ++i) body.WriteId(2).U1(static_cast<std::uint64_t>(type));
  return body;
}

// The table of a chain of classes 1, 2, ... that inherit each from the one before.
struct Chain {
  Chain(std::uint32_t depth, std::uint32_t fields, ValueType type) {
    ClassTableBuilder builder(8);
    std::vector<std::byte> body = ClassDump(0, 0, fields, type).bytes();
    for (Id id = depth; id > 0; --id) {
      const ByteWriter head = ClassDump(id, id - 1, 0);
      std::copy_n(head.bytes().begin(), 8 + 4 + 8, body.begin());
      hprof::Cursor cursor(body, 1, 8);
      builder.Add(cursor, health);
    }
    const auto file = hprof::DumpFile::FromMemory({});
    hprof::RecordIndex index;
    index.strings.Seal();
    classes = builder.Build(index, *file, health);
  }
  hprof::ImportHealth health;
  ClassTable classes;
};

TEST(ClassTable, DeepChainsNeedNoStack) {
  const Chain chain(200'000, 1, kInt);
  EXPECT_EQ(chain.classes[chain.classes.Find(200'000)].instance_bytes, 800'000);
  EXPECT_EQ(chain.health.count(Oddity::kSuperClassCycle), 0);
}

// 5,000 classes, each with 100 references of its own, would inherit 1.25 billion.
TEST(ClassTable, InheritedOffsetsDoNotExplode) {
  const Chain chain(5000, 100, kObject);
  std::uint64_t offsets = 0;
  for (std::uint32_t c = 0; c < chain.classes.size(); ++c) {
    offsets += chain.classes.reference_offsets(ClassIndex(c)).size();
  }
  EXPECT_LT(offsets, 40'000'000);
  EXPECT_GT(chain.health.count(Oddity::kSuperClassCycle), 0);
}

TEST(ClassTable, InstancesStayOfAReasonableSize) {
  const Chain chain(40, 65'535, kLong);  // 21 MB
  EXPECT_GT(chain.health.count(Oddity::kSuperClassCycle), 0);
  for (std::uint32_t c = 0; c < chain.classes.size(); ++c) {
    EXPECT_LE(chain.classes[ClassIndex(c)].instance_bytes, 1U << 24);
  }
}

TEST(ClassTableBuilder, IgnoresASecondDumpOfAClass) {
  DumpBuilder dump;
  dump.Boot();
  dump.Class("First", 0x5000).Field("f", kInt);
  dump.Class("Second", 0x5000).Field("f", kLong).Field("g", kLong);
  ReadDump read(dump);
  const ClassTable classes = read.Build();
  EXPECT_EQ(read.health.count(Oddity::kDuplicateClass), 1);
  EXPECT_EQ(classes[classes.Find(0x5000)].instance_bytes, 4);
}

TEST(ClassTableBuilder, AddsNothingOfACutDump) {
  const std::vector<std::byte> whole = ClassDump(0x100, 0, 3).bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ClassTableBuilder builder(8);
    hprof::ImportHealth health;
    hprof::Cursor cursor(hprof::Bytes(whole).first(size), 1, 8);
    builder.Add(cursor, health);
    EXPECT_FALSE(cursor.ok()) << size;
    EXPECT_EQ(builder.size(), 0) << size;
    EXPECT_FALSE(builder.Contains(0x100)) << size;
  }
}

TEST(ClassTableBuilder, RefusesUnknownFieldTypes) {
  std::vector<std::byte> bytes = ClassDump(0x100, 0, 3).bytes();
  bytes.back() = std::byte{3};
  ClassTableBuilder builder(8);
  hprof::ImportHealth health;
  hprof::Cursor cursor(bytes, 1, 8);
  builder.Add(cursor, health);
  EXPECT_FALSE(cursor.ok());
  EXPECT_EQ(builder.size(), 0);
}

TEST(ClassTableBuilder, StandInsAreReplacedByTheirClassDump) {
  DumpBuilder dump;
  dump.Boot();
  dump.Class("Late", 0x7000).WithoutClassDump();
  ReadDump read(dump);
  read.builder.AddMissing(0x7000, ClassKind::kInstance, 40);
  read.builder.AddMissing(0x7100, ClassKind::kObjectArray, 0);
  const ClassTable classes = read.Build();
  const ClassIndex late = classes.Find(0x7000);
  EXPECT_TRUE(classes[late].synthetic);
  EXPECT_EQ(classes.Name(late), "Late");
  EXPECT_EQ(classes[late].instance_bytes, 40);
  EXPECT_EQ(classes[late].super, classes.java_lang_object);
  EXPECT_TRUE(classes.reference_offsets(late).empty());
  EXPECT_EQ(classes[classes.Find(0x7100)].kind, ClassKind::kObjectArray);

  const std::vector<std::byte> body = ClassDump(0x7000, 0, 3).bytes();
  hprof::Cursor cursor(body, 1, 8);
  read.builder.Add(cursor, read.health);
  const ClassTable again = read.Build();
  EXPECT_EQ(again.Find(0x7000), late);
  EXPECT_FALSE(again[late].synthetic);
  EXPECT_EQ(again[late].instance_bytes, 12);
  EXPECT_EQ(classes[late].instance_bytes, 40) << "a built table does not change";
}

TEST(ClassTableBuilder, SurvivesADumpWithoutClasses) {
  DumpBuilder dump;
  dump.JniGlobalRoot(1);
  const ClassTable classes = ReadClasses(dump);
  EXPECT_FALSE(classes.java_lang_object.valid());
  EXPECT_EQ(classes.size(), 9);  // the primitive arrays, java.lang.Class
}

}  // namespace
}  // namespace leaktrail::graph
