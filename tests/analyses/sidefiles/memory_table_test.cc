// The table where sources are of other collectors, of JDK 8, of crash reports, and where they do
// not fit together.
#include "analyses/sidefiles/memory_table.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/analyses/sidefiles/reports.h"

namespace leaktrail::analyses::sidefiles {
namespace {

using Kind = Figure::Kind;

bool HasNote(const MemoryTable& table, absl::string_view text) {
  for (const std::string& note : table.notes) {
    if (absl::StrContains(note, text)) return true;
  }
  return false;
}

// Real processes with a heap of 256 MiB of which 100 MiB are in use.
TEST(HeapInSmapsTest, IsFoundForShenandoahAndZ) {
  for (const std::string process : {"jdk17-shenandoah", "jdk17-zgc"}) {
    const SideFiles files = FilesOf(process);
    const SideReport report = MakeSideReport(files, nullptr);
    const TableRow* heap = report.table.Find(Area::kHeap);
    ASSERT_NE(heap, nullptr);
    EXPECT_EQ(heap->resident->kind, Kind::kExact) << process;
    EXPECT_NEAR(heap->resident->bytes, 108 * kM, 10 * kM) << process;
    EXPECT_EQ(report.table.Find(Area::kMapped), nullptr) << "a heap is no mapped file: " << process;
    ASSERT_TRUE(report.table.arenas) << process;
    EXPECT_LT(report.table.arenas->bytes, 16 * kM) << process;
    EXPECT_TRUE(report.conclusions.empty()) << report.conclusions[0].text;
  }
}

TEST(HeapInSmapsTest, SaysThatZMapsItThreeTimes) {
  const TableRow z = *MakeMemoryTable(FilesOf("jdk17-zgc"), nullptr).Find(Area::kHeap);
  EXPECT_TRUE(absl::StrContains(z.doubt, "once each they come to 101.7 MiB")) << z.doubt;
  const TableRow s = *MakeMemoryTable(FilesOf("jdk17-shenandoah"), nullptr).Find(Area::kHeap);
  EXPECT_FALSE(absl::StrContains(s.doubt, "several times")) << s.doubt;
}

// The heap of 440 MiB looks like arenas, and nobody says where it lies.
TEST(HeapInSmapsTest, WithoutItsPlaceNothingIsAnArena) {
  const SideFiles files = FilesOf("jdk17-serial");
  const SideReport report = MakeSideReport(files, nullptr);
  EXPECT_FALSE(report.table.arenas);
  EXPECT_TRUE(report.conclusions.empty()) << report.conclusions[0].text;
  EXPECT_EQ(report.table.Find(Area::kHeap)->resident->kind, Kind::kAtMost);
}

TEST(HeapInSmapsTest, KnowsFilesOfAHeapByTheirNames) {
  std::string text;
  std::uint64_t begin = 0x100000000;
  for (const absl::string_view path :
       {"/memfd:java_heap (deleted)", "/dev/hugepages/java_heap.4711 (deleted)",
        "/dev/shm/java_heap", "/mnt/pmem/jvmheap.a1b2c3 (deleted)", "/data/java_heap_notes"}) {
    absl::StrAppend(&text, absl::Hex(begin), "-", absl::Hex(begin + kM), " rw-s 00000000 00:01 7 ",
                    path, "\nRss: 1024 kB\nPss: 1024 kB\nVmFlags: mr\n");
    begin += 2 * kM;
  }
  std::vector<Unread> unread;
  const SmapsAreas areas = ClassifyMappings(*ParseSmaps(text, unread), {}, {}, 0);
  EXPECT_TRUE(areas.heap_known);
  EXPECT_EQ(areas.heap.maps, 4u);
  EXPECT_EQ(areas.data_files.maps, 1u);
}

// JDK 8 has no "Other": direct memory is in "Internal", with much else.
const Texts& Jdk8() {
  static const auto* texts = new Texts{
      {"nmt", Books({{"Java Heap", 512}, {"Class", 64}, {"Thread", 50}, {"Internal", 400}})},
      {"status", Status(1100)}};
  return *texts;
}

TEST(Jdk8BooksTest, DirectMemoryIsPartOfInternal) {
  const MemoryTable table = Table(Jdk8());
  const TableRow* direct = table.Find(Area::kDirect);
  ASSERT_NE(direct, nullptr);
  EXPECT_EQ(direct->committed->bytes, 400 * kM);
  EXPECT_EQ(direct->committed->kind, Kind::kAtMost);
  EXPECT_EQ(table.Find(Area::kJvm)->committed->bytes, 0u) << "counted once";
  EXPECT_EQ(table.committed, 1026 * kM);
}

TEST(Jdk8BooksTest, WithADumpTheRestOfInternalIsTheJvms) {
  DumpFigures dump;
  dump.direct = 300 * kM;
  const MemoryTable table = Table(Jdk8(), &dump);
  EXPECT_EQ(table.Find(Area::kDirect)->committed->bytes, 300 * kM);
  EXPECT_EQ(table.Find(Area::kDirect)->committed->kind, Kind::kExact);
  EXPECT_EQ(table.Find(Area::kJvm)->committed->bytes, 100 * kM);
  EXPECT_EQ(table.committed, 1026 * kM);
}

// A later JVM leaves out what is below its unit: that is no direct memory, wherever it counts it.
TEST(Jdk8BooksTest, LaterBooksWithoutOtherHaveNoDirectMemory) {
  const MemoryTable table = Table(
      {{"nmt", Books({{"Java Heap", 512}, {"Class", 1}, {"Metaspace", 63}, {"Internal", 40}})}});
  EXPECT_EQ(table.Find(Area::kDirect), nullptr);
  EXPECT_EQ(table.Find(Area::kJvm)->committed->bytes, 40 * kM);
}

TEST(CrashBooksTest, AreUsedWhereThereIsNoReport) {
  const SideFiles crash = FilesOf(Texts{{"hs_err.log", Sample("logs/gc-metaspace-17.hs_err.log")}});
  const MemoryTable table = MakeMemoryTable(crash, nullptr);
  ASSERT_NE(table.Find(Area::kJvm), nullptr);
  EXPECT_EQ(table.Find(Area::kJvm)->source, "hs_err");
  const MemoryTable both = Table({{"hs_err.log", Sample("logs/gc-metaspace-17.hs_err.log")},
                                  {"nmt", Books({{"Java Heap", 512}, {"Class", 64}})}});
  EXPECT_EQ(both.Find(Area::kHeap)->source, "NMT");
  EXPECT_EQ(both.Find(Area::kHeap)->committed->bytes, 512 * kM);
}

// What leaves a bound of one side is a bound of the other.
TEST(UnexplainedTest, IsABoundOfTheOtherSide) {
  EXPECT_EQ(LeftOf(10, {4, Kind::kAtMost}).kind, Kind::kAtLeast);
  EXPECT_EQ(LeftOf(10, {4, Kind::kAtLeast}).kind, Kind::kAtMost);
  EXPECT_EQ(LeftOf(10, {4, Kind::kEstimate}).kind, Kind::kEstimate);
  EXPECT_EQ(LeftOf(10, {14, Kind::kExact}).bytes, 0u);
  EXPECT_EQ(SumOf({1, Kind::kAtMost}, {1, Kind::kExact}).kind, Kind::kAtMost);
  EXPECT_EQ(SumOf({1, Kind::kAtMost}, {1, Kind::kAtLeast}).kind, Kind::kEstimate);
}

TEST(UnexplainedTest, OfADumpWithSmapsIsAnUpperBound) {
  DumpFigures dump;
  dump.heap_live = 7 * kM;
  const MemoryTable table = Table({{"smaps", Sample("jdk17-plain/smaps.txt")}}, &dump);
  EXPECT_EQ(table.rows.back().area, Area::kUnexplained);
  EXPECT_EQ(table.rows.back().resident->kind, Kind::kAtMost);
  EXPECT_FALSE(table.unexplained) << "the least of it is not known";
}

TEST(AgreementTest, ProcessesAreToldByTheirIds) {
  const auto table = [](absl::string_view pid) {
    return Table({{"nmt", absl::StrCat(pid, ":\n\n", Books({{"Java Heap", 64}, {"Class", 8}}))},
                  {"status", absl::StrCat("Pid:\t4711\nNSpid:\t4711\t1\n", Status(500))}});
  };
  for (const absl::string_view same : {"4711", "1"}) {  // of the machine, and of the container
    EXPECT_TRUE(table(same).unexplained) << same;
    EXPECT_TRUE(table(same).notes.empty()) << same;
    EXPECT_TRUE(table(same).careful.empty()) << same;
  }
  const MemoryTable other = table("12");
  EXPECT_FALSE(other.unexplained);
  EXPECT_EQ(other.Find(Area::kUnexplained), nullptr);
  EXPECT_TRUE(HasNote(other, "of several processes (nmt of process 12, status of process 4711)"));
  EXPECT_TRUE(absl::StrContains(other.careful, "of several processes"));
}

// The files of a bundle, of which one is so many seconds older.
SideFiles WithAge(const TempDirectory& directory, const std::string& older, std::int64_t seconds) {
  struct stat now = {};
  EXPECT_EQ(stat(directory.path().c_str(), &now), 0);
  const timespec times[2] = {{now.st_mtime - seconds, 0}, {now.st_mtime - seconds, 0}};
  EXPECT_EQ(utimensat(AT_FDCWD, directory.File(older).c_str(), times, 0), 0);
  SideFiles files;
  EXPECT_TRUE(AddBundle(directory.path(), files).ok());
  return files;
}

TEST(AgreementTest, MomentsAreToldByTheirTimes) {
  const TempDirectory directory;
  directory.Write("nmt", Books({{"Java Heap", 64}, {"Class", 8}}));
  directory.Write("status", Status(500));
  EXPECT_TRUE(HasNote(MakeMemoryTable(WithAge(directory, "nmt", 3 * 86'400), nullptr),
                      "nmt was written 3 days before status"));
  EXPECT_TRUE(MakeMemoryTable(WithAge(directory, "nmt", 120), nullptr).notes.empty());
}

TEST(AgreementTest, TheFinerReportCountsOnlyOfTheSameMoment) {
  const TempDirectory directory;
  directory.Write("fine",
                  "Native Memory Tracking:\n\nTotal: reserved=9KB, committed=9KB\n- Code "
                  "(reserved=9KB, committed=9KB)\n");
  directory.Write("coarse", Books({{"Java Heap", 64}, {"Class", 8}}));
  const auto used = [](const SideFiles& files) {
    std::string names;
    for (const TakenFile& each : files.taken) {
      if (!each.replaced) absl::StrAppend(&names, each.file, " ");
    }
    return names;
  };
  const SideFiles old = WithAge(directory, "fine", 3'600);
  EXPECT_EQ(old.native->file, "coarse");
  EXPECT_EQ(used(old), "coarse ");
  const SideFiles same = WithAge(directory, "fine", 5);
  EXPECT_EQ(same.native->file, "fine");
  EXPECT_EQ(used(same), "fine ");
}

TEST(FlagsTest, WhatTheJvmTellsCountsMoreThanWhatATextSays) {
  const TempDirectory directory;
  directory.Write("notes.txt", "we should raise it to -Xmx64g and -XX:MaxDirectMemorySize=8g\n");
  directory.Write("flags.txt", "1:\n-XX:MaxHeapSize=104857600 -XX:MaxNewSize=9 -XX:+UseG1GC\n");
  const SideFiles files = WithAge(directory, "flags.txt", 86'400);
  EXPECT_EQ(files.flags.max_heap, 100 * kM);
  EXPECT_EQ(files.flags.max_direct, 8 * kG) << "better than nothing";
  // Of two that the JVM told the newer one.
  directory.Write("notes.txt", "1:\n-XX:MaxHeapSize=209715200 -XX:MaxNewSize=9 -XX:+UseG1GC\n");
  EXPECT_EQ(WithAge(directory, "flags.txt", 86'400).flags.max_heap, 200 * kM);
}

TEST(JstatTest, ReportsOfOtherColumnsAddUp) {
  const SideFiles files = FilesOf(Texts{{"1-gc", Sample("jdk17-leaky/jstat_gc.txt")},
                                        {"2-gcutil", Sample("jdk17-leaky/jstat_gcutil.txt")}});
  const MemoryTable table = MakeMemoryTable(files, nullptr);
  ASSERT_NE(table.Find(Area::kHeap), nullptr);
  EXPECT_EQ(table.Find(Area::kHeap)->source, "jstat");
  EXPECT_TRUE(files.jstat->value.least_old);
}

TEST(BarsTest, TheSmallestLimitOfAControlGroupCounts) {
  const auto limit = [](absl::string_view own, absl::string_view above) {
    const MemoryTable table = Table(
        {{"memory.limit_in_bytes", absl::StrCat(own, "\n")},
         {"memory.stat",
          absl::StrCat("total_cache 1\ntotal_rss 2\nhierarchical_memory_limit ", above, "\n")}});
    return table.limit ? table.limit->bytes : 0;
  };
  const absl::string_view none = "9223372036854771712";
  EXPECT_EQ(limit(none, "2147483648"), 2 * kG);
  EXPECT_EQ(limit("1073741824", "2147483648"), kG);
  EXPECT_EQ(limit("1073741824", none), kG);
  EXPECT_EQ(limit(none, none), 0u);
}

TEST(BarsTest, SwapAndHugePagesAreTold) {
  const MemoryTable table =
      Table({{"status", Status(600) + "VmSwap:\t 2097152 kB\nHugetlbPages:\t 1048576 kB\n"}});
  ASSERT_TRUE(table.swapped);
  EXPECT_EQ(table.swapped->bytes, 2 * kG);
  EXPECT_TRUE(HasNote(table, "huge pages of 1.0 GiB"));
  const MemoryTable twin = Table({{"status", Status(600) + "VmSwap:\t 0 kB\n"}});
  EXPECT_FALSE(twin.swapped);
  EXPECT_FALSE(HasNote(twin, "huge pages"));
}

TEST(BarsTest, SmapsThatWasCutGivesNoSums) {
  std::string text = Sample("jdk17-plain/smaps.txt");
  const Texts status = {{"status.txt", Status(300)}};
  EXPECT_TRUE(
      MakeMemoryTable(FilesOf(Texts{{"smaps", text}, status[0]}), nullptr).Find(Area::kLibraries));
  text.resize(text.size() - 400);
  const TempDirectory directory;
  directory.Write("smaps", text);
  directory.Write("status.txt", status[0].second);
  SideFiles files;
  ASSERT_TRUE(AddBundle(directory.path(), files).ok());
  const MemoryTable table = MakeMemoryTable(files, nullptr);
  EXPECT_EQ(table.rss->bytes, 300 * kM) << "of status";
  EXPECT_EQ(table.Find(Area::kLibraries), nullptr);
  ASSERT_EQ(files.unread.size(), 1u);
  EXPECT_EQ(files.unread[0].what, "smaps ends in the middle of a mapping: not used");
}

}  // namespace
}  // namespace leaktrail::analyses::sidefiles
