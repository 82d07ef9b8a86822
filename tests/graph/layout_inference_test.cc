// The choice of layout parameters from the distances between ids.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "graph/object_layout.h"
#include "tests/dump_builder.h"
#include "tests/graph/jdk_classes.h"
#include "tests/graph/read_classes.h"

namespace leaktrail::graph {
namespace {

using testing::Configuration;
using testing::DumpBuilder;
using testing::JdkClass;
using testing::kConfigurations;
using testing::kConfigurationTable;
using testing::ReadClasses;
using Trust = LayoutVerdict::Trust;
using enum hprof::ValueType;

constexpr hprof::Id kHeap = 0x700000000;

// What a heap of this layout shows: an instance of every class and arrays of several lengths, one
// behind the other.
LayoutEvidence HeapOf(const ClassTable& classes, const ObjectLayout& layout,
                      hprof::Id start = kHeap) {
  LayoutEvidence evidence;
  hprof::Id at = start;
  const auto put = [&](ClassIndex c, std::uint32_t length, std::uint64_t size) {
    evidence.AddId(at);
    evidence.Add(c, length, size);
    at += size;
  };
  for (std::uint32_t i = 0; i < classes.size(); ++i) {
    const ClassIndex c(i);
    if (classes[c].kind == ClassKind::kInstance) put(c, 0, layout.InstanceSize(c));
  }
  for (const hprof::ValueType type : {kByte, kChar, kInt, kLong}) {
    const ClassIndex c = classes.PrimitiveArrayClass(type);
    for (std::uint32_t n = 0; n < 12; ++n) put(c, n, layout.ArraySize(c, n));
  }
  evidence.AddId(at);
  return evidence;
}

ClassTable Jdk(std::span<const JdkClass> rows) {
  DumpBuilder dump;
  testing::Declare(rows, dump);
  return ReadClasses(dump);
}

TEST(LayoutInference, FindsTheConfigurationOfJdk17) {
  const ClassTable classes = Jdk(testing::Jdk17Classes());
  for (std::size_t i = 0; i < 5; ++i) {
    const LayoutParameters& truth = kConfigurationTable[i].jdk17;
    const LayoutEvidence evidence = HeapOf(classes, ObjectLayout(classes, truth));
    const ObjectLayout layout = ObjectLayout::Infer(classes, evidence);
    EXPECT_EQ(layout.parameters(), truth) << kConfigurationTable[i].options;
    EXPECT_EQ(layout.verdict().trust, Trust::kExact) << kConfigurationTable[i].options;
    EXPECT_EQ(layout.verdict().violations, 0);
    EXPECT_EQ(layout.verdict().hits, layout.verdict().checked);
  }
}

TEST(LayoutInference, FindsTheConfigurationOfJdk25) {
  const ClassTable classes = Jdk(testing::Jdk25Classes());
  for (const Configuration& configuration : kConfigurationTable) {
    const LayoutEvidence evidence = HeapOf(classes, ObjectLayout(classes, configuration.jdk25));
    const ObjectLayout layout = ObjectLayout::Infer(classes, evidence);
    EXPECT_EQ(layout.parameters(), configuration.jdk25) << configuration.options;
    EXPECT_EQ(layout.verdict().trust, Trust::kExact) << configuration.options;
  }
}

TEST(LayoutInference, TellsTheFieldLayoutsApart) {
  const JdkClass rows[] = {
      {"A", "", "b:B"},          {"B", "A", "b:B"},        {"C", "B", "l:J i:I"},
      {"D", "A", "s:S o:L"},     {"E", "D", "b:B"},        {"F", "E", "o:L z:Z"},
      {"G", "", "l:J b:B o:L"},  {"H", "G", "i:I"},        {"I", "H", "d:D c:C"},
      {"J", "I", "b:B o:L l:J"}, {"K", "", "b:B l:J o:L"}, {"L", "K", "b:B"},
  };
  const ClassTable classes = Jdk(rows);
  for (const bool fill_holes : {true, false}) {
    for (const std::uint32_t reference : {4, 8}) {
      const LayoutParameters truth = {12, reference, 8, false, fill_holes};
      const LayoutEvidence evidence = HeapOf(classes, ObjectLayout(classes, truth));
      EXPECT_EQ(ObjectLayout::Infer(classes, evidence).parameters(), truth);
    }
  }
}

TEST(LayoutInference, A32BitJvmHasItsOwnLayout) {
  DumpBuilder dump({.id_size = 4});
  dump.Boot();
  const ClassTable classes = ReadClasses(dump);
  const LayoutParameters truth = {8, 4, 8, false, false};
  const LayoutEvidence evidence = HeapOf(classes, ObjectLayout(classes, truth), 0xa0000000);
  const LayoutParameters found = ObjectLayout::Infer(classes, evidence).parameters();
  EXPECT_EQ(found.header, 8);
  EXPECT_EQ(found.reference, 4);
  EXPECT_FALSE(found.packed_array_header);
}

TEST(LayoutInference, FallsBackWithoutEvidence) {
  DumpBuilder wide;
  wide.Boot();
  const ClassTable classes = ReadClasses(wide);
  LayoutEvidence low;
  low.AddId(0x7ffffff00);
  LayoutEvidence high;
  high.AddId(0x7f0000000000);

  const ObjectLayout compressed = ObjectLayout::Infer(classes, low);
  EXPECT_EQ(compressed.parameters(), (LayoutParameters{12, 4, 8, false, true}));
  EXPECT_EQ(compressed.verdict().trust, Trust::kEstimate);
  EXPECT_EQ(ObjectLayout::Infer(classes, high).parameters(),
            (LayoutParameters{12, 8, 8, false, true}));

  DumpBuilder narrow({.id_size = 4});
  narrow.Boot();
  EXPECT_EQ(ObjectLayout::Infer(ReadClasses(narrow), {}).parameters(),
            (LayoutParameters{8, 4, 8, false, true}));
}

TEST(LayoutInference, IdsThatAreNoAddressesAreNoEvidence) {
  DumpBuilder dump;
  dump.Boot();
  const ClassTable classes = ReadClasses(dump);
  LayoutEvidence evidence;  // the HPROF agent counts 1, 2, 3, ...
  for (std::uint32_t i = 0; i < classes.size(); ++i) {
    evidence.AddId(i + 1);
    evidence.Add(ClassIndex(i), 0, 1);
  }
  const ObjectLayout layout = ObjectLayout::Infer(classes, evidence);
  EXPECT_EQ(layout.parameters().alignment, 8);
  EXPECT_EQ(layout.parameters().header, 12);
  EXPECT_EQ(layout.verdict().trust, Trust::kEstimate);
  EXPECT_EQ(layout.verdict().violations, layout.verdict().checked);
  EXPECT_EQ(layout.InstanceSize(classes.java_lang_object), 16) << "and corrects nothing";
}

TEST(LayoutInference, TakesTheDistanceWhereTheModelIsTooLarge) {
  const ClassTable classes = Jdk(testing::Jdk17Classes());
  LayoutEvidence evidence = HeapOf(classes, ObjectLayout(classes, kConfigurationTable[0].jdk17));
  const ClassIndex thread = classes.java_lang_thread;
  evidence.Add(thread, 0, 120);  // a JVM without @Contended, say
  const ObjectLayout layout = ObjectLayout::Infer(classes, evidence);
  EXPECT_EQ(layout.InstanceSize(thread), 120);
  EXPECT_EQ(layout.verdict().calibrated, std::vector<ClassIndex>{thread});
  EXPECT_EQ(layout.verdict().trust, Trust::kCalibrated);
  EXPECT_EQ(layout.verdict().doubt, "by the distances of their objects: java.lang.Thread");
}

// 40 bytes would fit compact headers: no reason to believe in them against all other distances.
TEST(LayoutInference, OneWrongClassDoesNotDecide) {
  const ClassTable classes = Jdk(testing::Jdk17Classes());
  LayoutEvidence evidence = HeapOf(classes, ObjectLayout(classes, kConfigurationTable[0].jdk17));
  evidence.Add(classes.FindByName("java.util.HashMap"), 0, 40);
  const ObjectLayout layout = ObjectLayout::Infer(classes, evidence);
  EXPECT_EQ(layout.parameters(), kConfigurationTable[0].jdk17);
  EXPECT_EQ(layout.verdict().violations, 1);
}

TEST(LayoutInference, NothingIsExactOfADumpThatIsNotWhole) {
  const ClassTable classes = Jdk(testing::Jdk17Classes());
  const LayoutEvidence evidence =
      HeapOf(classes, ObjectLayout(classes, kConfigurationTable[0].jdk17));
  const ObjectLayout layout = ObjectLayout::Infer(classes, evidence, /*whole=*/false);
  EXPECT_EQ(layout.parameters(), kConfigurationTable[0].jdk17);
  EXPECT_EQ(layout.verdict().trust, Trust::kEstimate);
  EXPECT_EQ(layout.verdict().doubt,
            "the dump is damaged or cut off, and what is missing was not checked");
}

// A mirror is as large as java.lang.Class and its statics; all of them know the former.
TEST(LayoutInference, MirrorsTellTheSizeOfClass) {
  const ClassTable classes = Jdk(testing::Jdk17Classes());
  const ObjectLayout truth(classes, kConfigurationTable[0].jdk17);
  LayoutEvidence evidence = HeapOf(classes, truth);
  for (std::uint32_t c = 0; c < 10; ++c) {
    evidence.AddMirror(ClassIndex(c), truth.MirrorSize(ClassIndex(c)) - 8);
  }
  const ObjectLayout layout = ObjectLayout::Infer(classes, evidence);
  EXPECT_EQ(layout.InstanceSize(classes.java_lang_class),
            truth.InstanceSize(classes.java_lang_class) - 8);
  EXPECT_EQ(layout.verdict().calibrated, std::vector<ClassIndex>{classes.java_lang_class});
}

// OpenJDK instanceStackChunkKlass: the stack, and a bit for each place of a reference in it.
TEST(StackChunkBytes, CountTheStackAndItsBitmap) {
  EXPECT_EQ(StackChunkBytes(56, 0, {12, 4, 8, false, true}), 56);
  EXPECT_EQ(StackChunkBytes(56, 32, {12, 4, 8, false, true}), 56 + 32 * 8 + 8);
  EXPECT_EQ(StackChunkBytes(56, 33, {12, 4, 8, false, true}), 56 + 33 * 8 + 16);
  EXPECT_EQ(StackChunkBytes(72, 64, {12, 8, 8, false, true}), 72 + 64 * 8 + 8);
  EXPECT_EQ(StackChunkBytes(64, 1, {12, 4, 16, false, true}), 64 + 16);
}

TEST(LayoutInference, AGapBehindAnObjectProvesNothing) {
  const ClassTable classes = Jdk(testing::Jdk17Classes());
  const ObjectLayout truth(classes, kConfigurationTable[0].jdk17);
  LayoutEvidence evidence = HeapOf(classes, truth);
  const ClassIndex c = classes.FindByName("java.util.HashMap");
  LayoutEvidence sparse;
  for (int i = 0; i < 10; ++i) sparse.Add(c, 1000, 4096);
  evidence.Merge(sparse);
  const ObjectLayout layout = ObjectLayout::Infer(classes, evidence);
  EXPECT_EQ(layout.InstanceSize(c), truth.InstanceSize(c));
  EXPECT_EQ(layout.verdict().trust, Trust::kExact);
}

TEST(LayoutParameters, AreDescribedInOneClause) {
  EXPECT_EQ(Describe({12, 4, 8, false, true}),
            "12-byte headers, compressed references, 8-byte alignment, JDK 15+ field layout");
  EXPECT_EQ(Describe({16, 8, 16, false, false}),
            "16-byte headers, 8-byte references, 16-byte alignment, JDK 14 or older field layout");
  EXPECT_EQ(Describe({8, 4, 8, false, false}),
            "8-byte headers, 4-byte references, 8-byte alignment, JDK 14 or older field layout");
  EXPECT_EQ(Describe({8, 4, 8, true, true}),
            "8-byte headers, compressed references, 8-byte alignment, JDK 15+ field layout");
}

TEST(LayoutEvidence, KeepsTheSmallestDistance) {
  LayoutEvidence evidence;
  evidence.Add(ClassIndex(1), 0, 32);
  evidence.Add(ClassIndex(1), 0, 24);
  evidence.Add(ClassIndex(1), 0, 24);
  evidence.Add(ClassIndex(0), 7, 40);
  LayoutEvidence other;
  other.Add(ClassIndex(1), 0, 24);
  other.Add(ClassIndex(0), 7, 32);
  evidence.Merge(other);

  const std::vector<LayoutEvidence::Sample> samples = evidence.samples();
  ASSERT_EQ(samples.size(), 2);
  EXPECT_EQ(samples[0].c, ClassIndex(0));
  EXPECT_EQ(samples[0].length, 7);
  EXPECT_EQ(samples[0].min_distance, 32);
  EXPECT_EQ(samples[0].count, 1);
  EXPECT_EQ(samples[1].min_distance, 24);
  EXPECT_EQ(samples[1].count, 3);
}

TEST(LayoutEvidence, KnowsTheCommonAlignment) {
  LayoutEvidence evidence;
  EXPECT_EQ(evidence.alignment(), 256);
  evidence.AddId(0x1000);
  EXPECT_EQ(evidence.alignment(), 256);
  evidence.AddId(0x1010);
  EXPECT_EQ(evidence.alignment(), 16);
  LayoutEvidence other;
  other.AddId(0x1008);
  evidence.Merge(other);
  EXPECT_EQ(evidence.alignment(), 8);
  EXPECT_TRUE(evidence.low_addresses());
}

}  // namespace
}  // namespace leaktrail::graph
