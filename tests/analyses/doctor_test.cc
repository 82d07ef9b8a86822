#include "analyses/doctor.h"

#include "gtest/gtest.h"
#include "tests/analyses/shop_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::Diagnose;
using analyses::Diagnosis;

absl::StatusOr<Diagnosis> DiagnosisOf(std::vector<std::byte> bytes, int heap = -1) {
  return Diagnose(*hprof::DumpFile::FromMemory(std::move(bytes)), hprof::ImportHealth(), heap, 2);
}

TEST(Doctor, SmallDumpsAreCountedExactly) {
  ShopDump shop;
  const auto diagnosis = DiagnosisOf(shop.dump.Bytes());
  ASSERT_TRUE(diagnosis.ok()) << diagnosis.status();
  const auto snapshot = shop.Snapshot();
  EXPECT_EQ(diagnosis->objects_estimate, snapshot->object_count());
  EXPECT_EQ(diagnosis->references_estimate, snapshot->reference_count());
  EXPECT_EQ(diagnosis->dump.classes, snapshot->class_count());
  EXPECT_EQ(diagnosis->dump.format, "1.0.2");
  EXPECT_EQ(diagnosis->dump.id_size, 8u);
  EXPECT_TRUE(diagnosis->dump.complete);
  EXPECT_TRUE(diagnosis->dump.end_record);
  EXPECT_EQ(diagnosis->writer, "HotSpot JVM");
  EXPECT_GT(diagnosis->cost.memory, 0u);
  EXPECT_EQ(diagnosis->cost.temporary, 0u);
}

TEST(Doctor, EstimatesBigDumpsFromASample) {
  DumpBuilder dump({.segment_size = 20'000});
  const BootClasses& boot = dump.Boot();
  const Id pair = dump.Class("com.acme.Pair").Field("a", kObject).Field("b", kObject);
  const Id leaf = dump.Instance(boot.object);
  for (int i = 0; i < 50'000; ++i) dump.Instance(pair, {leaf, leaf});
  const auto diagnosis = DiagnosisOf(dump.Bytes());
  ASSERT_TRUE(diagnosis.ok());
  EXPECT_NEAR(static_cast<double>(diagnosis->objects_estimate), 50'000, 500);
  EXPECT_NEAR(static_cast<double>(diagnosis->references_estimate), 100'000, 1'000);
}

TEST(Doctor, ClassesMayStandBehindObjects) {
  DumpBuilder dump({.segment_size = 1000});
  const BootClasses& boot = dump.Boot();
  const Id early = dump.NewId(24), late = dump.NewId(112);
  for (int i = 0; i < 200; ++i) dump.Instance(boot.object);
  dump.Class("com.acme.Late", late).Field("a", kObject);
  dump.Instance(late, {early});
  const auto diagnosis = DiagnosisOf(dump.Bytes());
  ASSERT_TRUE(diagnosis.ok());
  EXPECT_EQ(diagnosis->references_estimate, 1u);
}

TEST(Doctor, FileWithoutAHeap) {
  DumpBuilder dump({.end_record = false});
  dump.Symbol("a name");
  const auto diagnosis = DiagnosisOf(dump.Bytes());
  ASSERT_TRUE(diagnosis.ok());
  EXPECT_EQ(diagnosis->dump.heaps, 0u);
  EXPECT_FALSE(diagnosis->dump.complete);
}

TEST(Doctor, CutOffDumpIsNotComplete) {
  std::vector<std::byte> bytes = ShopDump().dump.Bytes();
  bytes.resize(bytes.size() - 60);
  const auto diagnosis = DiagnosisOf(bytes);
  ASSERT_TRUE(diagnosis.ok());
  EXPECT_FALSE(diagnosis->dump.complete);
  ASSERT_FALSE(diagnosis->health.empty());
  EXPECT_EQ(diagnosis->health[0].severity, "partial");
}

TEST(Doctor, AnyCutIsSurvived) {
  const std::vector<std::byte> bytes = ShopDump().dump.Bytes();
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    const auto diagnosis =
        DiagnosisOf({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)});
    if (diagnosis.ok()) {
      EXPECT_LE(diagnosis->dump.classes, 60u);
    }
  }
}

TEST(Doctor, ChoosesTheHeap) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  dump.Instance(boot.object);
  dump.NextHeap();
  for (int i = 0; i < 5; ++i) dump.Instance(boot.object);
  const std::vector<std::byte> bytes = dump.Bytes();
  EXPECT_EQ(DiagnosisOf(bytes)->dump.heaps, 2u);
  EXPECT_EQ(DiagnosisOf(bytes)->dump.heap, 1u);
  EXPECT_EQ(DiagnosisOf(bytes)->objects_estimate, 5u);
  EXPECT_EQ(DiagnosisOf(bytes, 0)->objects_estimate, 1u);
  EXPECT_EQ(DiagnosisOf(bytes, 2).status().code(), absl::StatusCode::kOutOfRange);
}

TEST(Doctor, OldAndForeignWriters) {
  DumpBuilder old({.version = "1.0.1", .id_size = 4, .one_heap_record = true});
  old.Instance(old.Boot().object);
  EXPECT_EQ(DiagnosisOf(old.Bytes())->writer, "jmap or HPROF agent of JDK 8 or earlier");
  DumpBuilder android({.version = "1.0.3", .id_size = 4});
  android.Instance(android.Boot().object);
  EXPECT_EQ(DiagnosisOf(android.Bytes())->writer, "Android");
}

}  // namespace
}  // namespace leaktrail::testing
