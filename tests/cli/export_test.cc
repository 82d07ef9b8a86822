// `export`: the tables against the graph that they come from, in every format.
#include <sys/stat.h>
#include <zstd.h>

#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cli/export_tables.h"
#include "cli/row_stream.h"
#include "cli/run.h"
#include "gtest/gtest.h"
#include "tests/analyses/shop_dump.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

// The contents of a file, unpacked by the zstd library if its name says so.
std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!absl::EndsWith(path, ".zst")) return bytes;
  ZSTD_DStream* stream = ZSTD_createDStream();
  ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
  std::string text, piece(1 << 16, '\0');
  std::size_t left = 1;
  while (left != 0) {
    ZSTD_outBuffer out = {piece.data(), piece.size(), 0};
    left = ZSTD_decompressStream(stream, &out, &in);
    if (ZSTD_isError(left) || (out.pos == 0 && in.pos == in.size)) break;
    text.append(piece, 0, out.pos);
  }
  EXPECT_EQ(left, 0u) << path;  // the frame is whole, and its checksum right
  ZSTD_freeDStream(stream);
  return text;
}

// Rows of plain cells, by column; the header is checked away.
std::vector<std::map<std::string, std::string>> ReadCsv(const std::string& path) {
  std::vector<std::string> lines = absl::StrSplit(Read(path), '\n');
  EXPECT_EQ(lines.back(), "");
  lines.pop_back();
  const std::vector<std::string> columns = absl::StrSplit(lines.front(), ',');
  std::vector<std::map<std::string, std::string>> rows;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> cells = absl::StrSplit(lines[i], ',');
    EXPECT_EQ(cells.size(), columns.size()) << lines[i];
    auto& row = rows.emplace_back();
    for (std::size_t c = 0; c < columns.size(); ++c) {
      absl::string_view cell = cells[c];
      if (absl::ConsumePrefix(&cell, "\"")) {
        EXPECT_TRUE(absl::ConsumeSuffix(&cell, "\"")) << cell;
      }
      row[columns[c]] = std::string(cell);
    }
  }
  return rows;
}

int Export(std::vector<std::string> words) {
  words.insert(words.begin(), "export");
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  const int code = cli::Run(words);
  ::testing::internal::GetCapturedStdout();
  ::testing::internal::GetCapturedStderr();
  return code;
}

class ExportTest : public ::testing::Test {
 protected:
  TempDirectory directory_;
  ShopDump shop_;
  std::string file_ = directory_.Write("heap.hprof", shop_.dump.Bytes());
  std::string out_ = directory_.File("tables");
  std::unique_ptr<graph::Snapshot> snapshot_ = shop_.Snapshot();
};

TEST_F(ExportTest, ObjectsAreThoseOfTheGraph) {
  ASSERT_EQ(Export({file_, "--out", out_}), cli::kDone);
  const auto rows = ReadCsv(out_ + "/objects.csv");
  ASSERT_EQ(rows.size(), snapshot_->node_count());
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    const graph::ObjectIndex o(i);
    auto row = rows[i];
    EXPECT_EQ(row["object"], absl::StrCat(i));
    EXPECT_EQ(row["id"], absl::StrCat("0x", absl::Hex(snapshot_->IdOf(o))));
    EXPECT_EQ(row["class"], absl::StrCat(snapshot_->ClassOf(o).value()));
    EXPECT_EQ(row["shallow"], absl::StrCat(snapshot_->ShallowSize(o)));
    EXPECT_EQ(row["retained"], absl::StrCat(snapshot_->RetainedSize(o)));
    const auto dominator = snapshot_->ImmediateDominator(o);
    EXPECT_EQ(row["dominator"], dominator.valid() ? absl::StrCat(dominator.value()) : "");
    EXPECT_EQ(row["level"], std::string(graph::Name(snapshot_->LevelOf(o))));
  }
}

TEST_F(ExportTest, ReferencesAndRootsReachWhatIsAlive) {
  ASSERT_EQ(Export({file_, "--out", out_}), cli::kDone);
  std::multimap<std::string, std::string> references;
  for (auto& row : ReadCsv(out_ + "/references.csv")) {
    references.emplace(row["source"], row["target"]);
  }
  std::set<std::string> reached;
  std::vector<std::string> open;
  bool frame = false;
  for (auto& row : ReadCsv(out_ + "/roots.csv")) {
    open.push_back(row["object"]);
    frame |= row["frame"] == "Cache.run(Cache.java:12)" && !row["thread"].empty();
  }
  EXPECT_TRUE(frame);
  while (!open.empty()) {
    const std::string o = open.back();
    open.pop_back();
    if (!reached.insert(o).second) continue;
    const auto [begin, end] = references.equal_range(o);
    for (auto it = begin; it != end; ++it) open.push_back(it->second);
  }
  for (auto& row : ReadCsv(out_ + "/objects.csv")) {
    // All classes of this heap are roots: nothing is alive by its class alone.
    EXPECT_EQ(reached.contains(row["object"]), row["level"] != "unreachable");
  }
}

TEST_F(ExportTest, ClassesHaveNamesLoadersAndCounts) {
  ASSERT_EQ(Export({file_, "--out", out_, "--tables", "classes"}), cli::kDone);
  bool found = false;
  for (auto& row : ReadCsv(out_ + "/classes.csv")) {
    if (row["name"] != "com.acme.Order") continue;
    found = true;
    EXPECT_EQ(row["instances"], "6");
    EXPECT_EQ(row["unreachable"], "2");
    EXPECT_EQ(row["shallow"], "144");
    EXPECT_EQ(row["loader_name"], "boot");
    EXPECT_EQ(row["loader"], "");
  }
  EXPECT_TRUE(found);
  struct stat status;
  EXPECT_NE(stat((out_ + "/objects.csv").c_str(), &status), 0);  // not asked for
  ASSERT_EQ(stat((out_ + "/classes.csv").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(ExportTest, EveryFormatSaysTheSame) {
  for (const char* format : {"csv", "csv.zst", "ndjson", "ndjson.zst"}) {
    ASSERT_EQ(Export({file_, "--out", out_, "--format", format}), cli::kDone) << format;
  }
  for (const char* table : {"classes", "objects", "references", "roots"}) {
    const std::string path = absl::StrCat(out_, "/", table, ".");
    const std::string csv = Read(path + "csv"), ndjson = Read(path + "ndjson");
    EXPECT_EQ(csv, Read(path + "csv.zst"));
    EXPECT_EQ(ndjson, Read(path + "ndjson.zst"));
    const auto rows = ReadCsv(path + "csv");
    const std::vector<std::string> lines = absl::StrSplit(ndjson, '\n', absl::SkipEmpty());
    ASSERT_EQ(lines.size(), rows.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto json = nlohmann::json::parse(lines[i]);
      for (const auto& [column, cell] : rows[i]) {
        if (cell.empty()) {
          EXPECT_FALSE(json.contains(column)) << column;
          continue;
        }
        const auto& value = json[column];
        EXPECT_EQ(value.is_string() ? value.get<std::string>() : value.dump(), cell);
      }
    }
  }
  EXPECT_TRUE(
      absl::StrContains(Read(out_ + "/schema.sql"), "read_json_auto('objects.ndjson.zst')"));
}

TEST_F(ExportTest, WhatCannotBeWrittenIsSaid) {
  EXPECT_EQ(Export({file_, "--out", file_}), cli::kNotWritten);  // a file, no directory
  EXPECT_EQ(Export({file_}), cli::kUsage);
  EXPECT_EQ(Export({file_, "--out", out_, "--tables", "strings"}), cli::kUsage);
}

TEST(RowStream, HostileTextStaysOneCell) {
  TempDirectory directory;
  for (const bool ndjson : {false, true}) {
    const std::string path = directory.File("rows");
    auto rows = cli::RowStream::Create(path, {.ndjson = ndjson}, {"a", "b", "c"});
    ASSERT_TRUE(rows.ok());
    (*rows)->Text("=cmd\x1b[2J\n");
    (*rows)->Nothing();
    (*rows)->Text("one, \"two\"");
    EXPECT_EQ((*rows)->rows(), 1u);
    ASSERT_TRUE((*rows)->Finish().ok());
    EXPECT_EQ(Read(path), ndjson ? "{\"a\":\"=cmd\\u001b[2J\\n\",\"c\":\"one, \\\"two\\\"\"}\n"
                                 : "a,b,c\n'=cmd\\x1b[2J\\x0a,,\"one, \"\"two\"\"\"\n");
  }
}

TEST(RowStream, TablesOfManyMegabytesAreWhole) {
  TempDirectory directory;
  constexpr std::uint64_t kRows = 700'000;
  for (const bool zstd : {false, true}) {
    const std::string path = directory.File(zstd ? "rows.zst" : "rows");
    auto rows = cli::RowStream::Create(path, {.zstd = zstd}, {"n"});
    ASSERT_TRUE(rows.ok());
    for (std::uint64_t i = 0; i < kRows; ++i) (*rows)->Number(i);
    ASSERT_TRUE((*rows)->Finish().ok());
    std::uint64_t expected = 0;
    const std::string text = Read(path);
    for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      if (line == "n") continue;
      std::uint64_t number = 0;
      ASSERT_TRUE(absl::SimpleAtoi(line, &number));
      ASSERT_EQ(number, expected++);
    }
    EXPECT_EQ(expected, kRows);
  }
}

}  // namespace
}  // namespace leaktrail::testing
