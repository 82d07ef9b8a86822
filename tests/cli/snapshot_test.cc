// `leaktrail snapshot`, and every command on its file: the answers of the dump, but for the name of
// the file, and nothing of the contents.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/run.h"
#include "graph/store/snapshot_file.h"
#include "gtest/gtest.h"
#include "tests/analyses/client_dump.h"
#include "tests/analyses/shop_dump.h"
#include "tests/cli/tool.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

std::string Fixture(const std::string& name) { return absl::StrCat(LEAKTRAIL_FIXTURES, "/", name); }

class SnapshotTest : public ::testing::Test {
 protected:
  TempDirectory directory_;
  ShopDump shop_;
  std::string dump_ = directory_.Write("heap.hprof", shop_.dump.Bytes());
  std::string snapshot_ = directory_.File("heap.snapx");

  void SetUp() override {
    const ToolResult result = RunTool({"snapshot", dump_, "-o", snapshot_});
    ASSERT_EQ(result.code, cli::kDone) << result.err;
  }
  // What names the kind of file is taken out, and with it where a line breaks because of it.
  std::string Common(absl::string_view text) const {
    const std::string words =
        absl::StrJoin(absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty()), " ");
    return absl::StrReplaceAll(
        words,
        {{dump_, "FILE"}, {snapshot_, "FILE"}, {", snapshot live", " live"}, {"; snapshot;", ";"}});
  }
};

TEST_F(SnapshotTest, AnswersAsTheDump) {
  const std::vector<std::vector<std::string>> commands = {
      {"analyze"},
      {"analyze", "--full"},
      {"histogram", "-n", "all"},
      {"histogram", "--by", "loader"},
      {"histogram", "--by", "package", "--unreachable"},
      {"dominators", "--min", "0"},
      {"dominators", "com.acme.Order", "--min", "0"},
      {"path", "java.lang.String", "--include", "weak"},
      {"path", "byte[]", "--include", "weak"},
      {"path", absl::StrCat("@0x", absl::Hex(shop_.first_order))},
      {"loaders"},
      {"loaders", "-n", "1"},
      {"native"},
      {"native", "--full"}};
  for (std::vector<std::string> words : commands) {
    for (const bool json : {false, true}) {
      if (json) words.push_back("--json");
      const auto ask = [&](const std::string& file) {
        std::vector<std::string> all = words;
        all.insert(all.begin() + 1, file);
        return RunTool(all);
      };
      const ToolResult of_dump = ask(dump_), of_snapshot = ask(snapshot_);
      EXPECT_EQ(of_snapshot.code, cli::kDone) << of_snapshot.err;
      EXPECT_EQ(of_snapshot.err, "");
      if (!json) {
        EXPECT_EQ(Common(of_snapshot.out), Common(of_dump.out));
        EXPECT_TRUE(absl::StrContains(of_snapshot.out, "snapshot")) << words[0];
        continue;
      }
      auto a = nlohmann::json::parse(Common(of_dump.out));
      auto b = nlohmann::json::parse(Common(of_snapshot.out));
      EXPECT_EQ(b["dump"]["snapshot_of"], "heap.hprof");
      b["dump"].erase("snapshot_of");
      EXPECT_EQ(a, b);
    }
  }
}

TEST_F(SnapshotTest, SaysWhatItIsAndWhatIsNotInIt) {
  for (const ToolResult& result :
       {RunTool({"doctor", snapshot_}), RunTool({"snapshot", dump_, "-o", snapshot_, "--force"})}) {
    EXPECT_EQ(result.code, cli::kDone) << result.err;
    for (const char* text : {"heap.hprof", "% of the dump", "not in it", "strings"}) {
      EXPECT_TRUE(absl::StrContains(result.out, text)) << result.out;
    }
  }
  const auto json = nlohmann::json::parse(RunTool({"doctor", snapshot_, "--json"}).out);
  EXPECT_EQ(json["snapshot"]["version"], 2);
  EXPECT_EQ(json["dump"]["snapshot_of"], "heap.hprof");
}

TEST_F(SnapshotTest, SaysWhatItCannotShow) {
  const std::vector<std::vector<std::string>> impossible = {
      {snapshot_, "--show-strings"},
      {snapshot_, "--signatures", directory_.path()},
      {snapshot_, "--heap", "0"},
      {"histogram", snapshot_, "--strong-referents"},
      {"snapshot", snapshot_, "-o", directory_.File("other")}};
  for (const std::vector<std::string>& words : impossible) {
    const ToolResult result = RunTool(words);
    EXPECT_EQ(result.code, cli::kUsage);
    EXPECT_TRUE(absl::StrContains(result.err, "needs the dump")) << result.err;
  }
}

TEST_F(SnapshotTest, SaysThatNativeHasItsUsualRowsOnly) {
  const ToolResult usual = RunTool({"native", snapshot_});
  const ToolResult few = RunTool({"native", snapshot_, "-n", "3"});
  EXPECT_EQ(few.code, cli::kDone);
  EXPECT_EQ(few.out, usual.out);
  EXPECT_EQ(usual.err, "");
  EXPECT_TRUE(absl::StrContains(few.err, "without -n")) << few.err;
}

// The files beside the dump say the same with a snapshot of it.
TEST_F(SnapshotTest, IsJoinedWithWhatLiesBeside) {
  const std::vector<std::string> beside = {"--bundle", Fixture("sidefiles/jdk17-leaky"), "--limit",
                                           "1Gi"};
  const std::vector<std::vector<std::string>> commands = {{"native"}, {"analyze"}};
  for (std::vector<std::string> words : commands) {
    words.insert(words.end(), beside.begin(), beside.end());
    const auto ask = [&](const std::string& file) {
      std::vector<std::string> all = words;
      all.insert(all.begin() + 1, file);
      return RunTool(all);
    };
    const ToolResult of_dump = ask(dump_), of_snapshot = ask(snapshot_);
    EXPECT_EQ(of_snapshot.code, cli::kDone) << of_snapshot.err;
    EXPECT_EQ(Common(of_snapshot.out), Common(of_dump.out));
  }
}

// A heap that has something of all areas, more or less.
TEST(SnapshotOfNative, AnswersAsTheDump) {
  TempDirectory directory;
  const std::string dump = Fixture("dumps/flink-taskmanager-memory.hprof.zst");
  const std::string snapshot = directory.File("heap.snapx");
  ASSERT_EQ(RunTool({"snapshot", dump, "-o", snapshot}).code, cli::kDone);
  const auto answer = [](const std::string& file) {
    nlohmann::json out = nlohmann::json::parse(RunTool({"native", file, "--json"}).out);
    out.erase("dump");  // names the file
    return out;
  };
  EXPECT_EQ(answer(snapshot), answer(dump));
}

TEST_F(SnapshotTest, IsNotWrittenOverAnythingUnasked) {
  const ToolResult again = RunTool({"snapshot", dump_, "-o", snapshot_});
  EXPECT_EQ(again.code, cli::kNotWritten);
  EXPECT_TRUE(absl::StrContains(again.err, "--force")) << again.err;
  EXPECT_EQ(RunTool({"snapshot", dump_, "-o", snapshot_, "--force"}).code, cli::kDone);
  EXPECT_EQ(RunTool({"snapshot", dump_}).code, cli::kUsage);
  // Least of all over the dump itself.
  const ToolResult itself = RunTool({"snapshot", dump_, "-o", dump_, "--force"});
  EXPECT_EQ(itself.code, cli::kUsage) << itself.err;
  EXPECT_EQ(RunTool({"histogram", dump_}).code, cli::kDone);
  // What cannot be read leaves nothing behind.
  EXPECT_EQ(
      RunTool({"snapshot", directory_.Write("text", "no dump"), "-o", directory_.File("none")})
          .code,
      cli::kUnreadable);
  EXPECT_FALSE(std::filesystem::exists(directory_.File("none")));
}

TEST_F(SnapshotTest, DamageIsUnreadable) {
  std::vector<std::byte> bytes;
  {
    std::ifstream in(snapshot_, std::ios::binary);
    for (char c; in.get(c);) bytes.push_back(static_cast<std::byte>(c));
  }
  const auto refused = [&](const std::vector<std::byte>& changed, const char* reason) {
    for (const char* command : {"analyze", "histogram", "doctor", "loaders"}) {
      const ToolResult result = RunTool({command, directory_.Write("damaged", changed)});
      EXPECT_EQ(result.code, cli::kUnreadable) << command;
      EXPECT_EQ(result.out, "");
      EXPECT_TRUE(absl::StrContains(result.err, reason)) << result.err;
    }
  };
  auto cut = bytes;
  cut.resize(bytes.size() / 2);
  refused(cut, "is cut off");
  auto altered = bytes;
  altered[bytes.size() / 2] ^= std::byte{1};
  refused(altered, "has been altered");
}

// Content changed on purpose, under checksums that are right: refused, or answered with nonsense.
TEST_F(SnapshotTest, HostileContentDoesNoHarm) {
  std::vector<std::pair<std::string, graph::ByteVector>> blobs;
  {
    const auto file = graph::SnapshotFile::Open(snapshot_);
    graph::Decompressor decompressor;
    for (const std::string& stream : (*file)->StreamNames()) {
      blobs.emplace_back(stream, *(*file)->Unpack(stream, 0, decompressor));
    }
  }
  const std::vector<std::vector<std::string>> commands = {{"analyze", "--full"},
                                                          {"analyze", "--json"},
                                                          {"histogram", "--by", "loader"},
                                                          {"loaders"},
                                                          {"dominators", "--min", "0"},
                                                          {"dominators"},
                                                          {"histogram"},
                                                          {"path", "java.lang.String"},
                                                          {"doctor"},
                                                          {"native"},
                                                          {"histogram", "-n", "all"}};
  std::mt19937 random(3);
  graph::Compressor compressor(1);
  for (int round = 0; round < 1200; ++round) {
    const std::size_t target = random() % blobs.size();
    const std::string path = directory_.File("hostile");
    auto writer = graph::SnapshotFileWriter::Create(path, true);
    for (std::size_t b = 0; b < blobs.size(); ++b) {
      graph::ByteVector raw = blobs[b].second, packed;
      if (b == target && !raw.empty()) {
        raw[random() % raw.size()] ^= static_cast<std::uint8_t>(1u << (random() % 8));
        if (random() % 4 == 0) raw.resize(random() % raw.size());
      }
      compressor.Pack(raw, packed);
      (*writer)->Append(blobs[b].first, raw.size(), packed);
    }
    ASSERT_TRUE((*writer)->Finish().ok());
    std::vector<std::string> words = commands[static_cast<std::size_t>(round) % commands.size()];
    words.insert(words.begin() + 1, path);
    const int code = RunTool(words).code;
    ASSERT_TRUE(code == cli::kDone || code == cli::kUsage || code == cli::kUnreadable) << code;
  }
}

TEST(SnapshotOfPartOfADump, IsPartialToo) {
  TempDirectory directory;
  ShopDump shop;
  std::vector<std::byte> bytes = shop.dump.Bytes();
  bytes.resize(bytes.size() - 60);
  const std::string dump = directory.Write("cut.hprof", bytes);
  const std::string snapshot = directory.File("cut.snapx");
  ASSERT_EQ(RunTool({"snapshot", dump, "-o", snapshot}).code, cli::kDone);
  for (const char* command : {"analyze", "histogram", "doctor", "loaders"}) {
    EXPECT_EQ(RunTool({command, snapshot, "--strict"}).code, cli::kPartial) << command;
  }
  EXPECT_TRUE(absl::StrContains(RunTool({"histogram", snapshot}).out, "PARTIAL RESULT"));
}

// Whatever stands in strings, primitive fields and arrays: none of it is in the file.
TEST(SnapshotSecrets, AreNotInTheFile) {
  constexpr absl::string_view kSecret = "SECRET";
  constexpr std::uint64_t kNumber = 0x5a17ed5a17ed5a17;
  TempDirectory directory;
  ClientDump heap;
  heap.MaxHeap(4 * kMiB);
  DumpBuilder& dump = heap.dump;
  std::vector<Id> domain;
  for (int i = 0; i < 150; ++i) {
    const Client client = heap.MakeClient(absl::StrCat(kSecret, "-tenant-", i), 4000);
    domain.push_back(heap.Registration(
        absl::StrCat("com.acme:type=Client,client-id=SECRETjane-", i, ",user=SECRET", i),
        client.reporter));
  }
  heap.PlatformMBeanServer({domain});
  for (int i = 0; i < 600; ++i) {
    const Id name = dump.JavaString(absl::StrCat("SECRET-", i));
    dump.Thread(dump.Instance(heap.boot.thread, {name}));
  }
  const Id vault = dump.Class("com.acme.Vault")
                       .Field("pin", kLong)
                       .Field("key", kObject)
                       .Field("digits", kObject)
                       .Static("MASTER", kLong, kNumber)
                       .Sticky();
  const Id key = dump.PrimitiveArray(kChar, {'S', 'E', 'C', 'R', 'E', 'T'});
  const Id digits = dump.PrimitiveArray(kLong, {kNumber, kNumber});
  dump.JniGlobalRoot(dump.Instance(vault, {kNumber, key, digits}));
  const std::string file = directory.Write("heap.hprof", dump.Bytes());
  const std::string snapshot = directory.File("heap.snapx");
  ASSERT_EQ(RunTool({"snapshot", file, "-o", snapshot}).code, cli::kDone);

  const auto opened = graph::SnapshotFile::Open(snapshot);
  ASSERT_TRUE(opened.ok()) << opened.status();
  graph::Decompressor decompressor;
  std::string all;
  for (const std::string& stream : (*opened)->StreamNames()) {
    for (std::size_t blob = 0; blob < (*opened)->BlobCount(stream); ++blob) {
      const auto raw = (*opened)->Unpack(stream, blob, decompressor);
      ASSERT_TRUE(raw.ok());
      all.append(raw->begin(), raw->end());
    }
  }
  ASSERT_TRUE(absl::StrContains(all, "com.acme.Vault"));  // names are, or this finds nothing
  std::vector<std::string> secrets = {std::string(kSecret), "jane", "tenant"};
  std::string wide, big, little, varint;
  for (const char c : kSecret) wide += std::string(1, '\0') + c;
  for (int byte = 0; byte < 8; ++byte) little += static_cast<char>(kNumber >> (8 * byte));
  big.assign(little.rbegin(), little.rend());
  graph::ByteVector bytes;
  graph::PutVarint(bytes, kNumber);
  varint.assign(bytes.begin(), bytes.end());
  secrets.insert(secrets.end(), {wide, big, little, varint});
  for (const std::string& secret : secrets) {
    const std::size_t at = all.find(secret);
    EXPECT_EQ(at, std::string::npos)
        << secret << " in ..." << all.substr(at < 60 ? 0 : at - 60, 120);
  }
  EXPECT_EQ(std::filesystem::file_size(file) > 0 && !absl::StrContains(all, directory.path()),
            true);
}

}  // namespace
}  // namespace leaktrail::testing
