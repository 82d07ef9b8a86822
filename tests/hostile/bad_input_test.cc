// Every way in which a dump is wrong that docs/robustness.md lists, each with what exactly comes of
// it. Cuts, flips, compression and files that change have tests of their own beside this one.
#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/render_json.h"
#include "cli/render_text.h"
#include "tests/hostile/examine.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using Health = std::vector<std::string>;

// What opening a file with this content says behind its name.
std::string OpenError(absl::string_view content) {
  const TempDirectory directory;
  const std::string path = directory.Write("heap.hprof", content);
  hprof::ImportHealth health;
  const auto file = hprof::DumpFile::Open(path, {}, health);
  if (!file.ok()) return std::string(file.status().message()).substr(path.size());
  const auto header = hprof::ReadHeader(**file);
  return header.ok() ? "" : std::string(header.status().message()).substr(path.size());
}

std::string HeaderWith(std::uint32_t id_size, std::int64_t time = 0) {
  ByteWriter writer;
  writer.Text("JAVA PROFILE 1.0.2").U1(0).U4(id_size).U8(static_cast<std::uint64_t>(time));
  const std::vector<std::byte>& bytes = writer.bytes();
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

TEST(NoDumpTest, EmptyFile) {
  EXPECT_EQ(OpenError(""),
            " is empty: the dump was not written (disk full, or the JVM was killed), make it "
            "again");
}
TEST(NoDumpTest, CutOffWithinTheHeader) {
  for (const std::size_t size : {16, 18, 19, 25, 30}) {
    EXPECT_EQ(OpenError(HeaderWith(8).substr(0, size)),
              " is cut off within its header: make or copy the dump again")
        << size;
  }
}
TEST(NoDumpTest, NoNulBehindTheVersion) {
  EXPECT_TRUE(absl::StrContains(OpenError("JAVA PROFILE 1.0.2 " + std::string(40, 'x')),
                                " is an HPROF file in text form or of an unknown version"));
}
TEST(NoDumpTest, OtherBytes) {
  EXPECT_EQ(OpenError("\x01\x02\x03"),
            " is not an HPROF heap dump (it begins with 01 02 03): make one with `jcmd PID "
            "GC.heap_dump FILE`");
}
TEST(NoDumpTest, IdSize) {
  for (const std::uint32_t size : {0u, 1u, 5u, 16u, 0xffffffffu}) {
    EXPECT_EQ(OpenError(HeaderWith(size)),
              absl::StrCat(" has an id size of ", size, ", must be 4 or 8: the file is damaged"));
  }
}
TEST(NoDumpTest, NoHeap) {
  DumpBuilder empty({.end_record = false});
  const std::vector<std::byte> bytes = empty.Bytes();
  EXPECT_TRUE(absl::StrContains(
      Examine(bytes).error,
      "no heap dump in the file (" + absl::StrCat(bytes.size()) +
          " bytes). If the JVM (22 or later) was killed while it dumped, look for parts named "
          "heap.hprof.p0, .p1, ... beside it"))
      << Examine(bytes).error;
}

TEST(HeaderTest, TimesAreTakenAsTheyAre) {
  for (const std::int64_t time : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN, INT64_MAX}) {
    DumpBuilder dump({.timestamp_ms = time});
    dump.Instance(dump.Boot().object);
    const Examined examined = Examine(dump);
    ASSERT_EQ(examined.error, "");
    EXPECT_EQ(examined.health, Health{});
    const analyses::Report report = examined.Report();
    EXPECT_EQ(report.dump.timestamp_ms, time);
    EXPECT_FALSE(cli::ReportText(report, true, {}).empty());
  }
}

// A dump with a class and two objects in segments of their own, and what `damage` adds between.
struct Damaged {
  const char* name;
  std::function<void(DumpBuilder&)> damage;
  Health health;
  std::uint32_t objects;  // that are left
};

constexpr auto kNothing = [](DumpBuilder&) {};

std::vector<std::byte> PrimitiveArrayHead(Id id, std::uint32_t length, std::uint8_t type) {
  return ByteWriter().U1(0x23).WriteId(id).U4(1).U4(length).U1(type).bytes();
}
std::vector<std::byte> ObjectArrayHead(Id id, std::uint32_t length, Id class_id) {
  return ByteWriter().U1(0x22).WriteId(id).U4(1).U4(length).WriteId(class_id).bytes();
}
std::vector<std::byte> InstanceHead(Id id, Id class_id, std::uint32_t bytes) {
  return ByteWriter().U1(0x21).WriteId(id).U4(1).WriteId(class_id).U4(bytes).bytes();
}
// A CLASS_DUMP up to its constant pool.
ByteWriter ClassHead(Id id) {
  ByteWriter writer;
  writer.U1(0x20).WriteId(id).U4(1);
  for (int i = 0; i < 6; ++i) writer.WriteId(0);
  writer.U4(0);
  return writer;
}

// Damage within a segment costs the rest of this segment: one object here. The next is read.
TEST(DamagedMiddleTest, TheNextSegmentIsRead) {
  const Damaged kCases[] = {
      {"no damage", kNothing, {}, 2},
      {"unknown sub-record",
       [](DumpBuilder& d) { d.RawHeap({std::byte{0x55}}); },
       {"unknown-sub-record x 1"},
       1},
      {"unknown type of elements",
       [](DumpBuilder& d) { d.RawHeap(PrimitiveArrayHead(9, 0, 12)); },
       {"bad-value-type x 1"},
       1},
      {"objects as elements of a primitive array",
       [](DumpBuilder& d) { d.RawHeap(PrimitiveArrayHead(9, 0, 2)); },
       {"bad-value-type x 1"},
       1},
      {"unknown type of a constant",
       [](DumpBuilder& d) { d.RawHeap(ClassHead(9).U2(1).U2(0).U1(3).bytes()); },
       {"bad-value-type x 1"},
       1},
      {"unknown type of a static",
       [](DumpBuilder& d) { d.RawHeap(ClassHead(9).U2(0).U2(1).WriteId(1).U1(0).bytes()); },
       {"bad-value-type x 1"},
       1},
      {"array longer than the segment",
       [](DumpBuilder& d) { d.RawHeap(PrimitiveArrayHead(9, 1000, 8)); },
       {"segment-overrun x 1"},
       1},
      {"array of 2^32 - 1 longs",
       [](DumpBuilder& d) { d.RawHeap(PrimitiveArrayHead(9, 0xffffffff, 11)); },
       {"segment-overrun x 1"},
       1},
      {"array of 2^31 objects",
       [](DumpBuilder& d) { d.RawHeap(ObjectArrayHead(9, 0x80000000, 1)); },
       {"segment-overrun x 1"},
       1},
      {"instance of 2^31 bytes",
       [](DumpBuilder& d) { d.RawHeap(InstanceHead(9, 1, 0x80000000)); },
       {"unknown-sub-record x 1"},
       1},
      {"instance longer than the segment",
       [](DumpBuilder& d) { d.RawHeap(InstanceHead(9, 1, 5000)); },
       {"segment-overrun x 1"},
       1},
      {"unknown record",
       [](DumpBuilder& d) {
         d.Raw(RecordTag{0x77}, {5, std::byte{1}});
       },
       {"unknown-record x 1"},
       2},
      {"segment of length 0",
       [](DumpBuilder& d) { d.Raw(RecordTag::kHeapDumpSegment, {}); },
       {},
       2},
      {"too short UTF8 record",
       [](DumpBuilder& d) {
         d.Raw(RecordTag::kUtf8, {3, std::byte{1}});
       },
       {"record-length x 1"},
       2},
      {"too short LOAD_CLASS",
       [](DumpBuilder& d) {
         d.Raw(RecordTag::kLoadClass, {5, std::byte{1}});
       },
       {"record-length x 1"},
       2},
      {"too short FRAME",
       [](DumpBuilder& d) {
         d.Raw(RecordTag::kFrame, {5, std::byte{1}});
       },
       {"record-length x 1"},
       2},
      {"too short TRACE",
       [](DumpBuilder& d) {
         d.Raw(RecordTag::kTrace, {5, std::byte{1}});
       },
       {"record-length x 1"},
       2},
      {"TRACE of 2^32 - 1 frames",
       [](DumpBuilder& d) {
         d.Raw(RecordTag::kTrace, ByteWriter().U4(9).U4(1).U4(0xffffffff).bytes());
       },
       {"record-length x 1"},
       2},
  };
  for (const Damaged& c : kCases) {
    SCOPED_TRACE(c.name);
    DumpBuilder dump;
    const Id point = dump.Class("com.acme.Point").Field("x", kInt).Sticky();
    const Id after = dump.NewId(24);
    dump.NewSegment();
    c.damage(dump);
    if (!c.health.empty() && c.objects == 1) {
      dump.Instance(point, {1});  // lost with the rest of its segment
    } else {
      dump.NewSegment();
      dump.Instance(point, {1});
    }
    dump.NewSegment();
    dump.Instance(point, {2}, after);
    const Examined examined = Examine(dump);
    ASSERT_EQ(examined.error, "");
    EXPECT_EQ(examined.health, c.health);
    EXPECT_EQ(examined.snapshot->object_count(), c.objects);
    EXPECT_TRUE(examined.snapshot->Find(after).valid());
    EXPECT_EQ(examined.partial, c.objects < 2);
    EXPECT_EQ(examined.snapshot->health().bytes_lost() > 0, examined.partial);
  }
}

// --- classes and objects that contradict each other

TEST(ContradictionTest, MissingLoadClass) {
  DumpBuilder dump;
  const Id nameless = dump.Class("com.acme.Nameless").Sticky().WithoutLoadClass();
  const Id object = dump.Instance(nameless);
  const Examined examined = Examine(dump);
  EXPECT_EQ(examined.health, Health{"class-name-missing x 1"});
  const graph::Snapshot& snapshot = *examined.snapshot;
  EXPECT_EQ(snapshot.classes().Name(snapshot.ClassOf(snapshot.Find(object))),
            absl::StrCat("unknown-class@0x", absl::Hex(nameless)));
}

TEST(ContradictionTest, MissingClassDump) {
  DumpBuilder dump;
  const Id object = dump.RawInstance(0xabcde0, std::vector<std::byte>(24));
  dump.JniGlobalRoot(object);
  const Examined examined = Examine(dump);
  EXPECT_EQ(examined.health, Health{"missing-class x 1"});
  EXPECT_EQ(examined.snapshot->object_count(), 1u);
  EXPECT_GE(examined.snapshot->ShallowSize(ObjectIndex(0)), 24u) << "its bytes count";
}

TEST(ContradictionTest, MoreOrFewerBytesThanFields) {
  DumpBuilder dump;
  const Id pair = dump.Class("com.acme.Pair").Field("a", kObject).Field("b", kObject).Sticky();
  const Id target = dump.Instance(pair, {0, 0});
  const std::vector<std::byte> one = ByteWriter().WriteId(target).bytes();
  const Id shorter = dump.RawInstance(pair, one);
  std::vector<std::byte> three = ByteWriter().WriteId(target).WriteId(0).WriteId(target).bytes();
  const Id longer = dump.RawInstance(pair, three);
  const Examined examined = Examine(dump);
  EXPECT_EQ(examined.health, Health{"field-bytes-mismatch x 2"});
  const graph::Snapshot& snapshot = *examined.snapshot;
  for (const Id id : {shorter, longer}) {
    const auto fields = snapshot.FieldReference(snapshot.Find(id), "a");
    EXPECT_EQ(fields, snapshot.Find(target));
  }
  EXPECT_EQ(snapshot.reference_count(), 2u) << "bytes behind the fields are no references";
}

// The class is unknown then, and what follows it is read: a CLASS_DUMP holds no value of a field.
TEST(ContradictionTest, UnknownTypeOfAField) {
  DumpBuilder dump;
  const Id odd = dump.NewId(96);
  const Id object = dump.NewId(24);
  dump.RawHeap(ClassHead(odd).U2(0).U2(0).U2(1).WriteId(dump.Symbol("f")).U1(99).bytes());
  dump.RawInstance(odd, std::vector<std::byte>(8), object);
  const Examined examined = Examine(dump);
  EXPECT_EQ(examined.health, Health{"missing-class x 1"});
  EXPECT_TRUE(examined.snapshot->Find(object).valid());
}

TEST(ContradictionTest, ClassDumpBehindItsInstances) {
  DumpBuilder dump;
  const Id late = dump.NewId(96);
  const Id object = dump.RawInstance(late, ByteWriter().WriteId(late).bytes());
  dump.RawHeap(ClassHead(late).U2(0).U2(0).U2(1).WriteId(dump.Symbol("self")).U1(2).bytes());
  const Examined examined = Examine(dump);
  EXPECT_EQ(examined.health, Health{"class-name-missing x 1"});
  const graph::Snapshot& snapshot = *examined.snapshot;
  EXPECT_EQ(snapshot.FieldReference(snapshot.Find(object), "self"), snapshot.Find(late));
}

TEST(ContradictionTest, SuperClassesInACircle) {
  DumpBuilder dump;
  const Id a = dump.NewId(96), b = dump.NewId(96), self = dump.NewId(96);
  dump.Class("com.acme.A", a).Super(b).Field("x", kInt).Sticky();
  dump.Class("com.acme.B", b).Super(a).Field("y", kInt).Sticky();
  dump.Class("com.acme.Self", self).Super(self).Sticky();
  dump.Class("com.acme.Orphan").Super(0xdeadbee8).Sticky();
  dump.RawInstance(a, std::vector<std::byte>(8));
  const Examined examined = Examine(dump);
  ASSERT_EQ(examined.error, "");
  EXPECT_EQ(examined.health.front(), "super-class-cycle x 3");
  EXPECT_FALSE(examined.Report().headline.empty());
}

TEST(ContradictionTest, SuperClassesWithoutEnd) {
  constexpr int kDepth = 50'000;
  DumpBuilder dump;
  Id super = dump.Boot().object;
  for (int i = 0; i < kDepth; ++i) {
    super = dump.Class(absl::StrCat("com.acme.C", i)).Super(super).InstanceSize(0);
  }
  dump.JniGlobalRoot(dump.RawInstance(super, {}));
  const Examined examined = Examine(dump);
  EXPECT_EQ(examined.health, Health{});
  EXPECT_FALSE(examined.Report().headline.empty());
}

TEST(ContradictionTest, OneIdForTwoObjects) {
  DumpBuilder dump;
  const Id point = dump.Class("com.acme.Point").Field("x", kInt).Sticky();
  const Id id = dump.Instance(point, {1});
  dump.Instance(point, {2}, id);
  dump.JniGlobalRoot(id);
  const Examined examined = Examine(dump);
  EXPECT_EQ(examined.health, Health{"duplicate-object x 1"});
  const graph::Snapshot& snapshot = *examined.snapshot;
  EXPECT_EQ(snapshot.FieldBits(snapshot.Find(id), "x"), 1u) << "the first counts";
  EXPECT_EQ(snapshot.amount(graph::Reachability::kUnreachable).objects, 1u);
}

TEST(ContradictionTest, OneIdForTwoClasses) {
  DumpBuilder dump;
  const Id point = dump.Class("com.acme.Point").Field("x", kInt).Sticky();
  dump.RawHeap(ClassHead(point).U2(0).U2(0).U2(0).bytes());
  const Id object = dump.Instance(point, {7});
  const Examined examined = Examine(dump);
  EXPECT_EQ(examined.health, Health{"duplicate-class x 1"});
  const graph::Snapshot& snapshot = *examined.snapshot;
  EXPECT_EQ(snapshot.FieldBits(snapshot.Find(object), "x"), 7u) << "the first counts";
}

TEST(ContradictionTest, OneIdForAClassAndAnObject) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id point = dump.Class("com.acme.Point").Field("next", kObject).Sticky();
  dump.RawInstance(boot.clazz, {}, point);  // as converters write mirrors
  const Id holder = dump.Instance(point, {point});
  dump.JniGlobalRoot(holder);
  const Examined examined = Examine(dump);
  EXPECT_EQ(examined.health, Health{"class-and-object x 1"});
  const graph::Snapshot& snapshot = *examined.snapshot;
  EXPECT_TRUE(snapshot.MirroredClass(snapshot.Find(point)).valid()) << "the class wins";
  EXPECT_EQ(snapshot.FieldReference(snapshot.Find(holder), "next"), snapshot.Find(point));
}

TEST(ContradictionTest, RootsAndReferencesToNowhere) {
  DumpBuilder dump;
  const Id node = dump.Class("com.acme.Node").Field("next", kObject).Sticky();
  dump.JniGlobalRoot(dump.Instance(node, {0xdead0}));
  dump.JniGlobalRoot(0xbeef8);
  dump.StickyRoot(0xbeef0);
  const Examined examined = Examine(dump);
  EXPECT_EQ(examined.health, (Health{"dangling-reference x 1", "dangling-root x 2"}));
  EXPECT_FALSE(examined.partial);
}

TEST(ContradictionTest, SeveralHeapsAndNoEnd) {
  DumpBuilder dump({.end_record = false});
  dump.Instance(dump.Class("com.acme.First").Sticky());
  EXPECT_EQ(Examine(dump).health, Health{"no-end-record x 1"});

  DumpBuilder two({.version = "1.0.1", .one_heap_record = true});
  two.Instance(two.Class("com.acme.First").Sticky());
  two.NextHeap();
  two.Instance(two.Class("com.acme.Second").Sticky());
  two.Instance(two.Class("com.acme.Second").Sticky());
  const Examined last = Examine(two);
  EXPECT_EQ(last.health, Health{"several-heaps x 1"});
  EXPECT_TRUE(last.snapshot->classes().FindByName("com.acme.Second").valid()) << "the last";
}

// A stack is a few bytes for each frame, its text is not: neither threads that share a trace nor
// long names that frames share take more memory than the dump is long, by much.
TEST(ContradictionTest, StacksThatGrow) {
  DumpBuilder dump;
  const std::string name(60'000, 'n');
  dump.Raw(RecordTag::kFrame, dump.Writer()
                                  .WriteId(77)
                                  .WriteId(dump.Symbol(name))
                                  .WriteId(0)
                                  .WriteId(dump.Symbol(name))
                                  .U4(1)
                                  .U4(1)
                                  .bytes());
  ByteWriter trace;
  trace.U4(500).U4(1).U4(5000);
  for (int i = 0; i < 5000; ++i) trace.WriteId(77);
  dump.Raw(RecordTag::kTrace, trace.bytes());
  const Id object = dump.Instance(dump.Boot().thread);
  for (std::uint32_t i = 0; i < 5000; ++i) {
    dump.Root(HeapTag::kRootThreadObject, object, 1000 + i, 500);
  }
  const Examined examined = Examine(dump);
  ASSERT_EQ(examined.error, "");
  std::uint64_t frames = 0, text = 0;
  for (const graph::ThreadInfo& thread : examined.snapshot->threads()) {
    frames += thread.frames.size();
    for (const graph::StackFrame& frame : thread.frames) {
      text += frame.method.size() + frame.source.size();
    }
  }
  EXPECT_EQ(frames, 5000u);
  EXPECT_GT(text, 0u);
  EXPECT_LT(text, 80u << 20);
}

// --- names

const char* const kHostileNames[] = {
    "com.acme.\x1b[31mRed",       // a terminal would obey
    "com.acme.Tab\tNew\nLine\r",  //
    "com.acme.Bell\x07\x08\x7f",  //
    "com.acme.\xff\xfe\xc3(",     // no UTF-8
    "com.acme.\xed\xa0\x80",      // half a surrogate pair, as modified UTF-8 has it
    "com.acme.\xe2\x80\xae"
    "esrever",                             // turns the direction of what follows
    "<script>alert(1)</script>",           // for HTML and Markdown
    "com.acme.\"quoted\",\\back`tick|bar"  // for JSON, shells and tables
};

TEST(NamesTest, PrintSafely) {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  std::vector<std::string> names(std::begin(kHostileNames), std::end(kHostileNames));
  names.push_back(std::string("com.acme.N\0UL", 13));
  names.push_back("com.acme." + std::string(70'000, 'L'));
  names.push_back("");
  std::vector<Id> objects;
  for (const std::string& name : names) {
    const Id c = dump.Class(name).Field(name, kObject).Static(name, kObject, 0).Sticky();
    for (int i = 0; i < 300; ++i) objects.push_back(dump.Instance(c, {boot.object}));
    dump.Thread(dump.Instance(boot.thread, {dump.JavaString(name)}))
        .Frame(name, name, name, 1)
        .Local(objects.back());
  }
  dump.JniGlobalRoot(dump.ObjectArray(boot.object_array, objects));
  const Examined examined = Examine(dump);
  ASSERT_EQ(examined.error, "");
  analyses::AnalyzeOptions options;
  options.show_strings = true;
  const analyses::Report report = analyses::Analyze(*examined.snapshot, options);
  const std::string text = cli::ReportText(report, /*full=*/true, {});
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    ASSERT_TRUE(c == '\n' || (byte >= 0x20 && byte != 0x7f)) << static_cast<int>(byte);
  }
  EXPECT_FALSE(absl::StrContains(text, "\xe2\x80\xae"));
  EXPECT_LT(text.size(), 30'000u) << "long names are shortened";
  const std::string json = cli::ReportJson(report, {.show_strings = true});
  for (const char c : json) {
    ASSERT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << static_cast<int>(c);
  }
}

}  // namespace
}  // namespace leaktrail::testing
