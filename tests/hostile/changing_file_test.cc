// The dump changes while it is read: it is cut, it grows, it is written again. Always a message.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "cli/bus_error.h"
#include "cli/run.h"
#include "hprof/dump_file.h"
#include "tests/everything_dump.h"
#include "tests/hprof/compressed.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

class ChangingFileTest : public ::testing::Test {
 protected:
  ChangingFileTest() {
    DumpBuilder dump;
    FillWithEverything(dump);
    dump.PrimitiveArray(kByte, 1 << 20);
    path_ = directory_.Write("heap.hprof", dump.Bytes());
  }
  std::unique_ptr<hprof::DumpFile> Open(const std::string& path) {
    hprof::ImportHealth health;
    auto file = hprof::DumpFile::Open(path, {}, health);
    EXPECT_TRUE(file.ok()) << file.status();
    return file.ok() ? *std::move(file) : nullptr;
  }

  TempDirectory directory_;
  std::string path_;
};

TEST_F(ChangingFileTest, UnchangedIsFine) {
  const auto file = Open(path_);
  ASSERT_NE(file, nullptr);
  EXPECT_TRUE(file->CheckUnchanged().ok());
}

TEST_F(ChangingFileTest, GrowingIsTold) {
  const auto file = Open(path_);
  ASSERT_NE(file, nullptr);
  std::ofstream(path_, std::ios::app) << "more";
  const absl::Status status = file->CheckUnchanged();
  EXPECT_TRUE(absl::StrContains(
      status.message(), ": is it still being written? Wait until it is complete, and try again"))
      << status;
}

TEST_F(ChangingFileTest, ShrinkingIsTold) {
  const auto file = Open(path_);
  ASSERT_NE(file, nullptr);
  const std::uint64_t size = file->size();
  std::filesystem::resize_file(path_, 5000);
  EXPECT_EQ(file->CheckUnchanged().message(),
            absl::StrCat(path_, " has changed its size while it was read, from ", size,
                         " to 5000 bytes: copy it to a place where nobody changes it, and try "
                         "again"));
  std::vector<std::byte> buffer(100);
  EXPECT_EQ(file->Read(4950, buffer), 50u) << "what is left";
  EXPECT_EQ(file->Read(6000, buffer), 0u);
}

TEST_F(ChangingFileTest, WritingInPlaceIsTold) {
  const auto file = Open(path_);
  ASSERT_NE(file, nullptr);
  const auto before = std::filesystem::last_write_time(path_);
  std::fstream(path_, std::ios::in | std::ios::out | std::ios::binary).seekp(400).write("x", 1);
  std::filesystem::last_write_time(path_, before + std::chrono::seconds(1));
  EXPECT_TRUE(
      absl::StrContains(file->CheckUnchanged().message(), " was written to while it was read: "));
}

// The access through the map is a bus error; the process ends with the exit code of a file that
// cannot be read, and says why.
TEST_F(ChangingFileTest, ReadingBehindANewEndIsNoSignal) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        const cli::BusErrorGuard guard(path_);
        const auto file = Open(path_);
        std::filesystem::resize_file(path_, 5000);
        std::vector<std::byte> scratch;
        const hprof::Bytes bytes = file->View(1 << 19, 1, scratch);
        std::exit(bytes.empty() ? 98 : std::to_integer<int>(bytes[0]) + 99);
      },
      ::testing::ExitedWithCode(cli::kUnreadable),
      "heap.hprof cannot be read any more: it became shorter while it was read");
}

TEST_F(ChangingFileTest, TheHandlerGoesWithItsGuard) {
  struct sigaction before, during, after;
  ::sigaction(SIGBUS, nullptr, &before);
  {
    const cli::BusErrorGuard guard(path_);
    ::sigaction(SIGBUS, nullptr, &during);
  }
  ::sigaction(SIGBUS, nullptr, &after);
  EXPECT_NE(during.sa_handler, before.sa_handler);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
}

// A few bytes that unpack to many: refused before they fill the disk.
TEST_F(ChangingFileTest, DecompressionIsBounded) {
  DumpBuilder dump;
  dump.PrimitiveArray(kByte, 8 << 20);
  const ByteVector bytes = dump.Bytes();
  for (const ByteVector& stored : {Gzip(bytes), HotSpotGzip(bytes, 1 << 20), Zstd(bytes)}) {
    const std::string path = directory_.Write("bomb", stored);
    hprof::ImportHealth health;
    hprof::OpenOptions options;
    options.max_inflate = 4 << 20;
    const auto refused = hprof::DumpFile::Open(path, options, health);
    ASSERT_FALSE(refused.ok());
    EXPECT_TRUE(absl::EndsWith(refused.status().message(),
                               ") unpacks to more than 4.2 MB: if it is a heap dump all the same, "
                               "allow more with --max-inflate SIZE"))
        << refused.status();
    options.max_inflate = 16 << 20;
    EXPECT_TRUE(hprof::DumpFile::Open(path, options, health).ok());
    options.max_inflate = 0;
    EXPECT_TRUE(hprof::DumpFile::Open(path, options, health).ok()) << "by default, at least 1 GiB";
  }
}

}  // namespace
}  // namespace leaktrail::testing
