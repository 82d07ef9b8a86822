// What a JVM leaves that was killed while it dumped, with parts beside the file: cut in every way
// that happens, and put together again.
#include "hprof/dump_parts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hprof/heap_boundaries.h"
#include "hprof/record_index.h"
#include "tests/dump_builder.h"
#include "tests/hprof/compressed.h"
#include "tests/temp_directory.h"

namespace leaktrail::hprof {
namespace {

using namespace testing;

constexpr std::uint64_t kSegments = 6;
constexpr std::uint64_t kArraysPerSegment = 20;

// A dump of kSegments segments, cut into the pieces in which a JVM writes it.
struct Pieces {
  ByteVector tables;                 // with the header
  std::vector<ByteVector> segments;  // with their record headers
};

Pieces MakePieces(std::uint32_t id_size = 8) {
  DumpBuilder dump({.id_size = id_size});
  dump.Boot();
  for (std::uint64_t segment = 1; segment < kSegments; ++segment) {
    dump.NewSegment();
    for (std::uint64_t i = 0; i < kArraysPerSegment; ++i) {
      dump.ByteArray(absl::StrCat("array ", segment, " ", std::string(300, 'x')));
    }
  }
  const ByteVector bytes = dump.Bytes();
  const RecordIndex index = [&] {
    ImportHealth health;
    return IndexRecords(*DumpFile::FromMemory(bytes), health).value();
  }();
  Pieces pieces;
  constexpr std::uint64_t kHeader = 9;
  const auto part = [&](std::uint64_t begin, std::uint64_t end) {
    return ByteVector(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                      bytes.begin() + static_cast<std::ptrdiff_t>(end));
  };
  pieces.tables = part(0, index.heaps[0].units[0].begin - kHeader);
  for (const HeapUnit& unit : index.heaps[0].units) {
    pieces.segments.push_back(part(unit.begin - kHeader, unit.end));
  }
  return pieces;
}

class DumpPartsTest : public ::testing::Test {
 protected:
  DumpPartsTest() { EXPECT_EQ(pieces_.segments.size(), kSegments); }

  // The file, with the parts beside it; part 7 stands for one that was never written to.
  void Open(const ByteVector& base, const std::map<int, ByteVector>& parts) {
    const std::string path = directory_.Write("heap.hprof", base);
    directory_.Write("heap.hprof.p7", ByteVector());
    for (const auto& [number, bytes] : parts) {
      directory_.Write(absl::StrCat("heap.hprof.p", number), bytes);
    }
    auto file = DumpFile::Open(path, {.temporary_directory = directory_.path()}, health_);
    ASSERT_TRUE(file.ok()) << file.status();
    file_ = *std::move(file);
    auto index = IndexRecords(*file_, health_);
    ASSERT_TRUE(index.ok()) << index.status();
    index_ = *std::move(index);
  }

  // Arrays by the number of the segment that they were written in.
  std::map<char, int> Arrays() const {
    std::map<char, int> counts;
    if (index_.heaps.size() != 1) return counts;
    SkipWindow window(*file_);
    for (const HeapUnit& unit : index_.heaps[0].units) {
      for (std::uint64_t at = unit.begin; at < unit.end;) {
        if (static_cast<HeapTag>(window.At(at)[0]) == HeapTag::kPrimitiveArrayDump) {
          const std::uint64_t to_text = 1 + index_.header.id_size + 4 + 4 + 1;
          std::vector<std::byte> scratch;
          const Bytes text = file_->View(at + to_text + 6, 1, scratch);
          ++counts[static_cast<char>(text[0])];
        }
        at = SubRecordEnd(window, at, index_.header.id_size);
        if (at == 0) return {};
      }
    }
    return counts;
  }

  const Pieces pieces_ = MakePieces();
  TempDirectory directory_;
  ImportHealth health_;
  std::unique_ptr<DumpFile> file_;
  RecordIndex index_;
};

const std::map<char, int> kAll = {{'1', 20}, {'2', 20}, {'3', 20}, {'4', 20}, {'5', 20}};

TEST_F(DumpPartsTest, AreOneDump) {
  Open(pieces_.tables, {{0, pieces_.segments[0] + pieces_.segments[1]},
                        {1, pieces_.segments[2]},
                        {2, pieces_.segments[3] + pieces_.segments[4]},
                        {10, pieces_.segments[5]}});
  EXPECT_EQ(Arrays(), kAll);
  EXPECT_EQ(health_.count(Oddity::kUnfinishedParts), 4u);
  EXPECT_EQ(health_.count(Oddity::kCutOff), 0u);
  EXPECT_TRUE(health_.partial());
  EXPECT_EQ(health_.first_damage(), pieces_.tables.size());
  EXPECT_EQ(file_->path(), directory_.File("heap.hprof"));
  EXPECT_EQ(file_->stored_size(), file_->size());
  EXPECT_FALSE(index_.load_classes.empty());
  EXPECT_TRUE(file_->CheckUnchanged().ok());
}

// Each file ends where its last buffer was written: within a record.
TEST_F(DumpPartsTest, MayAllBeCutOff) {
  const auto without = [](ByteVector bytes, std::size_t cut) {
    bytes.resize(bytes.size() - cut);
    return bytes;
  };
  Open(without(pieces_.tables, 5), {{0, pieces_.segments[0] + without(pieces_.segments[1], 500)},
                                    {1, without(pieces_.segments[2], 10)},
                                    {2, pieces_.segments[3]}});
  EXPECT_EQ(Arrays(), (std::map<char, int>{{'1', 18}, {'2', 19}, {'3', 20}}));
  EXPECT_EQ(health_.count(Oddity::kUnfinishedParts), 3u);
  EXPECT_EQ(health_.count(Oddity::kCutOff), 3u);
  EXPECT_GT(health_.bytes_lost(), 0u);
}

// A cut at every place: what stands before it counts, and all other parts.
TEST_F(DumpPartsTest, AnyCutLeavesTheOthersWhole) {
  const ByteVector& torn = pieces_.segments[1];
  for (std::size_t size = 1; size < torn.size(); size += 7) {
    SCOPED_TRACE(size);
    health_ = {};
    Open(pieces_.tables, {{0, pieces_.segments[0]},
                          {1, ByteVector(torn.begin(), torn.begin() + std::ptrdiff_t(size))},
                          {2, pieces_.segments[2]}});
    std::map<char, int> arrays = Arrays();
    EXPECT_EQ(arrays['2'], 20);
    EXPECT_LT(arrays['1'], 20);
    EXPECT_TRUE(health_.partial());
  }
}

// Killed later, while it appended the parts one after the other.
TEST_F(DumpPartsTest, WhatWasAppendedAlreadyCountsOnce) {
  const ByteVector first = pieces_.segments[1] + pieces_.segments[2];
  const ByteVector second = pieces_.segments[3] + pieces_.segments[4];
  for (std::size_t appended : {std::size_t{10'000}, pieces_.segments[3].size(),
                               pieces_.segments[3].size() + 4'200, second.size()}) {
    SCOPED_TRACE(appended);
    health_ = {};
    const ByteVector copied(second.begin(), second.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                 appended, second.size())));
    Open(pieces_.tables + pieces_.segments[0] + first + copied,
         {{1, second}, {2, pieces_.segments[5]}});
    EXPECT_EQ(Arrays(), kAll);
    EXPECT_EQ(health_.count(Oddity::kUnfinishedParts), 2u);
    EXPECT_EQ(health_.count(Oddity::kCutOff), 0u);
  }
}

TEST_F(DumpPartsTest, MayBeCompressed) {
  const auto compress = [](const ByteVector& bytes) { return HotSpotGzip(bytes, 4096); };
  Open(compress(pieces_.tables), {{0, compress(pieces_.segments[0] + pieces_.segments[1])},
                                  {1, compress(pieces_.segments[2] + pieces_.segments[3])},
                                  {2, compress(pieces_.segments[4] + pieces_.segments[5])}});
  EXPECT_EQ(Arrays(), kAll);
  EXPECT_EQ(file_->compression(), Compression::kGzip);
  EXPECT_LT(file_->stored_size(), file_->size());
}

// Left by an earlier try, or not of a JVM at all.
TEST_F(DumpPartsTest, DoNotTouchACompleteDump) {
  DumpBuilder dump;
  dump.ByteArray("alone");
  Open(dump.Bytes(), {{0, pieces_.segments[1]}});
  EXPECT_EQ(file_->size(), dump.Bytes().size());
  EXPECT_TRUE(health_.entries().empty());
}

TEST_F(DumpPartsTest, OtherFilesAreLeftAlone) {
  directory_.Write("heap.hprof.p0x", pieces_.segments[1]);
  directory_.Write("heap.hprof.part", pieces_.segments[1]);
  directory_.Write("heap.hprof.p0", absl::string_view("a letter"));
  Open(pieces_.tables + pieces_.segments[0], {});
  EXPECT_EQ(file_->size(), pieces_.tables.size() + pieces_.segments[0].size());
  EXPECT_EQ(health_.count(Oddity::kUnfinishedParts), 0u);
}

class LostHeaderTest : public DumpPartsTest, public ::testing::WithParamInterface<std::uint32_t> {
 protected:
  void ExpectLostHeader(std::uint64_t parts) {
    EXPECT_EQ(index_.header.id_size, GetParam());
    EXPECT_EQ(index_.header.timestamp_ms, 0);
    EXPECT_EQ(health_.count(Oddity::kUnfinishedParts), parts);
    EXPECT_TRUE(health_.partial());
    EXPECT_EQ(file_->path(), directory_.File("heap.hprof"));
  }

  const Pieces pieces_ = MakePieces(GetParam());
};

INSTANTIATE_TEST_SUITE_P(IdSizes, LostHeaderTest, ::testing::Values(4, 8));

// Killed before the first names were in the file itself.
TEST_P(LostHeaderTest, IsToldFromTheParts) {
  const auto& segments = pieces_.segments;
  Open({}, {{0, segments[0] + segments[1]},
            {1, segments[2] + segments[3]},
            {2, segments[4] + segments[5]}});
  EXPECT_EQ(Arrays(), kAll);
  ExpectLostHeader(3);
  EXPECT_EQ(health_.count(Oddity::kCutOff), 0u);
  std::uint64_t stored = 0;
  for (const ByteVector& segment : segments) stored += segment.size();
  EXPECT_EQ(file_->stored_size(), stored);
}

TEST_P(LostHeaderTest, TheFileItselfMayBeMissing) {
  directory_.Write("heap.hprof.p0", pieces_.segments[1]);
  auto file = DumpFile::Open(directory_.File("heap.hprof"), {}, health_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(ReadHeader(**file)->id_size, GetParam());
  EXPECT_EQ(health_.count(Oddity::kUnfinishedParts), 1u);
}

// A part that was cut off within its first segment: a few of its sub-records tell enough.
TEST_P(LostHeaderTest, AnyCutOfThePartsIsReadOrRefused) {
  for (const ByteVector& torn : {pieces_.segments[0], pieces_.segments[1]}) {
    bool accepted = false;
    for (std::size_t size = 1; size <= torn.size(); size += size < 4'000 ? 1 : 7) {
      SCOPED_TRACE(size);
      health_ = {};
      const std::string path = directory_.Write("heap.hprof", ByteVector());
      directory_.Write("heap.hprof.p0",
                       ByteVector(torn.begin(), torn.begin() + static_cast<std::ptrdiff_t>(size)));
      auto file = DumpFile::Open(path, {}, health_);
      if (file.ok()) {
        EXPECT_EQ(ReadHeader(**file)->id_size, GetParam());
        EXPECT_TRUE(health_.partial());
        accepted = true;
        continue;
      }
      EXPECT_FALSE(accepted);
      EXPECT_TRUE(health_.entries().empty());
      EXPECT_TRUE(absl::StrContains(file.status().message(), size < 5 ? "is empty: the dump was not"
                                                                      : "hold too little to tell"))
          << file.status();
    }
    EXPECT_TRUE(accepted);
  }
}

TEST_P(LostHeaderTest, MayBeCompressed) {
  const auto compress = [](const ByteVector& bytes) { return HotSpotGzip(bytes, 4096); };
  Open({}, {{0, compress(pieces_.segments[0] + pieces_.segments[1])},
            {1, compress(pieces_.segments[2] + pieces_.segments[3])},
            {2, compress(pieces_.segments[4] + pieces_.segments[5])}});
  EXPECT_EQ(Arrays(), kAll);
  ExpectLostHeader(3);
  EXPECT_EQ(file_->compression(), Compression::kGzip);
}

TEST_F(DumpPartsTest, NothingBesideAnEmptyFile) {
  const std::string path = directory_.Write("heap.hprof", ByteVector());
  directory_.Write("heap.hprof.p0", ByteVector());
  directory_.Write("heap.hprof.p1", absl::string_view("a letter"));
  auto file = DumpFile::Open(path, {}, health_);
  EXPECT_TRUE(absl::StrContains(file.status().message(), "is empty: the dump was not written"));
  file = DumpFile::Open(directory_.File("other.hprof"), {}, health_);
  EXPECT_TRUE(absl::IsNotFound(file.status()));
  EXPECT_TRUE(health_.entries().empty());
}

TEST_F(DumpPartsTest, ReadAndViewCrossTheBorders) {
  Open(pieces_.tables, {{0, pieces_.segments[0]}, {1, pieces_.segments[1]}});
  const ByteVector all = pieces_.tables + pieces_.segments[0] + pieces_.segments[1];
  ASSERT_EQ(file_->size(), all.size());
  ByteVector scratch;
  for (std::size_t at = 0; at <= all.size() + 10; at += 501) {
    ByteVector read(3'000);
    read.resize(file_->Read(at, read));
    const Bytes view = file_->View(at, 3'000, scratch);
    const std::size_t expected =
        at < all.size() ? std::min<std::size_t>(3'000, all.size() - at) : 0;
    ASSERT_EQ(read.size(), expected);
    ASSERT_TRUE(std::equal(view.begin(), view.end(), read.begin(), read.end()));
    EXPECT_TRUE(std::equal(read.begin(), read.end(),
                           all.begin() + static_cast<std::ptrdiff_t>(std::min(at, all.size()))));
  }
}

}  // namespace
}  // namespace leaktrail::hprof
