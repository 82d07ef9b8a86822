#include "graph/field_reader.h"

#include "gtest/gtest.h"
#include "tests/analyses/shop_dump.h"
#include "tests/dump_builder.h"

namespace leaktrail::graph {
namespace {

using testing::DumpBuilder;
using testing::Id;
using enum hprof::ValueType;

struct Read {
  std::optional<std::uint64_t> Field(Id id, absl::string_view name) {
    const ObjectIndex o = snapshot->Find(id);
    const auto place = FindField(snapshot->classes(), snapshot->ClassOf(o), name);
    if (!place) return std::nullopt;
    return reader.Read(o, *place);
  }
  std::unique_ptr<Snapshot> snapshot;
  FieldReader reader{*snapshot};
};

TEST(FieldReader, ReadsFieldsOfAnyTypeAndOfSuperClasses) {
  DumpBuilder dump;
  dump.Boot();
  const Id base = dump.Class("com.acme.Base").Field("flag", kBoolean).Field("shared", kInt);
  const Id derived = dump.Class("com.acme.Derived")
                         .Super(base)
                         .Field("small", kByte)
                         .Field("shared", kLong)
                         .Field("ref", kObject)
                         .Field("letter", kChar);
  const Id target = dump.Instance(dump.Boot().object);
  const Id o = dump.Instance(derived, {-1, 7'000'000'000, target, 0xfffe, 1, 5});
  dump.JniGlobalRoot(o);
  Read read{testing::SnapshotOf(dump)};
  EXPECT_EQ(read.Field(o, "small"), 0xffu);
  EXPECT_EQ(read.Field(o, "shared"), 7'000'000'000u);  // that of the most derived class
  EXPECT_EQ(read.Field(o, "ref"), target);
  EXPECT_EQ(read.Field(o, "letter"), 0xfffeu);
  EXPECT_EQ(read.Field(o, "flag"), 1u);
  EXPECT_EQ(read.Field(o, "absent"), std::nullopt);
}

// Every object, in order and out of order, beside the slow way.
TEST(FieldReader, AgreesWithFieldBits) {
  DumpBuilder dump;
  dump.Boot();
  const Id node = dump.Class("com.acme.Node").Field("next", kObject).Field("value", kInt);
  std::vector<Id> nodes = {0};
  for (int i = 1; i < 300; ++i) nodes.push_back(dump.Instance(node, {nodes.back(), i}));
  dump.JniGlobalRoot(nodes.back());
  Read read{testing::SnapshotOf(dump)};
  for (int i = 1; i < 300; ++i) {
    for (const Id id : {nodes[i], nodes[300 - i]}) {
      const ObjectIndex o = read.snapshot->Find(id);
      EXPECT_EQ(read.Field(id, "value"), read.snapshot->FieldBits(o, "value"));
      EXPECT_EQ(read.Field(id, "next"), read.snapshot->FieldBits(o, "next"));
      EXPECT_EQ(read.reader.Bits(o, "value"), read.snapshot->FieldBits(o, "value"));
      EXPECT_EQ(read.reader.Reference(o, "next"), read.snapshot->FieldReference(o, "next"));
      EXPECT_EQ(read.reader.Bits(o, "absent"), std::nullopt);
    }
  }
}

TEST(FieldReader, GivesNothingForArraysMirrorsAndShortRecords) {
  DumpBuilder dump;
  const Id array = dump.ObjectArray(dump.Boot().object_array, {0, 0});
  const Id node = dump.Class("com.acme.Node").Field("next", kObject).Field("value", kInt).Sticky();
  const Id cut = dump.RawInstance(node, dump.Writer().U8(0).U2(1).bytes());
  dump.JniGlobalRoot(array);
  dump.JniGlobalRoot(cut);
  Read read{testing::SnapshotOf(dump)};
  const FieldPlace first{0, kInt};
  EXPECT_EQ(read.reader.Read(read.snapshot->Find(array), first), std::nullopt);
  EXPECT_EQ(read.reader.Read(read.snapshot->Find(node), first), std::nullopt);
  EXPECT_EQ(read.reader.Read(ObjectIndex::None(), first), std::nullopt);
  EXPECT_EQ(read.Field(cut, "next"), 0u);
  EXPECT_EQ(read.Field(cut, "value"), std::nullopt);
}

}  // namespace
}  // namespace leaktrail::graph
