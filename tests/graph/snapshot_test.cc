// Snapshots of whole files: what is found where, however the file is cut, and odd files.
#include "graph/snapshot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "tests/graph/build_snapshot.h"
#include "tests/graph/built_graph.h"
#include "tests/graph/random_graph.h"

namespace leaktrail::testing {
namespace {

using graph::BuildOptions;
using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Reachability;
using graph::Snapshot;
using hprof::Oddity;

// Id -> index -> id for every node, and the columns against each other.
void CheckColumns(const Snapshot& snapshot) {
  std::uint32_t visited = 0;
  snapshot.ForEachObject([&](ObjectIndex o, ClassIndex c, std::uint64_t bytes) {
    ASSERT_EQ(o, ObjectIndex(visited++));
    ASSERT_EQ(snapshot.ClassOf(o), c);
    ASSERT_EQ(snapshot.ShallowSize(o), bytes);
    ASSERT_EQ(snapshot.Find(snapshot.IdOf(o)), o);
  });
  ASSERT_EQ(visited, snapshot.object_count());
  for (std::uint32_t c = 0; c < snapshot.classes().size(); ++c) {
    if (snapshot.classes()[ClassIndex(c)].synthetic) continue;
    const ObjectIndex mirror = snapshot.MirrorOf(ClassIndex(c));
    ASSERT_EQ(snapshot.Find(snapshot.IdOf(mirror)), mirror);
    ASSERT_EQ(snapshot.MirroredClass(mirror), ClassIndex(c));
    ASSERT_EQ(snapshot.ClassOf(mirror), snapshot.classes().java_lang_class);
  }
}

TEST(SnapshotTest, FindsEveryObjectByItsId) {
  for (const GraphShape& shape : AllShapes()) {
    for (std::uint32_t seed = 0; seed < 8; ++seed) {
      WriteOptions options = {.order = static_cast<FileOrder>(seed % 4), .shuffle_seed = seed};
      if (seed >= 4) options.dump.id_size = 4;
      if (seed % 3 == 1) options.dump.segment_size = 200;
      const BuiltGraph built = BuildGraph(MakeRandomGraph(shape, seed), options);
      ASSERT_NO_FATAL_FAILURE(CheckColumns(*built.snapshot)) << shape.name << " " << seed;
      for (std::size_t i = 0; i < built.nodes.size(); ++i) {
        if (!built.nodes[i].valid()) continue;
        ASSERT_EQ(built.snapshot->IdOf(built.nodes[i]), built.ids[i]);
      }
    }
  }
}

TEST(SnapshotTest, FindsNothingForOtherIds) {
  DumpBuilder dump;
  const Id object = dump.Instance(dump.Boot().object);
  const auto snapshot = BuildSnapshot(dump);
  for (const Id id : {Id{0}, object + 1, object + 8, object + 16, ~Id{0}}) {
    EXPECT_FALSE(snapshot->Find(id).valid()) << id;
  }
}

TEST(SnapshotTest, KnowsLengthsOfArraysEverywhereInABlock) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  std::mt19937 random(1);
  std::vector<std::uint32_t> lengths;
  constexpr ValueType kTypes[] = {kBoolean, kChar, kFloat, kDouble, kByte, kShort, kInt, kLong};
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t length = random() % 50;
    const std::uint32_t kind = random() % 10;
    if (kind == 8) {
      dump.ObjectArray(boot.object_array, std::vector<Id>(length));
    } else if (kind == 9) {
      dump.Instance(boot.object);
    } else {
      dump.PrimitiveArray(kTypes[kind], length);
    }
    lengths.push_back(kind == 9 ? 0 : length);
  }
  const auto snapshot = BuildSnapshot(dump);
  for (std::uint32_t o = 0; o < lengths.size(); ++o) {
    ASSERT_EQ(snapshot->ArrayLength(ObjectIndex(o)), lengths[o]) << o;
  }
  EXPECT_EQ(snapshot->ArrayLength(snapshot->Find(boot.object)), 0u);
  CheckColumns(*snapshot);
}

// A dump of some megabytes: one giant record that has to be cut into units, or many segments.
std::string DescribeLargeDump(DumpOptions options, int threads) {
  DumpBuilder dump(options);
  const BootClasses& boot = dump.Boot();
  std::mt19937 random(2);
  std::vector<Id> ids;
  for (int i = 0; i < 30'000; ++i) {
    if (i % 1500 == 0) {
      ids.push_back(dump.PrimitiveArray(kLong, 100'000));
    } else if (i % 7 == 0) {
      std::vector<Id> elements;
      for (std::uint32_t n = random() % 20; n > 0 && !ids.empty(); --n) {
        elements.push_back(ids[random() % ids.size()]);
      }
      ids.push_back(dump.ObjectArray(boot.object_array, elements));
    } else {
      ids.push_back(
          dump.Instance(boot.class_loader, {ids.empty() ? 0 : ids[random() % ids.size()]}));
    }
    if (random() % 100 == 0) dump.JniGlobalRoot(ids.back());
  }
  const auto snapshot = BuildSnapshot(dump, {.threads = threads});
  std::string text;
  for (std::uint32_t node = 0; node < snapshot->node_count(); ++node) {
    const ObjectIndex o(node);
    absl::StrAppend(&text, snapshot->IdOf(o), " ", snapshot->ClassOf(o).value(), " ",
                    snapshot->ArrayLength(o), " ", snapshot->ImmediateDominator(o).value(), " ",
                    snapshot->RetainedSize(o), "\n");
  }
  return text;
}

TEST(SnapshotTest, DoesNotDependOnHowTheHeapIsCut) {
  const std::string expected = DescribeLargeDump({}, 1);
  for (const int threads : {1, 2, 4}) {
    EXPECT_TRUE(DescribeLargeDump({.one_heap_record = true}, threads) == expected) << threads;
    EXPECT_TRUE(DescribeLargeDump({.segment_size = 30'000}, threads) == expected) << threads;
    EXPECT_TRUE(DescribeLargeDump({.segment_size = 20 << 20}, threads) == expected) << threads;
  }
}

// As some writers other than HotSpot do it: each class where its first instance is, or at the end.
TEST(SnapshotTest, ReadsClassesBehindTheirInstances) {
  for (const int threads : {1, 2}) {
    DumpBuilder dump;
    dump.Boot();
    const Id node = dump.Class("com.acme.Node").Field("next", kObject).WithoutClassDump();
    const Id leaf = dump.Instance(node);
    const Id middle = dump.Instance(node, {leaf});
    dump.NewSegment();
    const Id top = dump.Instance(node, {middle});
    dump.JniGlobalRoot(top);
    ByteWriter record = dump.Writer();
    record.U1(static_cast<std::uint64_t>(HeapTag::kClassDump)).WriteId(node).U4(1);
    record.WriteId(dump.Boot().object);
    for (int i = 0; i < 5; ++i) record.WriteId(0);
    record.U4(8)
        .U2(0)
        .U2(0)
        .U2(1)
        .WriteId(dump.Symbol("next"))
        .U1(static_cast<std::uint64_t>(kObject));
    dump.RawHeap(record.bytes());
    const auto snapshot = BuildSnapshot(dump, {.threads = threads});
    EXPECT_EQ(snapshot->health().count(Oddity::kMissingClass), 0u);
    EXPECT_EQ(snapshot->ImmediateDominator(snapshot->Find(leaf)), snapshot->Find(middle));
    EXPECT_EQ(snapshot->ImmediateDominator(snapshot->Find(middle)), snapshot->Find(top));
    EXPECT_EQ(snapshot->classes().Name(snapshot->ClassOf(snapshot->Find(leaf))), "com.acme.Node");
  }
}

TEST(SnapshotTest, KeepsObjectsWithoutAClass) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id lost = dump.Class("com.acme.Lost").Field("next", kObject).WithoutClassDump();
  const Id lost_array = dump.Class("com.acme.Lost[]").WithoutClassDump();
  const Id target = dump.Instance(boot.object);
  const Id instance = dump.Instance(lost, {target});
  const Id array = dump.ObjectArray(lost_array, {target});
  dump.RawInstance(0x5550, std::vector<std::byte>(12));
  dump.JniGlobalRoot(instance);
  dump.JniGlobalRoot(array);
  const auto snapshot = BuildSnapshot(dump);
  EXPECT_EQ(snapshot->health().count(Oddity::kMissingClass), 3u);
  EXPECT_EQ(snapshot->object_count(), 4u);
  EXPECT_EQ(snapshot->classes().Name(snapshot->ClassOf(snapshot->Find(instance))), "com.acme.Lost");
  EXPECT_EQ(snapshot->classes().Name(snapshot->ClassOf(ObjectIndex(3))), "unknown-class@0x5550");
  // The fields of the instance are unknown, the elements of the array are not.
  EXPECT_EQ(snapshot->ImmediateDominator(snapshot->Find(target)), snapshot->Find(array));
  EXPECT_EQ(snapshot->ArrayLength(snapshot->Find(array)), 1u);
  CheckColumns(*snapshot);
}

TEST(SnapshotTest, ReadsTheHeapThatIsAskedFor) {
  DumpBuilder dump;
  const Id object = dump.Boot().object;
  dump.Instance(object);
  dump.NextHeap();
  const Id second = dump.Class("com.acme.Second");
  dump.Instance(second);
  dump.Instance(second);
  EXPECT_EQ(BuildSnapshot(dump, {.heap = 0})->object_count(), 1u);
  EXPECT_EQ(BuildSnapshot(dump, {.heap = 1})->object_count(), 2u);
  const auto last = BuildSnapshot(dump, {.threads = 1});
  EXPECT_EQ(last->object_count(), 2u);
  EXPECT_EQ(last->heap(), 1);
  EXPECT_GT(last->health().count(Oddity::kSeveralHeaps), 0u);
  CheckColumns(*last);
  const auto refused = Snapshot::Build(dump.File(), {}, {.heap = 2});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument) << refused.status();
}

TEST(SnapshotTest, RefusesAFileWithoutHeap) {
  DumpBuilder dump({.end_record = false});
  dump.Symbol("lonely");
  const auto refused = Snapshot::Build(dump.File(), {}, {});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kDataLoss) << refused.status();
}

TEST(SnapshotTest, KeepsTheFirstOfTwoObjectsWithOneId) {
  for (const bool shuffled : {false, true}) {
    DumpBuilder dump({.segment_size = 100});
    const BootClasses& boot = dump.Boot();
    const Id twice = dump.NewId(), other = dump.NewId();
    if (shuffled) {
      // No order at all: every object gets its index in a second walk.
      std::vector<Id> ids;
      for (int i = 0; i < 20'000; ++i) ids.push_back(dump.NewId());
      std::shuffle(ids.begin(), ids.end(), std::mt19937(3));
      for (const Id id : ids) dump.Instance(boot.object, {}, id);
    }
    const std::uint32_t first = shuffled ? 20'000 : 0;
    dump.Instance(boot.object, {}, twice);
    dump.Instance(boot.object, {}, other);
    dump.Instance(boot.string, {}, twice);
    dump.Instance(boot.string, {}, twice);
    const auto snapshot = BuildSnapshot(dump, {.threads = 2});
    EXPECT_EQ(snapshot->health().count(Oddity::kDuplicateObject), 2u);
    EXPECT_EQ(snapshot->Find(twice), ObjectIndex(first)) << shuffled;
    EXPECT_EQ(snapshot->Find(other), ObjectIndex(first + 1));
  }
}

// A heap with more classes than 16 bits can name.
TEST(SnapshotTest, ReadsManyClasses) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  std::vector<Id> classes;
  for (int i = 0; i < 66'000; ++i) {
    const std::string name = absl::StrCat("com.acme.Generated", i);
    classes.push_back(dump.Class(name).Field("next", kObject).Sticky());
  }
  Id last = dump.Instance(boot.object);
  for (std::size_t i = 0; i < classes.size(); i += 1000) last = dump.Instance(classes[i], {last});
  last = dump.Instance(classes.back(), {last});
  dump.JniGlobalRoot(last);
  const auto snapshot = BuildSnapshot(dump, {.threads = 2});
  EXPECT_EQ(snapshot->classes().Name(snapshot->ClassOf(snapshot->Find(last))),
            "com.acme.Generated65999");
  EXPECT_EQ(snapshot->RetainedSize(snapshot->Find(last)), 68 * 16u);
  CheckColumns(*snapshot);
}

// Android leaves the content of some arrays out: a heap of terabytes in a few bytes.
TEST(SnapshotTest, SumsSizesBeyond32Bits) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  std::vector<Id> arrays;
  std::uint64_t expected = 0;
  for (std::uint32_t i = 0; i < 300; ++i) {
    arrays.push_back(dump.NewId(std::uint64_t{1} << 35));
    const std::uint32_t length = 0x7fffffff - i;
    dump.RawHeap(dump.Writer()
                     .U1(static_cast<std::uint64_t>(HeapTag::kPrimitiveArrayNoData))
                     .WriteId(arrays.back())
                     .U4(1)
                     .U4(length)
                     .U1(static_cast<std::uint64_t>(kLong))
                     .bytes());
    expected += 16 + 8 * std::uint64_t{length};
  }
  const Id holder = dump.ObjectArray(boot.object_array, arrays);
  dump.JniGlobalRoot(holder);
  const auto snapshot = BuildSnapshot(dump);
  const ObjectIndex o = snapshot->Find(holder);
  EXPECT_EQ(snapshot->RetainedSize(o), expected + snapshot->ShallowSize(o));
  EXPECT_EQ(snapshot->ArrayLength(snapshot->Find(arrays[7])), 0x7fffffffu - 7);
}

TEST(SnapshotTest, TellsRootsByKind) {
  using graph::RootKind;
  DumpBuilder dump;
  const Id object_class = dump.Boot().object;
  const std::pair<HeapTag, RootKind> kinds[] = {
      {HeapTag::kRootJniGlobal, RootKind::kJniGlobal},
      {HeapTag::kRootMonitorUsed, RootKind::kMonitor},
      {HeapTag::kRootJniMonitor, RootKind::kMonitor},
      {HeapTag::kRootUnknown, RootKind::kUnknown},
      {HeapTag::kRootInternedString, RootKind::kVmInternal},
      {HeapTag::kRootFinalizing, RootKind::kVmInternal},
      {HeapTag::kRootDebugger, RootKind::kVmInternal},
      {HeapTag::kRootReferenceCleanup, RootKind::kVmInternal},
      {HeapTag::kRootVmInternal, RootKind::kVmInternal},
      // Of a thread that the dump does not know.
      {HeapTag::kRootJavaFrame, RootKind::kJavaFrame},
      {HeapTag::kRootJniLocal, RootKind::kJniLocal},
      {HeapTag::kRootNativeStack, RootKind::kNativeStack},
      {HeapTag::kRootThreadBlock, RootKind::kThreadBlock},
  };
  std::vector<Id> objects;
  for (const auto& [tag, kind] : kinds) {
    objects.push_back(dump.Instance(object_class));
    dump.Root(tag, objects.back(), 99, 3);
  }
  const Id unreachable = dump.Instance(object_class);
  dump.Root(HeapTag::kRootUnreachable, unreachable);
  dump.Root(HeapTag::kRootUnknown, 0x1230);
  dump.Root(HeapTag::kRootUnknown, objects[0]);
  const auto snapshot = BuildSnapshot(dump);
  for (std::size_t i = 0; i < objects.size(); ++i) {
    EXPECT_EQ(snapshot->RootKindOf(snapshot->Find(objects[i])), kinds[i].second) << i;
    EXPECT_EQ(snapshot->LevelOf(snapshot->Find(objects[i])), Reachability::kStrong);
  }
  EXPECT_EQ(snapshot->LevelOf(snapshot->Find(unreachable)), Reachability::kUnreachable);
  EXPECT_EQ(snapshot->RootKindOf(snapshot->Find(dump.Boot().object)), RootKind::kSystemClass);
  EXPECT_EQ(snapshot->health().count(Oddity::kDanglingRoot), 1u);
}

// HotSpot never dumps the fields of java.lang.Class that hold these.
TEST(SnapshotTest, HoldsTheInternalsOfClasses) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id map = dump.Class("java.lang.ClassValue$ClassValueMap").Field("table", kObject).Sticky();
  const Id annotations = dump.Class("java.lang.Class$AnnotationData").Sticky();
  const Id reflection = dump.Class("java.lang.Class$ReflectionData").Field("f", kObject).Sticky();
  const Id value = dump.Instance(boot.object), cached = dump.Instance(boot.object);
  const Id class_values = dump.Instance(map, {value});
  const Id annotation_data = dump.Instance(annotations);
  const Id reflection_data = dump.Instance(reflection, {cached});
  const Id soft = dump.Instance(boot.soft_reference, {0, reflection_data});
  const Id garbage = dump.Instance(boot.object);
  const auto snapshot = BuildSnapshot(dump);
  auto level = [&](Id id) { return snapshot->LevelOf(snapshot->Find(id)); };
  EXPECT_EQ(level(class_values), Reachability::kStrong);
  EXPECT_EQ(level(value), Reachability::kStrong);
  EXPECT_EQ(level(annotation_data), Reachability::kStrong);
  EXPECT_EQ(level(soft), Reachability::kStrong);
  EXPECT_EQ(level(reflection_data), Reachability::kSoft);
  EXPECT_EQ(level(cached), Reachability::kSoft);
  EXPECT_EQ(level(garbage), Reachability::kUnreachable);
  EXPECT_EQ(snapshot->RootKindOf(snapshot->Find(class_values)), graph::RootKind::kClassInternals);
  EXPECT_EQ(snapshot->RootKindOf(snapshot->Find(soft)), graph::RootKind::kClassInternals);
}

// HotSpot up to JDK 21 writes the roots last: a dump that ends before has none.
TEST(SnapshotTest, AssumesRootsWhereTheDumpWasCutOffBeforeThem) {
  DumpBuilder dump({.end_record = false});
  const Id object = dump.Class("java.lang.Object");
  const Id loader_class = dump.Class("java.lang.ClassLoader").Field("parent", kObject);
  const Id thread_class = dump.Class("java.lang.Thread").Field("name", kObject);
  const Id worker_class = dump.Class("com.acme.Worker").Super(thread_class);
  const Id name = dump.Instance(object), top = dump.NewId(), kept = dump.NewId();
  const Id worker = dump.Instance(worker_class, {name}), loader = dump.Instance(loader_class);
  dump.Instance(loader_class, {worker}, top);
  const Id in_cycle = dump.NewId();
  const Id cycle = dump.Instance(thread_class, {0});
  dump.Instance(object, {}, kept);
  dump.Instance(loader_class, {in_cycle}, in_cycle);
  dump.Instance(object);
  std::vector<std::byte> bytes = dump.Bytes();

  const auto whole = Snapshot::Build(hprof::DumpFile::FromMemory(bytes), {}, {});
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ((*whole)->LevelOf((*whole)->Find(worker)), Reachability::kUnreachable);

  bytes.resize(bytes.size() - 3);
  const auto cut = Snapshot::Build(hprof::DumpFile::FromMemory(bytes), {}, {});
  ASSERT_TRUE(cut.ok()) << cut.status();
  EXPECT_EQ((*cut)->health().count(Oddity::kRootsMissing), 1u);
  for (const Id root : {worker, loader, top, cycle, kept, in_cycle}) {
    EXPECT_EQ((*cut)->RootKindOf((*cut)->Find(root)), graph::RootKind::kAssumed) << root;
  }
  EXPECT_EQ((*cut)->RootKindOf((*cut)->Find(name)), std::nullopt);
  EXPECT_EQ((*cut)->ImmediateDominator((*cut)->Find(name)), (*cut)->Find(worker));
}

TEST(SnapshotTest, CountsReferencesThatLeadNowhere) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  dump.ObjectArray(boot.object_array, {0x1000, 0x2000, 0, boot.object});
  dump.Instance(boot.class_loader, {0x3000});
  const auto snapshot = BuildSnapshot(dump);
  EXPECT_EQ(snapshot->health().count(Oddity::kDanglingReference), 3u);
  EXPECT_EQ(snapshot->reference_count(), 4u);
}

TEST(SnapshotTest, SaysHowFarItIs) {
  DumpBuilder dump;
  dump.Instance(dump.Boot().object);
  std::vector<double> shares;
  BuildOptions options;
  options.progress = [&](absl::string_view, double share, std::uint64_t) {
    shares.push_back(share);
  };
  const auto snapshot = BuildSnapshot(dump, options);
  ASSERT_GT(shares.size(), 2u);
  EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
  EXPECT_EQ(shares.back(), 1);
  EXPECT_GT(snapshot->timings().phases().size(), 5u);
}

}  // namespace
}  // namespace leaktrail::testing
