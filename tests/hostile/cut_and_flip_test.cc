// A small dump cut at every byte, and with every byte flipped: through all of the analysis and the
// reports, plain and compressed. Nothing crashes, memory stays bounded, and what is missing is
// said.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "cli/render_json.h"
#include "cli/render_text.h"
#include "tests/analyses/shop_dump.h"
#include "tests/everything_dump.h"
#include "tests/hostile/examine.h"
#include "tests/hprof/compressed.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

using hprof::Oddity;

// What the process has used at most, in MiB.
long PeakMemory() {
  struct rusage usage;
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss >> 10;
}

// No dump of a few kB needs more than this, whatever lengths it claims. AddressSanitizer keeps
// 256 MiB of freed memory, and shadows of all.
#if defined(__SANITIZE_ADDRESS__)
constexpr long kMostMemory = 1000;
#else
constexpr long kMostMemory = 400;
#endif

// The result as people and scripts get it; it must say so if it is partial.
void CheckReports(const Examined& examined) {
  const analyses::Report report = examined.Report();
  const std::string text = cli::ReportText(report, /*full=*/true, {});
  const std::string json = cli::ReportJson(report, {});
  const nlohmann::json document = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  ASSERT_FALSE(document.is_discarded());
  EXPECT_EQ(absl::StrContains(text, "PARTIAL RESULT: "), examined.partial) << text;
  EXPECT_EQ(document["status"], examined.partial ? "partial" : "complete");
  EXPECT_EQ(document["dump"]["damage_offset"].is_null(), !examined.partial);
}

void CutEverywhere(const std::vector<std::byte>& whole) {
  int partial = 0, refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    const Examined cut = Examine({whole.begin(), whole.begin() + size});
    if (!cut.error.empty()) {
      ++refused;
      EXPECT_TRUE(absl::StartsWith(cut.error, "heap.hprof")) << cut.error;
      EXPECT_EQ(partial, 0) << "once there is something, there is always something";
      continue;
    }
    ASSERT_NO_FATAL_FAILURE(CheckReports(cut));
    if (!cut.partial) continue;  // at the border of a record
    ++partial;
    const hprof::ImportHealth& health = cut.snapshot->health();
    EXPECT_EQ(health.count(Oddity::kCutOff), 1u);
    EXPECT_LE(health.first_damage(), size);
    EXPECT_GT(health.bytes_lost(), 0u);
    EXPECT_LT(health.share_read_milli(size), 1000u);
  }
  EXPECT_GT(refused, 30) << "the header";
  EXPECT_GT(partial, 300);
  EXPECT_LT(PeakMemory(), kMostMemory);
}

void FlipEverywhere(const std::vector<std::byte>& whole) {
  int different = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    SCOPED_TRACE(at);
    std::vector<std::byte> bytes = whole;
    bytes[at] ^= std::byte{0xff};
    const Examined flipped = Examine(std::move(bytes));
    different += !flipped.error.empty() || !flipped.health.empty();
    if (flipped.error.empty()) {
      ASSERT_NO_FATAL_FAILURE(CheckReports(flipped));
    }
  }
  EXPECT_GT(different, 100) << "flips do damage";
  EXPECT_LT(PeakMemory(), kMostMemory);
}

std::vector<std::byte> Everything(const DumpOptions& options) {
  DumpBuilder dump(options);
  FillWithEverything(dump);
  return dump.Bytes();
}

const DumpOptions kOneRecord4 = {.version = "1.0.1", .id_size = 4, .one_heap_record = true};
const DumpOptions kOneRecord8 = {.version = "1.0.1", .id_size = 8, .one_heap_record = true};
const DumpOptions kSegments4 = {.id_size = 4, .segment_size = 60};
const DumpOptions kSegments8 = {.id_size = 8, .segment_size = 60};
const DumpOptions kAndroid = {.version = "1.0.3", .id_size = 4};

TEST(CutEverywhereTest, OneRecordWith4ByteIds) { CutEverywhere(Everything(kOneRecord4)); }
TEST(CutEverywhereTest, OneRecordWith8ByteIds) { CutEverywhere(Everything(kOneRecord8)); }
TEST(CutEverywhereTest, SegmentsWith4ByteIds) { CutEverywhere(Everything(kSegments4)); }
TEST(CutEverywhereTest, SegmentsWith8ByteIds) { CutEverywhere(Everything(kSegments8)); }
TEST(CutEverywhereTest, Shop) { CutEverywhere(ShopDump().dump.Bytes()); }

TEST(FlipEverywhereTest, OneRecordWith4ByteIds) { FlipEverywhere(Everything(kOneRecord4)); }
TEST(FlipEverywhereTest, SegmentsWith8ByteIds) { FlipEverywhere(Everything(kSegments8)); }
TEST(FlipEverywhereTest, Android) { FlipEverywhere(Everything(kAndroid)); }
TEST(FlipEverywhereTest, Shop) { FlipEverywhere(ShopDump().dump.Bytes()); }

// Compressed: the damage is in the compressed bytes.
class CompressedTest : public ::testing::Test {
 protected:
  // The result for compressed bytes, or the error of opening them.
  Examined ExamineStored(std::span<const std::byte> stored) {
    hprof::ImportHealth health;
    hprof::OpenOptions options;
    options.temporary_directory = directory_.path();
    auto file = hprof::DumpFile::Open(directory_.Write("heap.hprof", stored), options, health);
    if (file.ok()) return Examine(*std::move(file), health);
    Examined examined;
    examined.error = std::string(file.status().message());
    return examined;
  }

  void CutEverywhere(const ByteVector& stored) {
    int results = 0;
    for (std::size_t size = 0; size < stored.size(); ++size) {
      SCOPED_TRACE(size);
      const Examined cut = ExamineStored(std::span(stored).first(size));
      if (!cut.error.empty()) continue;
      ++results;
      ASSERT_NO_FATAL_FAILURE(CheckReports(cut));
      // At the border of two members nothing tells that more was to follow.
      const hprof::ImportHealth& health = cut.snapshot->health();
      EXPECT_EQ(health.count(Oddity::kCompressedCutOff) == 1 ||
                    health.count(Oddity::kCutOff) == 1 || health.count(Oddity::kNoEndRecord) == 1,
                true);
    }
    EXPECT_GT(results, 10);
    EXPECT_LT(PeakMemory(), kMostMemory);
  }

  void FlipEverywhere(const ByteVector& stored) {
    int different = 0;
    for (std::size_t at = 0; at < stored.size(); ++at) {
      SCOPED_TRACE(at);
      ByteVector bytes = stored;
      bytes[at] ^= std::byte{0xff};
      const Examined flipped = ExamineStored(bytes);
      different += !flipped.error.empty() || !flipped.health.empty();
      if (flipped.error.empty()) {
        ASSERT_NO_FATAL_FAILURE(CheckReports(flipped));
      }
    }
    EXPECT_GT(different, static_cast<int>(stored.size() / 2)) << "checksums notice nearly all";
    EXPECT_LT(PeakMemory(), kMostMemory);
  }

  TempDirectory directory_;
};

TEST_F(CompressedTest, GzipCutEverywhere) { CutEverywhere(Gzip(Everything(kSegments8))); }
TEST_F(CompressedTest, MembersCutEverywhere) {
  CutEverywhere(HotSpotGzip(Everything(kSegments8), 600));
}
TEST_F(CompressedTest, ZstdCutEverywhere) {
  const std::vector<std::byte> bytes = Everything(kSegments8);
  const std::span all(bytes);  // in two frames: a frame this small unpacks all at once
  CutEverywhere(Zstd(all.first(all.size() * 2 / 3)) + Zstd(all.subspan(all.size() * 2 / 3)));
}
TEST_F(CompressedTest, GzipFlippedEverywhere) { FlipEverywhere(Gzip(Everything(kSegments8))); }
TEST_F(CompressedTest, MembersFlippedEverywhere) {
  FlipEverywhere(HotSpotGzip(Everything(kSegments8), 600));
}
TEST_F(CompressedTest, ZstdFlippedEverywhere) { FlipEverywhere(Zstd(Everything(kSegments8))); }

}  // namespace
}  // namespace leaktrail::testing
