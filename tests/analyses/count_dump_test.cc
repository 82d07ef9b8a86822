// All objects counted without the graph, against the graph.
#include "analyses/count_dump.h"

#include "analyses/dump_sample.h"
#include "analyses/facts.h"
#include "analyses/histogram.h"
#include "analyses/histogram_check.h"
#include "gtest/gtest.h"
#include "tests/analyses/shop_dump.h"

namespace leaktrail::testing {
namespace {

using analyses::CountDump;
using analyses::CountedDump;
using analyses::Histogram;
using analyses::HistogramKey;
using analyses::HistogramOptions;
using analyses::HistogramRow;

std::string Text(const HistogramRow& row) {
  return absl::StrCat(row.name, "|", row.loader, "|", row.classes, "|", row.instances, "|",
                      row.shallow, "|", row.retained, "\n");
}

std::string Text(const Histogram& histogram) {
  std::string out;
  for (const HistogramRow& row : histogram.rows) out += Text(row);
  return absl::StrCat(out, histogram.total_rows, " ", Text(histogram.total));
}

std::unique_ptr<hprof::DumpFile> FileOf(const std::vector<std::byte>& bytes) {
  return hprof::DumpFile::FromMemory(bytes);
}

absl::StatusOr<CountedDump> Count(const std::vector<std::byte>& bytes, int threads = 2,
                                  int heap = -1) {
  graph::Timings timings;
  graph::CountOptions options;
  options.threads = threads;
  options.dormant_mirrors = true;
  return CountDump(*FileOf(bytes), hprof::ImportHealth(), heap, options, timings);
}

// Whatever the dump is like, both ways give the same figures.
void ExpectSame(const std::vector<std::byte>& bytes, int heap = -1) {
  graph::BuildOptions build;
  build.threads = 2;
  build.heap = heap;
  const auto snapshot = graph::Snapshot::Build(FileOf(bytes), hprof::ImportHealth(), build);
  ASSERT_TRUE(snapshot.ok()) << snapshot.status();
  for (const int threads : {1, 3}) {
    const auto counted = Count(bytes, threads, heap);
    ASSERT_TRUE(counted.ok()) << counted.status();
    for (const HistogramKey by :
         {HistogramKey::kClass, HistogramKey::kLoader, HistogramKey::kPackage}) {
      const HistogramOptions options = {.by = by, .limit = 0, .all = true};
      const Histogram expected = analyses::MakeHistogram(**snapshot, options);
      const Histogram histogram = analyses::MakeHistogram(counted->count, options);
      EXPECT_EQ(Text(histogram), Text(expected));
      EXPECT_EQ(counted->all.objects, expected.total.instances);
      EXPECT_EQ(counted->all.bytes, expected.total.shallow);
    }
    const analyses::DumpFacts facts = analyses::DescribeDump(**snapshot);
    EXPECT_EQ(counted->dump.objects, facts.objects);
    EXPECT_EQ(counted->dump.classes, facts.classes);
    EXPECT_EQ(counted->dump.layout, facts.layout);
    EXPECT_EQ(counted->dump.sizes, facts.sizes);
    EXPECT_EQ(counted->dump.sizes_doubt, facts.sizes_doubt);
    EXPECT_EQ(counted->dump.complete, facts.complete);
    EXPECT_EQ(counted->dump.read_milli, facts.read_milli);
    EXPECT_EQ(counted->dump.heap, facts.heap);
  }
}

TEST(CountDump, OrdinaryHeap) { ExpectSame(ShopDump().dump.Bytes()); }

TEST(CountDump, EveryKindAndLengthOfArray) {
  for (const std::uint32_t alignment : {8, 16, 32, 256}) {
    for (const std::uint32_t header : {12, 16}) {
      DumpBuilder dump({.segment_size = 1500, .header_size = header, .alignment = alignment});
      const BootClasses& boot = dump.Boot();
      const Id small = dump.Class("com.acme.Small").Field("a", kInt);
      for (int length = 0; length < 70; ++length) {
        for (const ValueType type :
             {kBoolean, kChar, kFloat, kDouble, kByte, kShort, kInt, kLong}) {
          dump.PrimitiveArray(type, length);
        }
        dump.ObjectArray(boot.object_array, std::vector<Id>(static_cast<std::size_t>(length)));
        dump.Instance(small);
      }
      ExpectSame(dump.Bytes());
    }
  }
}

TEST(CountDump, ThirtyTwoBits) {
  DumpBuilder dump({.id_size = 4});
  const BootClasses& boot = dump.Boot();
  for (int i = 0; i < 100; ++i) {
    dump.ByteArray(std::string(static_cast<std::size_t>(i), 'x'));
    dump.ObjectArray(boot.object_array, {boot.object});
  }
  ExpectSame(dump.Bytes());
}

TEST(CountDump, ClassesThatAreMissingOrStandBehindTheirObjects) {
  DumpBuilder dump({.segment_size = 1000});
  const BootClasses& boot = dump.Boot();
  const Id missing = dump.Class("com.acme.Missing").Field("a", kLong).WithoutClassDump();
  const Id nameless = dump.Class("com.acme.Nameless").Field("a", kInt).WithoutLoadClass();
  for (int i = 0; i < 200; ++i) {
    dump.Instance(missing, {i});
    dump.Instance(nameless, {i});
    dump.RawInstance(0x123450000 + i % 3, std::vector<std::byte>(16));
    dump.RawInstance(boot.int_array, {});                      // of a class of arrays
    dump.ObjectArray(boot.string, {boot.object});              // of a class of instances
    dump.RawInstance(boot.string, std::vector<std::byte>(3));  // of another size
  }
  ExpectSame(dump.Bytes());
}

TEST(CountDump, LoadersByWhatTheyAre) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id loader_class = dump.Class("com.acme.PluginLoader").Super(boot.class_loader);
  const Id app =
      dump.Class("jdk.internal.loader.ClassLoaders$AppClassLoader").Super(boot.class_loader);
  const Id plugin = dump.Instance(loader_class);
  const Id application = dump.Instance(app);
  const Id odd = dump.JavaString("no loader");
  int number = 0;
  for (const Id loader : {plugin, application, odd, boot.object, Id{0x999990}}) {
    const Id c = dump.Class(absl::StrCat("com.acme.C", number++)).Loader(loader);
    dump.Instance(c);
  }
  ExpectSame(dump.Bytes());
}

TEST(CountDump, IdsThatRepeatOrAreOdd) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id once = dump.Instance(boot.object);
  dump.Instance(boot.string, {}, once);
  dump.Instance(boot.object, {}, boot.string);  // that of a class
  dump.Instance(boot.object, {}, 0x700000003);
  dump.Instance(boot.object, {}, 0x7fff00000000);
  ExpectSame(dump.Bytes());
}

TEST(CountDump, DumpsThatAreCutOff) {
  const std::vector<std::byte> whole = ShopDump().dump.Bytes();
  for (std::size_t cut = 60; cut < 400; cut += 7) {
    std::vector<std::byte> bytes = whole;
    bytes.resize(bytes.size() - cut);
    ExpectSame(bytes);
  }
}

TEST(CountDump, OneHugeRecord) {
  DumpBuilder dump({.version = "1.0.1", .one_heap_record = true});
  const BootClasses& boot = dump.Boot();
  for (int i = 0; i < 300'000; ++i) dump.Instance(boot.object);
  dump.ObjectArray(boot.object_array, std::vector<Id>(1 << 18));
  for (int i = 0; i < 300'000; ++i) dump.Instance(boot.string);
  ExpectSame(dump.Bytes());
}

TEST(CountDump, TheHeapThatIsAskedFor) {
  const std::vector<std::byte> bytes = ShopDump().dump.Bytes();
  EXPECT_TRUE(Count(bytes, 1, 0).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Count(bytes, 1, 1).status()));
  DumpBuilder none({.end_record = false});
  none.Symbol("a name");
  EXPECT_TRUE(absl::IsDataLoss(Count(none.Bytes()).status()));
}

TEST(CountDump, StopsWhenItIsTold) {
  graph::Timings timings;
  graph::CountOptions options;
  options.stop = [] { return true; };
  const auto counted =
      CountDump(*ShopDump().dump.File(), hprof::ImportHealth(), -1, options, timings);
  EXPECT_TRUE(absl::IsCancelled(counted.status()));
}

TEST(CountDump, IsComparedWithTheJvm) {
  const auto snapshot = ShopDump().Snapshot();
  const auto counted = Count(ShopDump().dump.Bytes());
  ASSERT_TRUE(counted.ok());
  analyses::JvmHistogram jvm;
  for (const HistogramRow& row :
       analyses::MakeHistogram(*snapshot, {.limit = 0, .all = true}).rows) {
    jvm.classes[row.name] += {row.instances, row.shallow};
  }
  jvm.total = Sum(jvm.classes);
  const auto check = analyses::CheckHistogram(counted->count, jvm, "saved.txt");
  EXPECT_TRUE(check.same());
  EXPECT_FALSE(check.live_only);
  jvm.classes["com.acme.Order"].bytes += 8;
  EXPECT_EQ(analyses::CheckHistogram(counted->count, jvm, "saved.txt").differences.size(), 1u);
}

}  // namespace
}  // namespace leaktrail::testing
