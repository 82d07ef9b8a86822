// What the kernel says of a process and of its container.
#include "tests/analyses/sidefiles/samples.h"

namespace leaktrail::analyses::sidefiles {
namespace {

TEST(SmapsTest, SumsUpToWhatTheKernelSays) {
  for (const std::string& process : Processes()) {
    std::vector<Unread> unread;
    const auto smaps = ParseSmaps(Sample(process + "/smaps.txt"), unread);
    const auto rollup = ParseSmapsRollup(Sample(process + "/smaps_rollup.txt"), unread);
    const auto status = ParseProcessStatus(Sample(process + "/status.txt"), unread);
    ASSERT_TRUE(smaps && rollup && status) << process;
    EXPECT_TRUE(unread.empty());
    // The same moment, but for what moved in between.
    EXPECT_NEAR(smaps->rss, rollup->rss, kM) << process;
    EXPECT_NEAR(smaps->rss, status->rss, kM) << process;
  }
}

TEST(SmapsTest, AreasAreEverythingAndFindTheKnownOnes) {
  for (const std::string& process : Processes()) {
    std::vector<Unread> unread;
    const auto smaps = ParseSmaps(Sample(process + "/smaps.txt"), unread);
    const auto heap = ParseHeapInfo(Sample(process + "/heap_info.txt"), unread);
    const auto threads = ParseThreadDump(Sample(process + "/threads.txt"), unread);
    ASSERT_TRUE(smaps && heap && threads);
    const SmapsAreas areas =
        ClassifyMappings(*smaps, heap->ranges, threads->stack_pointers, 512 * kK);
    const std::uint64_t sum = areas.heap.bytes + areas.stacks.bytes + areas.code.bytes +
                              areas.libraries.bytes + areas.jvm_files.bytes +
                              areas.data_files.bytes + areas.main_arena.bytes + areas.arenas.bytes +
                              areas.other.bytes;
    EXPECT_EQ(sum, smaps->rss) << process;
    EXPECT_EQ(areas.data_files.bytes, 32 * kM) << "the mapped file of " << process;
    EXPECT_LE(areas.heap.bytes, 97 * kM);
    EXPECT_GT(areas.code.bytes, 256 * kK);
    // Every Java thread has a stack, and some threads of the JVM have one, too.
    EXPECT_GE(areas.stacks.maps, threads->stack_pointers.size()) << process;
    EXPECT_LE(areas.stacks.maps, threads->java + threads->jvm + 5) << process;
  }
}

TEST(SmapsTest, ArenasAreWhereManyThreadsAllocate) {
  const auto arenas = [](const std::string& process) {
    std::vector<Unread> unread;
    const auto smaps = ParseSmaps(Sample(process + "/smaps.txt"), unread);
    const auto heap = ParseHeapInfo(Sample(process + "/heap_info.txt"), unread);
    return ClassifyMappings(*smaps, heap->ranges, {}, 512 * kK).arenas;
  };
  // 400 compressors of about 256 KiB each.
  EXPECT_GT(arenas("jdk17-leaky").bytes, 64 * kM);
  EXPECT_GT(arenas("jdk25-leaky").bytes, 64 * kM);
  EXPECT_LT(arenas("jdk17-plain").bytes, 16 * kM);
}

TEST(SmapsTest, AHeapIsNoArenaAndNeitherIsClassSpace) {
  std::vector<Unread> unread;
  const auto smaps = ParseSmaps(
      "c0000000-c1000000 rw-p 00000000 00:00 0 \nRss: 16384 kB\n"
      "c1000000-c4000000 ---p 00000000 00:00 0 \nRss: 0 kB\n"
      "7f0000000000-7f0001000000 rw-p 00000000 00:00 0 \nRss: 16384 kB\n"
      "7f0001000000-7f0040000000 ---p 00000000 00:00 0 \nRss: 0 kB\n"
      "7f8004000000-7f8004100000 rw-p 00000000 00:00 0 \nRss: 1000 kB\n"
      "7f8004100000-7f8008000000 ---p 00000000 00:00 0 \nRss: 0 kB\n",
      unread);
  ASSERT_TRUE(smaps);
  const AddressRange heap[] = {{0xc0000000, 0xc4000000}};
  const SmapsAreas areas = ClassifyMappings(*smaps, heap, {}, 0);
  EXPECT_EQ(areas.heap.bytes, 16 * kM);
  EXPECT_EQ(areas.arenas.maps, 1u);
  EXPECT_EQ(areas.arenas.bytes, 1000 * kK);
  EXPECT_EQ(areas.arena_reserved, 64 * kM);
  EXPECT_EQ(areas.other.bytes, 16 * kM);
}

TEST(SmapsTest, SaysThatItWasCut) {
  std::string text = Sample("jdk17-plain/smaps.txt");
  text.resize(text.rfind("VmFlags:") - 20);
  std::vector<Unread> unread;
  EXPECT_FALSE(ParseSmaps(text, unread)) << "its sums would be too small";
  ASSERT_EQ(unread.size(), 1u);
  EXPECT_EQ(unread[0].what, "smaps ends in the middle of a mapping: not used");
}

TEST(SmapsTest, OfSeveralTheLastCounts) {
  const std::string text = Sample("jdk17-plain/smaps.txt");
  std::vector<Unread> unread;
  const auto once = ParseSmaps(text, unread), twice = ParseSmaps(text + text, unread);
  ASSERT_TRUE(once && twice);
  EXPECT_EQ(twice->rss, once->rss);
  EXPECT_TRUE(unread.empty());
}

constexpr absl::string_view kStatOfTwo =
    "anon 3221225472\nfile 1073741824\nkernel 62914560\nkernel_stack 3145728\npagetables 8388608\n"
    "shmem 4096\nfile_mapped 536870912\nfile_dirty 0\ninactive_file 805306368\nslab 31457280\n";

TEST(CgroupTest, VersionTwo) {
  Cgroup cgroup;
  std::vector<Unread> unread;
  EXPECT_TRUE(ReadCgroupStat(kStatOfTwo, cgroup, unread));
  EXPECT_TRUE(ReadCgroupNumber("memory.max", "4294967296\n", cgroup, unread));
  EXPECT_TRUE(ReadCgroupNumber("memory.current", "4294000000\n", cgroup, unread));
  EXPECT_TRUE(ReadCgroupEvents("low 0\nhigh 0\nmax 120\noom 3\noom_kill 2\noom_group_kill 0\n",
                               cgroup, unread));
  EXPECT_TRUE(unread.empty());
  EXPECT_EQ(cgroup.version, 2);
  EXPECT_EQ(cgroup.limit, 4 * kG);
  EXPECT_EQ(cgroup.current, 4294000000u);
  EXPECT_EQ(cgroup.anonymous, 3 * kG);
  EXPECT_EQ(cgroup.file, kG);
  EXPECT_EQ(cgroup.mapped, 512 * kM);
  EXPECT_EQ(cgroup.oom_kills, 2u);
  EXPECT_EQ(cgroup.limit_hits, 120u);
}

TEST(CgroupTest, VersionOneAndItsWordForNoLimit) {
  Cgroup cgroup;
  std::vector<Unread> unread;
  EXPECT_TRUE(
      ReadCgroupStat("cache 5\nrss 6\nhierarchical_memory_limit 1073741824\ntotal_cache "
                     "1048576\ntotal_rss 2097152\ntotal_mapped_file 4096\ntotal_shmem 0\n",
                     cgroup, unread));
  EXPECT_EQ(cgroup.version, 1);
  EXPECT_EQ(cgroup.EffectiveLimit(), kG);
  EXPECT_EQ(cgroup.anonymous, 2 * kM);
  EXPECT_TRUE(ReadCgroupNumber("memory.limit_in_bytes", "9223372036854771712\n", cgroup, unread));
  EXPECT_EQ(cgroup.limit, 0u);
  EXPECT_EQ(cgroup.EffectiveLimit(), kG) << "of the group above";
  EXPECT_TRUE(ReadCgroupEvents("oom_kill_disable 0\nunder_oom 0\noom_kill 1\n", cgroup, unread));
  EXPECT_EQ(cgroup.oom_kills, 1u);
}

TEST(CgroupTest, NoLimitAndNoNumber) {
  Cgroup cgroup;
  std::vector<Unread> unread;
  EXPECT_TRUE(ReadCgroupNumber("memory.max", "max\n", cgroup, unread));
  EXPECT_EQ(cgroup.limit, 0u);
  EXPECT_FALSE(ReadCgroupNumber("memory.current", "12 and more\n", cgroup, unread));
  EXPECT_EQ(unread.size(), 1u);
  EXPECT_FALSE(IsCgroupNumber("memory.txt"));
}

}  // namespace
}  // namespace leaktrail::analyses::sidefiles
