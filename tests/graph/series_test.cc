// One process, dumped three times: what stays the same from dump to dump, and what does not.
// Addresses do not: nothing that compares dumps may know an object by its address.
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "graph/field_reader.h"
#include "graph/snapshot.h"

namespace leaktrail::testing {
namespace {

using graph::ClassIndex;
using graph::ObjectIndex;
using graph::Snapshot;

std::unique_ptr<Snapshot> Load(absl::string_view name) {
  hprof::ImportHealth health;
  auto file = hprof::DumpFile::Open(absl::StrCat(LEAKTRAIL_FIXTURES, "/dumps/", name, ".hprof.zst"),
                                    {}, health);
  if (!file.ok()) {
    ADD_FAILURE() << file.status();
    return nullptr;
  }
  auto snapshot = Snapshot::Build(*std::move(file), health, {.threads = 2});
  if (!snapshot.ok()) {
    ADD_FAILURE() << snapshot.status();
    return nullptr;
  }
  return *std::move(snapshot);
}

constexpr absl::string_view kProgram = "com.example.fixtures.GrowingService$";

// The addresses of the objects of a class of the program, by their serial numbers.
std::map<std::uint64_t, std::uint64_t> AddressesBySerial(const Snapshot& snapshot,
                                                         absl::string_view name) {
  const ClassIndex wanted = snapshot.classes().FindByName(absl::StrCat(kProgram, name));
  graph::FieldReader reader(snapshot);
  std::map<std::uint64_t, std::uint64_t> addresses;
  snapshot.ForEachObject([&](ObjectIndex o, ClassIndex c, std::uint64_t) {
    if (c == wanted) addresses[*reader.Bits(o, "serial")] = snapshot.IdOf(o);
  });
  return addresses;
}

TEST(SeriesCacheTest, NoSessionKeepsItsAddress) {
  // Sessions at each dump; of them, those that the dump before had already.
  constexpr std::size_t kSessions[] = {1'000, 2'000, 3'500};
  constexpr std::size_t kSurvivors[] = {0, 750, 1'437};
  std::map<std::uint64_t, std::uint64_t> before;
  for (int dump = 0; dump < 3; ++dump) {
    const auto snapshot = Load(absl::StrCat("series-cache-", dump + 1));
    ASSERT_NE(snapshot, nullptr);
    const auto now = AddressesBySerial(*snapshot, "Session");
    EXPECT_EQ(now.size(), kSessions[dump]);
    std::size_t survivors = 0, at_their_address = 0;
    for (const auto& [serial, address] : now) {
      const auto old = before.find(serial);
      survivors += old != before.end();
      at_their_address += old != before.end() && old->second == address;
    }
    EXPECT_EQ(survivors, kSurvivors[dump]);
    EXPECT_EQ(at_their_address, 0u);
    before = now;
  }
}

}  // namespace
}  // namespace leaktrail::testing
