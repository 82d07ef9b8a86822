#include "graph/object_layout.h"

#include <gtest/gtest.h>

#include <string>

#include "graph/jvm_guess.h"
#include "tests/dump_builder.h"
#include "tests/graph/jdk_classes.h"
#include "tests/graph/read_classes.h"

namespace leaktrail::graph {
namespace {

using testing::Configuration;
using testing::DumpBuilder;
using testing::Id;
using testing::JdkClass;
using testing::kConfigurations;
using testing::kConfigurationTable;
using testing::ReadClasses;
using enum hprof::ValueType;

void ExpectSizes(std::span<const JdkClass> rows, LayoutParameters Configuration::*parameters) {
  DumpBuilder dump;
  testing::Declare(rows, dump);
  const ClassTable classes = ReadClasses(dump);
  int checked = 0;
  for (std::size_t i = 0; i < kConfigurations; ++i) {
    const ObjectLayout layout(classes, kConfigurationTable[i].*parameters);
    for (const JdkClass& row : rows) {
      if (row.sizes[i] == testing::kNotMeasured) continue;
      EXPECT_EQ(layout.InstanceSize(classes.FindByName(row.name)), row.sizes[i])
          << row.name << " " << kConfigurationTable[i].options;
      ++checked;
    }
  }
  EXPECT_GT(checked, 100);
}

TEST(ObjectLayout, AgreesWithTheHistogramOfJdk17) {
  ExpectSizes(testing::Jdk17Classes(), &Configuration::jdk17);
}

TEST(ObjectLayout, AgreesWithTheHistogramOfJdk25) {
  ExpectSizes(testing::Jdk25Classes(), &Configuration::jdk25);
}

// G$S5 of the same runs: 40 bytes of statics; without the last two, which are none, and the gap
// before the long stays.
TEST(ObjectLayout, MirrorsHoldTheirStatics) {
  DumpBuilder dump;
  testing::Declare(testing::Jdk17Classes(), dump);
  const Id statics = dump.Class("G$S5")
                         .Static("a", kObject, 0)
                         .Static("b", kObject, 0)
                         .Static("c", kObject, 0)
                         .Static("l", kLong, 0)
                         .Static("i", kInt, 0)
                         .Static("s", kShort, 0)
                         .Static("b1", kByte, 0)
                         .Static("b2", kBoolean, 0)
                         .Static("f", kFloat, 0)
                         .Static("<resolved_references>", kObject, 0)
                         .Static("<init_lock>", kObject, 0);
  const ClassTable classes = ReadClasses(dump);
  const ObjectLayout layout(classes, {12, 4, 8, false, true});
  EXPECT_EQ(layout.MirrorSize(classes.java_lang_object), 112);
  EXPECT_EQ(layout.MirrorSize(classes.PrimitiveArrayClass(kByte)), 112);
  EXPECT_EQ(layout.MirrorSize(classes.Find(statics)), 112 + 40);
  const ObjectLayout wide(classes, {12, 8, 8, false, true});
  EXPECT_EQ(wide.MirrorSize(classes.Find(statics)), 176 + 48);
}

struct ArrayCase {
  LayoutParameters parameters;
  std::uint64_t no_bytes, one_byte, five_bytes, one_long, three_references;
};

TEST(ObjectLayout, ArraysBeginWhereTheirElementsMay) {
  DumpBuilder dump;
  const Id objects = dump.Boot().object_array;
  const ClassTable classes = ReadClasses(dump);
  const ArrayCase cases[] = {
      {{12, 4, 8, false, true}, 16, 24, 24, 24, 32},   // the default
      {{12, 8, 8, false, true}, 16, 24, 24, 24, 40},   // -UseCompressedOops
      {{16, 8, 8, false, true}, 24, 32, 32, 32, 48},   // JDK 17 -UseCompressedClassPointers
      {{16, 8, 8, true, true}, 24, 24, 32, 32, 48},    // JDK 25 -UseCompressedClassPointers
      {{16, 4, 8, true, true}, 24, 24, 32, 32, 32},    // and with compressed oops
      {{8, 4, 8, true, true}, 16, 16, 24, 24, 24},     // compact headers
      {{8, 8, 8, true, true}, 16, 16, 24, 24, 40},     // and -UseCompressedOops
      {{12, 4, 16, false, true}, 16, 32, 32, 32, 32},  // ObjectAlignmentInBytes=16
      {{8, 4, 8, false, false}, 16, 16, 24, 24, 24},   // 32-bit
  };
  for (const ArrayCase& one : cases) {
    const ObjectLayout layout(classes, one.parameters);
    const std::string what = Describe(one.parameters);
    EXPECT_EQ(layout.ArraySize(classes.PrimitiveArrayClass(kByte), 0), one.no_bytes) << what;
    EXPECT_EQ(layout.ArraySize(classes.PrimitiveArrayClass(kByte), 1), one.one_byte) << what;
    EXPECT_EQ(layout.ArraySize(classes.PrimitiveArrayClass(kByte), 5), one.five_bytes) << what;
    EXPECT_EQ(layout.ArraySize(classes.PrimitiveArrayClass(kLong), 1), one.one_long) << what;
    EXPECT_EQ(layout.ArraySize(classes.Find(objects), 3), one.three_references) << what;
  }
  const ObjectLayout layout(classes, {});
  EXPECT_EQ(layout.ArraySize(classes.PrimitiveArrayClass(kLong), 0xffffffff), 16 + 0x7fffffff8);
}

// Sizes from histogram_sun_jdk6_18_x64.txt and ..._x32.txt: the JVM's own, for JDK 6.
TEST(ObjectLayout, OlderJvmsOrderFieldsBySize) {
  struct {
    const char* name;
    const char* fields;
    std::uint32_t x64, x32;
  } const rows[] = {
      {"java.lang.String", "value:L offset:I count:I hash:I", 40, 24},
      {"java.util.Hashtable$Entry", "hash:I key:L value:L next:L", 48, 24},
  };
  std::vector<JdkClass> classes_6;
  for (const auto& row : rows) classes_6.push_back({row.name, "", row.fields});
  DumpBuilder dump;
  testing::Declare(classes_6, dump);
  const ClassTable classes = ReadClasses(dump);
  const ObjectLayout x64(classes, {16, 8, 8, false, false});
  const ObjectLayout x32(classes, {8, 4, 8, false, false});
  for (const auto& row : rows) {
    EXPECT_EQ(x64.InstanceSize(classes.FindByName(row.name)), row.x64) << row.name;
    EXPECT_EQ(x32.InstanceSize(classes.FindByName(row.name)), row.x32) << row.name;
  }
}

// What the older layout leaves empty: between classes, and behind a byte.
TEST(ObjectLayout, OlderJvmsLeaveGapsBetweenClasses) {
  const JdkClass rows[] = {
      {"A", "", "b:B"},
      {"B", "A", "c:B"},
      {"C", "B", "l:J i:I"},
      {"D", "", "l:J o:L"},
  };
  DumpBuilder dump;
  testing::Declare(rows, dump);
  const ClassTable classes = ReadClasses(dump);
  const ObjectLayout older(classes, {12, 4, 8, false, false});
  const ObjectLayout newer(classes, {12, 4, 8, false, true});
  const auto size = [&](const ObjectLayout& layout, const char* name) {
    return layout.InstanceSize(classes.FindByName(name));
  };
  EXPECT_EQ(size(older, "B"), 24);  // 12 b, 16 c: 17
  EXPECT_EQ(size(newer, "B"), 16);  // 12 b, 13 c: 14
  EXPECT_EQ(size(older, "C"), 32);  // 20 i, 24 l: 32
  EXPECT_EQ(size(newer, "C"), 32);  // 16 l, 24 i: 28
  EXPECT_EQ(size(older, "D"), 24);  // 12 o, 16 l: the reference fills the gap
}

TEST(ObjectLayout, AndroidDeclaresItsSizes) {
  DumpBuilder dump({.version = "1.0.3", .id_size = 4});
  dump.Class("java.lang.Object").InstanceSize(8);
  const Id node = dump.Class("Node").Field("next", kObject).InstanceSize(12);
  const ClassTable classes = ReadClasses(dump);
  const ObjectLayout layout = ObjectLayout::Infer(classes, {});
  EXPECT_TRUE(layout.parameters().declared_sizes);
  EXPECT_EQ(layout.InstanceSize(classes.Find(node)), 16);
  EXPECT_EQ(layout.ArraySize(classes.PrimitiveArrayClass(kByte), 1), 16);
  EXPECT_EQ(layout.ArraySize(classes.PrimitiveArrayClass(kLong), 1), 24);
  EXPECT_EQ(JvmGuess(classes), "Android");
}

TEST(ObjectLayout, ADumpWithoutClassesHasSizesToo) {
  DumpBuilder dump;
  dump.JniGlobalRoot(1);
  const ClassTable classes = ReadClasses(dump);
  const ObjectLayout layout = ObjectLayout::Infer(classes, {});
  EXPECT_EQ(layout.ArraySize(classes.PrimitiveArrayClass(kInt), 2), 24);
  EXPECT_EQ(layout.verdict().trust, LayoutVerdict::Trust::kEstimate);
}

}  // namespace
}  // namespace leaktrail::graph
