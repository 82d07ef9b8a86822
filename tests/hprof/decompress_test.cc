// Compressed dumps: whole, in parts, cut off, damaged, with garbage behind.
#include "hprof/decompress.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "hprof/record_index.h"
#include "tests/dump_builder.h"
#include "tests/hprof/compressed.h"
#include "tests/temp_directory.h"

namespace leaktrail::hprof {
namespace {

using namespace testing;

// A dump of `arrays` incompressible arrays of 100,000 bytes.
ByteVector MakeDump(int arrays) {
  DumpBuilder dump;
  std::uint64_t random = 88172645463325252;
  for (int i = 0; i < arrays; ++i) {
    std::string noise(100'000, ' ');
    for (char& c : noise) {
      random ^= random << 13, random ^= random >> 7, random ^= random << 17;
      c = static_cast<char>(random);
    }
    dump.ByteArray(noise);
  }
  return dump.Bytes();
}

ByteVector Everything(const DumpFile& file) {
  ByteVector bytes(file.size() + 1);
  bytes.resize(file.Read(0, bytes));
  return bytes;
}

class DecompressTest : public ::testing::Test {
 protected:
  // What is unpacked; empty after an error.
  ByteVector Unpacked(const ByteVector& stored) {
    std::string path = directory_.Write("heap.hprof", stored);
    file_ = DumpFile::Open(path, {.temporary_directory = directory_.path()}, health_);
    EXPECT_TRUE(file_.ok()) << file_.status();
    if (!file_.ok()) return {};
    EXPECT_EQ((*file_)->stored_size(), stored.size());
    return Everything(**file_);
  }

  TempDirectory directory_;
  ImportHealth health_;
  absl::StatusOr<std::unique_ptr<DumpFile>> file_;
};

TEST_F(DecompressTest, EveryFormGivesTheSameBytes) {
  ByteVector dump = MakeDump(30);
  auto half = std::span(dump).first(dump.size() / 2), rest = std::span(dump).subspan(half.size());
  struct Case {
    const char* name;
    ByteVector stored;
    Compression compression;
    bool spooled = true;
  };
  const ByteVector kSkippableFrame = ByteWriter().U4(0x502a4d18).U4(0x03000000).Text("abc").bytes();
  // The seek table of the seekable format: a skippable frame behind all others.
  const ByteVector kSeekTable =
      ByteWriter().U4(0x5e2a4d18).U4(0x09000000).Text("\1\2\3\4\5").bytes() +
      ByteWriter().U4(0xb1ea928f).bytes();
  const Case kCases[] = {
      {"plain", dump, Compression::kNone, false},
      {"gzip", Gzip(dump), Compression::kGzip},
      {"gzip, best level", Gzip(dump, "", 9), Compression::kGzip},
      {"gzip, stored", Gzip(dump, "", 0), Compression::kGzip},
      {"gzip, two members", Gzip(half) + Gzip(rest), Compression::kGzip},
      {"HotSpot", HotSpotGzip(dump, 1 << 20), Compression::kGzip, false},
      {"HotSpot, small blocks", HotSpotGzip(dump, 10'000), Compression::kGzip, false},
      {"HotSpot, tiny blocks", HotSpotGzip(dump, 100), Compression::kGzip, false},
      {"HotSpot, one block", HotSpotGzip(dump, dump.size()), Compression::kGzip, false},
      {"HotSpot, block size too small", Gzip(dump, "HPROF BLOCKSIZE=1000"), Compression::kGzip},
      {"HotSpot, absurd block size", Gzip(dump, "HPROF BLOCKSIZE=99999999999"), Compression::kGzip},
      {"HotSpot, then another member", HotSpotGzip(half, 1 << 20) + Gzip(rest, "by hand"),
       Compression::kGzip},
      {"zstd", Zstd(dump), Compression::kZstd},
      {"zstd, two frames", Zstd(half) + Zstd(rest), Compression::kZstd},
      {"zstd, skippable frame first", kSkippableFrame + Zstd(dump), Compression::kZstd},
      {"zstd, seekable", Zstd(half) + Zstd(rest) + kSeekTable, Compression::kZstd},
      {"zstd, window of 128 MiB", Zstd(dump, 27), Compression::kZstd},
      {"bzip2", Bzip2(dump), Compression::kBzip2},
      {"bzip2, two streams", Bzip2(half) + Bzip2(rest), Compression::kBzip2},
      {"xz", Xz(dump), Compression::kXz},
      {"xz, two streams", Xz(half) + Xz(rest), Compression::kXz},
      {"xz, the dictionary of its highest level", Xz(dump, 64 << 20), Compression::kXz},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    EXPECT_TRUE(Unpacked(c.stored) == dump);
    EXPECT_EQ((*file_)->compression(), c.compression);
    (*file_)->CountDamage(health_);
    EXPECT_TRUE(health_.entries().empty());
    EXPECT_EQ((*file_)->temporary_size(), c.spooled ? dump.size() : 0);
  }
}

TEST_F(DecompressTest, ViewAndReadAgree) {
  ByteVector dump = MakeDump(3);
  ByteVector scratch;
  for (const ByteVector& stored : {dump, Gzip(dump), HotSpotGzip(dump, 30'000)}) {
    Unpacked(stored);
    for (std::uint64_t offset : {0ull, 1ull, 100'000ull, dump.size() - 5ull, dump.size() + 0ull,
                                 dump.size() + 10ull, ~0ull}) {
      ByteVector read(1000);
      read.resize((*file_)->Read(offset, read));
      Bytes view = (*file_)->View(offset, 1000, scratch);
      EXPECT_TRUE(std::equal(view.begin(), view.end(), read.begin(), read.end())) << offset;
      std::size_t expected =
          offset < dump.size() ? std::min<std::size_t>(1000, dump.size() - offset) : 0;
      EXPECT_EQ(view.size(), expected) << offset;
    }
    EXPECT_EQ((*file_)->View(0, ~0ull, scratch).size(), dump.size());
  }
}

// Cut at many places: what was unpacked is the beginning of the dump, and the cut is noticed.
TEST_F(DecompressTest, CutOffStreamsKeepTheirBeginning) {
  ByteVector dump = MakeDump(5);
  struct Case {
    const char* name;
    ByteVector stored;
    std::size_t lost_at_most;  // of what was stored before the cut
  };
  const Case kCases[] = {{"gzip", Gzip(dump), 70'000},
                         {"HotSpot", HotSpotGzip(dump, 50'000), 70'000},
                         {"zstd", Zstd(dump), 140'000},
                         {"bzip2", Bzip2(dump), 120'000},
                         {"xz", Xz(dump), 140'000}};
  for (const Case& c : kCases) {
    for (std::size_t cut : {1ul, 2ul, 8ul, 9ul, 1000ul, 123'456ul, 300'000ul}) {
      SCOPED_TRACE(std::string(c.name) + " without the last " + std::to_string(cut));
      health_ = {};
      ByteVector stored(c.stored.begin(), c.stored.end() - static_cast<std::ptrdiff_t>(cut));
      ByteVector unpacked = Unpacked(stored);
      ASSERT_LE(unpacked.size(), dump.size());
      EXPECT_TRUE(std::equal(unpacked.begin(), unpacked.end(), dump.begin()));
      EXPECT_GE(unpacked.size() + c.lost_at_most, stored.size());
      EXPECT_EQ(health_.count(Oddity::kCompressedCutOff), 1u);
      EXPECT_TRUE(health_.partial());
      ASSERT_EQ(health_.entries().size(), 1u);
      EXPECT_EQ(health_.entries()[0].first_offset, unpacked.size());
    }
  }
}

// The cut falls exactly between two members: nothing shows it but the missing end record.
TEST_F(DecompressTest, CutBetweenMembersShowsInTheRecords) {
  ByteVector dump = MakeDump(30);
  ByteVector stored = HotSpotGzip(std::span(dump).first(2 << 20), 1 << 20);
  EXPECT_EQ(Unpacked(stored).size(), 2u << 20);
  EXPECT_TRUE(health_.entries().empty());
  ASSERT_TRUE(IndexRecords(**file_, health_).ok());
  EXPECT_EQ(health_.count(Oddity::kCutOff), 1u);
}

TEST_F(DecompressTest, GarbageBehindTheLastStreamIsIgnored) {
  ByteVector dump = MakeDump(5);
  for (const ByteVector& stored :
       {Gzip(dump), HotSpotGzip(dump, 50'000), Zstd(dump), Bzip2(dump), Xz(dump)}) {
    for (const std::string& garbage :
         {std::string("x"), std::string(100'000, '\0'), std::string("\x1f\x8c"),
          std::string("JAVA PROFILE 1.0.2")}) {
      health_ = {};
      EXPECT_TRUE(Unpacked(stored + ByteWriter().Text(garbage).bytes()) == dump);
      EXPECT_EQ(health_.count(Oddity::kTrailingBytes), 1u);
      EXPECT_FALSE(health_.partial());
    }
  }
}

TEST_F(DecompressTest, DamageInTheMiddleKeepsWhatIsBefore) {
  ByteVector dump = MakeDump(30);
  for (ByteVector stored : {Gzip(dump), Zstd(dump), Bzip2(dump), Xz(dump)}) {
    health_ = {};
    for (std::size_t i = 0; i < 64; ++i) stored[stored.size() / 2 + i] ^= std::byte{0x5a};
    ByteVector unpacked = Unpacked(stored);
    EXPECT_EQ(health_.count(Oddity::kCompressedCutOff), 1u);
    EXPECT_LE(unpacked.size(), dump.size());
    // Up to the damaged block all is right.
    std::size_t right = std::min(unpacked.size(), stored.size() / 2 - 150'000);
    EXPECT_GE(unpacked.size(), stored.size() / 2 - 150'000);
    EXPECT_TRUE(std::equal(unpacked.begin(), unpacked.begin() + static_cast<std::ptrdiff_t>(right),
                           dump.begin()));
  }
}

// Members are independent: a damaged one costs what it holds, those behind it are read.
TEST_F(DecompressTest, DamagedMemberCostsOnlyItself) {
  const ByteVector dump = MakeDump(30);
  constexpr std::size_t kBlock = 100'000;
  constexpr std::size_t kDamaged = 12;  // of 30 members, all about of the size of a block
  ByteVector stored = HotSpotGzip(std::span(dump).first(kDamaged * kBlock), kBlock);
  const std::size_t before = stored.size();
  stored = stored + HotSpotGzip(std::span(dump).subspan(kDamaged * kBlock), kBlock);
  stored[before + 4'000] ^= std::byte{0x5a};
  for (std::size_t step : {std::size_t{1'000}, dump.size()}) {
    health_ = {};
    Unpacked(stored);
    ByteVector unpacked(dump.size());
    for (std::size_t at = 0; at < dump.size(); at += step) {
      const std::size_t n = std::min(step, dump.size() - at);
      ASSERT_EQ((*file_)->Read(at, std::span(unpacked).subspan(at, n)), n);
    }
    EXPECT_TRUE(health_.entries().empty()) << "not seen when it is opened";
    (*file_)->CountDamage(health_);
    EXPECT_EQ(health_.count(Oddity::kCompressedDamage), 1u);
    EXPECT_TRUE(health_.partial());
    EXPECT_EQ(health_.first_damage(), kDamaged * kBlock);
    for (std::size_t member = 0; member * kBlock < dump.size(); ++member) {
      const auto begin = static_cast<std::ptrdiff_t>(member * kBlock);
      const auto end = std::min<std::ptrdiff_t>(begin + kBlock, std::ssize(dump));
      EXPECT_EQ(std::equal(dump.begin() + begin, dump.begin() + end, unpacked.begin() + begin),
                member != kDamaged)
          << member;
    }
  }
}

// More members than are kept, read at places that jump about, by several threads at once.
TEST_F(DecompressTest, ManyThreadsReadMembers) {
  const ByteVector dump = MakeDump(30);
  Unpacked(HotSpotGzip(dump, 5'000));
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (unsigned seed = 1; seed <= 4; ++seed) {
    threads.emplace_back([&, seed] {
      ByteVector read(12'000);
      std::uint64_t random = seed * 0x9e3779b97f4a7c15;
      for (int i = 0; i < 2'000; ++i) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        const std::size_t at = random % (dump.size() - read.size());
        const std::size_t n = (*file_)->Read(at, read);
        wrong += n != read.size() || !std::equal(read.begin(), read.end(),
                                                 dump.begin() + static_cast<std::ptrdiff_t>(at));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(DecompressTest, WrongChecksumIsNoticed) {
  ByteVector dump = MakeDump(3);
  for (ByteVector stored : {Gzip(dump), HotSpotGzip(dump, 100'000)}) {
    health_ = {};
    stored[stored.size() - 8] ^= std::byte{1};
    EXPECT_TRUE(Unpacked(stored) == dump);
    EXPECT_EQ(health_.count(Oddity::kCompressedCutOff), 1u);
  }
}

TEST_F(DecompressTest, RepetitiveDumpUnpacksToManyTimesItsSize) {
  DumpBuilder builder;
  builder.PrimitiveArray(kByte, 50'000'000);
  ByteVector dump = builder.Bytes();
  for (const ByteVector& stored :
       {Gzip(dump), HotSpotGzip(dump, 1 << 20), Zstd(dump), Bzip2(dump), Xz(dump)}) {
    ASSERT_LT(stored.size(), dump.size() / 50);
    EXPECT_TRUE(Unpacked(stored) == dump);
  }
}

class DecompressErrorTest : public DecompressTest {
 protected:
  std::string Message(const ByteVector& stored, const std::string& temporary_directory) {
    directory_.Write("heap.gz", stored);
    return std::string(DumpFile::Open(path_, {.temporary_directory = temporary_directory}, health_)
                           .status()
                           .message());
  }
  const std::string path_ = directory_.File("heap.gz");
};

TEST_F(DecompressErrorTest, NoSuchTemporaryDirectory) {
  EXPECT_EQ(Message(Gzip(MakeDump(1)), "/nonexistent/tmp"),
            "cannot make a temporary file in /nonexistent/tmp (No such file or directory): name "
            "another directory with --tmp");
}

// A file size limit stands for the full disk.
TEST_F(DecompressErrorTest, DiskFull) {
  ByteVector dump = MakeDump(30);  // 3.0 MB
  ByteVector stored = Gzip(dump, "", 0);
  std::string path = directory_.Write("heap.gz", stored);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit = {2 << 20, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  absl::Status status =
      DumpFile::Open(path, {.temporary_directory = directory_.path()}, health_).status();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_EQ(std::string(status.message()),
            absl::StrCat("no space left in ", directory_.path(), " while unpacking ", path,
                         " (3.0 MB unpacked, about 3.0 MB needed): free some there or name another "
                         "directory with --tmp"));
}

TEST_F(DecompressErrorTest, WindowTooLarge) {
  std::string message = Message(Zstd(MakeDump(1), 28), directory_.path());
  EXPECT_EQ(message, path_ +
                         " cannot be unpacked here, it needs a window of more than 128 MiB: unpack "
                         "it with `zstd -d --long=31 " +
                         path_ + "`");
}

TEST_F(DecompressErrorTest, DictionaryOfXzTooLarge) {
  std::string message = Message(Xz(MakeDump(1), 256 << 20), directory_.path());
  EXPECT_EQ(message, path_ +
                         " cannot be unpacked here, it needs a window of more than 128 MiB: unpack "
                         "it with `xz -dk " +
                         path_ + "`");
}

TEST_F(DecompressErrorTest, NothingInIt) {
  ByteVector gzip = Gzip(MakeDump(1));
  EXPECT_EQ(Message(Gzip({}), directory_.path()),
            path_ +
                " holds no data (gzip, empty or cut off at its start): make or copy the dump "
                "again");
  gzip.resize(12);
  EXPECT_EQ(Message(gzip, directory_.path()),
            path_ +
                " holds no data (gzip, empty or cut off at its start): make or copy the dump "
                "again");
}

// Told from the first bytes: nothing is unpacked, so a full disk does not matter.
TEST_F(DecompressErrorTest, NoDumpInIt) {
  ByteVector text(10'000'000, std::byte{'a'});
  for (const ByteVector& stored :
       {Gzip(text), HotSpotGzip(text, 1 << 20), Zstd(text), Bzip2(text), Xz(text)}) {
    EXPECT_EQ(Message(stored, directory_.path()),
              "the content of " + path_ +
                  " is a text file, not a heap dump: make one with `jcmd PID GC.heap_dump FILE`");
  }
  EXPECT_EQ(Message(Gzip(Gzip(text)), directory_.path()),
            "the content of " + path_ +
                " is compressed with gzip again: unpack it with `gunzip "
                "FILE`");
}

TEST_F(DecompressTest, TemporaryFileHasNoName) {
  Unpacked(Gzip(MakeDump(2)));
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator(directory_.path())) {
    ++files;
  }
  EXPECT_EQ(files, 1u) << "only the compressed dump itself";
}

TEST_F(DecompressTest, PipesAreCollected) {
  ByteVector dump = MakeDump(5);
  for (const ByteVector& stored :
       {dump, Gzip(dump), HotSpotGzip(dump, 1 << 20), Zstd(dump), Bzip2(dump), Xz(dump)}) {
    std::string pipe = directory_.File("pipe");
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    std::thread writer([&] { directory_.Write("pipe", stored); });
    std::vector<std::string> told;
    file_ = DumpFile::Open(pipe,
                           {.temporary_directory = directory_.path(),
                            .announce = [&](const std::string& text) { told.push_back(text); }},
                           health_);
    writer.join();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].find(absl::StrCat(pipe, " is collected in ", directory_.path(), " (")), 0u)
        << told[0];
    EXPECT_NE(told[0].find(" free there; --tmp DIR names another directory)"), std::string::npos);
    ASSERT_EQ(::unlink(pipe.c_str()), 0);
    ASSERT_TRUE(file_.ok()) << file_.status();
    EXPECT_TRUE(Everything(**file_) == dump);
    EXPECT_EQ((*file_)->stored_size(), stored.size());
  }
}

}  // namespace
}  // namespace leaktrail::hprof
