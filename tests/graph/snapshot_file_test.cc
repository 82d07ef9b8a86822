// The file of a snapshot: how it comes to be, and what is refused. What was changed on purpose,
// with checksums that are right, may be refused or read, but must not bring the reader down.
#include "graph/store/snapshot_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "graph/retained_sets.h"
#include "graph/shortest_paths.h"
#include "graph/store/save_snapshot.h"
#include "graph/store/snapshot_format.h"
#include "graph/store/stored_fields.h"
#include "tests/graph/build_snapshot.h"
#include "tests/graph/reopened.h"
#include "tests/temp_directory.h"

namespace leaktrail::testing {
namespace {

using graph::ObjectIndex;
using graph::Snapshot;
using graph::SnapshotFile;
using graph::SnapshotFileWriter;
using graph::SnapshotHeader;

// Something of everything: nulls, arrays with gaps, a long array, threads, weak references,
// statics.
std::unique_ptr<Snapshot> SmallHeap() {
  DumpBuilder dump;
  const BootClasses& boot = dump.Boot();
  const Id node = dump.Class("com.acme.Node")
                      .Field("next", kObject)
                      .Field("value", kInt)
                      .Field("other", kObject);
  Id last = 0;
  std::vector<Id> nodes;
  for (int i = 0; i < 40; ++i) {
    last = dump.Instance(node, {i % 3 == 0 ? 0 : last, i, i % 5 == 0 ? last : 0});
    nodes.push_back(i % 4 == 1 ? 0 : last);
  }
  std::vector<Id> many(300, nodes[0]);
  many[7] = 0;
  const Id array = dump.ObjectArray(boot.object_array, nodes);
  const Id long_array = dump.ObjectArray(boot.object_array, many);
  dump.Class("com.acme.Cache")
      .Static("nodes", kObject, array)
      .Static("many", kObject, long_array)
      .Static("limit", kInt, 12345)
      .Sticky();
  const Id thread = dump.Instance(boot.thread, {dump.JavaString("main")});
  dump.Thread(thread).Frame("com.acme.Cache", "run", "Cache.java", 3).Local(dump.JavaString("x"));
  dump.JniGlobalRoot(dump.Instance(boot.weak_reference, {dump.JavaString("weak")}));
  dump.Instance(node, {last, 0, 0});
  return BuildSnapshot(dump);
}

class SnapshotFileTest : public ::testing::Test {
 protected:
  std::string Save(absl::string_view name, int threads = 1) {
    const std::string path = directory_.File(name);
    auto writer = SnapshotFileWriter::Create(path, false);
    EXPECT_TRUE(writer.ok()) << writer.status();
    graph::Notes notes;
    notes.AddNumber(ObjectIndex(3), 7);
    notes.AddText(ObjectIndex(4), "pool-#");
    notes.AddFact("max_heap", 99);
    graph::SaveSnapshot(
        *heap_, notes, threads, [](double) {}, **writer);
    EXPECT_TRUE((*writer)->Finish().ok());
    return path;
  }
  static std::string Read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  // "" if the file is opened, else what is said.
  std::string OpenError(absl::string_view bytes) {
    const auto file = SnapshotFile::Open(directory_.Write("changed", bytes));
    return file.ok() ? "" : std::string(file.status().message());
  }
  // Makes the checksums right again.
  static void Reseal(std::string& bytes) {
    SnapshotHeader header;
    std::memcpy(&header, bytes.data(), sizeof(header));
    header.body_checksum =
        XXH3_64bits(bytes.data() + sizeof(header), bytes.size() - sizeof(header));
    header.file_size = bytes.size();
    header.header_checksum = XXH3_64bits(&header, graph::kCheckedHeaderBytes);
    std::memcpy(bytes.data(), &header, sizeof(header));
  }

  TempDirectory directory_;
  std::unique_ptr<Snapshot> heap_ = SmallHeap();
};

TEST_F(SnapshotFileTest, HoldsWhatWasStored) {
  graph::Notes notes;
  notes.AddNumber(ObjectIndex(3), 7);
  notes.AddNumber(ObjectIndex(9), 70000);
  notes.AddText(ObjectIndex(4), "pool-#");
  notes.AddFact("max_heap", 99);
  const auto reopened = Reopen(*heap_, 1, notes);
  EXPECT_EQ(FirstDifference(*heap_, *reopened), "");
  EXPECT_FALSE(reopened->holds_values());
  EXPECT_EQ(reopened->notes()->NumberOf(ObjectIndex(3)), 7u);
  EXPECT_EQ(reopened->notes()->NumberOf(ObjectIndex(9)), 70000u);
  EXPECT_EQ(reopened->notes()->NumberOf(ObjectIndex(4)), std::nullopt);
  EXPECT_EQ(reopened->notes()->TextOf(ObjectIndex(4)), "pool-#");
  EXPECT_EQ(reopened->notes()->Fact("max_heap"), 99u);
}

TEST_F(SnapshotFileTest, EqualsOnAnyNumberOfThreads) {
  EXPECT_EQ(Read(Save("one", 1)), Read(Save("three", 3)));
}

TEST_F(SnapshotFileTest, AppearsWhenItIsComplete) {
  const std::string path = directory_.File("heap.ltsnap");
  {
    auto writer = SnapshotFileWriter::Create(path, false);
    ASSERT_TRUE(writer.ok());
    (*writer)->AppendMessage("x", "y");
    EXPECT_FALSE(std::filesystem::exists(path));
  }
  // Given up: nothing is left.
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
  Save("heap.ltsnap");
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_.path()), {}), 1);
}

TEST_F(SnapshotFileTest, ReplacesOnlyOnDemand) {
  const std::string path = directory_.Write("kept", "something else");
  const auto refused = SnapshotFileWriter::Create(path, false);
  EXPECT_TRUE(absl::IsAlreadyExists(refused.status()));
  EXPECT_TRUE(absl::StrContains(refused.status().message(), "--force"));
  // One that appears meanwhile is not replaced either.
  const std::string late = directory_.File("late");
  auto writer = SnapshotFileWriter::Create(late, false);
  ASSERT_TRUE(writer.ok());
  directory_.Write("late", "somebody else was first");
  EXPECT_TRUE(absl::IsAlreadyExists((*writer)->Finish().status()));
  EXPECT_EQ(Read(late), "somebody else was first");
  EXPECT_EQ(Read(path), "something else");
  auto forced = SnapshotFileWriter::Create(path, true);
  ASSERT_TRUE(forced.ok());
  EXPECT_EQ(Read(path), "something else");  // until the new one is complete
  ASSERT_TRUE((*forced)->Finish().ok());
  EXPECT_TRUE(graph::IsSnapshotFile(path));
}

TEST_F(SnapshotFileTest, CannotBeWrittenWhereThereIsNoDirectory) {
  const auto writer = SnapshotFileWriter::Create(directory_.File("none/heap.ltsnap"), false);
  EXPECT_TRUE(absl::StrContains(writer.status().message(), "cannot write")) << writer.status();
}

TEST_F(SnapshotFileTest, CutOffIsRefusedWithTheReason) {
  const std::string bytes = Read(Save("whole"));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string error = OpenError(absl::string_view(bytes).substr(0, size));
    const char* reason = size < 8 ? "no snapshot file" : "is cut off";
    ASSERT_TRUE(absl::StrContains(error, reason)) << size << ": " << error;
  }
  EXPECT_TRUE(absl::StrContains(OpenError(bytes + "x"), "has grown"));
}

TEST_F(SnapshotFileTest, EveryAlteredByteIsRefusedWithTheReason) {
  std::string bytes = Read(Save("whole"));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const char old = bytes[at];
    bytes[at] = static_cast<char>(old ^ (1 << (at % 8)));
    const std::string error = OpenError(bytes);
    const char* reason = at < 8 ? "no snapshot file" : "has been altered";
    ASSERT_TRUE(absl::StrContains(error, reason)) << at << ": " << error;
    bytes[at] = old;
  }
  EXPECT_EQ(OpenError(bytes), "");
}

TEST_F(SnapshotFileTest, LaterVersionsAreRefusedByName) {
  std::string bytes = Read(Save("whole"));
  bytes[8] = 9;
  Reseal(bytes);
  const std::string error = OpenError(bytes);
  EXPECT_TRUE(absl::StrContains(error, "version 9")) << error;
  EXPECT_TRUE(absl::StrContains(error, "a later one")) << error;
}

TEST_F(SnapshotFileTest, EarlierVersionsAreRefusedByName) {
  std::string bytes = Read(Save("whole"));
  bytes[8] = 1;
  Reseal(bytes);
  const std::string error = OpenError(bytes);
  EXPECT_TRUE(absl::StrContains(error, "version 1")) << error;
  EXPECT_TRUE(absl::StrContains(error, "again from the dump")) << error;
}

// Numbers of every length, followed by many bytes or by none: they are read in two ways.
TEST(Varints, OfEveryLength) {
  std::vector<std::uint64_t> numbers = {0, 1};
  for (int bits = 1; bits < 64; ++bits) {
    numbers.push_back((std::uint64_t{1} << bits) - 1);
    numbers.push_back(std::uint64_t{1} << bits);
    numbers.push_back((std::uint64_t{0xa5a5a5a5a5a5a5a5} >> (63 - bits)));
  }
  numbers.push_back(~std::uint64_t{0});
  graph::ByteVector all;
  for (const std::uint64_t number : numbers) {
    graph::ByteVector one;
    graph::PutVarint(one, number);
    graph::PutVarint(all, number);
    graph::VarintReader reader(one);
    EXPECT_EQ(reader.Next(), number);
    EXPECT_TRUE(reader.done());
    one.pop_back();  // cut off within the number
    graph::VarintReader cut(one);
    EXPECT_EQ(cut.Next(), 0u);
    EXPECT_FALSE(cut.ok());
  }
  graph::VarintReader reader(all);
  for (const std::uint64_t number : numbers) EXPECT_EQ(reader.Next(), number);
  EXPECT_TRUE(reader.done());
}

TEST(Bits, ComeBackAsTheyWere) {
  graph::ByteVector bytes;
  graph::BitWriter writer(bytes);
  for (int i = 0; i < 21; ++i) writer.Put(i % 3 == 0);
  ASSERT_EQ(bytes.size(), graph::BytesOfBits(21));
  for (std::uint64_t i = 0; i < 21; ++i) EXPECT_EQ(graph::BitOf(bytes, i), i % 3 == 0) << i;
}

// Asks everything of a snapshot that may be nonsense.
void Exercise(const Snapshot& snapshot) {
  std::vector<ObjectIndex> some;
  for (std::uint32_t node = 0; node < snapshot.node_count(); ++node) {
    const ObjectIndex o(node);
    snapshot.ForEachReference(o, [](ObjectIndex) {});
    snapshot.NamedReferences(o);
    if (!snapshot.MirroredClass(o).valid()) snapshot.Fields(o);
    snapshot.Find(snapshot.IdOf(o));
    snapshot.ShallowSize(o);
    snapshot.RootKindOf(o);
    int steps = 0;
    for (ObjectIndex up = o; up.valid(); up = snapshot.ImmediateDominator(up)) {
      ASSERT_LE(++steps, static_cast<int>(snapshot.node_count()));
    }
    if (node % 3 == 0) some.push_back(o);
  }
  const graph::ShortestPaths paths(snapshot, graph::Reachability::kWeak);
  for (std::uint32_t node = 0; node < snapshot.node_count(); ++node) {
    paths.PathTo(ObjectIndex(node));
  }
  graph::RetainedBySet(snapshot, some);
  std::vector<std::uint32_t> colours(snapshot.classes().size());
  for (std::uint32_t c = 0; c < colours.size(); ++c) colours[c] = c % 5;
  graph::RetainedByColour(snapshot, colours, 5);
  graph::DominatedByColour(snapshot, colours, 5);
  snapshot.NodesRetaining(100);
}

// Reads all that can be read of the bytes; true if the graph was.
bool Survives(const std::string& path) {
  auto file = SnapshotFile::Open(path);
  if (!file.ok()) return false;
  const auto snapshot = Snapshot::Open(*std::move(file), {.threads = 1});
  if (!snapshot.ok()) return false;
  Exercise(**snapshot);
  return true;
}

// The content of all streams, to be changed and written again.
struct Streams {
  explicit Streams(const std::string& path) {
    const auto file = SnapshotFile::Open(path);
    graph::Decompressor decompressor;
    for (const std::string& name : (*file)->StreamNames()) {
      for (std::size_t b = 0; b < (*file)->BlobCount(name); ++b) {
        blobs.emplace_back(name, *(*file)->Unpack(name, b, decompressor));
      }
    }
  }
  void WriteTo(const std::string& path) const {
    auto writer = SnapshotFileWriter::Create(path, true);
    graph::Compressor compressor(1);
    for (const auto& [name, raw] : blobs) {
      graph::ByteVector packed;
      compressor.Pack(raw, packed);
      (*writer)->Append(name, raw.size(), packed);
    }
    ASSERT_TRUE((*writer)->Finish().ok());
  }
  std::vector<std::pair<std::string, graph::ByteVector>> blobs;
};

TEST_F(SnapshotFileTest, HostilePackedBytesDoNoHarm) {
  const std::string whole = Read(Save("whole"));
  std::mt19937 random(1);
  for (int round = 0; round < 1500; ++round) {
    std::string bytes = whole;
    for (unsigned flips = 1 + random() % 3; flips > 0; --flips) {
      const std::size_t at = 16 + random() % (bytes.size() - 16);
      bytes[at] = static_cast<char>(random());
    }
    Reseal(bytes);
    Survives(directory_.Write("hostile", bytes));
    ASSERT_FALSE(HasFatalFailure()) << "round " << round;
  }
}

TEST_F(SnapshotFileTest, HostileContentDoesNoHarm) {
  const Streams whole(Save("whole"));
  std::mt19937 random(2);
  int read = 0;
  for (int round = 0; round < 4000; ++round) {
    Streams changed = whole;
    graph::ByteVector& raw = changed.blobs[random() % changed.blobs.size()].second;
    if (raw.empty()) continue;
    for (unsigned changes = 1 + random() % 2; changes > 0; --changes) {
      const std::size_t at = random() % raw.size();
      switch (random() % 4) {
        case 0:
          raw[at] = static_cast<std::uint8_t>(random());
          break;
        case 1:
          raw[at] ^= static_cast<std::uint8_t>(1u << (random() % 8));
          break;
        case 2:
          raw.insert(raw.begin() + static_cast<std::ptrdiff_t>(at), 0xff);
          break;
        default:
          raw.resize(at + 1);
      }
    }
    changed.WriteTo(directory_.File("hostile"));
    read += Survives(directory_.File("hostile"));
    ASSERT_FALSE(HasFatalFailure()) << "round " << round;
  }
  EXPECT_GT(read, 100);  // not everything is refused, or this tests little
}

TEST_F(SnapshotFileTest, MemoryDoesNotFollowAClaim) {
  const std::string contents = graph::EncodeMessage(
      graph::SnapshotContents{{{"objects.classes", {56}, {0}, {std::uint64_t{1} << 40}}}});
  SnapshotHeader header = {};
  std::memcpy(header.magic, graph::kSnapshotMagic, sizeof(header.magic));
  header.version = graph::kSnapshotVersion;
  header.contents_offset = sizeof(header);
  header.contents_size = contents.size();
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof(header));
  bytes += contents;
  Reseal(bytes);
  EXPECT_TRUE(absl::StrContains(OpenError(bytes), "promises more than"));
}

// 4 bytes each for 2^62 + 1 targets would be 4 bytes in all.
TEST_F(SnapshotFileTest, CountsThatWrapAroundAreRefused) {
  Streams changed(Save("whole"));
  for (auto& [name, raw] : changed.blobs) {
    if (name != "facts") continue;
    graph::StoredFacts facts;
    ASSERT_TRUE(graph::DecodeMessage(std::string(raw.begin(), raw.end()), facts).ok());
    constexpr std::uint64_t kMany = (std::uint64_t{1} << 62) + 1;
    facts.targets = kMany;
    facts.big_targets = 0 - kMany;
    facts.chunk_targets = {facts.targets};
    facts.chunk_big_targets = {facts.big_targets};
    const std::string message = graph::EncodeMessage(facts);
    raw.assign(message.begin(), message.end());
  }
  changed.WriteTo(directory_.File("hostile"));
  auto file = SnapshotFile::Open(directory_.File("hostile"));
  ASSERT_TRUE(file.ok());
  const auto snapshot = Snapshot::Open(*std::move(file), {.threads = 1});
  EXPECT_TRUE(absl::StrContains(snapshot.status().message(), "makes no sense"))
      << snapshot.status();
}

TEST_F(SnapshotFileTest, WhatPacksTooWellIsPadded) {
  const std::string path = directory_.File("zeros");
  auto writer = SnapshotFileWriter::Create(path, false);
  const graph::ByteVector zeros(std::size_t{100} << 20);
  graph::ByteVector packed;
  graph::Compressor(1).Pack(zeros, packed);
  (*writer)->Append("zeros", zeros.size(), packed);
  const auto size = (*writer)->Finish();
  ASSERT_TRUE(size.ok());
  EXPECT_GE(*size * graph::kMostRatio + graph::kRatioAllowance, zeros.size());
  const auto file = SnapshotFile::Open(path);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ((*file)->RawSize("zeros", 0), zeros.size());
}

}  // namespace
}  // namespace leaktrail::testing
